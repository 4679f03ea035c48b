/* What a transfer needs of Redis: rows that no view hands out one after the other. */
#include "store/redis/redis.h"
#include "store/redis/redis_reads.h"
#include "store/redis/redis_walk.h"

#include <stdlib.h>

#include "base/err.h"
#include "store/codec.h"

enum { SCANNED = 1000 }; /* fields read in one go */

/* Append the pairs of a piece of HSCAN's answer: *cursor moves on. */
static int take_aliases(const redisReply *reply, struct buf *list, struct buf *cursor)
{
    if (reply->elements != 2 || reply->element[1]->type != REDIS_REPLY_ARRAY)
        return ERR_CORRUPT;
    const redisReply *pairs = reply->element[1];
    for (size_t i = 0; i + 1 < pairs->elements; i += 2) {
        struct str name = redis_str(pairs->element[i]), ident = redis_str(pairs->element[i + 1]);
        struct buf_reader in = {name.p, name.n, false};
        struct store_alias alias = {.alias = buf_read_u64(&in)};
        if (in.bad || in.left || ident.n != STORE_IDENT)
            return ERR_CORRUPT;
        memcpy(alias.ident, ident.p, STORE_IDENT);
        if (buf_add(list, &alias, sizeof alias))
            return ERR_NOMEM;
    }
    buf_reset(cursor);
    return buf_add_str(cursor, redis_str(reply->element[0]));
}

static int by_alias(const void *a, const void *b)
{
    uint64_t x = ((const struct store_alias *)a)->alias, y = ((const struct store_alias *)b)->alias;

    return (x > y) - (x < y);
}

/* A scan may tell the same twice, hence all of them first. */
static int gather_aliases(struct redis *r, struct buf *list)
{
    struct buf cursor = BUF_INIT;
    int err = buf_add_char(&cursor, '0');

    do {
        struct redis_args a = {0};
        redisReply *reply;
        redis_begin(&a, "HSCAN");
        redis_put_key(r, &a, "aliases", STR_NONE);
        redis_put_str(&a, buf_str(&cursor));
        redis_put_text(&a, "COUNT");
        redis_put_number(&a, SCANNED);
        err = err ? err : redis_ask(r, &a, REDIS_REPLY_ARRAY, false, &reply);
        redis_args_free(&a);
        if (err)
            break;
        err = take_aliases(reply, list, &cursor);
        freeReplyObject(reply);
    } while (!err && !str_is(buf_str(&cursor), "0"));
    buf_free(&cursor);
    return err;
}

/* Of n aliases, which lead to an item that there is: a sweep has not come to the others yet. */
static int still_lead(struct redis *r, const struct store_alias *aliases, size_t n, bool *out)
{
    redisReply *replies[SCANNED];
    struct redis_args a = {0};

    for (size_t i = 0; i < n; i++) {
        redis_begin(&a, "EXISTS");
        redis_put_key(r, &a, "i:", (struct str){(const char *)aliases[i].ident, STORE_IDENT});
    }
    int err = redis_read(r, &a, replies, n);
    redis_args_free(&a);
    for (size_t i = 0; i < n && !err; i++) {
        out[i] = replies[i]->type == REDIS_REPLY_INTEGER && replies[i]->integer;
        freeReplyObject(replies[i]);
    }
    return err;
}

int redis_each_alias(struct store *s, int (*each)(void *arg, const struct store_alias *alias),
                     void *arg)
{
    struct buf list = BUF_INIT;
    struct redis *r = (struct redis *)s;
    int err = gather_aliases(r, &list);
    struct store_alias *aliases = (struct store_alias *)list.data;
    size_t n = list.len / sizeof *aliases;
    bool leads[SCANNED];

    if (n)
        qsort(aliases, n, sizeof *aliases, by_alias);
    for (size_t i = 0; i < n && !err; i++) {
        if (i % SCANNED == 0)
            err = still_lead(r, aliases + i, n - i < SCANNED ? n - i : SCANNED, leads);
        if (!err && leads[i % SCANNED] && (!i || aliases[i].alias != aliases[i - 1].alias))
            err = each(arg, &aliases[i]);
    }
    buf_free(&list);
    return err;
}

/* Unit, NUL, receiver. */
static int read_cursor(struct str name, struct str unitseq, struct store_cursor *out)
{
    const char *nul = name.n ? memchr(name.p, '\0', name.n) : NULL;
    size_t unit = nul ? (size_t)(nul - name.p) : name.n;

    *out = (struct store_cursor){0};
    if (!nul || unit >= sizeof out->unit || name.n - unit - 1 >= sizeof out->receiver ||
        !redis_number(unitseq, &out->unitseq))
        return ERR_CORRUPT;
    memcpy(out->unit, name.p, unit);
    memcpy(out->receiver, nul + 1, name.n - unit - 1);
    return 0;
}

int redis_each_cursor(struct store *s, int (*each)(void *arg, const struct store_cursor *cursor),
                      void *arg)
{
    struct redis *r = (struct redis *)s;
    struct redis_args a = {0};
    redisReply *reply;

    redis_begin(&a, "HGETALL");
    redis_put_key(r, &a, "cursors", STR_NONE);
    int err = redis_ask(r, &a, REDIS_REPLY_ARRAY, false, &reply);
    redis_args_free(&a);
    if (err)
        return err;
    for (size_t i = 0; i + 1 < reply->elements && !err; i += 2) {
        struct store_cursor cursor;
        err = read_cursor(redis_str(reply->element[i]), redis_str(reply->element[i + 1]), &cursor);
        if (!err)
            err = each(arg, &cursor);
    }
    freeReplyObject(reply);
    return err;
}

static int read_command(const redisReply *row, struct store_command *out)
{
    struct str member = redis_str(row->element[0]);

    *out = (struct store_command){0};
    if (row->elements != 2 || member.n <= 8 || member.n - 8 >= sizeof out->key)
        return ERR_CORRUPT;
    memcpy(out->key, member.p + 8, member.n - 8);
    return codec_read_command(redis_str(row->element[1]), out);
}

struct command_to {
    int (*each)(void *arg, const struct store_command *command);
    void *arg;
};

static int command_row(const redisReply *row, void *to)
{
    const struct command_to *t = to;
    struct store_command command;
    int err = read_command(row, &command);

    return err ? err : t->each(t->arg, &command);
}

int redis_each_command(struct store *s,
                       int (*each)(void *arg, const struct store_command *command), void *arg)
{
    struct command_to to = {each, arg};
    struct redis_walk w;

    redis_walk_start(&w, "command", "commands", false);
    return redis_walk_each((struct redis *)s, &w, SIZE_MAX, command_row, &to);
}

int redis_adopt(struct store *s, const struct store *other)
{
    struct redis *r = (struct redis *)s;
    struct redis_args a = {0};
    redisReply *reply;

    redis_begin(&a, "HSET");
    redis_put_key(r, &a, "meta", STR_NONE);
    redis_put_text(&a, "epoch");
    redis_put_text(&a, other->epoch);
    redis_put_text(&a, "key");
    redis_put(&a, other->hash_key, HASH_KEY);
    int err = redis_ask(r, &a, REDIS_REPLY_INTEGER, false, &reply);
    redis_args_free(&a);
    if (err)
        return err;
    freeReplyObject(reply);
    memcpy(s->epoch, other->epoch, sizeof s->epoch);
    memcpy(s->hash_key, other->hash_key, sizeof s->hash_key);
    return 0;
}

/* The keys that a piece of SCAN's answer names. */
static int drop_keys(struct redis *r, const redisReply *reply, struct buf *cursor)
{
    struct redis_args a = {0};
    redisReply *done;
    int err = 0;

    if (reply->elements != 2 || reply->element[1]->type != REDIS_REPLY_ARRAY)
        return ERR_CORRUPT;
    const redisReply *keys = reply->element[1];
    if (keys->elements) {
        redis_begin(&a, "UNLINK");
        for (size_t i = 0; i < keys->elements; i++)
            redis_put_str(&a, redis_str(keys->element[i]));
        err = redis_ask(r, &a, REDIS_REPLY_INTEGER, false, &done);
        redis_args_free(&a);
        if (!err)
            freeReplyObject(done);
    }
    buf_reset(cursor);
    return err ? err : buf_add_str(cursor, redis_str(reply->element[0]));
}

/* Opened as its writer, so that nobody else is; its prefix holds no character of a pattern. */
int redis_erase(const char *address)
{
    struct buf cursor = BUF_INIT, pattern = BUF_INIT;
    struct store *s;
    int err = redis_open(address, &s);

    if (err)
        return err;
    struct redis *r = (struct redis *)s;
    buf_addf(&pattern, "%s*", r->prefix);
    err = buf_add_char(&cursor, '0');
    do {
        struct redis_args a = {0};
        redisReply *reply;
        redis_begin(&a, "SCAN");
        redis_put_str(&a, buf_str(&cursor));
        redis_put_text(&a, "MATCH");
        redis_put_str(&a, buf_str(&pattern));
        redis_put_text(&a, "COUNT");
        redis_put_number(&a, SCANNED);
        a.values.failed |= !buf_ok(&pattern);
        err = err ? err : redis_ask(r, &a, REDIS_REPLY_ARRAY, false, &reply);
        redis_args_free(&a);
        if (err)
            break;
        err = drop_keys(r, reply, &cursor);
        freeReplyObject(reply);
    } while (!err && !str_is(buf_str(&cursor), "0"));
    buf_free(&cursor);
    buf_free(&pattern);
    redis_close(s);
    return err;
}
