/* store/cluster.h on a real Redis: what a replica has, and a failover takes back. */
#define _GNU_SOURCE
#include "tests/unit/unit.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"
#include "tests/helpers/redis_server.h"
#include "tests/unit/crew.h"
#include "tests/unit/store_samples.h"

/* A master with a port, and what may replicate it. */
struct pair {
    char port[16], *where, *folders[2];
    struct redis_server *master, *replica;
};

static void pair_begin(struct pair *p)
{
    if (!crew_server())
        skip();
    for (int i = 0; i < 2; i++)
        p->folders[i] = samples_folder();
    redis_server_free_port(p->port);
    p->master = redis_server_start(
        p->folders[0],
        (const char *[]){"--port", p->port, "--repl-diskless-sync-delay", "0", NULL});
    assert_non_null(p->master);
    assert_true(asprintf(&p->where, "redis+unix:%s", redis_server_socket(p->master)) > 0);
}

static void pair_replicate(struct pair *p)
{
    p->replica = redis_server_start(
        p->folders[1], (const char *[]){"--replicaof", "127.0.0.1", p->port, NULL});
    assert_non_null(p->replica);
}

static void pair_end(struct pair *p)
{
    redis_server_kill(p->replica);
    redis_server_kill(p->master);
    for (int i = 0; i < 2; i++) {
        samples_remove(p->folders[i]);
        free(p->folders[i]);
    }
    free(p->where);
}

/* Until the replica has it. */
static int commit_in_time(struct store *s, const struct store_batch *batch)
{
    int64_t until = clock_mono() + CREW_WAIT_MS;
    int err;

    do
        err = store_commit(s, batch);
    while (err == ERR_AGAIN && clock_mono() < until);
    return err;
}

/* A commit is none before a replica has it, and is not done twice for that. */
static void a_commit_waits_for_its_replica(void **state)
{
    struct pair p = {0};
    struct store *s;
    struct store_item items[] = {samples_item(1, "one"), samples_item(2, "two")};
    struct event e = samples_event(1, 1);
    struct store_batch batch = {.items = items, .nitems = 1, .events = &e, .nevents = 1};
    struct store_counts n;
    uint64_t head = 0;

    (void)state;
    pair_begin(&p);
    struct cluster *a = crew_join(p.where, "a", 60000);
    crew_lead(a);
    assert_int_equal(store_lead(p.where, cluster_token(a), 1, &s), 0);
    assert_int_equal(store_commit(s, &batch), ERR_AGAIN);
    assert_int_equal(cluster_follow(a, 1, CREW_LOOK_MS, &head), ERR_AGAIN); /* nor is it followed */
    assert_int_equal(head, 0);
    pair_replicate(&p);
    assert_int_equal(commit_in_time(s, &batch), 0);
    batch.items = items + 1;
    e = samples_event(2, 1);
    assert_int_equal(store_commit(s, &batch), 0);
    assert_int_equal(store_settled(s), 0);
    assert_int_equal(cluster_follow(a, 1, CREW_LOOK_MS, &head), 0);
    assert_int_equal(head, 2);
    assert_int_equal(store_counts(s, &n), 0);
    assert_int_equal(n.items, 2);
    char *there = redis_server_say(p.replica, (const char *[]){"HGET", "{huiying}:meta", "items",
                                                               NULL});
    assert_string_equal(there, "2");
    free(there);
    store_close(s);
    cluster_close(a);
    pair_end(&p);
}

static int commit_event(struct store *s, uint64_t seq)
{
    struct event e = samples_event(seq, 1);
    struct store_batch batch = {.events = &e, .nevents = 1};

    return store_commit(s, &batch);
}

/* What the one before committed last may be on no replica: who leads now is told so. */
static void what_a_new_leader_finds_is_settled_by_a_replica(void **state)
{
    struct pair p = {0};
    struct store *s, *next, *reader;
    struct event e = samples_event(1, 1);
    struct store_batch batch = {.events = &e, .nevents = 1};
    int64_t until = clock_mono() + CREW_WAIT_MS;
    uint64_t head;
    int err;

    (void)state;
    pair_begin(&p);
    pair_replicate(&p);
    struct cluster *a = crew_join(p.where, "a", 60000), *b = crew_join(p.where, "b", 60000);
    crew_lead(a);
    assert_int_equal(store_lead(p.where, cluster_token(a), 1, &s), 0);
    assert_int_equal(commit_in_time(s, &batch), 0);
    redis_server_signal(p.replica, SIGSTOP);
    assert_int_equal(commit_event(s, 2), ERR_AGAIN);
    assert_int_equal(store_settled(s), ERR_AGAIN);
    store_close(s); /* dies before its replica has it */
    assert_int_equal(cluster_leave(a), 0);
    crew_lead(b);
    assert_int_equal(store_lead(p.where, cluster_token(b), 1, &next), 0);
    assert_int_equal(store_read_head(next, &head), 0);
    assert_int_equal(head, 2);
    assert_int_equal(store_settled(next), ERR_AGAIN);
    redis_server_signal(p.replica, SIGCONT);
    while ((err = store_settled(next)) == ERR_AGAIN && clock_mono() < until)
        clock_sleep(CREW_LOOK_MS);
    assert_int_equal(err, 0);
    assert_int_equal(store_reader(next, &reader), 0);
    assert_int_equal(store_settled(reader), ERR_REFUSED);
    store_close(reader);
    store_close(next);
    cluster_close(a);
    cluster_close(b);
    pair_end(&p);
}

struct waiting {
    struct cluster *cluster;
    uint64_t head;
    int err;
};

static void *wait_for_event(void *arg)
{
    struct waiting *w = arg;

    w->err = cluster_follow(w->cluster, 0, CREW_WAIT_MS, &w->head);
    return NULL;
}

static void events_are_followed(void **state)
{
    char *where = crew_address();
    struct cluster *a = crew_join(where, "a", 60000), *b = crew_join(where, "b", 60000);
    struct waiting w = {.cluster = b};
    struct store *s;
    pthread_t thread;

    (void)state;
    crew_lead(a);
    assert_int_equal(store_lead(where, cluster_token(a), 0, &s), 0);
    assert_int_equal(cluster_follow(b, 0, CREW_LOOK_MS, &w.head), 0);
    assert_int_equal(w.head, 0);
    assert_int_equal(commit_event(s, 1), 0);
    assert_int_equal(commit_event(s, 2), 0);
    assert_int_equal(cluster_follow(b, 0, CREW_LOOK_MS, &w.head), 0);
    assert_int_equal(w.head, 2);
    assert_int_equal(cluster_follow(b, 0, CREW_LOOK_MS, &w.head), 0);
    assert_int_equal(w.head, 2);
    assert_int_equal(pthread_create(&thread, NULL, wait_for_event, &w), 0);
    assert_int_equal(commit_event(s, 3), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_int_equal(w.err, 0);
    assert_int_equal(w.head, 3);
    store_close(s);
    cluster_close(a);
    cluster_close(b);
    free(where);
}

/* A Redis that comes back with less than was committed would give its numbers to other events. */
static void what_was_lost_is_void(void **state)
{
    char *where = crew_address(), epoch[STORE_EPOCH], *key = NULL;
    struct cluster *a = crew_join(where, "a", 60000);
    struct store *s, *again;

    (void)state;
    crew_lead(a);
    assert_int_equal(store_lead(where, cluster_token(a), 0, &s), 0);
    memcpy(epoch, store_epoch(s), sizeof epoch);
    for (uint64_t seq = 1; seq <= 3; seq++)
        assert_int_equal(commit_event(s, seq), 0);
    assert_true(asprintf(&key, "{%s}:meta", strrchr(where, '?') + 1) > 0);
    free(redis_server_say(crew_server(), (const char *[]){"HSET", key, "head", "2", NULL}));
    free(redis_server_say(crew_server(), (const char *[]){"CLIENT", "KILL", "TYPE", "normal",
                                                            NULL}));
    int err = commit_event(s, 4);
    for (int i = 0; i < 3 && err == ERR_NET; i++)
        err = commit_event(s, 4);
    assert_int_equal(err, ERR_REFUSED);
    assert_int_equal(commit_event(s, 3), ERR_REFUSED);
    assert_int_equal(store_lead(where, cluster_token(a), 0, &again), 0);
    assert_string_not_equal(store_epoch(again), epoch);
    store_close(again);
    store_close(s);
    cluster_close(a);
    free(key);
    free(where);
}

/* Another replication id, as after a replica's promotion; and no lease is left. */
static void fail_over(const char *where)
{
    int64_t until = clock_mono() + CREW_WAIT_MS;
    char *key = NULL, *there;

    assert_true(asprintf(&key, "{%s}:leader", strrchr(where, '?') + 1) > 0);
    free(redis_server_say(crew_server(), (const char *[]){"REPLICAOF", "127.0.0.1", "1", NULL}));
    free(redis_server_say(crew_server(), (const char *[]){"REPLICAOF", "NO", "ONE", NULL}));
    while ((there = redis_server_say(crew_server(), (const char *[]){"GET", key, NULL}))) {
        free(there);
        assert_true(clock_mono() < until);
        clock_sleep(CREW_LOOK_MS);
    }
    free(key);
}

/* What a failover took back may be in the spool of who led, and nowhere else. */
static void who_led_has_the_first_claim(void **state)
{
    char *where = crew_address();
    struct cluster *a = crew_join(where, "a", CREW_LEASE), *b = crew_join(where, "b", CREW_LEASE);
    struct store *s;

    (void)state;
    crew_lead(a);
    assert_int_equal(store_lead(where, cluster_token(a), 0, &s), 0);
    assert_int_equal(commit_event(s, 1), 0);
    fail_over(where);
    struct cluster_beat of = crew_beat(b);
    assert_false(of.leads);
    assert_string_equal(of.leader, "a");
    assert_true(crew_beat(a).leads);
    crew_lead(b); /* a beats no more */
    store_close(s);
    cluster_close(a);
    cluster_close(b);
    free(where);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_commit_waits_for_its_replica),
        cmocka_unit_test(what_a_new_leader_finds_is_settled_by_a_replica),
        cmocka_unit_test(events_are_followed),
        cmocka_unit_test(what_was_lost_is_void),
        cmocka_unit_test(who_led_has_the_first_claim),
    };
    return cmocka_run_group_tests_name("cluster_failover", tests, crew_begin, crew_end);
}
