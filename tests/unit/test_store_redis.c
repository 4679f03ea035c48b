/* What only the Redis backend can meet: a lost connection, a lost answer, a script that arrives
 * late, another writer, a server that keeps nothing. */
#define _GNU_SOURCE
#include "tests/unit/unit.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/err.h"
#include "store/address.h"
#include "store/redis/redis.h"
#include "tests/helpers/link_proxy.h"
#include "tests/helpers/redis_server.h"
#include "tests/unit/store_samples.h"

struct fixture {
    char *folder, *direct, *proxied;
    struct redis_server *server;
    struct link_proxy *proxy;
};

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    char path[256];

    *state = f;
    signal(SIGPIPE, SIG_IGN);
    if (!redis_server_there())
        return 0;
    f->folder = samples_folder();
    f->server = redis_server_start(f->folder, NULL);
    if (!f->server)
        return -1;
    snprintf(path, sizeof path, "%s/proxy.sock", f->folder);
    f->proxy = link_proxy_start(path, redis_server_socket(f->server));
    if (asprintf(&f->direct, "redis+unix:%s", redis_server_socket(f->server)) < 0 ||
        asprintf(&f->proxied, "redis+unix:%s", path) < 0)
        return -1;
    return f->proxy ? 0 : -1;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;

    link_proxy_stop(f->proxy);
    redis_server_kill(f->server);
    if (f->folder)
        samples_remove(f->folder);
    free(f->folder);
    free(f->direct);
    free(f->proxied);
    free(f);
    return 0;
}

static struct fixture *there(void **state)
{
    struct fixture *f = *state;

    if (!f->server) {
        print_message("no redis-server\n");
        skip();
    }
    return f;
}

static void say(struct fixture *f, const char *one, const char *two, const char *three,
                const char *four)
{
    char *text = redis_server_say(f->server, (const char *[]){one, two, three, four, NULL});

    assert_non_null(text);
    assert_string_equal(text, "OK");
    free(text);
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

static void addresses(void **state)
{
    static const struct {
        const char *text, *host, *path, *user, *password, *prefix;
        int port, db;
    } good[] = {
        {"redis://a", "a", NULL, NULL, NULL, "huiying", 6379, 0},
        {"redis://a.b:7000/3?town", "a.b", NULL, NULL, NULL, "town", 7000, 3},
        {"redis://10.0.0.1/?x", "10.0.0.1", NULL, NULL, NULL, "x", 6379, 0},
        {"redis://[::1]:7/2", "::1", NULL, NULL, NULL, "huiying", 7, 2},
        {"redis://:p@ss@h", "h", NULL, NULL, "p@ss", "huiying", 6379, 0},
        {"redis://me:s@h:1", "h", NULL, "me", "s", "huiying", 1, 0},
        {"redis+unix:/run/r.sock?a-b", NULL, "/run/r.sock", NULL, NULL, "a-b", 0, 0},
    };
    static const char *const bad[] = {
        "redis://", "redis://:6379", "redis://h:0", "redis://h:65536", "redis://h:", "redis://h/x",
        "redis://h?", "redis://h?a{b", "redis://h?a b", "redis+unix:", "redis+unix:?a",
        "redis://me@h", "redis://[::1", "redis://[::1]x", "redis://h/99999",
        "redis://h?aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        "redis+sentinel://h/m", "redis+sentinel://h:1", "redis+sentinel://h:1/",
        "redis+sentinel:///m",
        "redis+sentinel://h:1,/m/x", "redis+sentinel://h:1,k/m", "redis+sentinel://h:1,k:0/m",
        "redis+sentinel://h:1/m/x",
    };
    struct redis_address a;

    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        const char *const want[] = {good[i].host, good[i].path, good[i].user, good[i].password,
                                    good[i].prefix};
        assert_int_equal(redis_address_parse(good[i].text, &a), 0);
        const char *const got[] = {a.host, a.path, a.user, a.password, a.prefix};
        for (size_t k = 0; k < 5; k++) {
            assert_int_equal(!got[k], !want[k]);
            if (got[k])
                assert_string_equal(got[k], want[k]);
        }
        assert_true(a.port == good[i].port && a.db == good[i].db);
        redis_address_free(&a);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        if (redis_address_parse(bad[i], &a) != ERR_INVALID)
            fail_msg("%s", bad[i]);
        redis_address_free(&a);
    }
}

static void addresses_of_sentinels(void **state)
{
    struct redis_address a, b;

    (void)state;
    assert_int_equal(redis_address_parse("redis+sentinel://:p@s:1,10.0.0.2:26379/town/3?x", &a), 0);
    assert_int_equal(redis_address_copy(&a, &b), 0);
    redis_address_free(&a);
    assert_string_equal(b.sentinels, "s:1,10.0.0.2:26379");
    assert_string_equal(b.master, "town");
    assert_string_equal(b.password, "p");
    assert_string_equal(b.prefix, "x");
    assert_true(!b.host && !b.path && b.db == 3);
    redis_address_free(&b);
}

static void passwords_are_not_shown(void **state)
{
    static const char *const shown[][2] = {
        {"redis://me:p@ss@host:1/2?x", "redis://host:1/2?x"},
        {"redis://host", "redis://host"},
        {"redis+unix:/a@b", "redis+unix:/a@b"},
        {"redis+sentinel://:p@ss@h:1,k:2/m", "redis+sentinel://h:1,k:2/m"},
        {"sqlite:/a@b.db", "sqlite:/a@b.db"},
    };
    char out[ADDRESS_SHOWN];

    (void)state;
    for (size_t i = 0; i < sizeof shown / sizeof *shown; i++)
        assert_string_equal(address_shown(shown[i][0], out), shown[i][1]);
    assert_int_equal(address_check("redis://h:x"), ERR_INVALID);
    assert_int_equal(address_check("oracle:x"), ERR_UNSUPPORTED);
    assert_int_equal(address_check("sqlite:"), ERR_INVALID);
}

/* Whatever happens to the connection, a batch is committed once, or not at all. */
static void a_lost_answer_is_asked_for(void **state)
{
    static const enum link_fault faults[] = {LINK_CUT, LINK_SWALLOW, LINK_PASS};
    struct fixture *f = there(state);
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
    struct fixture *f = there(state);

    for (unsigned i = 0; i < 2; i++) {
        char *path = strdup(f->proxied + strlen("redis+unix:"));
        struct store *s;
        assert_int_equal(store_open(f->proxied, &s), 0);
        unlink(path); /* nobody connects any more; who is connected goes on */
        link_proxy_fail(f->proxy, faults[i]);
        assert_int_equal(commit_event(s, i + 1), ERR_NET);
        assert_int_equal(commit_event(s, i + 1), ERR_NET);
        assert_int_equal(store_concern(s, 1, &(struct concern){0}), ERR_NET);
        link_proxy_stop(f->proxy);
        f->proxy = link_proxy_start(path, redis_server_socket(f->server));
        assert_non_null(f->proxy);
        assert_int_equal(store_head(s), i ? 2 : 0);
        assert_int_equal(commit_event(s, i + 1), 0); /* the same batch gives the same result */
        assert_int_equal(store_head(s), i + 1);
        assert_int_equal(commit_event(s, i + 1), ERR_STALE);
        store_close(s);
        free(path);
    }
}

/* A script that is on its way while its writer has given it up changes nothing when it arrives. */
static void a_late_script_is_void(void **state)
{
    struct fixture *f = there(state);
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
    struct fixture *f = there(state);
    struct store *s, *other, *reader;

    assert_int_equal(store_open(f->direct, &s), 0);
    assert_int_equal(store_open(f->direct, &other), ERR_REFUSED);
    assert_int_equal(store_reader(s, &reader), 0);
    assert_int_equal(commit_event(s, 1), 0);
    assert_int_equal(store_head(reader), 1);
    store_close(reader);
    store_close(s);
    assert_int_equal(store_open(f->direct, &s), 0); /* at once */
    assert_int_equal(store_head(s), 1);
    store_close(s);
}

/* A writer that was cut off, and whose place was taken, writes nothing more. */
static void a_fenced_writer_is_refused(void **state)
{
    struct fixture *f = there(state);
    struct store *old, *new;

    assert_int_equal(store_open(f->proxied, &old), 0);
    assert_int_equal(commit_event(old, 1), 0);
    redis_disconnect((struct redis *)old); /* as a network does that is gone */
    assert_int_equal(store_open(f->direct, &new), 0);
    assert_int_equal(commit_event(new, 2), 0);
    assert_int_equal(commit_event(old, 2), ERR_REFUSED);
    assert_int_equal(commit_item(old, 1), ERR_REFUSED);
    assert_int_equal(store_expire(old, 1, 1), ERR_REFUSED);
    assert_int_equal(commit_event(new, 3), 0);
    store_close(old);
    store_close(new);
}

static void a_store_is_looked_at_and_erased(void **state)
{
    struct fixture *f = there(state);
    struct store *s, *look, *other;
    char address[256];
    char *keys;

    snprintf(address, sizeof address, "%s?other", f->direct);
    assert_int_equal(address_there(f->direct), ERR_NOTFOUND);
    assert_int_equal(address_look(f->direct, &look), ERR_NOTFOUND);
    assert_int_equal(store_open(f->direct, &s), 0);
    assert_int_equal(store_open(address, &other), 0); /* a town of its own beside it */
    assert_int_equal(commit_item(s, 1), 0);
    assert_int_equal(commit_item(other, 1), 0);
    assert_int_equal(address_look(f->direct, &look), 0);
    assert_int_equal(items(look), 1);
    assert_string_equal(store_epoch(look), store_epoch(s));
    assert_int_equal(commit_item(look, 2), ERR_REFUSED);
    store_close(look);
    assert_int_equal(address_erase(f->direct), ERR_REFUSED);
    store_close(s);
    assert_int_equal(address_there(f->direct), 0);
    assert_int_equal(address_erase(f->direct), 0);
    assert_int_equal(address_there(f->direct), ERR_NOTFOUND);
    assert_int_equal(items(other), 1);
    store_close(other);
    assert_int_equal(address_erase(address), 0);
    keys = redis_server_say(f->server, (const char *[]){"DBSIZE", NULL});
    assert_string_equal(keys, "0");
    free(keys);
}

static void what_keeps_nothing_is_refused(void **state)
{
    struct fixture *f = there(state);
    struct store *s;

    say(f, "CONFIG", "SET", "appendonly", "no");
    assert_int_equal(store_open(f->direct, &s), ERR_REFUSED);
    say(f, "CONFIG", "SET", "appendonly", "yes");
    say(f, "CONFIG", "SET", "maxmemory-policy", "allkeys-lru");
    assert_int_equal(store_open(f->direct, &s), ERR_REFUSED);
    say(f, "CONFIG", "SET", "maxmemory-policy", "noeviction");
    say(f, "CONFIG", "SET", "appendfsync", "everysec"); /* told, not refused */
    assert_int_equal(store_open(f->direct, &s), 0);
    store_close(s);
    assert_int_equal(store_open("redis+unix:/nowhere/at/all", &s), ERR_NET);
}

static void passwords_are_asked_for(void **state)
{
    struct fixture *f = there(state);
    struct store *s;

    say(f, "CONFIG", "SET", "requirepass", "geheim");
    assert_int_equal(store_open(f->direct, &s), ERR_REFUSED);
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
    struct fixture *f = there(state);
    struct store *s;

    assert_int_equal(store_open(f->direct, &s), 0);
    assert_int_equal(commit_item(s, 1), 0);
    assert_int_equal(commit_event(s, 1), 0);
    say(f, "CONFIG", "SET", "maxmemory", "1");
    assert_int_equal(commit_item(s, 2), ERR_IO);
    assert_int_equal(commit_event(s, 2), ERR_IO);
    assert_int_equal(items(s), 1);
    assert_int_equal(store_events_after(s, 0, &(struct event){0}, 1), 1);
    assert_int_equal(store_expire(s, INT64_MAX, 10), 1);
    say(f, "CONFIG", "SET", "maxmemory", "0");
    assert_int_equal(commit_item(s, 2), 0);
    assert_int_equal(commit_event(s, 2), 0);
    store_close(s);
}

static void a_replica_takes_nothing(void **state)
{
    struct fixture *f = there(state);
    struct store *s, *reader;

    assert_int_equal(store_open(f->direct, &s), 0);
    assert_int_equal(store_reader(s, &reader), 0);
    assert_int_equal(commit_item(s, 1), 0);
    say(f, "REPLICAOF", "127.0.0.1", "1", NULL);
    assert_int_equal(commit_item(s, 2), ERR_AGAIN);
    assert_int_equal(items(reader), 1);
    say(f, "REPLICAOF", "NO", "ONE", NULL);
    assert_int_equal(commit_item(s, 2), 0);
    assert_int_equal(items(reader), 2);
    store_close(reader);
    store_close(s);
}

/* What was committed is there after a crash, and who was connected finds it again. */
static void a_crash_loses_nothing(void **state)
{
    struct fixture *f = there(state);
    struct store *s, *reader;
    char epoch[STORE_EPOCH];

    assert_int_equal(store_open(f->direct, &s), 0);
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
    struct fixture *f = there(state);
    struct store *s, *reader;

    assert_int_equal(store_open(f->direct, &s), 0);
    assert_int_equal(store_reader(s, &reader), 0);
    assert_int_equal(commit_event(s, 1), 0);
    say(f, "SCRIPT", "FLUSH", NULL, NULL);
    assert_int_equal(store_unit_events_after(reader, "water", 0, &(struct event){0}, 1), 0);
    say(f, "SCRIPT", "FLUSH", NULL, NULL);
    assert_int_equal(commit_event(s, 2), 0);
    assert_int_equal(store_head(s), 2);
    store_close(reader);
    store_close(s);
}

/* Dropped words leave the append-only file. */
static void dropped_words_leave_the_file(void **state)
{
    static const char canary[] = "金丝雀canary";
    struct fixture *f = there(state);
    struct store *s;
    char command[512];

    assert_int_equal(store_open(f->direct, &s), 0);
    struct store_item item = samples_item(1, canary);
    assert_int_equal(store_commit(s, &(struct store_batch){.items = &item, .nitems = 1}), 0);
    snprintf(command, sizeof command, "grep -rqa 'canary' '%s/appendonlydir'", f->folder);
    assert_int_equal(system(command), 0);
    assert_false(store_residue(s));
    assert_int_equal(store_expire(s, item.expires, 10), 1);
    assert_true(store_residue(s));
    for (int64_t until = clock_mono() + 20000; store_residue(s);) {
        assert_true(clock_mono() < until);
        assert_int_equal(store_expire(s, item.expires, 10), 0);
        clock_sleep(5);
    }
    assert_int_not_equal(system(command), 0);
    store_close(s);
}

int main(void)
{
#define TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(addresses),
        cmocka_unit_test(addresses_of_sentinels),
        cmocka_unit_test(passwords_are_not_shown),
        TEST(a_lost_answer_is_asked_for),
        TEST(an_outcome_is_known_later),
        TEST(a_late_script_is_void),
        TEST(one_writer),
        TEST(a_fenced_writer_is_refused),
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
