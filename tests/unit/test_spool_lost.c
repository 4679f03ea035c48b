/* What is gone for good, and what others wrote in its place, is noticed: the numbers of events that
 * were shown are not given out again under the same epoch. */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/err.h"
#include "tests/unit/redis_line.h"

enum { LEASE = 60000 };

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

/* Where `a` was the leader, `b` led until the master died, whose replica has heard nothing of that:
 * `c` has shown three events, of which one is there. */
struct reign {
    struct redis_line l;
    struct cluster *a, *b, *c;
    char epoch[STORE_EPOCH];
};

/* Once more over a new connection. */
static struct cluster_beat reign_beat(struct cluster *c)
{
    struct cluster_beat out;

    if (cluster_beat(c, NULL, &out))
        assert_int_equal(cluster_beat(c, NULL, &out), 0);
    return out;
}

static void reign_begin(struct reign *r)
{
    struct store *s;

    r->l = redis_line_new("always");
    r->a = redis_line_lead(r->l.where, "a");
    s = redis_line_open(&r->l, r->a);
    memcpy(r->epoch, store_epoch(s), sizeof r->epoch);
    redis_line_add(&r->l, "always");
    redis_line_until_linked(&r->l);
    assert_int_equal(redis_line_commit(s, 1, 11), 0);
    redis_line_until_head(redis_line_replica(&r->l), 1);
    redis_line_cut(&r->l);
    store_close(s);
    redis_line_forget_leader(&r->l);
    r->b = redis_line_lead(r->l.where, "b");
    assert_int_equal(store_lead(r->l.where, cluster_token(r->b), 0, &s), 0);
    assert_string_equal(store_epoch(s), r->epoch);
    for (uint64_t seq = 2; seq <= 3; seq++)
        assert_int_equal(redis_line_commit(s, seq, 22), 0);
    const struct cluster_conf conf = {r->l.where, "c", "c", LEASE};
    assert_int_equal(cluster_open(&conf, &r->c), 0);
    cluster_shown(r->c, r->epoch, 3);
    assert_int_equal(reign_beat(r->c).shown, 3);
    store_close(s);
    redis_line_fail_over(&r->l);
}

static void reign_end(struct reign *r)
{
    cluster_close(r->a);
    cluster_close(r->b);
    cluster_close(r->c);
    redis_line_end(&r->l);
}

/* Who was down while another one led, all of whose events a failover took: its own spool goes on
 * from what is there, and would give their numbers to others. A machine that has shown them tells.
 */
static void a_whole_reign_that_is_gone_is_missed(void **state)
{
    struct cluster_beat beat;
    struct reign r;

    (void)state;
    reign_begin(&r);
    beat = reign_beat(r.c);
    assert_true(beat.shown == 3 && beat.head == 1);
    cluster_shown(r.c, r.epoch, 2); /* the farthest one counts */
    assert_int_equal(reign_beat(r.c).shown, 3);
    assert_true(reign_beat(r.a).leads);
    struct store *s = redis_line_open(&r.l, r.a);
    assert_string_not_equal(store_epoch(s), r.epoch);
    assert_true(store_head(s) == 1);
    memcpy(r.epoch, store_epoch(s), sizeof r.epoch);
    assert_int_equal(redis_line_commit(s, 2, 33), 0);
    beat = reign_beat(r.c);
    assert_true(beat.shown == 0 && beat.head == 2); /* what it has shown is of the other one */
    store_close(s);
    s = redis_line_open(&r.l, r.a);
    assert_string_equal(store_epoch(s), r.epoch);
    store_close(s);
    reign_end(&r);
}

/* It tells so late that others have the numbers. */
static void other_events_of_a_number_are_noticed(void **state)
{
    struct cluster_beat beat;
    struct reign r;

    (void)state;
    reign_begin(&r);
    assert_true(reign_beat(r.a).leads);
    struct store *s = redis_line_open(&r.l, r.a);
    assert_string_equal(store_epoch(s), r.epoch);
    for (uint64_t seq = 2; seq <= 4; seq++)
        assert_int_equal(redis_line_commit(s, seq, 33), 0);
    beat = reign_beat(r.c);
    assert_true(beat.head == 4 && beat.shown > beat.head);
    store_close(s);
    s = redis_line_open(&r.l, r.a);
    assert_string_not_equal(store_epoch(s), r.epoch);
    assert_true(store_head(s) == 4);
    beat = reign_beat(r.c);
    assert_true(beat.shown == 0);
    store_close(s);
    reign_end(&r);
}

/* A leader's store without a spool, whose replica has its first event; and its epoch. */
static struct store *bare_begin(struct redis_line *l, struct cluster *leader, int64_t at,
                                char epoch[static STORE_EPOCH])
{
    struct store *s;

    redis_line_add(l, "always");
    redis_line_until_linked(l);
    assert_int_equal(store_lead(l->where, cluster_token(leader), 0, &s), 0);
    memcpy(epoch, store_epoch(s), STORE_EPOCH);
    assert_int_equal(redis_line_commit(s, 1, at), 0);
    redis_line_until_head(redis_line_replica(l), 1);
    return s;
}

/* A machine that did not write what is there, and cannot know what was. */
static void another_server_begins_an_epoch(void **state)
{
    char epoch[STORE_EPOCH];
    struct redis_line l = redis_line_new("always");
    struct cluster *a = redis_line_lead(l.where, "a");
    struct store *s = bare_begin(&l, a, 11, epoch);

    (void)state;
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

/* Without a spool what is gone is gone: that is found where no event tells of it, too. */
static void items_that_are_gone_are_missed(void **state)
{
    char epoch[STORE_EPOCH];
    struct redis_line l = redis_line_new("always");
    struct cluster *a = redis_line_lead(l.where, "a");
    struct store *s = bare_begin(&l, a, 1, epoch);

    (void)state;
    redis_line_cut(&l);
    assert_int_equal(redis_line_commit_words(s, 1, "words"), 0);
    redis_line_fail_over(&l);
    int err = redis_line_commit_words(s, 2, "words");
    err = err == ERR_NET ? redis_line_commit_words(s, 2, "words") : err;
    assert_int_equal(err, ERR_REFUSED);
    store_close(s);
    assert_int_equal(store_lead(l.where, cluster_token(a), 0, &s), 0);
    assert_string_not_equal(store_epoch(s), epoch);
    struct store_counts n;
    assert_int_equal(store_counts(s, &n), 0);
    assert_int_equal(n.items, 0);
    store_close(s);
    cluster_close(a);
    redis_line_end(&l);
}

/* The other one leads, and goes on from where this machine ended: a replica that lacks that, and
 * has all that this machine wrote, lacks something. */
static void another_reign_that_is_lost_begins_an_epoch(void **state)
{
    char epoch[STORE_EPOCH];
    bool holds;

    (void)state;
    for (int followed = 0; followed < 2; followed++) {
        struct redis_line l = redis_line_new("always");
        struct cluster *a = redis_line_lead(l.where, "a"), *b;
        struct store *s, *other;

        redis_line_add(&l, "always");
        redis_line_until_linked(&l);
        s = redis_line_open(&l, a);
        memcpy(epoch, store_epoch(s), sizeof epoch);
        assert_int_equal(redis_line_commit(s, 1, 1), 0);
        redis_line_until_head(redis_line_replica(&l), 1);
        redis_line_cut(&l);
        store_close(s);
        redis_line_forget_leader(&l);
        b = redis_line_lead(l.where, "b");
        assert_int_equal(store_lead(l.where, cluster_token(b), 0, &other), 0);
        assert_int_equal(redis_line_commit(other, 2, 2), 0);
        store_close(other);
        assert_int_equal(cluster_leave(b), 0);
        if (followed) {
            assert_int_equal(cluster_rest_spool(a, l.spool, &holds), 0);
        } else {
            struct cluster_beat beat;
            assert_int_equal(cluster_beat(a, NULL, &beat), 0);
            s = redis_line_open(&l, a);
            store_close(s);
        }
        redis_line_fail_over(&l);
        redis_line_forget_leader(&l);
        struct cluster *again = redis_line_lead(l.where, "a");
        s = redis_line_open(&l, again);
        assert_int_equal(store_head(s), 1);
        assert_string_not_equal(store_epoch(s), epoch);
        store_close(s);
        cluster_close(a);
        cluster_close(b);
        cluster_close(again);
        redis_line_end(&l);
    }
}

/* With the folder for each %s. */
static void shell(const char *what, const char *at)
{
    char command[512];

    snprintf(command, sizeof command, what, at, at, at);
    assert_int_equal(system(command), 0);
}

/* Its file was put back from a copy while it was stopped: the numbers that it lacks are not given
 * out again under the epoch that they were shown in. */
static void an_older_file_is_noticed(void **state)
{
    struct redis_line l = redis_line_new("always");
    struct cluster *a = redis_line_lead(l.where, "a");
    struct store *s = redis_line_open(&l, a);
    char epoch[STORE_EPOCH], *port = l.port;

    (void)state;
    memcpy(epoch, store_epoch(s), sizeof epoch);
    for (uint64_t seq = 1; seq <= 5; seq++) {
        assert_int_equal(redis_line_commit(s, seq, 1), 0);
        if (seq == 2)
            shell("cp -r '%s/appendonlydir' '%s/copy'", l.folders[0]);
    }
    store_close(s);
    redis_server_kill(l.servers[0]);
    shell("rm -r '%s/appendonlydir' && mv '%s/copy' '%s/appendonlydir'", l.folders[0]);
    l.servers[0] = redis_server_start(l.folders[0], (const char *[]){"--port", port, NULL});
    assert_non_null(l.servers[0]);
    redis_line_forget_leader(&l);
    struct cluster *again = redis_line_lead(l.where, "a");
    s = redis_line_open(&l, again);
    assert_int_equal(store_head(s), 2);
    assert_string_not_equal(store_epoch(s), epoch);
    store_close(s);
    cluster_close(again);
    cluster_close(a);
    redis_line_end(&l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_others_wrote_over_is_void),
        cmocka_unit_test(a_whole_reign_that_is_gone_is_missed),
        cmocka_unit_test(other_events_of_a_number_are_noticed),
        cmocka_unit_test(another_server_begins_an_epoch),
        cmocka_unit_test(items_that_are_gone_are_missed),
        cmocka_unit_test(another_reign_that_is_lost_begins_an_epoch),
        cmocka_unit_test(an_older_file_is_noticed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
