/* What passes with a slot from one machine to the next: when its sources are due, and the letters
 * that nobody has obeyed yet. */
#include "store/redis/redis_cluster.h"

#include <stdio.h>

#include "base/err.h"

enum { ROW = 48, SLOT = 8, MANY = 256 };

static struct str row_of(const struct cluster_due *due, char out[static ROW])
{
    int n = snprintf(out, ROW, "%jd %jd", (intmax_t)due->at, (intmax_t)due->due);

    return (struct str){out, (size_t)n};
}

static struct str slot_text(unsigned slot, char out[static SLOT])
{
    int n = snprintf(out, SLOT, "%u", slot % CLUSTER_SLOTS);

    return (struct str){out, (size_t)n};
}

void redis_put_due(struct redis_args *a, const struct cluster_due *due)
{
    char row[ROW], slot[SLOT];

    redis_put_str(a, due ? slot_text(due->slot, slot) : STR_NONE);
    redis_put_str(a, due ? due->source : STR_NONE);
    redis_put_str(a, due ? row_of(due, row) : STR_NONE);
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

/* "AT DUE" */
static bool read_row(struct str row, int64_t *at, int64_t *due)
{
    size_t space = str_find(row, STR(" "), 0);
    uint64_t first, second;

    if (space == (size_t)-1 || !redis_number((struct str){row.p, space}, &first) ||
        !redis_number((struct str){row.p + space + 1, row.n - space - 1}, &second) ||
        first > INT64_MAX || second > INT64_MAX)
        return false;
    *at = (int64_t)first;
    *due = (int64_t)second;
    return true;
}

/* Those that nobody wants go. */
static int read_rows(struct cluster *c, unsigned slot, const redisReply *reply,
                     bool (*each)(void *arg, const struct cluster_due *due), void *arg)
{
    struct redis_args a = {0};
    char text[SLOT];
    size_t gone = 0;

    for (size_t i = 0; i + 1 < reply->elements; i += 2) {
        struct cluster_due due = {.slot = slot, .source = redis_str(reply->element[i])};
        if (read_row(redis_str(reply->element[i + 1]), &due.at, &due.due) && each(arg, &due))
            continue;
        if (!gone++) {
            redis_begin(&a, "HDEL");
            redis_put_key(c->redis, &a, "due:", slot_text(slot, text));
        }
        redis_put_str(&a, due.source);
    }
    int err = gone ? done(c, &a, 1) : 0;
    redis_args_free(&a);
    return err;
}

int cluster_dues(struct cluster *c, const bool *slots,
                 bool (*each)(void *arg, const struct cluster_due *due), void *arg)
{
    int err = 0;

    for (unsigned slot = 0; slot < CLUSTER_SLOTS && !err; slot++) {
        struct redis_args a = {0};
        redisReply *reply;
        char text[SLOT];
        if (!slots[slot])
            continue;
        redis_begin(&a, "HGETALL");
        redis_put_key(c->redis, &a, "due:", slot_text(slot, text));
        err = redis_ask(c->redis, &a, REDIS_REPLY_ARRAY, false, &reply);
        redis_args_free(&a);
        if (err)
            break;
        err = read_rows(c, slot, reply, each, arg);
        freeReplyObject(reply);
    }
    return err;
}

int cluster_owe(struct cluster *c, unsigned slot, struct str letter)
{
    struct redis_args a = {0};
    char text[SLOT];

    /* A set: what is sent again because the answer was lost is there once. */
    redis_begin(&a, "SADD");
    redis_put_key(c->redis, &a, "owed:", slot_text(slot, text));
    redis_put_str(&a, letter);
    redis_begin(&a, "PEXPIRE");
    redis_put_key(c->redis, &a, "owed:", slot_text(slot, text));
    redis_put_number(&a, CLUSTER_OWED_MS);
    int err = done(c, &a, 2);
    redis_args_free(&a);
    return err ? err : cluster_say(c, &letter, 1);
}

int cluster_owed(struct cluster *c, unsigned slot, bool (*each)(void *arg, struct str letter),
                 void *arg)
{
    struct redis_args a = {0}, obeyed = {0};
    redisReply *reply;
    char text[SLOT];
    size_t n = 0;

    redis_begin(&a, "SMEMBERS");
    redis_put_key(c->redis, &a, "owed:", slot_text(slot, text));
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
            redis_put_key(c->redis, &obeyed, "owed:", slot_text(slot, text));
        }
        redis_put_str(&obeyed, letter);
    }
    err = n ? done(c, &obeyed, 1) : 0;
    redis_args_free(&obeyed);
    freeReplyObject(reply);
    return err;
}
