/* What the writer changes. An answer that was lost with its connection is asked for again: the
 * batch has an id, and the store knows the one that it committed last. Before that the fence is
 * renewed, so that a script which is still on its way finds it changed and does nothing. */
#include "store/redis/redis.h"

#include <stdio.h>
#include <xxhash.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "store/codec.h"

enum { AGAIN_MS = 2000, WAIT_MS = 1000, REST_MS = 50, PIECE = 1000, REST_TIMES = 9 };

/* What the batch is, and its id, which is not told by the numbers that its items get. Of equal
 * batches one after the other each has its own: the count of settled ones is in it. */
static int prepare(struct redis *r, const struct store_batch *batch, char out[static 64])
{
    redis_args_reset(&r->args);
    int err = redis_batch(batch, &r->args, &r->scratch);
    if (!err)
        err = redis_items_begin(r, batch);
    if (err)
        return err;
    XXH64_hash_t items = XXH3_64bits(r->records.data, r->records.len);
    for (size_t i = 0; i < batch->nitems; i++) { /* a record holds neither */
        const struct store_item *item = &batch->items[i];
        items = XXH3_64bits_withSeed(item->ident, sizeof item->ident, items);
        items = XXH3_64bits_withSeed(item->aliases, sizeof item->aliases, items);
    }
    XXH128_hash_t h = XXH3_128bits_withSeed(r->args.values.data, r->args.values.len, items);
    snprintf(out, 64, "%016jx%016jx-%ju", (uintmax_t)h.high64, (uintmax_t)h.low64,
             (uintmax_t)r->batches);
    return 0;
}

/* What commit.lua takes of it. Tries that follow send the same: what they find was not left by this
 * writer when its items go on from another number. */
static int put_values(struct redis *r, const struct store_batch *batch)
{
    redis_args_reset(&r->values);
    redis_put_new(r, batch, &r->values);
    buf_add_str(&r->values.values, buf_str(&r->args.values));
    r->values.count += r->args.count;
    redis_put_chain(r, batch, &r->values);
    return buf_ok(&r->values.values) ? 0 : ERR_NOMEM;
}

void redis_put_prior(struct redis_args *a, uint64_t head, const char *batch)
{
    char prior[24 + SPOOL_ID];
    int n = snprintf(prior, sizeof prior, "%ju %s", (uintmax_t)head, batch);

    redis_put(a, prior, (size_t)n);
}

bool redis_committed(const redisReply *reply, bool *dropped, uint64_t *items)
{
    if (reply->type != REDIS_REPLY_ARRAY || reply->elements != 2 ||
        reply->element[0]->type != REDIS_REPLY_INTEGER ||
        reply->element[1]->type != REDIS_REPLY_INTEGER)
        return false;
    *dropped = reply->element[0]->integer != 0;
    *items = (uint64_t)reply->element[1]->integer;
    return true;
}

static int send_batch(struct redis *r, const struct store_batch *batch, const char *id,
                      bool *unsure)
{
    struct redis_args a = {0};
    redisReply *reply = NULL;
    bool dropped = false;

    redis_begin_script(r, &a, SCRIPT_COMMIT);
    redis_put_text(&a, r->fence);
    redis_put_text(&a, id);
    redis_put_prior(&a, r->head, r->last);
    buf_add_str(&a.values, buf_str(&r->values.values));
    a.count += r->values.count;
    int err = redis_write(r, &a, &reply, unsure);
    redis_args_free(&a);
    if (err == ERR_EXISTS) { /* some may have been written and taken back */
        r->residue = true;
        r->dropped = true;
    }
    if (err)
        return err;
    err = redis_committed(reply, &dropped, &r->items) ? 0 : ERR_CORRUPT;
    freeReplyObject(reply);
    if (!err && dropped) {
        r->residue = true;
        r->dropped = true;
    }
    if (!err)
        redis_advance_trail(r, batch);
    return err;
}

/* Was it this batch whose answer was lost, and is it there? */
static bool known(const struct redis *r, const char *id)
{
    return r->unsure[0] && !strcmp(r->unsure, id) && !strcmp(r->last, id);
}

int redis_wait_for(struct redis *r, int ms, long long *have)
{
    struct redis_args a = {0};
    redisReply *reply;
    bool unsure;

    if (!r->replicas)
        return 0;
    redis_begin(&a, "WAIT");
    redis_put_number(&a, r->replicas);
    redis_put_number(&a, (uint64_t)ms);
    int err = redis_write(r, &a, &reply, &unsure);
    redis_args_free(&a);
    if (err)
        return err;
    *have = reply->integer;
    err = reply->type == REDIS_REPLY_INTEGER && *have >= r->replicas ? 0 : ERR_AGAIN;
    freeReplyObject(reply);
    return err;
}

int redis_wait(struct redis *r)
{
    long long have = -1;
    int err = redis_wait_for(r, WAIT_MS, &have);

    if (err && have >= 0)
        log_warn("store.redis", "replicas=%lld need=%u", have, r->replicas);
    return err;
}

/* A batch that is there counts once the replicas have it. Until then the connection is given up:
 * the next one reads what is there, and waits for them before anybody sees it. */
static int replicated(struct redis *r, const char *id)
{
    if (!r->replicas)
        return 0;
    snprintf(r->last, sizeof r->last, "%s", id);
    snprintf(r->unsure, sizeof r->unsure, "%s", id);
    int err = redis_wait(r);
    if (err)
        redis_disconnect(r);
    return err;
}

static bool may_settle(int err)
{
    return err == ERR_NET || err == ERR_AGAIN;
}

/* `doubt`: a try may have been done, and no claim has looked since. Whatever refuses the next one
 * then, another writer that has taken the place, does not tell that it was not. */
static int settle_batch(struct redis *r, const struct store_batch *batch, const char *id)
{
    int64_t until = clock_mono() + AGAIN_MS;
    bool unsure = false, doubt = false, stale = false;
    int err;

    for (;;) {
        err = redis_ready(r);
        if (!err && !known(r, id)) {
            err = send_batch(r, batch, id, &unsure);
            doubt = unsure;
        }
        if (!err) {
            err = replicated(r, id);
            doubt = true;
        }
        if (!err)
            return 0;
        if (err == ERR_STALE && !stale) { /* not as we left it: a claim puts back what is gone */
            stale = true;
            redis_disconnect(r);
            continue;
        }
        if (unsure)
            snprintf(r->unsure, sizeof r->unsure, "%s", id);
        if (!may_settle(err))
            return doubt ? ERR_NET : err;
        if (!r->unsure[0] || clock_mono() > until)
            return err;
        clock_sleep(REST_MS);
    }
}

/* What nobody else can change meanwhile need not be read again. */
static void advance(struct redis *r, const struct store_batch *batch, const char *id)
{
    bool fits = true;

    snprintf(r->last, sizeof r->last, "%s", id);
    if (batch->nevents)
        r->head = batch->events[batch->nevents - 1].seq;
    for (size_t i = 0; i < batch->nevents; i++)
        for (size_t k = 0; k < batch->events[i].naudience; k++)
            fits &= redis_set_unit(r, &batch->events[i].audience[k]);
    if (!fits) /* without memory for it: it is read again */
        redis_disconnect(r);
    r->batches++;
    r->unsure[0] = '\0';
}

int redis_commit(struct store *s, const struct store_batch *batch,
                 const struct check_heads *heads)
{
    struct redis *r = (struct redis *)s;
    char id[64];

    (void)heads; /* the batch tells them too */
    int err = prepare(r, batch, id);
    if (!err)
        err = put_values(r, batch);
    if (err)
        return err;
    err = redis_recover_keep(r, batch, id);
    if (err)
        return err;
    err = settle_batch(r, batch, id);
    if (err && !may_settle(err))
        r->unsure[0] = '\0';
    if (!err)
        advance(r, batch, id);
    redis_recover_settled(r, err);
    return err;
}

bool redis_kept(struct store *s, const struct store_batch *batch)
{
    struct redis *r = (struct redis *)s;
    char id[64];

    if (!r->unsure[0] || redis_ready(r))
        return false;
    if (prepare(r, batch, id))
        return false;
    if (!known(r, id) || replicated(r, id))
        return false;
    r->batches++;
    r->unsure[0] = '\0';
    return true;
}

static int expire_piece(struct redis *r, int64_t now, size_t max)
{
    struct redis_args a = {0};
    struct buf b = BUF_INIT;
    redisReply *reply = NULL;
    bool unsure;
    int err = redis_ready(r);

    if (err)
        return err;
    redis_begin_script(r, &a, SCRIPT_EXPIRE);
    redis_put_text(&a, r->fence);
    if (now < INT64_MAX) {
        buf_add_char(&b, '(');
        codec_order_time(&b, now + 1);
    } else {
        buf_add_char(&b, '+');
    }
    redis_put_str(&a, buf_str(&b));
    redis_put_number(&a, max);
    buf_reset(&b);
    buf_add_char(&b, '(');
    codec_order_time(&b, now - STORE_COMMAND_KEEP + 1);
    redis_put_str(&a, buf_str(&b));
    redis_put_number(&a, CHANGES_KEPT);
    a.values.failed |= !buf_ok(&b);
    buf_free(&b);
    /* Done twice it has the same effect: what is lost is how many they were. */
    err = redis_write(r, &a, &reply, &unsure);
    redis_args_free(&a);
    if (err)
        return err;
    int n = reply->type == REDIS_REPLY_INTEGER ? (int)reply->integer : ERR_CORRUPT;
    freeReplyObject(reply);
    return n;
}

static int say(struct redis *r, const char *one, const char *two, const char *three, int type,
               redisReply **reply)
{
    struct redis_args a = {0};

    redis_begin(&a, one);
    if (two)
        redis_put_text(&a, two);
    if (three)
        redis_put_text(&a, three);
    int err = redis_ask(r, &a, type, false, reply);
    redis_args_free(&a);
    return err;
}

static int forget_residue(struct redis *r)
{
    struct redis_args a = {0};
    redisReply *reply;
    bool unsure;

    redis_begin_script(r, &a, SCRIPT_CLEAN);
    redis_put_text(&a, r->fence);
    int err = redis_write(r, &a, &reply, &unsure);
    redis_args_free(&a);
    if (err)
        return err;
    freeReplyObject(reply);
    r->residue = false;
    return 0;
}

static bool has_line(const redisReply *info, const char *line)
{
    return str_find(redis_str(info), str_from(line), 0) != (size_t)-1;
}

/* The append-only file still holds the dropped words as they were written: it is written anew, in
 * the background, and a later call sees whether that is done. A large file is at most a tenth of
 * the time being written anew. */
static void cut_file(struct redis *r)
{
    int64_t now = clock_mono();
    redisReply *reply;

    if (!r->residue || r->aside || say(r, "INFO", "persistence", NULL, REDIS_REPLY_STRING, &reply))
        return;
    bool busy = has_line(reply, "aof_rewrite_in_progress:1") ||
                has_line(reply, "aof_rewrite_scheduled:1");
    bool fine = has_line(reply, "aof_last_bgrewrite_status:ok");
    freeReplyObject(reply);
    if (busy)
        return;
    if (r->rewriting) {
        r->rewriting = false;
        r->rest_until = now + REST_TIMES * (now - r->began);
        if (fine && !r->dropped) {
            if (forget_residue(r))
                log_warn("store.redis", "residue=kept");
            return;
        }
    }
    if (now < r->rest_until)
        return;
    r->began = now;
    r->rewriting = !say(r, "BGREWRITEAOF", NULL, NULL, REDIS_REPLY_STATUS, &reply);
    if (r->rewriting) {
        r->dropped = false;
        freeReplyObject(reply);
    }
}

int redis_expire(struct store *s, int64_t now, size_t max)
{
    struct redis *r = (struct redis *)s;
    size_t n = 0;
    int some;

    redis_recover_look(r);
    do { /* in pieces: while a script runs, nothing else does */
        some = expire_piece(r, now, max - n < PIECE ? max - n : PIECE);
        if (some < 0)
            return some;
        n += (size_t)some;
    } while (some == PIECE && n < max);
    if (n) {
        r->residue = true;
        r->dropped = true;
    }
    cut_file(r);
    return (int)n;
}

bool redis_residue(const struct store *s)
{
    const struct redis *r = (const struct redis *)s;

    return r->residue || (r->spool && spool_number(r->spool));
}
