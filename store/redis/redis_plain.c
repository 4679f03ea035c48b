/* The new items of a large batch. What goes through a script costs it a string of Lua a value, each
 * byte of which is hashed, and a copy out of it: for texts that is more than to store them. So they
 * go as plain commands, in a transaction that ends with the script:
 *
 *   WATCH meta, and what the script would refuse is looked for
 *   MULTI, MSET of the records, what leads to them, EVALSHA of commit.lua with the rest, EXEC
 *
 * Only who holds the fence writes, and who takes it changes `meta`: then EXEC does nothing. So none
 * of what was looked for can have changed when it does something. */
#include "store/redis/redis.h"

#include <stdlib.h>

#include "base/err.h"
#include "base/log.h"
#include "store/codec.h"

enum {
    PLAIN_LEAST = 32, /* new items: below, the look ahead costs more than it spares */
    CHUNK = 4096,     /* idents in a string of `numbers` */
    TRIES = 5,
    NUMBER = 8, FOUND_AT = 16, EXPIRES_AT = 24, WORDS_AT = 54
};

bool redis_plain(const struct store_batch *batch)
{
    size_t n = 0;

    for (size_t i = 0; i < batch->nitems; i++)
        n += !batch->items[i].update;
    return n >= PLAIN_LEAST;
}

static int by_ident(const void *a, const void *b)
{
    const struct store_item *const *x = a, *const *y = b;
    int order = memcmp((*x)->ident, (*y)->ident, STORE_IDENT);

    return order ? order : (*x > *y) - (*x < *y);
}

/* A new item that the batch has before, new or not. */
static int refuse_twice(const struct store_batch *batch)
{
    const struct store_item **list = calloc(batch->nitems, sizeof *list);
    int err = 0;

    if (!list)
        return ERR_NOMEM;
    for (size_t i = 0; i < batch->nitems; i++)
        list[i] = &batch->items[i];
    qsort(list, batch->nitems, sizeof *list, by_ident);
    for (size_t i = 1; i < batch->nitems && !err; i++)
        if (!list[i]->update && !memcmp(list[i]->ident, list[i - 1]->ident, STORE_IDENT))
            err = ERR_EXISTS;
    free(list);
    return err;
}

int redis_plain_begin(struct redis *r, const struct store_batch *batch)
{
    buf_reset(&r->records);
    buf_reset(&r->ends);
    for (size_t i = 0; i < batch->nitems; i++) {
        if (batch->items[i].update)
            continue;
        codec_item(&batch->items[i], &r->records);
        buf_add(&r->ends, &r->records.len, sizeof r->records.len);
    }
    return buf_ok(&r->records) && buf_ok(&r->ends) ? refuse_twice(batch) : ERR_NOMEM;
}

/* The new items one after the other, each with its record. */
struct walk {
    const struct store_batch *batch;
    const struct redis *r;
    size_t at, count; /* in the batch; of those that were handed out */
    struct str record;
    const struct store_item *item;
};

static bool next(struct walk *w)
{
    while (w->at < w->batch->nitems && w->batch->items[w->at].update)
        w->at++;
    if (w->at == w->batch->nitems)
        return false;
    size_t from = 0, to;
    if (w->count)
        memcpy(&from, w->r->ends.data + (w->count - 1) * sizeof from, sizeof from);
    memcpy(&to, w->r->ends.data + w->count * sizeof to, sizeof to);
    w->record = (struct str){w->r->records.data + from, to - from};
    w->item = &w->batch->items[w->at++];
    w->count++;
    return true;
}

static void put_item_key(struct redis *r, struct redis_args *a, const unsigned char *ident)
{
    redis_put_key(r, a, "i:", (struct str){(const char *)ident, STORE_IDENT});
}

/* What the script would look for. Each command has one answer: their number. */
static size_t put_look(struct redis *r, const struct store_batch *batch, struct redis_args *a)
{
    static const char *const fields[] = {"fence", "batch", "head", "items"};
    struct walk w = {.batch = batch, .r = r};
    size_t n = 5;

    redis_begin(a, "UNWATCH"); /* what an earlier one left */
    redis_begin(a, "WATCH");
    redis_put_key(r, a, "meta", STR_NONE);
    redis_begin(a, "HMGET");
    redis_put_key(r, a, "meta", STR_NONE);
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
        redis_put_text(a, fields[i]);
    redis_begin(a, "SCRIPT");
    redis_put_text(a, "EXISTS");
    redis_put_text(a, r->sha[SCRIPT_COMMIT]);
    redis_begin(a, "EXISTS");
    while (next(&w))
        put_item_key(r, a, w.item->ident);
    for (size_t i = 0; i < batch->nitems; i++)
        if (batch->items[i].update) {
            redis_begin(a, "EXISTS");
            put_item_key(r, a, batch->items[i].ident);
            n++;
        }
    return n;
}

static bool is_integer(const redisReply *reply, long long value)
{
    return reply->type == REDIS_REPLY_INTEGER && reply->integer == value;
}

enum step { LOOK_GO = 1, LOOK_KEPT, EXEC_VOID }; /* or an ERR_* */

/* An update of what is not stored would take a number of its own, in its place among the others. */
static int judge_look(const struct redis *r, const char *id, redisReply *const *replies, size_t n,
                      uint64_t *items)
{
    const redisReply *meta = replies[2], *script = replies[3];

    if (meta->type != REDIS_REPLY_ARRAY || meta->elements != 4 ||
        script->type != REDIS_REPLY_ARRAY || script->elements != 1)
        return ERR_CORRUPT;
    if (!str_is(redis_str(meta->element[0]), r->fence)) {
        log_error("store.redis", "reply=FENCED writer=1");
        return ERR_REFUSED;
    }
    if (str_is(redis_str(meta->element[1]), id))
        return LOOK_KEPT;
    uint64_t head;
    if (!redis_number(redis_str(meta->element[2]), &head) ||
        !redis_number(redis_str(meta->element[3]), items))
        return ERR_CORRUPT;
    if (head != r->head)
        return ERR_STALE;
    if (!is_integer(replies[4], 0))
        return ERR_EXISTS;
    if (!is_integer(script->element[0], 1))
        return ERR_UNSUPPORTED;
    for (size_t i = 5; i < n; i++)
        if (!is_integer(replies[i], 1))
            return ERR_UNSUPPORTED;
    return LOOK_GO;
}

/* *unsure when the connection was lost: nothing was written, and it is to be tried again. */
static int look(struct redis *r, const struct store_batch *batch, const char *id, uint64_t *items,
                bool *unsure)
{
    struct redis_args a = {0};
    size_t n = put_look(r, batch, &a);
    redisReply **replies = calloc(n, sizeof *replies);
    int err = replies ? redis_write_all(r, &a, replies, n, unsure) : ERR_NOMEM;

    redis_args_free(&a);
    if (!err) {
        err = judge_look(r, id, replies, n, items);
        for (size_t i = 0; i < n; i++)
            freeReplyObject(replies[i]);
    }
    free(replies);
    return err;
}

/* Members of a set: what stands in the record before the number, or nothing, the number, the
 * ident. */
static void put_member(struct redis_args *a, const struct walk *w, size_t at)
{
    char member[NUMBER + NUMBER + STORE_IDENT];

    memcpy(member, w->record.p + at, NUMBER);
    memcpy(member + NUMBER, w->record.p, NUMBER);
    memcpy(member + NUMBER + NUMBER, w->item->ident, STORE_IDENT);
    redis_put_text(a, "0");
    redis_put(a, member, sizeof member);
}

static bool has_words(const struct walk *w)
{
    static const char none[NUMBER];

    return memcmp(w->record.p + WORDS_AT, none, sizeof none) != 0;
}

/* Number the items from `items` on, and append the idents where they are found by their numbers:
 * how many commands. */
static size_t put_numbers(struct redis *r, const struct store_batch *batch, uint64_t items,
                          struct redis_args *a)
{
    struct walk w = {.batch = batch, .r = r};
    struct buf idents = BUF_INIT, number = BUF_INIT, chunk = BUF_INIT;
    size_t n = 0;
    bool more = next(&w);

    while (more) {
        buf_reset(&chunk);
        buf_add_decimal(&chunk, items / CHUNK);
        buf_reset(&idents);
        do {
            buf_reset(&number);
            codec_order(&number, ++items);
            if (buf_ok(&number))
                memcpy(r->records.data + (w.record.p - r->records.data), number.data, NUMBER);
            buf_add(&idents, w.item->ident, STORE_IDENT);
            more = next(&w);
        } while (more && items % CHUNK);
        redis_begin(a, "APPEND");
        redis_put_key(r, a, "numbers:", buf_str(&chunk));
        redis_put_str(a, buf_str(&idents));
        a->values.failed |= !buf_ok(&idents) || !buf_ok(&number) || !buf_ok(&chunk);
        n++;
    }
    buf_free(&idents);
    buf_free(&number);
    buf_free(&chunk);
    return n;
}

static size_t put_texts(struct redis *r, const struct store_batch *batch, struct redis_args *a)
{
    struct walk w = {.batch = batch, .r = r};
    size_t n = 0;

    while (next(&w)) {
        if (!has_words(&w))
            continue;
        if (!n++) {
            redis_begin(a, "ZADD");
            redis_put_key(r, a, "texts", STR_NONE);
        }
        put_member(a, &w, EXPIRES_AT);
    }
    return n > 0;
}

static size_t put_alias_pairs(struct redis *r, const struct store_batch *batch,
                              struct redis_args *a)
{
    struct walk w = {.batch = batch, .r = r};
    size_t n = 0;

    while (next(&w))
        for (size_t i = 0; i < 2; i++) {
            if (!w.item->aliases[i])
                continue;
            if (!n++) {
                redis_begin(a, "HSET");
                redis_put_key(r, a, "aliases", STR_NONE);
            }
            buf_reset(&r->scratch);
            buf_add_u64(&r->scratch, w.item->aliases[i]);
            a->values.failed |= !buf_ok(&r->scratch);
            redis_put_str(a, buf_str(&r->scratch));
            redis_put(a, w.item->ident, STORE_IDENT);
        }
    return n > 0;
}

/* Among those of its concern: items of one concern next to each other go in one command. */
static size_t put_concerns(struct redis *r, const struct store_batch *batch, struct redis_args *a)
{
    struct walk w = {.batch = batch, .r = r};
    uint64_t last = 0;
    size_t n = 0;

    while (next(&w)) {
        uint64_t concern = w.item->concern;
        if (concern && concern != last) {
            redis_begin(a, "ZADD");
            redis_put_key(r, a, "of:", (struct str){w.record.p + NUMBER, NUMBER});
            n++;
        }
        if (concern)
            put_member(a, &w, FOUND_AT);
        last = concern;
    }
    return n;
}

/* All of the transaction: how many commands stand between MULTI and EXEC. */
static size_t put_all(struct redis *r, const struct store_batch *batch, uint64_t items,
                      struct redis_args *script, struct redis_args *a)
{
    struct walk w = {.batch = batch, .r = r};

    redis_begin(a, "MULTI");
    size_t n = put_numbers(r, batch, items, a);
    redis_begin(a, "MSET");
    while (next(&w)) {
        put_item_key(r, a, w.item->ident);
        redis_put_str(a, w.record);
    }
    n += 1 + put_texts(r, batch, a) + put_alias_pairs(r, batch, a) + put_concerns(r, batch, a);
    struct str call = redis_args_bytes(script);
    redis_args_bytes(a);
    buf_add_str(&a->done, call);
    a->done.failed |= !call.n;
    redis_begin(a, "EXEC");
    return n + 1;
}

/* What EXEC says: nothing when `meta` has changed; else an answer a command, the script's last. An
 * error among them cannot be: it would have been found before. */
static int judge_exec(struct redis *r, const redisReply *exec, size_t n, long long *out)
{
    if (exec->type == REDIS_REPLY_NIL)
        return EXEC_VOID;
    if (exec->type != REDIS_REPLY_ARRAY || exec->elements != n)
        return ERR_CORRUPT;
    for (size_t i = 0; i < n; i++)
        if (exec->element[i]->type == REDIS_REPLY_ERROR)
            return redis_failure(r, exec->element[i]);
    if (exec->element[n - 1]->type != REDIS_REPLY_INTEGER)
        return ERR_CORRUPT;
    *out = exec->element[n - 1]->integer;
    return 0;
}

static int execute(struct redis *r, const struct store_batch *batch, uint64_t items,
                   struct redis_args *script, long long *out, bool *unsure)
{
    struct redis_args a = {0};
    size_t n = put_all(r, batch, items, script, &a);
    redisReply **replies = calloc(n + 2, sizeof *replies);
    int err = replies ? redis_write_all(r, &a, replies, n + 2, unsure) : ERR_NOMEM;

    redis_args_free(&a);
    if (!err) {
        err = judge_exec(r, replies[n + 1], n, out);
        for (size_t i = 0; i < n + 2; i++)
            freeReplyObject(replies[i]);
    }
    free(replies);
    return err;
}

int redis_plain_send(struct redis *r, const struct store_batch *batch, const char *id,
                     struct redis_args *script, long long *out, bool *unsure)
{
    uint64_t items = 0;
    int step = EXEC_VOID;

    *unsure = false;
    *out = 0;
    for (int i = 0; i < TRIES && step == EXEC_VOID; i++) {
        step = look(r, batch, id, &items, unsure);
        if (step == LOOK_GO)
            step = execute(r, batch, items, script, out, unsure);
    }
    if (step == LOOK_KEPT)
        return 0;
    return step == EXEC_VOID ? ERR_AGAIN : step;
}
