/* What passes with a slot from one machine to the next: when its sources are due, and the letters
 * that nobody has obeyed yet. */
#include "store/redis/redis_cluster.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/err.h"

enum { TIME = 24, MANY = 256 };

/* A score is exact to 2^53; what is due later is due never. */
static struct str time_of(int64_t at, char out[static TIME])
{
    int n = at >= INT64_C(1) << 53 ? snprintf(out, TIME, "+inf")
                                   : snprintf(out, TIME, "%jd", (intmax_t)at);

    return (struct str){out, (size_t)n};
}

struct str redis_slot(unsigned slot, char out[static REDIS_SLOT])
{
    int n = snprintf(out, REDIS_SLOT, "%u", slot % CLUSTER_SLOTS);

    return (struct str){out, (size_t)n};
}

void redis_put_due(struct redis_args *a, const struct cluster_due *due)
{
    char slot[REDIS_SLOT], at[TIME], next[TIME];

    redis_put_str(a, due ? redis_slot(due->slot, slot) : STR_NONE);
    redis_put_str(a, due ? due->source : STR_NONE);
    redis_put_str(a, due ? time_of(due->at, at) : STR_NONE);
    redis_put_str(a, due ? time_of(due->due, next) : STR_NONE);
}

/* Up to two commands whose answers say nothing. */
static int done(struct cluster *c, struct redis_args *a, size_t n)
{
    redisReply *replies[2];
    int err = redis_read(c->redis, a, replies, n);

    for (size_t i = 0; i < n && !err; i++)
        freeReplyObject(replies[i]);
    return err;
}

int cluster_polled(struct cluster *c, const struct cluster_due *list, size_t n)
{
    int err = redis_ready(c->redis);

    for (size_t from = 0; from < n && !err; from += MANY) {
        struct redis_args a = {0};
        redis_begin_script(c->redis, &a, SCRIPT_POLLED);
        for (size_t i = from; i < n && i < from + MANY; i++)
            redis_put_due(&a, &list[i]);
        err = done(c, &a, 1);
        redis_args_free(&a);
    }
    return err;
}

static bool read_time(struct str text, int64_t *out)
{
    uint64_t n = INT64_MAX;

    if (!str_is(text, "inf") && (!redis_number(text, &n) || n > INT64_MAX))
        return false;
    *out = (int64_t)n;
    return true;
}

/* Those that nobody wants go. */
static int read_rows(struct cluster *c, unsigned slot, const redisReply *reply,
                     bool (*each)(void *arg, const struct cluster_due *due), void *arg)
{
    static const char *const parts[] = {"schedule:", "polled:"};
    struct redis_args gone[2] = {0};
    char text[REDIS_SLOT];
    int err = 0;

    for (size_t i = 0; i + 2 < reply->elements; i += 3) {
        struct cluster_due due = {.slot = slot, .source = redis_str(reply->element[i])};
        if (read_time(redis_str(reply->element[i + 1]), &due.at) &&
            read_time(redis_str(reply->element[i + 2]), &due.due) && each(arg, &due))
            continue;
        for (int k = 0; k < 2; k++) {
            if (!gone[k].count) {
                redis_begin(&gone[k], k ? "HDEL" : "ZREM");
                redis_put_key(c->redis, &gone[k], parts[k], redis_slot(slot, text));
            }
            redis_put_str(&gone[k], due.source);
        }
    }
    for (int k = 0; k < 2; k++) {
        if (gone[k].count && !err)
            err = done(c, &gone[k], 1);
        redis_args_free(&gone[k]);
    }
    return err;
}

int cluster_dues(struct cluster *c, const bool *slots,
                 bool (*each)(void *arg, const struct cluster_due *due), void *arg)
{
    int err = 0;

    for (unsigned slot = 0; slot < CLUSTER_SLOTS && !err; slot++) {
        struct redis_args a = {0};
        redisReply *reply;
        char text[REDIS_SLOT];
        if (!slots[slot])
            continue;
        redis_begin_script(c->redis, &a, SCRIPT_DUES);
        redis_put_str(&a, redis_slot(slot, text));
        err = redis_ask(c->redis, &a, REDIS_REPLY_ARRAY, false, &reply);
        redis_args_free(&a);
        if (err)
            break;
        err = read_rows(c, slot, reply, each, arg);
        freeReplyObject(reply);
    }
    return err;
}

/* What cannot be read is nothing, as for who takes the slot. */
static void take_dues(struct cluster_due *list, redisReply **replies, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        redisReply *at = replies[2 * i], *next = replies[2 * i + 1];
        struct cluster_due *due = &list[i];
        if (at->type != REDIS_REPLY_STRING || !read_time(redis_str(at), &due->at) ||
            next->type != REDIS_REPLY_STRING || !read_time(redis_str(next), &due->due))
            due->at = due->due = 0;
        freeReplyObject(at);
        freeReplyObject(next);
    }
}

int store_next_polls(struct store *s, struct cluster_due *list, size_t n)
{
    struct redis *r = (struct redis *)s;
    struct redis_args a = {0};
    char text[REDIS_SLOT];

    if (s->backend != &redis_backend)
        return ERR_UNSUPPORTED;
    if (!n)
        return 0;
    redisReply **replies = calloc(n, 2 * sizeof(redisReply *));
    if (!replies)
        return ERR_NOMEM;
    for (size_t i = 0; i < n; i++) {
        redis_begin(&a, "HGET");
        redis_put_key(r, &a, "polled:", redis_slot(list[i].slot, text));
        redis_put_str(&a, list[i].source);
        redis_begin(&a, "ZSCORE");
        redis_put_key(r, &a, "schedule:", redis_slot(list[i].slot, text));
        redis_put_str(&a, list[i].source);
    }
    int err = redis_read(r, &a, replies, 2 * n);
    redis_args_free(&a);
    if (!err)
        take_dues(list, replies, n);
    free(replies);
    return err;
}

int cluster_owed(struct cluster *c, unsigned slot, bool (*each)(void *arg, struct str letter),
                 void *arg)
{
    struct redis_args a = {0}, obeyed = {0};
    redisReply *reply;
    char text[REDIS_SLOT];
    size_t n = 0;

    redis_begin(&a, "SMEMBERS");
    redis_put_key(c->redis, &a, "owed:", redis_slot(slot, text));
    int err = redis_ask(c->redis, &a, REDIS_REPLY_ARRAY, false, &reply);
    redis_args_free(&a);
    if (err)
        return err;
    for (size_t i = 0; i < reply->elements; i++) {
        struct str letter = redis_str(reply->element[i]);
        if (!each(arg, letter))
            continue;
        if (!n++) {
            redis_begin(&obeyed, "SREM");
            redis_put_key(c->redis, &obeyed, "owed:", redis_slot(slot, text));
        }
        redis_put_str(&obeyed, letter);
    }
    err = n ? done(c, &obeyed, 1) : 0;
    redis_args_free(&obeyed);
    freeReplyObject(reply);
    return err;
}
