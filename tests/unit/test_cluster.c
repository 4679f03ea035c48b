/* store/cluster.h on a real Redis: who leads, and what a leader that was paused can do. */
#define _GNU_SOURCE
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/err.h"
#include "tests/helpers/redis_server.h"
#include "tests/unit/crew.h"
#include "tests/unit/store_samples.h"

static void one_leads(void **state)
{
    char *where = crew_address();
    struct cluster *a = crew_join(where, "a", 60000), *b = crew_join(where, "b", 60000);
    struct cluster_beat of;

    (void)state;
    of = crew_beat(a);
    assert_true(of.leads && of.machines == 1);
    assert_string_equal(of.leader, "a");
    of = crew_beat(b);
    assert_true(!of.leads && of.machines == 2);
    assert_string_equal(of.leader, "a");
    assert_string_equal(of.reach, "a");
    assert_true(crew_beat(a).leads);
    assert_int_equal(cluster_leave(a), 0);
    of = crew_beat(b);
    assert_true(of.leads && of.machines == 1);
    cluster_close(a);
    cluster_close(b);
    free(where);
}

static void who_was_paused_changes_nothing(void **state)
{
    char *where = crew_address();
    struct cluster *a = crew_join(where, "a", CREW_LEASE), *b = crew_join(where, "b", 60000);
    struct store *old, *new, *plain;
    struct store_item items[] = {samples_item(1, "one"), samples_item(2, "two")};
    struct store_batch first = {.items = items, .nitems = 1};
    struct store_batch second = {.items = items + 1, .nitems = 1};
    struct store_counts n;

    (void)state;
    crew_lead(a);
    assert_int_equal(store_lead(where, cluster_token(b), 0, &new), ERR_REFUSED);
    assert_int_equal(store_lead(where, cluster_token(a), 0, &old), 0);
    assert_int_equal(store_commit(old, &first), 0);
    crew_lead(b); /* a beats no more: after its lease */
    assert_int_equal(store_lead(where, cluster_token(b), 0, &new), 0);
    assert_int_equal(store_commit(old, &second), ERR_REFUSED);
    assert_int_equal(store_expire(old, INT64_MAX, 10), ERR_REFUSED);
    assert_int_equal(store_counts(new, &n), 0);
    assert_true(n.items == 1 && store_texts(new) == 1);
    assert_int_equal(store_commit(new, &second), 0);
    assert_false(crew_beat(a).leads);
    /* Its lease is lost, and its fence with it, even when it leads again. */
    assert_int_equal(cluster_leave(b), 0);
    crew_lead(a);
    assert_int_equal(store_commit(old, &second), ERR_REFUSED);
    assert_int_equal(store_open(where, &plain), ERR_REFUSED);
    store_close(old);
    store_close(new);
    cluster_close(a);
    cluster_close(b);
    free(where);
}

/* A Redis that was away for longer than the lease takes nothing from who led before. */
static void a_lease_that_nobody_took(void **state)
{
    char *where = crew_address();
    struct cluster *a = crew_join(where, "a", CREW_LEASE);
    struct store *s, *r, *again;
    struct store_item items[] = {samples_item(1, "one"), samples_item(2, "two")};
    struct store_batch batch = {.items = items, .nitems = 1};
    int64_t until = clock_mono() + CREW_WAIT_MS;
    char *key = NULL, *there;

    (void)state;
    assert_int_equal(store_follow(where, &r), ERR_NOTFOUND);
    crew_lead(a);
    assert_int_equal(store_lead(where, cluster_token(a), 0, &s), 0);
    assert_int_equal(store_follow(where, &r), 0);
    assert_int_equal(store_reader(r, &again), 0);
    assert_string_equal(store_epoch(again), store_epoch(s));
    assert_int_equal(store_commit(r, &batch), ERR_REFUSED);
    assert_true(asprintf(&key, "{%s}:leader", strrchr(where, '?') + 1) > 0);
    for (;;) {
        there = redis_server_say(crew_server(), (const char *[]){"EXISTS", key, NULL});
        bool gone = there && !strcmp(there, "0");
        free(there);
        if (gone || clock_mono() > until)
            break;
        clock_sleep(CREW_LOOK_MS);
    }
    free(key);
    assert_int_equal(store_commit(s, &batch), 0);
    crew_lead(a);
    batch.items = items + 1;
    assert_int_equal(store_commit(s, &batch), 0);
    store_close(again);
    store_close(r);
    store_close(s);
    cluster_close(a);
    free(where);
}

static void addresses(void **state)
{
    const struct cluster_conf conf = {"sqlite:x", "a", "a", CREW_LEASE};
    struct cluster *c;
    struct store *s;

    (void)state;
    assert_int_not_equal(cluster_open(&conf, &c), 0);
    assert_int_equal(store_lead("sqlite:x", "a/1", 0, &s), ERR_UNSUPPORTED);
    assert_int_equal(store_follow("memory:", &s), ERR_UNSUPPORTED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_leads),
        cmocka_unit_test(who_was_paused_changes_nothing),
        cmocka_unit_test(a_lease_that_nobody_took),
        cmocka_unit_test(addresses),
    };
    return cmocka_run_group_tests_name("cluster", tests, crew_begin, crew_end);
}
