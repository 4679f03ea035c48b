/* What all machines go by: a hash for each kind, of time and value by name. */
#include <stdlib.h>

#include "base/err.h"
#include "store/codec.h"
#include "store/redis/redis.h"
#include "store/redis/redis_reads.h"

enum { TIME = 8 };

void redis_shared_bytes(const struct store_shared *row, struct buf *out)
{
    codec_order_time(out, row->at);
    buf_add_str(out, row->value);
}

static int read_row(uint8_t kind, struct str name, struct str bytes, struct store_shared *out)
{
    *out = (struct store_shared){.kind = kind};
    if (!name.n || name.n >= sizeof out->name || bytes.n < TIME)
        return ERR_CORRUPT;
    memcpy(out->name, name.p, name.n);
    out->at = codec_read_order_time(bytes.p);
    out->value = (struct str){bytes.p + TIME, bytes.n - TIME};
    return 0;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct store_shared *)a)->name, ((const struct store_shared *)b)->name);
}

static int hand_out(const redisReply *reply, uint8_t kind,
                    int (*each)(void *arg, const struct store_shared *row), void *arg)
{
    size_t n = reply->elements / 2;
    struct store_shared *list = calloc(n + 1, sizeof *list);
    int err = list ? 0 : ERR_NOMEM;

    for (size_t i = 0; i < n && !err; i++)
        err = read_row(kind, redis_str(reply->element[2 * i]),
                       redis_str(reply->element[2 * i + 1]), &list[i]);
    if (!err)
        qsort(list, n, sizeof *list, by_name);
    for (size_t i = 0; i < n && !err; i++)
        err = each(arg, &list[i]);
    free(list);
    return err;
}

int redis_each_shared(struct store *s, const struct store_shared *which,
                      int (*each)(void *arg, const struct store_shared *row), void *arg)
{
    const char kind[] = {(char)('0' + which->kind), '\0'};
    struct redis *r = (struct redis *)s;
    struct redis_args a = {0};
    struct store_shared one;
    redisReply *reply;

    redis_begin(&a, *which->name ? "HGET" : "HGETALL");
    redis_put_key(r, &a, "shared:", str_from(kind));
    if (*which->name)
        redis_put_text(&a, which->name);
    int err = redis_ask(r, &a, *which->name ? REDIS_REPLY_STRING : REDIS_REPLY_ARRAY,
                        *which->name, &reply);
    redis_args_free(&a);
    if (err)
        return err;
    if (!*which->name)
        err = hand_out(reply, which->kind, each, arg);
    else if (reply->type == REDIS_REPLY_NIL)
        err = ERR_NOTFOUND;
    else
        err = read_row(which->kind, str_from(which->name), redis_str(reply), &one);
    if (!err && *which->name)
        err = each(arg, &one);
    freeReplyObject(reply);
    return err;
}
