/* The spool keeps what it has until every server that may be the master is known to have it, by how
 * they are set now. */
#include "tests/unit/unit.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/err.h"
#include "tests/unit/redis_line.h"

enum { TWO_LOOKS_MS = 7000 }; /* by then it has twice called safe what everysec has synced */

/* One server to begin with, where this machine leads with a spool. */
struct spool_test {
    struct redis_line l;
    struct cluster *a;
    struct store *s;
    uint64_t seq; /* of the last event */
};

static void begin(struct spool_test *t, const char *fsync)
{
    *t = (struct spool_test){.l = redis_line_new(fsync)};
    t->a = redis_line_lead(t->l.where, "a");
    t->s = redis_line_open(&t->l, t->a);
}

static void end(struct spool_test *t)
{
    store_close(t->s);
    cluster_close(t->a);
    redis_line_end(&t->l);
}

static void commit(struct spool_test *t)
{
    assert_int_equal(redis_line_commit(t->s, ++t->seq, 1), 0);
}

static void commit_words(struct spool_test *t, const char *words)
{
    assert_int_equal(redis_line_commit_words(t->s, (unsigned)t->seq, words), 0);
}

static void set(struct spool_test *t, const char *name, const char *value)
{
    free(redis_server_say(t->l.servers[0], (const char *[]){"CONFIG", "SET", name, value, NULL}));
}

static void expect_kept(struct spool_test *t, const char *words)
{
    for (int64_t stop = clock_mono() + TWO_LOOKS_MS; clock_mono() < stop; clock_sleep(50))
        commit(t);
    assert_true(redis_line_spooled(&t->l, words));
}

static void expect_gone(struct spool_test *t, const char *words)
{
    int64_t stop = clock_mono() + REDIS_LINE_WAIT_MS;

    for (; redis_line_spooled(&t->l, words) && clock_mono() < stop; clock_sleep(REDIS_LINE_LOOK_MS))
        commit(t);
    assert_false(redis_line_spooled(&t->l, words));
}

/* What every replica has goes from the file, bytes and all; what one that is away lacks stays. */
static void what_is_safe_goes(void **state)
{
    struct spool_test t = {.l = redis_line_new("everysec")};

    (void)state;
    t.a = redis_line_lead(t.l.where, "a");
    redis_line_add(&t.l, "everysec");
    redis_line_until_linked(&t.l);
    t.s = redis_line_open(&t.l, t.a);
    commit_words(&t, "canary-41c9");
    assert_true(redis_line_spooled(&t.l, "canary-41c9"));
    expect_gone(&t, "canary-41c9");
    redis_line_cut(&t.l);
    commit_words(&t, "canary-77e0");
    expect_kept(&t, "canary-77e0");
    end(&t);
}

/* The first commit after a rest goes into the spool when a replica has come meanwhile, which may be
 * the master before it has that. */
static void a_late_replica_takes_nothing_back(void **state)
{
    struct spool_test t;

    (void)state;
    begin(&t, "always");
    commit(&t);
    int64_t rested = clock_mono() + REDIS_LINE_REST_MS;
    redis_line_add(&t.l, "always");
    redis_line_until_linked(&t.l);
    redis_line_until_head(redis_line_replica(&t.l), 1);
    while (clock_mono() < rested)
        clock_sleep(REDIS_LINE_LOOK_MS);
    commit_words(&t, "canary-5a0b");
    assert_true(redis_line_spooled(&t.l, "canary-5a0b"));
    end(&t);
}

/* A server that is found again may be set in another way: the spool goes by what it is now. */
static void another_setting_is_seen(void **state)
{
    struct spool_test t;

    (void)state;
    begin(&t, "always");
    commit(&t);
    set(&t, "appendfsync", "everysec");
    free(redis_server_say(t.l.servers[0],
                          (const char *[]){"CLIENT", "KILL", "TYPE", "normal", NULL}));
    int err = redis_line_commit(t.s, 2, 2);
    assert_true(!err || err == ERR_NET);
    t.seq += !err;
    commit(&t);
    commit_words(&t, "canary-c3d2");
    assert_true(redis_line_spooled(&t.l, "canary-c3d2"));
    end(&t);
}

/* Whoever runs the server may set it in another way while it is in use; and a file that is switched
 * off keeps nothing, whatever it is said to be synced with. */
static void a_setting_is_seen_in_use(void **state)
{
    struct spool_test t;

    (void)state;
    begin(&t, "always");
    commit(&t);
    set(&t, "appendfsync", "everysec");
    redis_line_rest();
    commit_words(&t, "canary-b1a4");
    assert_true(redis_line_spooled(&t.l, "canary-b1a4"));
    store_close(t.s);
    set(&t, "appendfsync", "always");
    t.s = redis_line_open(&t.l, t.a);
    redis_line_rest();
    set(&t, "appendonly", "no");
    commit(&t);
    commit_words(&t, "canary-9f32");
    expect_kept(&t, "canary-9f32");
    set(&t, "appendonly", "yes");
    expect_gone(&t, "canary-9f32");
    redis_line_rest();
    commit(&t);
    commit_words(&t, "canary-03de");
    assert_false(redis_line_spooled(&t.l, "canary-03de"));
    end(&t);
}

/* With appendfsync no nobody knows when its file is on the disk: set so from the start, or while it
 * is in use. */
static void what_is_never_synced_stays(void **state)
{
    static const char *const words[] = {"canary-d71b", "canary-20ce"};
    struct spool_test t;

    (void)state;
    begin(&t, "no");
    for (unsigned i = 0; i < 2; i++) {
        set(&t, "appendfsync", "no");
        redis_line_rest();
        commit(&t); /* it looks */
        commit_words(&t, words[i]);
        expect_kept(&t, words[i]);
        set(&t, "appendfsync", "everysec");
        expect_gone(&t, words[i]);
    }
    end(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_late_replica_takes_nothing_back),
        cmocka_unit_test(another_setting_is_seen),
        cmocka_unit_test(a_setting_is_seen_in_use),
        cmocka_unit_test(what_is_never_synced_stays),
        cmocka_unit_test(what_is_safe_goes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
