/* The new items of a large batch. What goes through a script costs it a string of Lua a value, each
 * byte of which is hashed, and a copy out of it: for texts that is more than to store them. So they
 * go as plain commands, in a transaction that ends with the script:
 *
 *   WATCH meta, and what the script would refuse is looked for
 *   MULTI, MSET of the records, what leads to them, EVALSHA of commit.lua with the rest, EXEC
 *
 * Only who holds the fence writes, and who takes it changes `meta`: then EXEC does nothing. So none
 * of what was looked for can have changed when it does something. */
#include "store/redis/redis_plain.h"

#include <stdlib.h>

#include "base/err.h"
#include "base/log.h"
#include "store/codec.h"

enum {
    PLAIN_LEAST = 32, /* new items: below, the look ahead costs more than it spares */
    LOOKS = 6,        /* commands ahead of the transaction, and one an update */
    TRIES = 5
};

bool redis_plain(const struct store_batch *batch)
{
    size_t n = 0;

    for (size_t i = 0; i < batch->nitems; i++)
        n += !batch->items[i].update;
    return n >= PLAIN_LEAST;
}

/* What has been said of the verdicts of items in doubt: the answer is of so many values. */
static size_t put_judged(struct redis *r, const struct store_batch *batch, struct redis_args *a)
{
    struct redis_new w = {.batch = batch, .r = r};
    char field[STORE_IDENT + 1];
    size_t n = 1;

    redis_begin(a, "HMGET");
    redis_put_key(r, a, "mark", STR_NONE);
    redis_put_text(a, "none"); /* there must be one */
    while (redis_new_next(&w))
        for (char aspect = 0; aspect < REDIS_JUDGED_BY && w.item->doubt; aspect++, n++) {
            memcpy(field, w.item->ident, STORE_IDENT);
            field[STORE_IDENT] = aspect;
            redis_put(a, field, sizeof field);
        }
    return n;
}

/* What the script would look for. Each command has one answer: their number. */
static size_t put_look(struct redis *r, const struct store_batch *batch, struct redis_args *a,
                       struct redis_ahead *ahead)
{
    static const char *const fields[] = {"fence", "batch", "head", "items"};
    struct redis_new w = {.batch = batch, .r = r};
    size_t n = LOOKS;

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
    ahead->marks = put_judged(r, batch, a);
    redis_begin(a, "EXISTS");
    while (redis_new_next(&w))
        redis_put_item_key(r, a, w.item->ident);
    for (size_t i = 0; i < batch->nitems; i++)
        if (batch->items[i].update) {
            redis_begin(a, "EXISTS");
            redis_put_item_key(r, a, batch->items[i].ident);
            n++;
        }
    return n;
}

static bool is_array(const redisReply *reply, size_t n)
{
    return reply->type == REDIS_REPLY_ARRAY && reply->elements == n;
}

static bool is_integer(const redisReply *reply, long long value)
{
    return reply->type == REDIS_REPLY_INTEGER && reply->integer == value;
}

enum step { LOOK_GO = 1, LOOK_KEPT, EXEC_VOID }; /* or an ERR_* */

/* An update of what is not stored would take a number of its own, in its place among the others. */
static int judge_look(const struct redis *r, const char *id, redisReply *const *replies, size_t n,
                      struct redis_ahead *ahead)
{
    const redisReply *meta = replies[2], *script = replies[3];

    ahead->of = replies[4];
    if (!is_array(meta, 4) || !is_array(script, 1) || !is_array(ahead->of, ahead->marks))
        return ERR_CORRUPT;
    if (!str_is(redis_str(meta->element[0]), r->fence)) {
        log_error("store.redis", "reply=FENCED writer=1");
        return ERR_REFUSED;
    }
    if (str_is(redis_str(meta->element[1]), id))
        return LOOK_KEPT;
    uint64_t head;
    if (!redis_number(redis_str(meta->element[2]), &head) ||
        !redis_number(redis_str(meta->element[3]), &ahead->items))
        return ERR_CORRUPT;
    if (head != r->head)
        return ERR_STALE;
    if (!is_integer(replies[5], 0))
        return ERR_EXISTS;
    if (!is_integer(script->element[0], 1))
        return ERR_UNSUPPORTED;
    for (size_t i = LOOKS; i < n; i++)
        if (!is_integer(replies[i], 1))
            return ERR_UNSUPPORTED;
    return LOOK_GO;
}

/* *unsure when the connection was lost: nothing was written, and it is to be tried again. */
static int look(struct redis *r, const struct store_batch *batch, const char *id,
                struct redis_ahead *ahead, bool *unsure)
{
    struct redis_args a = {0};
    size_t n = put_look(r, batch, &a, ahead);
    redisReply **replies = calloc(n, sizeof *replies);
    int err = replies ? redis_write_all(r, &a, replies, n, unsure) : ERR_NOMEM;

    redis_args_free(&a);
    if (!err) {
        err = judge_look(r, id, replies, n, ahead);
        for (size_t i = 0; i < n; i++)
            if (replies[i] != ahead->of)
                freeReplyObject(replies[i]);
    }
    free(replies);
    return err;
}

/* All of the transaction: how many commands stand between MULTI and EXEC. */
static size_t put_all(struct redis *r, const struct store_batch *batch,
                      const struct redis_ahead *ahead, struct redis_args *script,
                      struct redis_args *a)
{
    redis_begin(a, "MULTI");
    size_t n = redis_put_new(r, batch, ahead, a);
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

static int execute(struct redis *r, const struct store_batch *batch,
                   const struct redis_ahead *ahead, struct redis_args *script, long long *out,
                   bool *unsure)
{
    struct redis_args a = {0};
    size_t n = put_all(r, batch, ahead, script, &a);
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
    int step = EXEC_VOID;

    *unsure = false;
    *out = 0;
    for (int i = 0; i < TRIES && step == EXEC_VOID; i++) {
        struct redis_ahead ahead = {.of = NULL};
        step = look(r, batch, id, &ahead, unsure);
        if (step == LOOK_GO)
            step = execute(r, batch, &ahead, script, out, unsure);
        freeReplyObject((redisReply *)ahead.of);
    }
    if (step == LOOK_KEPT)
        return 0;
    return step == EXEC_VOID ? ERR_AGAIN : step;
}
