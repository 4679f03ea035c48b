/* The spool while nobody commits through it: its texts go all the same. */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/err.h"
#include "tests/unit/redis_line.h"

static const char canary[] = "canary-8d13";

/* Who led and follows now: what is missing in Redis may be put back yet, within the hour, unless
 * others have written. */
static void who_follows_lets_go(void **state)
{
    struct redis_line l = redis_line_new("everysec");
    struct cluster *a = redis_line_lead(l.where, "a"), *b;
    struct store *s = redis_line_open(&l, a), *other;
    bool holds;

    (void)state;
    assert_int_equal(redis_line_commit_words(s, 1, canary), 0);
    assert_int_equal(cluster_rest_spool(a, l.spool, &holds), ERR_AGAIN);
    store_close(s);
    assert_int_equal(cluster_rest_spool(a, l.spool, &holds), 0);
    assert_true(holds);
    assert_true(redis_line_spooled(&l, canary));
    clock_set_rate(clock_now() + 2 * 3600 * INT64_C(1000), 1);
    assert_int_equal(cluster_rest_spool(a, l.spool, &holds), 0);
    assert_false(redis_line_spooled(&l, canary));
    clock_set_rate(0, 1);

    s = redis_line_open(&l, a);
    assert_int_equal(redis_line_commit_words(s, 2, canary), 0);
    store_close(s);
    redis_line_forget_leader(&l);
    b = redis_line_lead(l.where, "b");
    assert_int_equal(store_lead(l.where, cluster_token(b), 0, &other), 0);
    assert_int_equal(cluster_rest_spool(a, l.spool, &holds), 0);
    assert_true(holds && redis_line_spooled(&l, canary));
    assert_int_equal(redis_line_commit(other, 1, 1), 0);
    assert_int_equal(cluster_rest_spool(a, l.spool, &holds), 0);
    assert_false(holds);
    assert_false(redis_line_spooled(&l, canary));
    store_close(other);
    cluster_close(a);
    cluster_close(b);
    redis_line_end(&l);
}

/* Who leads and has nothing to commit. */
static void who_rests_lets_go(void **state)
{
    struct redis_line l = redis_line_new("everysec");
    struct cluster *a = redis_line_lead(l.where, "a");
    struct store *s = redis_line_open(&l, a);
    int64_t end = clock_mono() + REDIS_LINE_WAIT_MS;

    (void)state;
    assert_int_equal(redis_line_commit_words(s, 1, canary), 0);
    assert_true(redis_line_spooled(&l, canary));
    assert_true(store_residue(s));
    while (store_residue(s) && clock_mono() < end) {
        assert_int_equal(store_expire(s, 0, 1), 0);
        clock_sleep(REDIS_LINE_LOOK_MS);
    }
    assert_false(redis_line_spooled(&l, canary));
    assert_int_equal(redis_line_commit_words(s, 2, canary), 0);
    redis_server_kill(l.servers[0]);
    l.servers[0] = NULL;
    clock_set_rate(clock_now() + 2 * 3600 * INT64_C(1000), 1);
    while (redis_line_spooled(&l, canary) && clock_mono() < end) {
        assert_true(store_expire(s, 0, 1) < 0);
        clock_sleep(REDIS_LINE_LOOK_MS);
    }
    clock_set_rate(0, 1);
    assert_false(redis_line_spooled(&l, canary));
    store_close(s);
    cluster_close(a);
    redis_line_end(&l);
}

static bool in_file(struct redis_line *l)
{
    char command[512];

    snprintf(command, sizeof command, "grep -rqa '%s' '%s/appendonlydir'", canary,
             l->folders[l->master]);
    return !system(command);
}

/* The words are gone from its file, as far as the store knows. */
static void clean(struct redis_line *l, struct store *s)
{
    static const char *const words[] = {"HGET", "{huiying}:meta", "residue", NULL};
    int64_t end = clock_mono() + REDIS_LINE_WAIT_MS;
    bool done = false;

    while (!done && clock_mono() < end) {
        assert_true(store_expire(s, INT64_MAX / 2, 10) >= 0);
        clock_sleep(REDIS_LINE_LOOK_MS);
        char *said = redis_server_say(l->servers[l->master], words);
        done = said && strchr(said, '0');
        free(said);
    }
    assert_true(done);
}

/* The file of the one that was the master was written anew, that of its replica was not. */
static void a_promoted_replica_has_no_dropped_words(void **state)
{
    struct redis_line l = redis_line_new("always");
    struct cluster *a = redis_line_lead(l.where, "a");

    (void)state;
    redis_line_add(&l, "always");
    redis_line_until_linked(&l);
    struct store *s = redis_line_open(&l, a);
    assert_int_equal(redis_line_commit_words(s, 1, canary), 0);
    assert_int_equal(store_expire(s, INT64_MAX / 2, 10), 1);
    clean(&l, s);
    assert_false(in_file(&l));
    redis_line_until(redis_line_replica(&l),
                     (const char *[]){"HGET", "{huiying}:meta", "residue", NULL}, "0");
    redis_line_fail_over(&l);
    assert_true(in_file(&l));
    assert_int_equal(redis_line_commit(s, 1, 1), 0);
    clean(&l, s);
    assert_false(in_file(&l));
    store_close(s);
    cluster_close(a);
    redis_line_end(&l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_follows_lets_go),
        cmocka_unit_test(who_rests_lets_go),
        cmocka_unit_test(a_promoted_replica_has_no_dropped_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
