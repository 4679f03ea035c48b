/* Items by their numbers: what a number stands for, then its record, many of each at a time. */
#include "store/redis/redis.h"
#include "store/redis/redis_reads.h"

#include "base/err.h"
#include "store/codec.h"

enum { EACH = 4096 }; /* idents of a key, see redis.h */

static void put_number(struct redis *r, struct redis_args *a, uint64_t number)
{
    struct buf chunk = BUF_INIT;
    uint64_t at = (number - 1) % EACH * STORE_IDENT;

    buf_add_decimal(&chunk, (number - 1) / EACH);
    redis_begin(a, "GETRANGE");
    redis_put_key(r, a, "numbers:", buf_str(&chunk));
    redis_put_number(a, at);
    redis_put_number(a, at + STORE_IDENT - 1);
    a->values.failed |= !buf_ok(&chunk);
    buf_free(&chunk);
}

/* The same of a chunk of which few are left. */
static void put_few(struct redis *r, struct redis_args *a, uint64_t number)
{
    struct buf chunk = BUF_INIT;

    buf_add_decimal(&chunk, (number - 1) / EACH);
    redis_begin(a, "HGET");
    redis_put_key(r, a, "few:", buf_str(&chunk));
    redis_put_number(a, (number - 1) % EACH);
    a->values.failed |= !buf_ok(&chunk);
    buf_free(&chunk);
}

/* Idents, of each its place among the numbers, and whether it is known. */
struct asked {
    unsigned char idents[STORE_NUMBERED][STORE_IDENT];
    size_t at[STORE_NUMBERED], n;
    bool known[STORE_NUMBERED];
};

/* Ask for those that are not known yet. */
static int find(struct redis *r, const uint64_t *numbers, struct asked *q,
                void (*put)(struct redis *r, struct redis_args *a, uint64_t number))
{
    redisReply *replies[STORE_NUMBERED];
    struct redis_args a = {0};
    size_t places[STORE_NUMBERED], n = 0;

    for (size_t i = 0; i < q->n; i++)
        if (!q->known[i]) {
            put(r, &a, numbers[q->at[i]]);
            places[n++] = i;
        }
    int err = n ? redis_read(r, &a, replies, n) : 0;
    redis_args_free(&a);
    if (err)
        return err;
    for (size_t i = 0; i < n; i++) {
        struct str ident = redis_str(replies[i]);
        bool nil = replies[i]->type == REDIS_REPLY_NIL;
        if (ident.n == STORE_IDENT)
            memcpy(q->idents[places[i]], ident.p, STORE_IDENT);
        q->known[places[i]] = ident.n == STORE_IDENT;
        if ((!nil && replies[i]->type != REDIS_REPLY_STRING) ||
            (ident.n && ident.n != STORE_IDENT))
            err = ERR_CORRUPT;
        freeReplyObject(replies[i]);
    }
    return err;
}

/* Those of the n numbers that there may be. */
static int find_idents(struct redis *r, const uint64_t *numbers, size_t n, struct asked *q)
{
    size_t known = 0;

    q->n = 0;
    for (size_t i = 0; i < n; i++)
        if (numbers[i] && numbers[i] <= INT64_MAX) {
            q->known[q->n] = false;
            q->at[q->n++] = i;
        }
    int err = find(r, numbers, q, put_number);
    if (!err)
        err = find(r, numbers, q, put_few);
    for (size_t i = 0; i < q->n; i++)
        if (q->known[i]) {
            memmove(q->idents[known], q->idents[i], STORE_IDENT);
            q->at[known++] = q->at[i];
        }
    q->n = known;
    return err;
}

static int hand_out(const struct asked *q, size_t i, const redisReply *record, size_t before,
                    int (*each)(void *arg, size_t at, const struct store_item *item), void *arg)
{
    struct store_item item;

    if (record->type == REDIS_REPLY_NIL)
        return 0;
    int err = codec_read_item(redis_str(record), NULL, &item);
    if (err)
        return err;
    memcpy(item.ident, q->idents[i], STORE_IDENT);
    return each(arg, before + q->at[i], &item);
}

/* Up to STORE_NUMBERED of them; `before` others were read. */
static int read_some(struct redis *r, const uint64_t *numbers, size_t n, size_t before,
                     int (*each)(void *arg, size_t at, const struct store_item *item), void *arg)
{
    redisReply *replies[STORE_NUMBERED];
    struct redis_args a = {0};
    struct asked q;
    int err = find_idents(r, numbers, n, &q);

    if (err || !q.n)
        return err;
    for (size_t i = 0; i < q.n; i++) {
        redis_begin(&a, "GET");
        redis_put_key(r, &a, "i:", (struct str){(const char *)q.idents[i], STORE_IDENT});
    }
    err = redis_read(r, &a, replies, q.n);
    redis_args_free(&a);
    if (err)
        return err;
    for (size_t i = 0; i < q.n; i++) {
        if (!err)
            err = hand_out(&q, i, replies[i], before, each, arg);
        freeReplyObject(replies[i]);
    }
    return err;
}

int redis_each_numbered(struct store *s, const uint64_t *numbers, size_t n,
                        int (*each)(void *arg, size_t at, const struct store_item *item), void *arg)
{
    int err = 0;

    for (size_t at = 0; at < n && !err; at += STORE_NUMBERED)
        err = read_some((struct redis *)s, numbers + at,
                        n - at < STORE_NUMBERED ? n - at : STORE_NUMBERED, at, each, arg);
    return err;
}

struct one {
    int (*each)(void *arg, const struct store_item *item);
    void *arg;
    bool there;
};

static int take_one(void *arg, size_t at, const struct store_item *item)
{
    struct one *o = arg;

    (void)at;
    o->there = true;
    return o->each(o->arg, item);
}

int redis_numbered(struct store *s, uint64_t number,
                   int (*each)(void *arg, const struct store_item *item), void *arg)
{
    struct one o = {each, arg, false};
    int err = redis_each_numbered(s, &number, 1, take_one, &o);

    return err || o.there ? err : ERR_NOTFOUND;
}
