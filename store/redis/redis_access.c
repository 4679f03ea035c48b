/* Accounts, tokens and the audit trail. A row of the trail stands in one list, its hash in another:
 * the hash follows from what is there, and so is no part of what names a batch. */
#include <stdio.h>
#include <stdlib.h>

#include "base/err.h"
#include "store/codec.h"
#include "store/redis/redis.h"
#include "store/redis/redis_reads.h"

static void add_text(struct buf *b, const char *text)
{
    buf_add_text(b, text);
    buf_add_char(b, '\0');
}

/* Up to the next NUL, into an array of `size`; false when there is none, or no room. */
static bool take_text(struct str *from, char *out, size_t size)
{
    const char *end = from->n ? memchr(from->p, '\0', from->n) : NULL;
    size_t n = end ? (size_t)(end - from->p) + 1 : 0;

    if (!n || n > size)
        return false;
    memcpy(out, from->p, n);
    *from = (struct str){from->p + n, from->n - n};
    return true;
}

static bool take_time(struct str *from, int64_t *out)
{
    if (from->n < 8)
        return false;
    *out = codec_read_order_time(from->p);
    *from = (struct str){from->p + 8, from->n - 8};
    return true;
}

static bool take_byte(struct str *from, uint8_t limit, uint8_t *out)
{
    if (!from->n || (uint8_t)from->p[0] >= limit)
        return false;
    *out = (uint8_t)from->p[0];
    *from = (struct str){from->p + 1, from->n - 1};
    return true;
}

static void write_account(const struct account *a, struct buf *b)
{
    add_text(b, a->unit);
    add_text(b, a->hash);
    buf_add_char(b, (char)a->role);
    buf_add_char(b, (char)a->disabled);
    codec_order_time(b, a->created);
    codec_order_time(b, a->changed);
}

static bool read_account(struct str name, struct str bytes, struct account *a)
{
    uint8_t disabled;

    *a = (struct account){0};
    if (name.n >= sizeof a->name)
        return false;
    memcpy(a->name, name.p, name.n);
    if (!take_text(&bytes, a->unit, sizeof a->unit) ||
        !take_text(&bytes, a->hash, sizeof a->hash) ||
        !take_byte(&bytes, ACCOUNT_ROLES, &a->role) || !take_byte(&bytes, 2, &disabled))
        return false;
    a->disabled = disabled;
    return take_time(&bytes, &a->created) && take_time(&bytes, &a->changed) && !bytes.n;
}

/* The account first: the script looks for it there. */
static void write_token(const struct account_token *t, struct buf *b)
{
    add_text(b, t->account);
    add_text(b, t->unit);
    buf_add_char(b, (char)t->role);
    codec_order_time(b, t->created);
    codec_order_time(b, t->expires);
}

static bool read_token(struct str hash, struct str bytes, struct account_token *t)
{
    *t = (struct account_token){0};
    if (hash.n != ACCOUNT_TOKEN)
        return false;
    memcpy(t->hash, hash.p, ACCOUNT_TOKEN);
    return take_text(&bytes, t->account, sizeof t->account) &&
           take_text(&bytes, t->unit, sizeof t->unit) &&
           take_byte(&bytes, ACCOUNT_ROLES, &t->role) && take_time(&bytes, &t->created) &&
           take_time(&bytes, &t->expires) && !bytes.n;
}

static void write_trail(const struct trail_row *row, struct buf *b)
{
    codec_order_time(b, row->at);
    add_text(b, row->who);
    add_text(b, row->role);
    add_text(b, row->act);
    add_text(b, row->target);
}

static bool read_trail(struct str bytes, struct str hash, struct trail_row *row)
{
    *row = (struct trail_row){0};
    if (hash.n != TRAIL_HASH)
        return false;
    memcpy(row->hash, hash.p, TRAIL_HASH);
    return take_time(&bytes, &row->at) && take_text(&bytes, row->who, sizeof row->who) &&
           take_text(&bytes, row->role, sizeof row->role) &&
           take_text(&bytes, row->act, sizeof row->act) &&
           take_text(&bytes, row->target, sizeof row->target) && !bytes.n;
}

static void put_scratch(struct redis_args *a, struct buf *b)
{
    a->values.failed |= !buf_ok(b);
    redis_put_str(a, buf_str(b));
    buf_reset(b);
}

void redis_put_access(const struct store_batch *batch, struct redis_args *a, struct buf *scratch)
{
    for (size_t i = 0; i < batch->naccounts; i++) {
        redis_put_text(a, "account");
        redis_put_text(a, batch->accounts[i].name);
        redis_put_text(a, batch->accounts[i].disabled ? "1" : "0");
        write_account(&batch->accounts[i], scratch);
        put_scratch(a, scratch);
    }
    for (size_t i = 0; i < batch->ntokens; i++) {
        redis_put_text(a, "token");
        redis_put(a, batch->tokens[i].hash, ACCOUNT_TOKEN);
        if (!batch->tokens[i].drop)
            write_token(&batch->tokens[i], scratch);
        put_scratch(a, scratch);
    }
    for (size_t i = 0; i < batch->ntrail; i++) {
        redis_put_text(a, "trail");
        write_trail(&batch->trail[i], scratch);
        put_scratch(a, scratch);
    }
}

/* The hashes of the batch's rows after those that are there, into *seq and hash the last one. */
static void follow(const struct store_batch *batch, struct redis_args *a, uint64_t *seq,
                   unsigned char hash[static TRAIL_HASH])
{
    for (size_t i = 0; i < batch->ntrail; i++) {
        struct trail_row row = batch->trail[i];
        row.seq = ++*seq;
        trail_hash(hash, &row, row.hash);
        memcpy(hash, row.hash, TRAIL_HASH);
        if (!a)
            continue;
        redis_put_text(a, "chain");
        redis_put(a, row.hash, TRAIL_HASH);
    }
}

void redis_put_chain(const struct redis *r, const struct store_batch *batch, struct redis_args *a)
{
    unsigned char hash[TRAIL_HASH];
    uint64_t seq = r->trail;

    memcpy(hash, r->trail_hash, sizeof hash);
    follow(batch, a, &seq, hash);
}

void redis_advance_trail(struct redis *r, const struct store_batch *batch)
{
    follow(batch, NULL, &r->trail, r->trail_hash);
}

/* One command on one key. */
static int ask_key(struct redis *r, const char *command, const char *key, struct str field,
                   int type, redisReply **reply)
{
    struct redis_args a = {0};

    redis_begin(&a, command);
    redis_put_key(r, &a, key, STR_NONE);
    if (field.n)
        redis_put_str(&a, field);
    int err = redis_ask(r, &a, type, true, reply);
    redis_args_free(&a);
    return err;
}

int redis_trail_head(struct store *s, uint64_t *seq, unsigned char *hash)
{
    struct redis *r = (struct redis *)s;
    redisReply *reply;
    char place[24];
    int err = ask_key(r, "LLEN", "chain", STR_NONE, REDIS_REPLY_INTEGER, &reply);

    if (err)
        return err;
    *seq = (uint64_t)reply->integer;
    memset(hash, 0, TRAIL_HASH);
    freeReplyObject(reply);
    if (!*seq)
        return 0;
    snprintf(place, sizeof place, "%llu", (unsigned long long)*seq - 1);
    err = ask_key(r, "LINDEX", "chain", str_from(place), REDIS_REPLY_STRING, &reply);
    if (err)
        return err;
    struct str last = redis_str(reply);
    err = last.n == TRAIL_HASH ? 0 : ERR_CORRUPT;
    if (!err)
        memcpy(hash, last.p, TRAIL_HASH);
    freeReplyObject(reply);
    return err;
}

static int hand_out_trail(const redisReply *rows, const redisReply *hashes, uint64_t after,
                          int (*each)(void *arg, const struct trail_row *row), void *arg)
{
    struct trail_row row;
    int err = 0;

    for (size_t i = 0; i < rows->elements && i < hashes->elements && !err; i++) {
        err = read_trail(redis_str(rows->element[i]), redis_str(hashes->element[i]), &row)
                  ? 0
                  : ERR_CORRUPT;
        row.seq = after + i + 1;
        if (!err)
            err = each(arg, &row);
    }
    return err;
}

int redis_trail_after(struct store *s, uint64_t after, size_t max,
                      int (*each)(void *arg, const struct trail_row *row), void *arg)
{
    static const char *const keys[] = {"trail", "chain"};
    struct redis *r = (struct redis *)s;
    struct redis_args a = {0};
    redisReply *replies[2];

    for (size_t i = 0; i < 2; i++) {
        redis_begin(&a, "LRANGE");
        redis_put_key(r, &a, keys[i], STR_NONE);
        redis_put_number(&a, after);
        redis_put_number(&a, after + max - 1);
    }
    int err = max ? redis_read(r, &a, replies, 2) : 0;
    redis_args_free(&a);
    if (err || !max)
        return err;
    err = replies[0]->type == REDIS_REPLY_ARRAY && replies[1]->type == REDIS_REPLY_ARRAY
              ? hand_out_trail(replies[0], replies[1], after, each, arg)
              : ERR_CORRUPT;
    freeReplyObject(replies[0]);
    freeReplyObject(replies[1]);
    return err;
}

int redis_account(struct store *s, const char *name, struct account *out)
{
    redisReply *reply;

    if (!name[0])
        return ERR_NOTFOUND;
    int err = ask_key((struct redis *)s, "HGET", "accounts", str_from(name), REDIS_REPLY_STRING,
                      &reply);
    if (err)
        return err;
    err = reply->type == REDIS_REPLY_NIL                              ? ERR_NOTFOUND
          : read_account(str_from(name), redis_str(reply), out) ? 0
                                                                      : ERR_CORRUPT;
    freeReplyObject(reply);
    return err;
}

int redis_token(struct store *s, const unsigned char *hash, struct account_token *out)
{
    struct str field = {(const char *)hash, ACCOUNT_TOKEN};
    redisReply *reply;
    int err = ask_key((struct redis *)s, "HGET", "tokens", field, REDIS_REPLY_STRING, &reply);

    if (err)
        return err;
    err = reply->type == REDIS_REPLY_NIL              ? ERR_NOTFOUND
          : read_token(field, redis_str(reply), out) ? 0
                                                      : ERR_CORRUPT;
    freeReplyObject(reply);
    return err;
}

int redis_each_account(struct store *s, int (*each)(void *arg, const struct account *a),
                       void *arg)
{
    redisReply *reply;
    int err = ask_key((struct redis *)s, "HGETALL", "accounts", STR_NONE, REDIS_REPLY_ARRAY,
                      &reply);

    if (err)
        return err;
    size_t n = reply->elements / 2;
    struct account *list = calloc(n + 1, sizeof *list);
    err = list ? 0 : ERR_NOMEM;
    for (size_t i = 0; i < n && !err; i++)
        if (!read_account(redis_str(reply->element[2 * i]), redis_str(reply->element[2 * i + 1]),
                          &list[i]))
            err = ERR_CORRUPT;
    freeReplyObject(reply);
    if (!err)
        qsort(list, n, sizeof *list, account_order);
    for (size_t i = 0; i < n && !err; i++)
        err = each(arg, &list[i]);
    free(list);
    return err;
}

int redis_each_token(struct store *s, int (*each)(void *arg, const struct account_token *t),
                     void *arg)
{
    redisReply *reply;
    int err = ask_key((struct redis *)s, "HGETALL", "tokens", STR_NONE, REDIS_REPLY_ARRAY, &reply);

    if (err)
        return err;
    size_t n = reply->elements / 2;
    struct account_token *list = calloc(n + 1, sizeof *list);
    err = list ? 0 : ERR_NOMEM;
    for (size_t i = 0; i < n && !err; i++)
        if (!read_token(redis_str(reply->element[2 * i]), redis_str(reply->element[2 * i + 1]),
                        &list[i]))
            err = ERR_CORRUPT;
    freeReplyObject(reply);
    if (!err)
        qsort(list, n, sizeof *list, account_token_order);
    for (size_t i = 0; i < n && !err; i++)
        err = each(arg, &list[i]);
    free(list);
    return err;
}
