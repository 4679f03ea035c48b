#define _GNU_SOURCE
#include "tests/unit/redis_line.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/file.h"
#include "tests/unit/store_samples.h"
#include "tests/unit/unit.h"

void redis_line_add(struct redis_line *l, const char *fsync)
{
    int at = l->folders[0] ? l->master + 1 : 0;
    char port[16];

    redis_server_free_port(port);
    l->folders[at] = samples_folder();
    if (at)
        l->servers[at] = redis_server_start(
            l->folders[at], (const char *[]){"--port", port, "--appendfsync", fsync,
                                             "--replicaof", "127.0.0.1", l->port, NULL});
    else
        l->servers[at] = redis_server_start(
            l->folders[at], (const char *[]){"--port", port, "--appendfsync", fsync,
                                             "--repl-diskless-sync-delay", "0", NULL});
    assert_non_null(l->servers[at]);
    if (at)
        free(redis_server_say(l->servers[at], (const char *[]){
                                 "CONFIG", "SET", "repl-diskless-sync-delay", "0", NULL}));
    else
        snprintf(l->port, sizeof l->port, "%s", port);
}

static void lead_to(struct redis_line *l, int master)
{
    unlink(l->link);
    assert_int_equal(symlink(redis_server_socket(l->servers[master]), l->link), 0);
    l->master = master;
}

struct redis_line redis_line_new(const char *fsync)
{
    struct redis_line l = {0};

    if (!redis_server_there()) {
        print_message("no redis-server\n");
        skip();
    }
    signal(SIGPIPE, SIG_IGN); /* as the daemon does */
    l.folder = samples_folder();
    assert_true(asprintf(&l.link, "%s/master", l.folder) > 0);
    assert_true(asprintf(&l.where, "redis+unix:%s", l.link) > 0);
    assert_true(asprintf(&l.spool, "%s/spool.db", l.folder) > 0);
    redis_line_add(&l, fsync);
    lead_to(&l, 0);
    return l;
}

void redis_line_end(struct redis_line *l)
{
    for (int i = 0; i < REDIS_LINE_SERVERS && l->folders[i]; i++) {
        redis_server_kill(l->servers[i]);
        samples_remove(l->folders[i]);
        free(l->folders[i]);
    }
    samples_remove(l->folder);
    free(l->folder);
    free(l->link);
    free(l->where);
    free(l->spool);
}

struct redis_server *redis_line_replica(struct redis_line *l)
{
    return l->servers[l->master + 1];
}

void redis_line_until(struct redis_server *s, const char *const *words, const char *wanted)
{
    int64_t end = clock_mono() + REDIS_LINE_WAIT_MS;
    bool there = false;

    while (!there && clock_mono() < end) {
        char *said = redis_server_say(s, words);
        there = said && strstr(said, wanted);
        free(said);
        if (!there)
            clock_sleep(REDIS_LINE_LOOK_MS);
    }
    assert_true(there);
}

void redis_line_until_linked(struct redis_line *l)
{
    redis_line_until(redis_line_replica(l), (const char *[]){"INFO", "replication", NULL},
                     "master_link_status:up");
}

void redis_line_until_head(struct redis_server *s, uint64_t head)
{
    char digits[24];

    snprintf(digits, sizeof digits, "%ju", (uintmax_t)head);
    redis_line_until(s, (const char *[]){"HGET", "{huiying}:meta", "head", NULL}, digits);
}

void redis_line_cut(struct redis_line *l)
{
    free(redis_server_say(redis_line_replica(l),
                          (const char *[]){"REPLICAOF", "127.0.0.1", "1", NULL}));
    redis_line_until(l->servers[l->master], (const char *[]){"INFO", "replication", NULL},
          "connected_slaves:0");
}

void redis_line_fail_over(struct redis_line *l)
{
    char port[24] = "";

    redis_server_kill(l->servers[l->master]);
    l->servers[l->master] = NULL;
    free(redis_server_say(redis_line_replica(l), (const char *[]){"REPLICAOF", "NO", "ONE", NULL}));
    lead_to(l, l->master + 1);
    char *info = redis_server_say(l->servers[l->master],
                                  (const char *[]){"INFO", "server", NULL});
    const char *at = info ? strstr(info, "tcp_port:") : NULL;
    assert_non_null(at);
    snprintf(port, sizeof port, "%.*s", (int)strcspn(at + 9, "\r"), at + 9);
    snprintf(l->port, sizeof l->port, "%.15s", port);
    free(info);
}

void redis_line_forget_leader(struct redis_line *l)
{
    struct redis_server *s = l->servers[l->master];

    free(redis_server_say(s, (const char *[]){"DEL", "{huiying}:leader", NULL}));
    free(redis_server_say(s, (const char *[]){"HDEL", "{huiying}:meta", "led", NULL}));
}

struct cluster *redis_line_lead(const char *where, const char *node)
{
    const struct cluster_conf conf = {where, node, node, 60000};
    struct cluster *c;
    struct cluster_beat b;

    assert_int_equal(cluster_open(&conf, &c), 0);
    assert_int_equal(cluster_beat(c, NULL, &b), 0);
    assert_true(b.leads);
    return c;
}

struct store *redis_line_open(struct redis_line *l, struct cluster *c)
{
    struct store *s;

    assert_int_equal(store_lead_spooled(l->where, cluster_token(c), 0, l->spool, &s), 0);
    return s;
}

int redis_line_commit(struct store *s, uint64_t seq, int64_t at)
{
    struct event e = samples_event(seq, 1);
    struct store_batch batch = {.events = &e, .nevents = 1};

    e.at = at;
    return store_commit(s, &batch);
}

int redis_line_commit_words(struct store *s, unsigned number, const char *words)
{
    struct store_item item = samples_item(number, words);

    return store_commit(s, &(struct store_batch){.items = &item, .nitems = 1});
}

void redis_line_rest(void)
{
    for (int64_t end = clock_mono() + REDIS_LINE_REST_MS; clock_mono() < end;)
        clock_sleep(REDIS_LINE_LOOK_MS);
}

static bool has_text(const char *path, const char *text)
{
    struct buf b = BUF_INIT;
    bool there = !file_read(path, 1 << 28, &b) &&
                 str_find(buf_str(&b), str_from(text), 0) != (size_t)-1;

    buf_free(&b);
    return there;
}

bool redis_line_spooled(const struct redis_line *l, const char *text)
{
    char *wal = NULL;

    assert_true(asprintf(&wal, "%s-wal", l->spool) > 0);
    bool there = has_text(l->spool, text) || has_text(wal, text);
    free(wal);
    return there;
}
