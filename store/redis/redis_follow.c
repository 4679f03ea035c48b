/* The event log's end, as who writes nothing to it sees it. */
#include "store/redis/redis_cluster.h"

#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"

enum { WAIT_MS = 500, SEEN_MS = 60000 };

/* Whether there is one after it. */
static int await_event(struct cluster *c, uint64_t after, int ms, bool *there)
{
    struct redis_args a = {0};
    redisReply *reply;
    char from[CLUSTER_ENTRY];

    snprintf(from, sizeof from, "%ju-0", (uintmax_t)after);
    redis_begin(&a, "XREAD");
    redis_put_text(&a, "COUNT");
    redis_put_number(&a, 1);
    redis_put_text(&a, "BLOCK");
    redis_put_number(&a, (uint64_t)ms);
    redis_put_text(&a, "STREAMS");
    redis_put_key(c->redis, &a, "events", STR_NONE);
    redis_put_text(&a, from);
    int err = redis_ask(c->redis, &a, REDIS_REPLY_ARRAY, true, &reply);
    redis_args_free(&a);
    if (err)
        return err;
    *there = reply->type == REDIS_REPLY_ARRAY;
    freeReplyObject(reply);
    return 0;
}

/* "SEQ-0" */
static int read_seq(const redisReply *entries, uint64_t *seq)
{
    const redisReply *entry = entries->elements == 1 ? entries->element[0] : NULL;

    if (!entry || entry->type != REDIS_REPLY_ARRAY || entry->elements != 2)
        return ERR_CORRUPT;
    struct str id = redis_str(entry->element[0]);
    size_t dash = str_find(id, STR("-"), 0);
    return dash != (size_t)-1 && redis_number((struct str){id.p, dash}, seq) ? 0 : ERR_CORRUPT;
}

static int last_event(struct cluster *c, uint64_t *seq)
{
    struct redis_args a = {0};
    redisReply *reply;

    redis_begin(&a, "XREVRANGE");
    redis_put_key(c->redis, &a, "events", STR_NONE);
    redis_put_text(&a, "+");
    redis_put_text(&a, "-");
    redis_put_text(&a, "COUNT");
    redis_put_number(&a, 1);
    int err = redis_ask(c->redis, &a, REDIS_REPLY_ARRAY, false, &reply);
    redis_args_free(&a);
    if (err)
        return err;
    err = read_seq(reply, seq);
    freeReplyObject(reply);
    return err;
}

/* WAIT counts who has what this connection wrote; what was there before that they have, too. */
static int replicated(struct cluster *c, unsigned replicas)
{
    struct redis_args a = {0};
    redisReply *replies[2];

    if (!replicas)
        return 0;
    redis_begin(&a, "SET");
    redis_put_key(c->redis, &a, "seen", STR_NONE);
    redis_put_text(&a, "1");
    redis_put_text(&a, "PX");
    redis_put_number(&a, SEEN_MS);
    redis_begin(&a, "WAIT");
    redis_put_number(&a, replicas);
    redis_put_number(&a, WAIT_MS);
    int err = redis_read(c->redis, &a, replies, 2);
    redis_args_free(&a);
    if (err)
        return err;
    if (replies[1]->type != REDIS_REPLY_INTEGER || replies[1]->integer < replicas)
        err = ERR_AGAIN;
    freeReplyObject(replies[0]);
    freeReplyObject(replies[1]);
    return err;
}

int cluster_follow(struct cluster *c, unsigned replicas, int ms, uint64_t *head)
{
    uint64_t last = 0;
    bool there = false;
    int err = await_event(c, *head, ms, &there);

    if (err || !there)
        return err;
    err = last_event(c, &last);
    if (!err)
        err = replicated(c, replicas);
    if (!err && last > *head)
        *head = last;
    return err;
}

/* Has another writer gone on from where the spool ends, or in another epoch? One that is behind it
 * may be a replica that was made the master: who led may put back yet what is missing there. */
static bool written_on(struct spool *s, const char *epoch, const char *batch, uint64_t head)
{
    struct spool_entry last;
    uint64_t from;

    if (spool_find(s, epoch, batch, &from) != ERR_NOTFOUND)
        return false;
    return !spool_last(s, &last) || strcmp(last.epoch, epoch) != 0 || head >= last.head;
}

static int look_at_writer(struct cluster *c, struct spool *s, bool *on)
{
    struct redis_args a = {0};
    redisReply *reply;
    uint64_t head = 0;

    *on = false;
    redis_begin(&a, "HMGET");
    redis_put_key(c->redis, &a, "meta", STR_NONE);
    redis_put_text(&a, "epoch");
    redis_put_text(&a, "batch");
    redis_put_text(&a, "head");
    int err = redis_ask(c->redis, &a, REDIS_REPLY_ARRAY, false, &reply);
    redis_args_free(&a);
    if (err)
        return err;
    struct str epoch = redis_str(reply->element[0]), batch = redis_str(reply->element[1]);
    if (epoch.n && redis_number(redis_str(reply->element[2]), &head))
        *on = written_on(s, epoch.p, batch.n ? batch.p : "", head);
    freeReplyObject(reply);
    return 0;
}

/* The age first: for that Redis need not be there. */
int cluster_rest_spool(struct cluster *c, const char *path, bool *holds)
{
    uint64_t forced = 0, none;
    struct spool *s;
    bool on = false;

    *holds = !access(path, F_OK);
    if (!*holds)
        return 0;
    int err = spool_open(path, &s);
    if (err)
        return err;
    err = spool_trim(s, 0, clock_now(), &forced);
    if (forced)
        log_warn("store.redis", "spool=old dropped=%llu", (unsigned long long)forced);
    if (!err)
        err = look_at_writer(c, s, &on);
    if (on) {
        err = spool_trim(s, UINT64_MAX, clock_now(), &none);
        log_info("store.redis", "spool=void note=\"others have written since\"");
        *holds = err != 0;
    }
    spool_close(s);
    return err;
}
