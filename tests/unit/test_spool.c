/* What a failover takes back: the spool's file, and a real master that is killed while its replica
 * lacks what was committed. */
#define _GNU_SOURCE
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/file.h"
#include "store/sqlite/spool.h"
#include "tests/unit/redis_line.h"
#include "tests/unit/store_samples.h"

enum { REST_MS = 1200 }; /* after which the writer looks at its server again */

static void dump_text(struct store *s, struct buf *out)
{
    buf_reset(out);
    samples_dump(s, out);
    buf_add_char(out, '\0');
    assert_true(buf_ok(out));
}

/* Batches of all kinds, some of them not yet at the replica when the master dies; again and again,
 * every other time with another process as the leader. */
static void what_a_failover_took_back_is_put_back(void **state)
{
    struct redis_line l = redis_line_new("always");
    struct samples known = {.random = (uint64_t)clock_mono() * UINT64_C(0x9e3779b97f4a7c15)};
    struct samples_batch batch;
    struct buf before = BUF_INIT, after = BUF_INIT;
    char epoch[STORE_EPOCH];

    (void)state;
    print_message("random=%ju\n", (uintmax_t)known.random);
    struct cluster *a = redis_line_lead(l.where, "a");
    struct store *s = redis_line_open(&l, a);
    memcpy(epoch, store_epoch(s), sizeof epoch);
    for (int round = 0; round < REDIS_LINE_ROUNDS; round++) {
        redis_line_add(&l, "always");
        redis_line_until_linked(&l);
        for (int i = 0; i < 12; i++) {
            if (i == 3 + round)
                redis_line_cut(&l);
            samples_batch(&known, &batch);
            assert_int_equal(store_commit(s, &batch.batch), 0);
            if (i < 3) /* by now it is known that there is a replica */
                redis_line_until_head(redis_line_replica(&l), known.head);
            if (!i) {
                store_close(s);
                s = redis_line_open(&l, a);
            }
        }
        dump_text(s, &before);
        redis_line_fail_over(&l);
        if (round % 2) {
            store_close(s);
            s = redis_line_open(&l, a);
        }
        dump_text(s, &after);
        assert_string_equal(before.data, after.data);
        assert_string_equal(store_epoch(s), epoch);
    }
    store_close(s);
    cluster_close(a);
    buf_free(&before);
    buf_free(&after);
    redis_line_end(&l);
}

static uint64_t count_items(struct store *s)
{
    struct store_counts n;

    assert_int_equal(store_counts(s, &n), 0);
    return n.items;
}

/* Many new items go past the script, and come back through it, with their words and numbers. */
static void many_items_are_put_back(void **state)
{
    enum { MANY = 100 };
    struct redis_line l = redis_line_new("always");
    struct cluster *a = redis_line_lead(l.where, "a");
    struct store *s = redis_line_open(&l, a);
    struct store_item items[MANY];
    struct buf before = BUF_INIT, after = BUF_INIT;

    (void)state;
    for (int round = 0; round < 2; round++) {
        redis_line_add(&l, "always");
        redis_line_until_linked(&l);
        for (unsigned i = 0; i < 3; i++) {
            uint64_t head = store_head(s);
            for (unsigned k = 0; k < MANY; k++) {
                items[k] = samples_item(((unsigned)round * 3 + i) * MANY + k, "words");
                items[k].doubt = k % 2 ? 500 : 0;
            }
            struct event e = samples_event(head + 1, 1);
            struct store_batch b = {.items = items, .nitems = MANY, .events = &e, .nevents = 1};
            assert_int_equal(store_commit(s, &b), 0);
            if (!i) {
                redis_line_until_head(redis_line_replica(&l), head + 1);
                store_close(s); /* it looks, and knows that there is a replica */
                s = redis_line_open(&l, a);
                assert_int_equal(redis_line_commit(s, head + 2, 11), 0);
                redis_line_until_head(redis_line_replica(&l), head + 2);
                redis_line_cut(&l);
            }
        }
        dump_text(s, &before);
        redis_line_fail_over(&l);
        dump_text(s, &after);
        assert_string_equal(before.data, after.data);
        assert_int_equal(count_items(s), ((uint64_t)round + 1) * 3 * MANY);
    }
    store_close(s);
    cluster_close(a);
    buf_free(&before);
    buf_free(&after);
    redis_line_end(&l);
}

/* Others led and wrote where the events were lost: those are void, and receivers know it by the
 * epoch. Who wrote them can write nothing more, though its fence is the one that is there. */
static void what_others_wrote_over_is_void(void **state)
{
    struct redis_line l = redis_line_new("always");
    struct cluster *a = redis_line_lead(l.where, "a"), *b;
    struct store *s = redis_line_open(&l, a), *other;
    struct event e;

    (void)state;
    redis_line_add(&l, "always");
    redis_line_until_linked(&l);
    assert_int_equal(redis_line_commit(s, 1, 11), 0);
    redis_line_until_head(redis_line_replica(&l), 1);
    redis_line_cut(&l);
    store_close(s);
    s = redis_line_open(&l, a); /* a fence that the replica never heard of */
    for (uint64_t seq = 2; seq <= 4; seq++)
        assert_int_equal(redis_line_commit(s, seq, 11), 0);
    redis_line_fail_over(&l);
    redis_line_forget_leader(&l);
    b = redis_line_lead(l.where, "b");
    assert_int_equal(store_lead(l.where, cluster_token(b), 0, &other), 0);
    assert_string_not_equal(store_epoch(other), store_epoch(s));
    assert_int_equal(redis_line_commit(other, 2, 22), 0);
    store_close(other);
    assert_int_equal(cluster_leave(b), 0);

    struct cluster_beat beat;
    assert_int_equal(cluster_beat(a, NULL, &beat), 0);
    assert_true(beat.leads);
    int err = redis_line_commit(s, 5, 11);
    for (int i = 0; i < 5 && err == ERR_NET; i++)
        err = redis_line_commit(s, 5, 11);
    assert_int_equal(err, ERR_REFUSED);
    store_close(s);
    s = redis_line_open(&l, a);
    assert_true(store_head(s) == 2);
    assert_int_equal(store_events_after(s, 1, &e, 1), 1);
    assert_int_equal(e.at, 22);
    assert_int_equal(redis_line_commit(s, 3, 33), 0);
    store_close(s);
    cluster_close(a);
    cluster_close(b);
    redis_line_end(&l);
}

/* A machine that did not write what is there, and cannot know what was. */
static void another_server_begins_an_epoch(void **state)
{
    struct redis_line l = redis_line_new("always");
    struct cluster *a = redis_line_lead(l.where, "a");
    struct store *s;
    char epoch[STORE_EPOCH];

    (void)state;
    redis_line_add(&l, "always");
    redis_line_until_linked(&l);
    assert_int_equal(store_lead(l.where, cluster_token(a), 0, &s), 0);
    memcpy(epoch, store_epoch(s), sizeof epoch);
    assert_int_equal(redis_line_commit(s, 1, 11), 0);
    redis_line_until_head(redis_line_replica(&l), 1);
    store_close(s);
    /* The same server, started again: it has what it answered for. */
    redis_server_kill(l.servers[0]);
    char sock[16];
    snprintf(sock, sizeof sock, "%s", l.port);
    l.servers[0] = redis_server_start(
        l.folders[0], (const char *[]){"--port", sock, "--repl-diskless-sync-delay", "0", NULL});
    assert_non_null(l.servers[0]);
    assert_int_equal(store_lead(l.where, cluster_token(a), 0, &s), 0);
    assert_string_equal(store_epoch(s), epoch);
    store_close(s);
    redis_line_until_linked(&l);
    /* Its replica may lack some, unless commits waited for it. */
    redis_line_fail_over(&l);
    assert_int_equal(store_lead(l.where, cluster_token(a), 1, &s), 0);
    assert_string_equal(store_epoch(s), epoch);
    store_close(s);
    redis_line_add(&l, "always");
    redis_line_until_linked(&l);
    redis_line_fail_over(&l);
    assert_int_equal(store_lead(l.where, cluster_token(a), 0, &s), 0);
    assert_string_not_equal(store_epoch(s), epoch);
    store_close(s);
    cluster_close(a);
    redis_line_end(&l);
}

/* What every replica has goes from the file, bytes and all; what one that is away lacks stays. */
static void what_is_safe_goes(void **state)
{
    static const char canary[] = "canary-41c9", other[] = "canary-77e0";
    struct redis_line l = redis_line_new("everysec");
    struct cluster *a = redis_line_lead(l.where, "a");
    struct store_item items[] = {samples_item(1, canary), samples_item(2, other)};
    struct store_batch first = {.items = items, .nitems = 1};
    struct store_batch second = {.items = items + 1, .nitems = 1};
    int64_t end = clock_mono() + REDIS_LINE_WAIT_MS;
    uint64_t seq = 0;

    (void)state;
    redis_line_add(&l, "everysec");
    redis_line_until_linked(&l);
    struct store *s = redis_line_open(&l, a);
    assert_int_equal(store_commit(s, &first), 0);
    assert_true(redis_line_spooled(&l, canary));
    while (redis_line_spooled(&l, canary) && clock_mono() < end) {
        assert_int_equal(redis_line_commit(s, ++seq, 1), 0);
        clock_sleep(REDIS_LINE_LOOK_MS);
    }
    assert_false(redis_line_spooled(&l, canary));
    redis_line_cut(&l);
    assert_int_equal(store_commit(s, &second), 0);
    for (int64_t stop = clock_mono() + 4000; clock_mono() < stop; clock_sleep(50))
        assert_int_equal(redis_line_commit(s, ++seq, 1), 0);
    assert_true(redis_line_spooled(&l, other));
    store_close(s);
    cluster_close(a);
    redis_line_end(&l);
}

/* The first commit after a rest goes into the spool when a replica has come meanwhile, which may be
 * the master before it has that. */
static void a_late_replica_takes_nothing_back(void **state)
{
    static const char canary[] = "canary-5a0b";
    struct redis_line l = redis_line_new("always");
    struct cluster *a = redis_line_lead(l.where, "a");
    struct store *s = redis_line_open(&l, a);
    struct store_item item = samples_item(1, canary);
    struct store_batch batch = {.items = &item, .nitems = 1};

    (void)state;
    assert_int_equal(redis_line_commit(s, 1, 11), 0);
    int64_t rested = clock_mono() + REST_MS;
    redis_line_add(&l, "always");
    redis_line_until_linked(&l);
    redis_line_until_head(redis_line_replica(&l), 1);
    while (clock_mono() < rested)
        clock_sleep(REDIS_LINE_LOOK_MS);
    assert_int_equal(store_commit(s, &batch), 0);
    assert_true(redis_line_spooled(&l, canary));
    store_close(s);
    cluster_close(a);
    redis_line_end(&l);
}

/* Commits that never left this machine are not made later: who asked was told so. */
static void what_was_not_sent_is_not_done(void **state)
{
    struct redis_line l = redis_line_new("everysec");
    struct cluster *a = redis_line_lead(l.where, "a");
    struct store *s = redis_line_open(&l, a);

    (void)state;
    assert_int_equal(redis_line_commit(s, 1, 1), 0);
    redis_server_kill(l.servers[0]);
    /* The first one finds the connection gone, with its bytes perhaps on their way. */
    assert_int_equal(redis_line_commit(s, 2, 22), ERR_NET);
    assert_int_equal(redis_line_commit(s, 3, 33), ERR_NET);
    store_close(s);
    char *sock = l.port;
    l.servers[0] = redis_server_start(l.folders[0], (const char *[]){"--port", sock, NULL});
    assert_non_null(l.servers[0]);
    s = redis_line_open(&l, a);
    struct event e[4];
    int n = store_events_after(s, 0, e, 4);
    assert_true(n == 1 || (n == 2 && e[1].at == 22)); /* an unknown outcome may be either */
    store_close(s);
    cluster_close(a);
    redis_line_end(&l);
}

static struct spool_entry entry(const char *id, const char *prior, uint64_t before, uint64_t head,
                                const char *values)
{
    struct spool_entry e = {.before = before, .head = head, .count = 1, .values = str_from(values)};

    snprintf(e.epoch, sizeof e.epoch, "epoch");
    snprintf(e.id, sizeof e.id, "%s", id);
    snprintf(e.prior, sizeof e.prior, "%s", prior);
    return e;
}

static int name(void *arg, const struct spool_entry *e)
{
    buf_addf(arg, "%s:%s ", e->id, e->values.p);
    return 0;
}

static void add(struct spool *s, const char *id, const char *prior, uint64_t before)
{
    struct spool_entry e = entry(id, prior, before, before + 1, id);

    e.values.n++; /* with its NUL */
    assert_int_equal(spool_add(s, &e), 0);
}

static void entries_stand_in_a_chain(void **state)
{
    char *folder = samples_folder(), *path;
    struct spool *s, *second;
    struct buf b = BUF_INIT;
    struct spool_entry last;
    uint64_t from, forced;

    (void)state;
    assert_true(asprintf(&path, "%s/below/spool.db", folder) > 0);
    assert_int_equal(spool_open(path, &s), 0);
    assert_int_equal(spool_find(s, "epoch", "a", &from), ERR_NOTFOUND);
    assert_false(spool_last(s, &last));
    add(s, "b", "a", 1);
    add(s, "c", "b", 2);
    add(s, "x", "c", 3);
    assert_int_equal(spool_take_back(s), 0);
    add(s, "d", "c", 3);
    assert_int_equal(spool_open(path, &second), ERR_AGAIN);
    spool_close(s);
    assert_int_equal(spool_open(path, &s), 0);
    assert_int_equal(spool_find(s, "epoch", "a", &from), 0);
    assert_int_equal(spool_each(s, from, name, &b), 3);
    assert_int_equal(spool_find(s, "epoch", "c", &from), 0);
    assert_int_equal(spool_each(s, from, name, &b), 1);
    assert_true(str_is(buf_str(&b), "b:b c:c d:d d:d "));
    assert_int_equal(spool_find(s, "epoch", "d", &from), 0);
    assert_int_equal(spool_each(s, from, name, &b), 0);
    assert_int_equal(spool_find(s, "other", "a", &from), ERR_NOTFOUND);
    assert_int_equal(spool_find(s, "epoch", "x", &from), ERR_NOTFOUND);
    add(s, "f", "e", 5); /* somebody else wrote e */
    assert_int_equal(spool_find(s, "epoch", "a", &from), ERR_NOTFOUND);
    assert_int_equal(spool_find(s, "epoch", "e", &from), 0);
    assert_int_equal(spool_trim(s, spool_number(s), clock_now(), &forced), 0);
    assert_true(!forced && !spool_number(s));
    assert_int_equal(spool_find(s, "epoch", "f", &from), 0);
    assert_true(spool_last(s, &last) && last.head == 6 && !strcmp(last.id, "f"));
    spool_close(s);
    buf_free(&b);
    samples_remove(folder);
    free(folder);
    free(path);
}

static int count(void *arg, const struct spool_entry *e)
{
    *(int *)arg += e->note == 7;
    return 0;
}

static void it_does_not_grow_for_ever(void **state)
{
    enum { MANY = 12 };
    char *folder = samples_folder(), *path;
    struct buf big = BUF_INIT;
    struct spool *s;
    uint64_t forced;
    int notes = 0;

    (void)state;
    assert_true(asprintf(&path, "%s/spool.db", folder) > 0);
    for (size_t i = 0; i < SPOOL_BYTES / 8; i++)
        buf_add_char(&big, 'x');
    buf_add_char(&big, '\0');
    assert_int_equal(spool_open(path, &s), 0);
    struct spool_entry note = entry("n", "", 0, 0, "");
    note.note = 7;
    assert_int_equal(spool_add(s, &note), 0);
    for (int i = 0; i < MANY; i++) {
        struct spool_entry e = entry("b", "a", 0, 0, big.data);
        assert_int_equal(spool_add(s, &e), 0);
    }
    assert_int_equal(spool_trim(s, 0, clock_now(), &forced), 0);
    assert_int_equal(forced, MANY - 8);
    /* What tells of a note is neither too much nor safe, only too old one day. */
    assert_int_equal(spool_trim(s, INT64_MAX, clock_now(), &forced), 0);
    assert_true(!forced && !spool_number(s));
    assert_int_equal(spool_each(s, 0, count, &notes), 1);
    assert_int_equal(notes, 1);
    struct spool_entry e = entry("b", "a", 0, 0, "");
    assert_int_equal(spool_add(s, &e), 0);
    assert_int_equal(spool_trim(s, 0, clock_now() + SPOOL_KEEP_MS + 60000, &forced), 0);
    assert_true(forced == 1 && !spool_number(s));
    assert_int_equal(spool_each(s, 0, count, &notes), 0);
    spool_close(s);
    buf_free(&big);
    samples_remove(folder);
    free(folder);
    free(path);
}

static void a_damaged_file_is_replaced(void **state)
{
    char *folder = samples_folder(), *path;
    struct spool *s;

    (void)state;
    assert_true(asprintf(&path, "%s/spool.db", folder) > 0);
    assert_int_equal(file_replace(path, STR("no database at all, and long enough to be read as one"
                                            "................................................."),
                                  0600), 0);
    assert_int_equal(spool_open(path, &s), 0);
    add(s, "b", "a", 1);
    assert_true(spool_number(s) == 1);
    spool_close(s);
    samples_remove(folder);
    free(folder);
    free(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(many_items_are_put_back),
        cmocka_unit_test(entries_stand_in_a_chain),
        cmocka_unit_test(it_does_not_grow_for_ever),
        cmocka_unit_test(a_damaged_file_is_replaced),
        cmocka_unit_test(what_a_failover_took_back_is_put_back),
        cmocka_unit_test(what_others_wrote_over_is_void),
        cmocka_unit_test(another_server_begins_an_epoch),
        cmocka_unit_test(a_late_replica_takes_nothing_back),
        cmocka_unit_test(what_was_not_sent_is_not_done),
        cmocka_unit_test(what_is_safe_goes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
