/* store.h on every backend: identity, the order of events, and who may write. */
#include "tests/unit/contract.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "tests/unit/seed.h"
#include "tests/unit/store_dump.h"

static void identity(void **state)
{
    struct store *s = contract_store(state), *r, *other;
    static const unsigned char zero[16];

    assert_int_equal(strlen(store_epoch(s)), 36);
    assert_memory_not_equal(store_hash_key(s), zero, 16);
    assert_int_equal(store_reader(s, &r), 0);
    assert_string_equal(store_epoch(r), store_epoch(s));
    assert_memory_equal(store_hash_key(r), store_hash_key(s), 16);
    store_close(r);
    assert_int_equal(store_open("memory:", &other), 0);
    assert_string_not_equal(store_epoch(other), store_epoch(s));
    store_close(other);
    assert_int_equal(store_open("oracle://x", &other), ERR_UNSUPPORTED);
    assert_int_equal(store_open("sqlite:", &other), ERR_INVALID);
    assert_int_equal(store_open("sqlite::memory:", &other), ERR_INVALID);
}

static void gaps_are_stale(void **state)
{
    struct store *s = contract_store(state);
    struct event e[2] = {samples_event(1, 1), samples_event(2, 1)};
    struct store_batch b = {.events = e, .nevents = 2};

    for (int i = 0; i < 2; i++) {
        e[i].naudience = 1;
        e[i].audience[0] = (struct event_audience){"health", (uint64_t)i + 1};
    }
    e[1].seq = 3;
    assert_int_equal(store_commit(s, &b), ERR_STALE);
    e[1].seq = 2;
    e[1].audience[0].unitseq = 1;
    assert_int_equal(store_commit(s, &b), ERR_STALE);
    assert_int_equal(store_head(s), 0);
    assert_int_equal(store_unit_head(s, "health"), 0);
    e[1].audience[0].unitseq = 2;
    assert_int_equal(store_commit(s, &b), 0);
    assert_int_equal(store_commit(s, &b), ERR_STALE); /* the same again */
    assert_int_equal(store_head(s), 2);
    assert_int_equal(store_settled(s), 0);
    assert_int_equal(store_unit_head(s, "health"), 2);
    assert_int_equal(store_unit_head(s, "labour"), 0);
}

static void nonsense_is_invalid(void **state)
{
    struct store *s = contract_store(state);
    struct event e = samples_event(1, 1);
    struct concern c = samples_concern(0, CONCERN_OPEN, 5);
    const struct concern *list[] = {&c};
    struct store_command command = {.status = 0};
    struct store_batch events = {.events = &e, .nevents = 1};
    struct store_batch concerns = {.concerns = list, .nconcerns = 1};

    memset(e.topic, 'x', sizeof e.topic);
    assert_int_equal(store_commit(s, &events), ERR_INVALID);
    e = samples_event(1, 1);
    e.naudience = AUDIENCE_MAX + 1;
    assert_int_equal(store_commit(s, &events), ERR_INVALID);
    e.naudience = 2;
    e.audience[0] = e.audience[1] = (struct event_audience){"health", 1};
    assert_int_equal(store_commit(s, &events), ERR_INVALID);
    assert_int_equal(store_commit(s, &concerns), ERR_INVALID);
    c = samples_concern(1, CONCERN_OPEN, 5);
    c.nclocks = CLOCKS_MAX + 1;
    assert_int_equal(store_commit(s, &concerns), ERR_INVALID);
    assert_int_equal(store_commit(s, &(struct store_batch){.commands = &command, .ncommands = 1}),
                     ERR_INVALID);
    assert_int_equal(store_commit(s, &(struct store_batch){0}), 0);
    assert_int_equal(store_head(s), 0);
}

static void small_rows(void **state)
{
    struct store *s = contract_store(state);
    struct store_cursor cursor = {"health", "desk-1", 5};
    struct store_command command = {"k", ERR_REFUSED, 3, 12, "不可 no"}, out;
    struct store_batch b = {.cursors = &cursor, .ncursors = 1, .commands = &command,
                            .ncommands = 1, .published = 4};

    assert_int_equal(store_commit(s, &b), 0);
    cursor.unitseq = 3; /* late ack: never back */
    b.published = 0;
    assert_int_equal(store_commit(s, &b), 0);
    assert_int_equal(store_cursor(s, "health", "desk-1"), 5);
    assert_int_equal(store_cursor(s, "health", "desk-2"), 0);
    assert_int_equal(store_published(s), 4);
    assert_int_equal(store_command(s, "k", &out), 0);
    assert_memory_equal(&out, &command, sizeof out);
    assert_int_equal(store_command(s, "j", &out), ERR_NOTFOUND);
    assert_int_equal(store_expire(s, 12 + STORE_COMMAND_KEEP - 1, 10), 0);
    assert_int_equal(store_command(s, "k", &out), 0);
    assert_int_equal(store_expire(s, 12 + STORE_COMMAND_KEEP, 10), 0);
    assert_int_equal(store_command(s, "k", &out), ERR_NOTFOUND);
}

static int add_arrivals(void *arg, const struct burst_row *row)
{
    return buf_addf(arg, "%jd %s %u\n", (intmax_t)row->step, row->topic, row->count);
}

static void arrivals_are_counted_by_the_hour(void **state)
{
    struct store *s = contract_store(state);
    struct burst_row rows[] = {
        {"epidemic", 100, 2}, {"", 100, 3}, {"", 99, 7}, {"epidemic", 101, 1}};
    struct store_batch b = {.arrivals = rows, .narrivals = 4};
    struct buf out = BUF_INIT;

    assert_int_equal(store_commit(s, &b), 0);
    rows[0].count = 5;
    b.narrivals = 1;
    assert_int_equal(store_commit(s, &b), 0);
    assert_int_equal(store_each_arrivals(s, add_arrivals, &out), 0);
    buf_add_char(&out, '\0');
    assert_string_equal(out.data, "99  7\n100  3\n100 epidemic 5\n101 epidemic 1\n");
    rows[0].step = 100 + STORE_ARRIVALS_KEPT; /* what is older than is kept goes */
    assert_int_equal(store_commit(s, &b), 0);
    buf_reset(&out);
    assert_int_equal(store_each_arrivals(s, add_arrivals, &out), 0);
    buf_add_char(&out, '\0');
    assert_string_equal(out.data, "100  3\n100 epidemic 5\n101 epidemic 1\n2284 epidemic 5\n");
    rows[0].step = -1;
    assert_int_equal(store_commit(s, &b), ERR_INVALID);
    buf_free(&out);
}

static void notes_are_kept_beside_their_events(void **state)
{
    struct store *s = contract_store(state), *reader;
    struct event e[2] = {samples_event(1, 1), samples_event(2, 1)};
    struct store_note notes[2] = {{1, STR("已电话联系")}, {2, STR("转区水务局")}};
    struct store_batch b = {.events = e, .nevents = 2, .notes = notes, .nnotes = 2};
    struct buf out = BUF_INIT;

    notes[1].seq = 3; /* of no event of the batch */
    assert_int_equal(store_commit(s, &b), ERR_INVALID);
    notes[1].seq = 1;
    assert_int_equal(store_commit(s, &b), ERR_INVALID);
    notes[1] = (struct store_note){2, STR_NONE};
    assert_int_equal(store_commit(s, &b), ERR_INVALID);
    notes[1].text = STR("转区水务局");
    b.nevents = 0;
    assert_int_equal(store_commit(s, &b), ERR_INVALID);
    assert_int_equal(store_note(s, 1, &out), ERR_NOTFOUND);
    b.nevents = 2;
    assert_int_equal(store_commit(s, &b), 0);
    assert_int_equal(store_note(s, 2, &out), 0);
    assert_int_equal(store_note(s, 1, &out), 0);
    assert_true(str_is(buf_str(&out), "转区水务局已电话联系"));
    assert_int_equal(store_reader(s, &reader), 0);
    assert_int_equal(store_drop_note(reader, 1), ERR_REFUSED);
    assert_int_equal(store_drop_note(s, 3), ERR_NOTFOUND);
    assert_int_equal(store_drop_note(s, 1), 0);
    assert_int_equal(store_drop_note(s, 1), ERR_NOTFOUND);
    assert_int_equal(store_note(s, 1, &out), ERR_NOTFOUND);
    assert_int_equal(store_note(reader, 1, &out), ERR_NOTFOUND);
    buf_reset(&out);
    assert_int_equal(store_note(reader, 2, &out), 0);
    assert_true(str_is(buf_str(&out), "转区水务局"));
    assert_int_equal(store_note(s, UINT64_MAX, &out), ERR_NOTFOUND);
    buf_free(&out);
    store_close(reader);
}

static void readers_may_not_write(void **state)
{
    struct store *s = contract_store(state), *r, *deeper;
    struct event e = samples_event(1, 1), out[2];
    struct store_batch b = {.events = &e, .nevents = 1};

    assert_int_equal(store_reader(s, &r), 0);
    assert_int_equal(store_commit(r, &b), ERR_REFUSED);
    assert_int_equal(store_expire(r, 1, 1), ERR_REFUSED);
    assert_int_equal(store_reader(r, &deeper), ERR_REFUSED);
    assert_int_equal(store_commit(s, &b), 0);
    assert_int_equal(store_head(r), 1); /* at once */
    assert_int_equal(store_events_after(r, 0, out, 2), 1);
    assert_int_equal(store_events_after(r, 1, out, 2), 0);
    assert_int_equal(store_events_after(r, UINT64_MAX, out, 2), 0);
    store_close(r);
}

static int reenter(void *arg, const struct concern *c)
{
    struct store *s = arg;
    struct concern out;
    struct event e = samples_event(store_head(s) + 1, c->id);

    assert_int_equal(store_concern(s, c->id, &out), 0);
    concern_clear(&out);
    return store_commit(s, &(struct store_batch){.events = &e, .nevents = 1});
}

static void walks_hold_nothing(void **state)
{
    struct store *s = contract_store(state);
    struct concern c[2] = {samples_concern(1, CONCERN_OPEN, 5),
                           samples_concern(2, CONCERN_ACCEPTED, 5)};
    const struct concern *list[] = {&c[0], &c[1]};

    assert_int_equal(store_commit(s, &(struct store_batch){.concerns = list, .nconcerns = 2}), 0);
    assert_int_equal(store_each_concern(s, 0, reenter, s), 0);
    assert_int_equal(store_head(s), 2);
}

struct watch {
    struct store *reader;
    atomic_bool done;
    uint64_t torn;
};

/* Each batch adds one event of concern 1 and sets its items to the new head: whoever sees them
 * differ by more than the reading order allows has seen half a commit. */
static void *watch_commits(void *arg)
{
    struct watch *w = arg;

    while (!w->done) {
        struct concern c;
        uint64_t before = store_head(w->reader);
        if (store_concern(w->reader, 1, &c))
            continue;
        uint64_t after = store_head(w->reader);
        if (c.items < before || c.items > after || c.clocks[0].started != c.items)
            w->torn++;
        concern_clear(&c);
    }
    return NULL;
}

static void readers_see_whole_commits(void **state)
{
    struct store *s = contract_store(state);
    struct watch w = {0};
    pthread_t thread;

    assert_int_equal(store_reader(s, &w.reader), 0);
    assert_int_equal(pthread_create(&thread, NULL, watch_commits, &w), 0);
    for (uint64_t i = 1; i <= 300; i++) {
        struct concern c = samples_concern(1, CONCERN_OPEN, 5);
        const struct concern *list[] = {&c};
        struct event e = samples_event(i, 1);
        c.items = (uint32_t)i;
        c.clocks[0].started = (int64_t)i;
        struct store_batch b = {.events = &e, .nevents = 1, .concerns = list, .nconcerns = 1};
        assert_int_equal(store_commit(s, &b), 0);
    }
    w.done = true;
    pthread_join(thread, NULL);
    assert_int_equal(w.torn, 0);
    store_close(w.reader);
}

/* Random batches leave both backends with equal views, through readers too. */
static void twins_agree(void **state)
{
    struct contract *f = *state;
    struct samples s = {.random = seed_begin()};
    struct samples_batch *b = malloc(sizeof *b);
    struct store *twin, *reader;

    assert_non_null(b);
    assert_int_equal(store_open("memory:", &twin), 0);
    assert_int_equal(store_reader(contract_store(state), &reader), 0);
    for (int i = 0; i < 60; i++) {
        struct buf left = BUF_INIT, right = BUF_INIT;
        int64_t now = samples_random(&s, 45) * INT64_C(86400000);
        samples_batch(&s, b);
        assert_int_equal(store_commit(f->store, &b->batch), 0);
        assert_int_equal(store_commit(twin, &b->batch), 0);
        if (samples_random(&s, 4) == 0)
            assert_int_equal(store_expire(f->store, now, 1000), store_expire(twin, now, 1000));
        if (i % 20 == 19) { /* what is read after a restart is the same */
            store_close(reader);
            store_close(f->store);
            assert_int_equal(store_open(f->address, &f->store), 0);
            assert_int_equal(store_reader(f->store, &reader), 0);
        }
        store_dump(i % 2 ? reader : f->store, &left);
        store_dump(twin, &right);
        buf_add_char(&left, '\0');
        buf_add_char(&right, '\0');
        assert_string_equal(left.data, right.data);
        buf_free(&left);
        buf_free(&right);
    }
    store_close(reader);
    store_close(twin);
    free(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ALL(identity),
        ALL(gaps_are_stale),
        ALL(nonsense_is_invalid),
        ALL(small_rows),
        ALL(arrivals_are_counted_by_the_hour),
        ALL(notes_are_kept_beside_their_events),
        ALL(readers_may_not_write),
        ALL(walks_hold_nothing),
        ALL(readers_see_whole_commits),
        cmocka_unit_test_setup_teardown(twins_agree, contract_sqlite, contract_close),
        cmocka_unit_test_setup_teardown(twins_agree, contract_redis, contract_close),
    };
    return CONTRACT_RUN("contract: ledger", tests);
}
