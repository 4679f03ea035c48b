/* How long domains are left alone yet, beside the schedule of their slot. */
#include "store/redis/redis_cluster.h"

#include <stdio.h>

#include "base/err.h"

enum { COMMANDS = 4, MANY = 64 };

static void begin(struct cluster *c, struct redis_args *a, const char *command, unsigned slot)
{
    char text[REDIS_SLOT];

    redis_begin(a, command);
    redis_put_key(c->redis, a, "rests:", redis_slot(slot, text));
}

static void put_expiry(struct cluster *c, struct redis_args *a, const struct cluster_rest *rest,
                       const char *when)
{
    begin(c, a, "PEXPIRE", rest->slot);
    redis_put_number(a, (uint64_t)rest->rest);
    redis_put_text(a, when);
}

/* COMMANDS of them; the key goes with the last of its rests. */
static void put_rest(struct cluster *c, struct redis_args *a, const struct cluster_rest *rest,
                     int64_t now)
{
    begin(c, a, "ZADD", rest->slot);
    redis_put_text(a, "GT");
    redis_put_number(a, (uint64_t)rest->until);
    redis_put_str(a, rest->domain);
    begin(c, a, "ZREMRANGEBYSCORE", rest->slot);
    redis_put_text(a, "-inf");
    redis_put_number(a, (uint64_t)now);
    put_expiry(c, a, rest, "NX");
    put_expiry(c, a, rest, "GT");
}

int cluster_rest(struct cluster *c, const struct cluster_rest *list, size_t n, int64_t now)
{
    redisReply *replies[COMMANDS * MANY];
    int err = 0;

    for (size_t from = 0; from < n && !err; from += MANY) {
        size_t some = n - from < MANY ? n - from : MANY;
        struct redis_args a = {0};
        for (size_t i = 0; i < some; i++)
            put_rest(c, &a, &list[from + i], now);
        err = redis_read(c->redis, &a, replies, COMMANDS * some);
        redis_args_free(&a);
        for (size_t i = 0; i < COMMANDS * some && !err; i++)
            freeReplyObject(replies[i]);
    }
    return err;
}

/* Domain and time by turns. */
static int read_rests(unsigned slot, const redisReply *reply,
                      int (*each)(void *arg, const struct cluster_rest *rest), void *arg)
{
    int err = reply->type == REDIS_REPLY_ARRAY ? 0 : ERR_CORRUPT;

    for (size_t i = 0; !err && i + 1 < reply->elements; i += 2) {
        struct cluster_rest rest = {.slot = slot, .domain = redis_str(reply->element[i])};
        uint64_t until;
        if (redis_number(redis_str(reply->element[i + 1]), &until) && until <= INT64_MAX) {
            rest.until = (int64_t)until;
            err = each(arg, &rest);
        }
    }
    return err;
}

int cluster_rests(struct cluster *c, const bool *slots, int64_t now,
                  int (*each)(void *arg, const struct cluster_rest *rest), void *arg)
{
    redisReply *replies[CLUSTER_SLOTS];
    unsigned of[CLUSTER_SLOTS];
    struct redis_args a = {0};
    size_t n = 0;

    for (unsigned slot = 0; slot < CLUSTER_SLOTS; slot++) {
        if (!slots[slot])
            continue;
        begin(c, &a, "ZRANGEBYSCORE", slot);
        redis_put_number(&a, (uint64_t)now);
        redis_put_text(&a, "+inf");
        redis_put_text(&a, "WITHSCORES");
        of[n++] = slot;
    }
    int err = n ? redis_read(c->redis, &a, replies, n) : 0;
    redis_args_free(&a);
    if (err)
        return err;
    for (size_t i = 0; i < n; i++) {
        if (!err)
            err = read_rests(of[i], replies[i], each, arg);
        freeReplyObject(replies[i]);
    }
    return err;
}
