/* A Redis in trouble: each thing that it says then is understood, nothing is taken that it does not
 * keep, and all goes on by itself afterwards. And what the writer sends it checks the fence. */
#define _GNU_SOURCE
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"
#include "store/redis/redis.h"
#include "tests/unit/redis_own.h"
#include "tests/unit/store_samples.h"

enum { WAIT_MS = 60000, LOOK_MS = 5 };

static int set_up(void **state)
{
    static const char *const options[] = {"--enable-debug-command", "yes", NULL};
    struct redis_own *f = redis_own_new(state);

    return redis_own_start(f, options) ? -1 : redis_own_open(f, f->address);
}

static int commit(struct store *s, unsigned number)
{
    struct store_item item = samples_item(number, "words");

    return store_commit(s, &(struct store_batch){.items = &item, .nitems = 1});
}

static uint64_t items(struct store *s)
{
    struct store_counts n;

    assert_int_equal(store_counts(s, &n), 0);
    return n.items;
}

/* As commit() until it says so; what it took before that is counted. */
static void until(struct redis_own *f, int err, unsigned *number)
{
    int64_t end = clock_mono() + WAIT_MS;
    int said = commit(f->store, *number + 1);

    while (said != err) {
        assert_true(clock_mono() < end);
        *number += !said;
        clock_sleep(LOOK_MS);
        said = commit(f->store, *number + 1);
    }
    *number += !said;
}

/* A command that another connection is busy with. */
static pid_t aside(struct redis_own *f, const char *one, const char *two, const char *three)
{
    pid_t child = fork();

    if (!child) {
        redis_server_say(f->server, (const char *[]){one, two, three, NULL});
        _exit(0);
    }
    assert_true(child > 0);
    return child;
}

static void too_few_replicas(void **state)
{
    struct redis_own *f = redis_own_there(state);

    redis_own_say(f, "CONFIG", "SET", "min-replicas-to-write", "1");
    assert_int_equal(commit(f->store, 1), ERR_AGAIN); /* NOREPLICAS */
    assert_int_equal(items(f->store), 0);
    redis_own_say(f, "CONFIG", "SET", "min-replicas-to-write", "0");
    assert_int_equal(commit(f->store, 1), 0);
}

static void a_replica_without_its_master(void **state)
{
    struct redis_own *f = redis_own_there(state);

    assert_int_equal(commit(f->store, 1), 0);
    redis_own_say(f, "CONFIG", "SET", "replica-serve-stale-data", "no");
    redis_own_say(f, "REPLICAOF", "127.0.0.1", "1", NULL);
    assert_int_equal(commit(f->store, 2), ERR_AGAIN); /* MASTERDOWN */
    struct store_counts n;
    assert_int_equal(store_counts(f->store, &n), ERR_AGAIN);
    redis_own_say(f, "REPLICAOF", "NO", "ONE", NULL);
    assert_int_equal(commit(f->store, 2), 0);
    assert_int_equal(items(f->store), 2);
}

static void it_cannot_save(void **state)
{
    struct redis_own *f = redis_own_there(state);
    char path[512];
    unsigned number = 0;

    snprintf(path, sizeof path, "%s/dump.rdb", f->folder);
    assert_int_equal(mkdir(path, 0700), 0); /* no file can have that name */
    redis_own_say(f, "CONFIG", "SET", "save", "3600 1");
    free(redis_server_say(f->server, (const char *[]){"BGSAVE", NULL}));
    until(f, ERR_IO, &number); /* MISCONF */
    assert_int_equal(items(f->store), number);
    redis_own_say(f, "CONFIG", "SET", "save", "");
    assert_int_equal(commit(f->store, number + 1), 0);
}

static void somebody_keeps_it_busy(void **state)
{
    struct redis_own *f = redis_own_there(state);
    unsigned number = 0;

    redis_own_say(f, "CONFIG", "SET", "busy-reply-threshold", "50");
    pid_t child = aside(f, "EVAL", "while true do end", "0");
    until(f, ERR_AGAIN, &number); /* BUSY */
    redis_own_say(f, "SCRIPT", "KILL", NULL, NULL);
    assert_int_equal(waitpid(child, NULL, 0), child);
    until(f, 0, &number);
    assert_int_equal(items(f->store), number);
}

static void it_loads(void **state)
{
    struct redis_own *f = redis_own_there(state);
    unsigned number = 0;
    int64_t end = clock_mono() + WAIT_MS;

    assert_int_equal(commit(f->store, ++number), 0);
    redis_own_say(f, "DEBUG", "POPULATE", "2000", NULL);
    free(redis_server_say(f->server, (const char *[]){"BGREWRITEAOF", NULL}));
    for (bool busy = true; busy; clock_sleep(LOOK_MS)) {
        char *info = redis_server_say(f->server,
                                      (const char *[]){"INFO", "persistence", NULL});
        busy = !info || strstr(info, "rewrite_in_progress:1") || strstr(info, "scheduled:1");
        free(info);
        assert_true(clock_mono() < end);
    }
    redis_own_say(f, "CONFIG", "SET", "loading-process-events-interval-bytes", "1024");
    redis_own_say(f, "CONFIG", "SET", "key-load-delay", "500");
    pid_t child = aside(f, "DEBUG", "LOADAOF", NULL);
    until(f, ERR_AGAIN, &number); /* LOADING */
    struct store *other;
    assert_int_equal(store_open(f->address, &other), ERR_AGAIN);
    assert_int_equal(waitpid(child, NULL, 0), child);
    until(f, 0, &number);
    assert_int_equal(items(f->store), number);
}

static void tell(redisContext *link, const char *words)
{
    redisReply *reply = redisCommand(link, words);

    assert_non_null(reply);
    assert_int_not_equal(reply->type, REDIS_REPLY_ERROR);
    freeReplyObject(reply);
}

/* As many are connected as it may have: who comes is let go and told why, who is there works on. */
static void it_has_too_many_clients(void **state)
{
    enum { TIMES = 20 }; /* the answer comes before or after all is written */
    struct redis_own *f = redis_own_there(state);
    struct store *other;

    assert_int_equal(commit(f->store, 1), 0);
    redisContext *held = redisConnectUnix(redis_server_socket(f->server));
    tell(held, "CONFIG SET maxclients 1");
    for (int i = 0; i < TIMES; i++)
        assert_int_equal(store_open(f->address, &other), ERR_AGAIN);
    assert_int_equal(commit(f->store, 2), 0);
    tell(held, "CLIENT KILL TYPE normal SKIPME yes");
    assert_int_equal(commit(f->store, 3), ERR_AGAIN);
    tell(held, "CONFIG SET maxclients 100");
    assert_int_equal(commit(f->store, 3), 0);
    assert_int_equal(items(f->store), 3);
    redisFree(held);
}

static void damage(struct redis_own *f, const char *script)
{
    char *said = redis_server_say(f->server, (const char *[]){"EVAL", script, "0", NULL});

    assert_non_null(said);
    assert_string_equal(said, "1");
    free(said);
}

static int take_item(void *arg, const struct store_item *item)
{
    (void)arg;
    (void)item;
    return 0;
}

static int take_page(void *arg, const struct store_page *page)
{
    (void)arg;
    (void)page;
    return 0;
}

/* What is there and cannot be read is not the same as what is not there. */
static void what_is_damaged_is_not_nothing(void **state)
{
    struct redis_own *f = redis_own_there(state);
    struct store_item item = samples_item(1, "words");
    struct store_page page = {.due = 5};
    struct store_seen seen;

    memcpy(page.ident, item.ident, STORE_IDENT);
    item.aliases[0] = 7;
    assert_int_equal(store_commit(f->store, &(struct store_batch){.items = &item, .nitems = 1,
                                                                  .pages = &page, .npages = 1}),
                     0);
    const uint64_t pair[1][2] = {{7, 0}};
    seen = (struct store_seen){0};
    assert_int_equal(store_seen_as(f->store, pair, 1, &seen), 0);
    assert_true(seen.found);
    damage(f, "for _, n in ipairs(redis.call('HKEYS', '{huiying}:aliases')) do "
              "redis.call('HSET', '{huiying}:aliases', n, 'short') end return 1");
    seen = (struct store_seen){0};
    assert_int_equal(store_seen_as(f->store, pair, 1, &seen), ERR_CORRUPT);
    damage(f, "redis.call('SET', '{huiying}:numbers:0', 'short') return 1");
    assert_int_equal(store_numbered(f->store, 1, take_item, NULL), ERR_CORRUPT);
    damage(f, "return redis.call('DEL', redis.call('KEYS', '{huiying}:i:*')[1])");
    assert_int_equal(store_page(f->store, item.ident, take_page, NULL), ERR_CORRUPT);
}

/* A server that holds no store, as a replica that has not been sent it yet, is no empty store. */
static void a_store_that_is_not_there_is_not_empty(void **state)
{
    struct redis_own *f = redis_own_there(state);
    struct store *reader;
    struct store_counts n;

    assert_int_equal(commit(f->store, 1), 0);
    assert_int_equal(store_reader(f->store, &reader), 0);
    assert_int_equal(items(reader), 1);
    redis_own_say(f, "FLUSHALL", NULL, NULL, NULL);
    assert_int_equal(store_counts(reader, &n), ERR_AGAIN);
    store_close(reader);
}

/* Commands as a server has them, by name: does it write? */
static bool writes(redisContext *link, const char *name)
{
    redisReply *r = redisCommand(link, "COMMAND INFO %s", name);
    bool found = false;

    assert_non_null(r);
    assert_int_equal(r->elements, 1);
    assert_int_equal(r->element[0]->type, REDIS_REPLY_ARRAY);
    const redisReply *flags = r->element[0]->element[2];
    for (size_t i = 0; i < flags->elements; i++)
        found |= !strcmp(flags->element[i]->str, "write");
    freeReplyObject(r);
    return found;
}

/* Of a line of MONITOR, TIME [DB FROM] "NAME" …: the name in lower case, or "" when it came from a
 * script. */
static void read_name(const char *line, char *out, size_t size)
{
    const char *name = strstr(line, "] \"");
    size_t n = 0;

    if (name && !strstr(line, " lua] "))
        for (name += 3; n + 1 < size && name[n] && name[n] != '"'; n++)
            out[n] = name[n] >= 'A' && name[n] <= 'Z' ? (char)(name[n] + 32) : name[n];
    out[n] = '\0';
}

/* What is no script could not have looked at the fence; many items at once are one, too. */
static void what_is_written_is_fenced(void **state)
{
    struct redis_own *f = redis_own_there(state);
    struct event e = samples_event(1, 1);
    struct store_note note = {1, STR("a note")};
    enum { ITEMS = 200 };
    struct store_item items[ITEMS];
    unsigned scripts = 0;

    redisContext *monitor = redisConnectUnix(redis_server_socket(f->server));
    freeReplyObject(redisCommand(monitor, "MONITOR"));
    for (unsigned i = 0; i < ITEMS; i++)
        items[i] = samples_item(1 + i, i ? "" : "words");
    e.noted = true;
    assert_int_equal(store_commit(f->store, &(struct store_batch){.items = items, .nitems = ITEMS,
                                                                  .events = &e, .nevents = 1,
                                                                  .notes = &note, .nnotes = 1}),
                     0);
    assert_int_equal(store_drop_note(f->store, 1), 0);
    assert_int_equal(store_expire(f->store, INT64_MAX, 10), 1);
    for (int64_t end = clock_mono() + WAIT_MS; store_residue(f->store); clock_sleep(LOOK_MS)) {
        assert_true(clock_mono() < end);
        assert_int_equal(store_expire(f->store, INT64_MAX, 10), 0);
    }
    redisContext *link = redisConnectUnix(redis_server_socket(f->server));
    freeReplyObject(redisCommand(link, "ECHO that-is-all"));
    char name[32] = "";
    for (redisReply *line; strcmp(name, "echo") != 0; freeReplyObject(line)) {
        assert_int_equal(redisGetReply(monitor, (void **)&line), REDIS_OK);
        read_name(line->str, name, sizeof name);
        scripts += !strcmp(name, "evalsha");
        if (*name && writes(link, name))
            fail_msg("%s is sent as it is", name);
    }
    assert_true(scripts >= 4); /* commit, note_drop, expire, clean */
    redisFree(link);
    redisFree(monitor);
}

int main(void)
{
#define TEST(test) cmocka_unit_test_setup_teardown(test, set_up, redis_own_tear_down)
    const struct CMUnitTest tests[] = {
        TEST(too_few_replicas),
        TEST(a_replica_without_its_master),
        TEST(it_cannot_save),
        TEST(somebody_keeps_it_busy),
        TEST(it_loads),
        TEST(it_has_too_many_clients),
        TEST(what_is_damaged_is_not_nothing),
        TEST(a_store_that_is_not_there_is_not_empty),
        TEST(what_is_written_is_fenced),
    };
    return cmocka_run_group_tests_name("redis_trouble", tests, NULL, NULL);
}
