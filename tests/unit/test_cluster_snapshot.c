/* Who takes a snapshot of Redis is no replica of it, and Redis is the same server after that,
 * though its replication id changes. */
#define _GNU_SOURCE
#include "tests/unit/unit.h"

#include <hiredis/hiredis.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"
#include "tests/unit/redis_line.h"
#include "tests/unit/store_samples.h"

enum { REST_MS = 1200, MARK = 40 }; /* longer than the writer goes without a look at the server */

static void set(struct redis_line *l, const char *name, const char *value)
{
    free(redis_server_say(l->servers[0], (const char *[]){"CONFIG", "SET", name, value, NULL}));
}

static void rest(void)
{
    for (int64_t end = clock_mono() + REST_MS; clock_mono() < end;)
        clock_sleep(REDIS_LINE_LOOK_MS);
}

/* Asks as one that wants no more than that. */
static redisContext *ask_snapshot(struct redis_line *l)
{
    redisContext *link = redisConnectUnix(redis_server_socket(l->servers[0]));

    assert_non_null(link);
    assert_int_equal(link->err, 0);
    freeReplyObject(redisCommand(link, "REPLCONF capa eof"));
    freeReplyObject(redisCommand(link, "REPLCONF rdb-only 1"));
    assert_int_equal(write(link->fd, "SYNC\r\n", 6), 6);
    redis_line_until(l->servers[0], (const char *[]){"INFO", "replication", NULL},
                     "connected_slaves:1");
    return link;
}

/* To its end, which is the mark that it began with. */
static void take_snapshot(struct redis_line *l, redisContext *link)
{
    struct buf b = BUF_INIT;
    char bytes[4096];
    size_t from = (size_t)-1;
    ssize_t n;

    while ((n = read(link->fd, bytes, sizeof bytes)) > 0) {
        assert_int_equal(buf_add(&b, bytes, (size_t)n), 0);
        if (from == (size_t)-1)
            from = str_find(buf_str(&b), STR("$EOF:"), 0);
        if (from != (size_t)-1 && b.len > from + 5 + 2 * MARK &&
            !memcmp(b.data + from + 5, b.data + b.len - MARK, MARK))
            break;
    }
    assert_true(n > 0);
    buf_free(&b);
    redisFree(link);
    redis_line_until(l->servers[0], (const char *[]){"INFO", "replication", NULL},
                     "connected_slaves:0");
}

static void a_snapshot_is_no_replica(void **state)
{
    static const char *const words[] = {"canary-77d0", "canary-5e1b"};
    struct redis_line l = redis_line_new("always");
    struct cluster *a = redis_line_lead(l.where, "a");
    struct store *s = redis_line_open(&l, a);
    struct store_item items[] = {samples_item(1, words[0]), samples_item(2, words[1])};

    (void)state;
    set(&l, "repl-diskless-sync-delay", "4");
    assert_int_equal(redis_line_commit(s, 1, 1), 0);
    redisContext *link = ask_snapshot(&l);
    rest();
    assert_int_equal(redis_line_commit(s, 2, 2), 0);
    assert_int_equal(store_commit(s, &(struct store_batch){.items = items, .nitems = 1}), 0);
    assert_false(redis_line_spooled(&l, words[0])); /* nobody is to come that may lack it */
    take_snapshot(&l, link);
    rest();
    assert_int_equal(redis_line_commit(s, 3, 3), 0);
    assert_int_equal(store_commit(s, &(struct store_batch){.items = items + 1, .nitems = 1}), 0);
    assert_false(redis_line_spooled(&l, words[1]));
    store_close(s);
    cluster_close(a);
    redis_line_end(&l);
}

/* Whoever leads next finds nothing lost; and who follows need not begin anew. */
static void a_snapshot_makes_no_other_server(void **state)
{
    struct redis_line l = redis_line_new("everysec");
    struct cluster *a = redis_line_lead(l.where, "a");
    struct store *s = redis_line_open(&l, a);
    char epoch[STORE_EPOCH];
    struct cluster_beat before, after;

    (void)state;
    set(&l, "repl-diskless-sync-delay", "0");
    set(&l, "repl-backlog-ttl", "1");
    assert_int_equal(redis_line_commit(s, 1, 1), 0);
    snprintf(epoch, sizeof epoch, "%s", store_epoch(s));
    assert_int_equal(cluster_beat(a, NULL, &before), 0);
    store_close(s);
    cluster_close(a);
    redis_line_forget_leader(&l);
    unlink(l.spool); /* another machine's */
    take_snapshot(&l, ask_snapshot(&l));
    for (int i = 0; i < 2; i++) { /* its id has changed; and again once it forgets of it */
        struct cluster *b = redis_line_lead(l.where, i ? "c" : "b");
        assert_int_equal(cluster_beat(b, NULL, &after), 0);
        assert_string_equal(after.server, before.server);
        s = redis_line_open(&l, b);
        assert_string_equal(store_epoch(s), epoch);
        store_close(s);
        unlink(l.spool);
        cluster_close(b);
        redis_line_forget_leader(&l);
        redis_line_until(l.servers[0], (const char *[]){"INFO", "replication", NULL},
                         "repl_backlog_active:0");
    }
    redis_line_end(&l);
}

/* A promoted server forgets its master's id an hour after its last replica went; a start and a
 * promotion are another server. */
static void a_server_that_forgets_its_past_is_the_same(void **state)
{
#define RUN "0123456789abcdef0123-"
#define NONE "00000000000000000000"
#define FORMER "89abcdef0123456789ab"
    (void)state;
    assert_true(cluster_same_server(RUN FORMER, RUN FORMER));
    assert_true(cluster_same_server(RUN FORMER, RUN NONE));
    assert_false(cluster_same_server(RUN NONE, RUN FORMER));
    assert_false(cluster_same_server(RUN FORMER, "f" RUN NONE));
    assert_false(cluster_same_server("", RUN NONE));
    assert_false(cluster_same_server(RUN FORMER, ""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_server_that_forgets_its_past_is_the_same),
        cmocka_unit_test(a_snapshot_is_no_replica),
        cmocka_unit_test(a_snapshot_makes_no_other_server),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
