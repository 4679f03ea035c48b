/* What only the Redis backend can meet: a lost connection, a lost answer, a script that arrives
 * late, another writer, a server that keeps nothing. */
#define _GNU_SOURCE
#include "tests/unit/unit.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"
#include "store/address.h"
#include "store/redis/redis.h"
#include "tests/unit/redis_own.h"
#include "tests/unit/store_samples.h"

static int set_up(void **state)
{
    struct redis_own *f = redis_own_new(state);

    return redis_own_start(f, NULL) ? -1 : redis_own_proxy(f);
}

/* Items have no head that would give a repeated batch away. */
static int commit_item(struct store *s, unsigned number)
{
    struct store_item item = samples_item(number, "words");

    return store_commit(s, &(struct store_batch){.items = &item, .nitems = 1});
}

static int commit_event(struct store *s, uint64_t seq)
{
    struct event e = samples_event(seq, 1);

    return store_commit(s, &(struct store_batch){.events = &e, .nevents = 1});
}

static uint64_t items(struct store *s)
{
    struct store_counts n;

    assert_int_equal(store_counts(s, &n), 0);
    return n.items;
}

/* Whatever happens to the connection, a batch is committed once, or not at all. */
static void a_lost_answer_is_asked_for(void **state)
{
    static const enum link_fault faults[] = {LINK_CUT, LINK_SWALLOW, LINK_PASS};
    struct redis_own *f = redis_own_there(state);
    struct store *s;

    assert_int_equal(store_open(f->proxied, &s), 0);
    for (unsigned i = 0; i < 3; i++) {
        link_proxy_fail(f->proxy, faults[i]);
        assert_int_equal(commit_item(s, i), 0);
        assert_int_equal(items(s), i + 1);
        link_proxy_fail(f->proxy, faults[i]);
        assert_int_equal(commit_event(s, i + 1), 0);
        assert_int_equal(store_head(s), i + 1);
    }
    assert_int_equal(commit_item(s, 1), ERR_EXISTS); /* the same words, and not the same batch */
    store_close(s);
}

/* Redis is away for longer than a commit waits; then it is back, with the batch or without it. */
static void an_outcome_is_known_later(void **state)
{
    static const enum link_fault faults[] = {LINK_CUT, LINK_SWALLOW};
    struct redis_own *f = redis_own_there(state);

    for (unsigned i = 0; i < 2; i++) {
        struct store *s;
        assert_int_equal(store_open(f->proxied, &s), 0);
        unlink(f->proxy_path); /* nobody connects any more; who is connected goes on */
        link_proxy_fail(f->proxy, faults[i]);
        assert_int_equal(commit_event(s, i + 1), ERR_NET);
        assert_int_equal(commit_event(s, i + 1), ERR_NET);
        assert_int_equal(store_concern(s, 1, &(struct concern){0}), ERR_NET);
        link_proxy_stop(f->proxy);
        f->proxy = link_proxy_start(f->proxy_path, redis_server_socket(f->server));
        assert_non_null(f->proxy);
        assert_int_equal(store_head(s), i ? 2 : 0);
        assert_int_equal(commit_event(s, i + 1), 0); /* the same batch gives the same result */
        assert_int_equal(store_head(s), i + 1);
        assert_int_equal(commit_event(s, i + 1), ERR_STALE);
        store_close(s);
    }
}

/* A script that is on its way while its writer has given it up changes nothing when it arrives. */
static void a_late_script_is_void(void **state)
{
    struct redis_own *f = redis_own_there(state);
    struct store *s;

    assert_int_equal(store_open(f->proxied, &s), 0);
    link_proxy_fail(f->proxy, LINK_HOLD);
    assert_int_equal(commit_item(s, 1), 0); /* sent again over another connection */
    struct store_item edit = samples_item(1, "newer");
    edit.update = true;
    edit.content = 77;
    assert_int_equal(store_commit(s, &(struct store_batch){.items = &edit, .nitems = 1}), 0);
    link_proxy_release(f->proxy);
    struct store_seen seen;
    assert_int_equal(store_seen(s, (const unsigned char (*)[STORE_IDENT])&edit.ident, 1, &seen), 0);
    assert_int_equal(seen.content, 77);
    assert_int_equal(items(s), 1);
    store_close(s);
}

static void one_writer(void **state)
{
    struct redis_own *f = redis_own_there(state);
    struct store *s, *other, *reader;

    assert_int_equal(store_open(f->address, &s), 0);
    assert_int_equal(store_open(f->address, &other), ERR_REFUSED);
    assert_int_equal(store_reader(s, &reader), 0);
    assert_int_equal(commit_event(s, 1), 0);
    assert_int_equal(store_head(reader), 1);
    store_close(reader);
    store_close(s);
    assert_int_equal(store_open(f->address, &s), 0); /* at once */
    assert_int_equal(store_head(s), 1);
    store_close(s);
}

/* A writer that was cut off, and whose place was taken, writes nothing more. */
static void a_fenced_writer_is_refused(void **state)
{
    struct redis_own *f = redis_own_there(state);
    struct store *old, *new;

    assert_int_equal(store_open(f->proxied, &old), 0);
    assert_int_equal(commit_event(old, 1), 0);
    redis_disconnect((struct redis *)old); /* as a network does that is gone */
    assert_int_equal(store_open(f->address, &new), 0);
    assert_int_equal(commit_event(new, 2), 0);
    assert_false(store_fenced(old)); /* it was not told yet */
    assert_int_equal(commit_event(old, 2), ERR_REFUSED);
    assert_true(store_fenced(old));
    assert_false(store_fenced(new));
    assert_int_equal(commit_item(old, 1), ERR_REFUSED);
    assert_int_equal(store_expire(old, 1, 1), ERR_REFUSED);
    assert_int_equal(commit_event(new, 3), 0);
    store_close(old);
    store_close(new);
}

/* Once the event is there, another one takes the writer's place, and the way is free again. */
static void *take_its_place(void *arg)
{
    static const char *const count[] = {"XLEN", "{huiying}:events", NULL};
    const struct redis_own *f = arg;
    int64_t until = clock_mono() + 60000;
    bool there = false;

    while (!there && clock_mono() < until) {
        char *said = redis_server_say(f->server, count);
        there = said && !strcmp(said, "1");
        free(said);
    }
    free(redis_server_say(f->server, (const char *[]){"HSET", "{huiying}:meta", "owner", "another",
                                                      NULL}));
    return symlink(redis_server_socket(f->server), f->proxy_path) || !there ? arg : NULL;
}

/* It was done, and nobody was told: that it cannot be done again does not mean that it was not. */
static void a_refusal_does_not_undo(void **state)
{
    struct redis_own *f = redis_own_there(state);
    pthread_t thread;
    struct store *s;
    void *failed;

    assert_int_equal(store_open(f->proxied, &s), 0);
    unlink(f->proxy_path); /* nobody connects any more; who is connected goes on */
    link_proxy_fail(f->proxy, LINK_SWALLOW);
    assert_int_equal(pthread_create(&thread, NULL, take_its_place, f), 0);
    int err = commit_event(s, 1);
    assert_int_equal(pthread_join(thread, &failed), 0);
    assert_null(failed);
    assert_int_equal(err, ERR_NET);
    assert_int_equal(commit_event(s, 1), ERR_REFUSED); /* nothing was sent */
    store_close(s);
    assert_int_equal(store_open(f->address, &s), 0);
    assert_int_equal(store_head(s), 1);
    store_close(s);
}

static void a_store_is_looked_at_and_erased(void **state)
{
    struct redis_own *f = redis_own_there(state);
    struct store *s, *look, *other;
    char address[256];
    char *keys;

    snprintf(address, sizeof address, "%s?other", f->address);
    assert_int_equal(address_there(f->address), ERR_NOTFOUND);
    assert_int_equal(address_look(f->address, &look), ERR_NOTFOUND);
    assert_int_equal(store_open(f->address, &s), 0);
    assert_int_equal(store_open(address, &other), 0); /* a town of its own beside it */
    assert_int_equal(commit_item(s, 1), 0);
    assert_int_equal(commit_item(other, 1), 0);
    assert_int_equal(address_look(f->address, &look), 0);
    assert_int_equal(items(look), 1);
    assert_string_equal(store_epoch(look), store_epoch(s));
    assert_int_equal(commit_item(look, 2), ERR_REFUSED);
    store_close(look);
    assert_int_equal(address_erase(f->address), ERR_REFUSED);
    store_close(s);
    assert_int_equal(address_there(f->address), 0);
    assert_int_equal(address_erase(f->address), 0);
    assert_int_equal(address_there(f->address), ERR_NOTFOUND);
    assert_int_equal(items(other), 1);
    store_close(other);
    assert_int_equal(address_erase(address), 0);
    keys = redis_server_say(f->server, (const char *[]){"DBSIZE", NULL});
    assert_string_equal(keys, "0");
    free(keys);
}

static void what_keeps_nothing_is_refused(void **state)
{
    struct redis_own *f = redis_own_there(state);
    struct store *s;

    redis_own_say(f, "CONFIG", "SET", "appendonly", "no");
    assert_int_equal(store_open(f->address, &s), ERR_REFUSED);
    redis_own_say(f, "CONFIG", "SET", "appendonly", "yes");
    redis_own_say(f, "CONFIG", "SET", "maxmemory-policy", "allkeys-lru");
    assert_int_equal(store_open(f->address, &s), ERR_REFUSED);
    redis_own_say(f, "CONFIG", "SET", "maxmemory-policy", "noeviction");
    redis_own_say(f, "CONFIG", "SET", "appendfsync", "everysec"); /* told, not refused */
    assert_int_equal(store_open(f->address, &s), 0);
    store_close(s);
    assert_int_equal(store_open("redis+unix:/nowhere/at/all", &s), ERR_NET);
}

static void passwords_are_asked_for(void **state)
{
    struct redis_own *f = redis_own_there(state);
    struct store *s;

    redis_own_say(f, "CONFIG", "SET", "requirepass", "geheim");
    assert_int_equal(store_open(f->address, &s), ERR_DENIED);
    struct redis_address a = {.path = strdup(redis_server_socket(f->server)),
                              .password = strdup("geheim"), .prefix = strdup("huiying")};
    struct redis r = {.base = {.backend = &redis_backend}, .address = a};
    assert_int_equal(redis_connect(&r), 0);
    redis_disconnect(&r);
    redis_address_free(&r.address);
}

/* Memory is full: nothing is taken, all is read, and dropping words still works. */
static void full_memory(void **state)
{
    struct redis_own *f = redis_own_there(state);
    struct store *s;

    assert_int_equal(store_open(f->address, &s), 0);
    assert_int_equal(commit_item(s, 1), 0);
    assert_int_equal(commit_event(s, 1), 0);
    redis_own_say(f, "CONFIG", "SET", "maxmemory", "1");
    assert_int_equal(commit_item(s, 2), ERR_IO);
    assert_int_equal(commit_event(s, 2), ERR_IO);
    assert_int_equal(items(s), 1);
    assert_int_equal(store_events_after(s, 0, &(struct event){0}, 1), 1);
    assert_int_equal(store_expire(s, INT64_MAX, 10), 1);
    redis_own_say(f, "CONFIG", "SET", "maxmemory", "0");
    assert_int_equal(commit_item(s, 2), 0);
    assert_int_equal(commit_event(s, 2), 0);
    store_close(s);
}

static void a_replica_takes_nothing(void **state)
{
    struct redis_own *f = redis_own_there(state);
    struct store *s, *reader;

    assert_int_equal(store_open(f->address, &s), 0);
    assert_int_equal(store_reader(s, &reader), 0);
    assert_int_equal(commit_item(s, 1), 0);
    redis_own_say(f, "REPLICAOF", "127.0.0.1", "1", NULL);
    assert_int_equal(commit_item(s, 2), ERR_AGAIN);
    assert_int_equal(items(reader), 1);
    redis_own_say(f, "REPLICAOF", "NO", "ONE", NULL);
    assert_int_equal(commit_item(s, 2), 0);
    assert_int_equal(items(reader), 2);
    store_close(reader);
    store_close(s);
}

/* What was committed is there after a crash, and who was connected finds it again. */
static void a_crash_loses_nothing(void **state)
{
    struct redis_own *f = redis_own_there(state);
    struct store *s, *reader;
    char epoch[STORE_EPOCH];

    assert_int_equal(store_open(f->address, &s), 0);
    assert_int_equal(store_reader(s, &reader), 0);
    memcpy(epoch, store_epoch(s), sizeof epoch);
    for (uint64_t seq = 1; seq <= 20; seq++) {
        assert_int_equal(commit_event(s, seq), 0);
        if (seq % 5)
            continue;
        redis_server_kill(f->server);
        assert_int_equal(commit_event(s, seq + 1), ERR_NET);
        assert_int_equal(store_events_after(reader, 0, &(struct event){0}, 1), ERR_NET);
        f->server = redis_server_start(f->folder, NULL);
        assert_non_null(f->server);
        assert_int_equal(store_head(reader), seq);
        assert_int_equal(store_head(s), seq);
    }
    assert_string_equal(store_epoch(s), epoch);
    store_close(reader);
    store_close(s);
}

static void lost_scripts_are_loaded_again(void **state)
{
    struct redis_own *f = redis_own_there(state);
    struct store *s, *reader;

    assert_int_equal(store_open(f->address, &s), 0);
    assert_int_equal(store_reader(s, &reader), 0);
    assert_int_equal(commit_event(s, 1), 0);
    redis_own_say(f, "SCRIPT", "FLUSH", NULL, NULL);
    assert_int_equal(store_unit_events_after(reader, "water", 0, &(struct event){0}, 1), 0);
    redis_own_say(f, "SCRIPT", "FLUSH", NULL, NULL);
    assert_int_equal(commit_event(s, 2), 0);
    assert_int_equal(store_head(s), 2);
    store_close(reader);
    store_close(s);
}

/* Dropped words leave the append-only file. */
static void dropped_words_leave_the_file(void **state)
{
    static const char canary[] = "金丝雀canary";
    struct redis_own *f = redis_own_there(state);
    struct store *s;
    char command[512];

    assert_int_equal(store_open(f->address, &s), 0);
    struct store_item item = samples_item(1, canary);
    assert_int_equal(store_commit(s, &(struct store_batch){.items = &item, .nitems = 1}), 0);
    snprintf(command, sizeof command, "grep -rqa 'canary' '%s/appendonlydir'", f->folder);
    assert_int_equal(system(command), 0);
    assert_false(store_residue(s));
    assert_int_equal(store_expire(s, item.expires, 10), 1);
    assert_true(store_residue(s));
    for (int64_t until = clock_mono() + 60000; store_residue(s);) {
        assert_true(clock_mono() < until);
        assert_int_equal(store_expire(s, item.expires, 10), 0);
        clock_sleep(5);
    }
    assert_int_not_equal(system(command), 0);
    store_close(s);
}

int main(void)
{
#define TEST(test) cmocka_unit_test_setup_teardown(test, set_up, redis_own_tear_down)
    const struct CMUnitTest tests[] = {
        TEST(a_lost_answer_is_asked_for),
        TEST(an_outcome_is_known_later),
        TEST(a_late_script_is_void),
        TEST(one_writer),
        TEST(a_fenced_writer_is_refused),
        TEST(a_refusal_does_not_undo),
        TEST(a_store_is_looked_at_and_erased),
        TEST(what_keeps_nothing_is_refused),
        TEST(passwords_are_asked_for),
        TEST(full_memory),
        TEST(a_replica_takes_nothing),
        TEST(a_crash_loses_nothing),
        TEST(lost_scripts_are_loaded_again),
        TEST(dropped_words_leave_the_file),
    };
    return cmocka_run_group_tests_name("redis", tests, NULL, NULL);
}
