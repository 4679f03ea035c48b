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

/* What is sent of the batch, and its id. Of equal batches one after the other each has its own: the
 * count of settled ones is in it. */
static int prepare(struct redis *r, const struct store_batch *batch, bool plain,
                   char out[static 64])
{
    XXH64_hash_t records = 0;

    redis_args_reset(&r->args);
    int err = redis_batch(batch, plain, &r->args, &r->scratch);
    if (!err && plain)
        err = redis_plain_begin(r, batch);
    if (err)
        return err;
    if (plain)
        records = XXH3_64bits(r->records.data, r->records.len);
    for (size_t i = 0; i < batch->nitems && plain; i++) /* a record holds none */
        records = XXH3_64bits_withSeed(batch->items[i].aliases, sizeof batch->items[i].aliases,
                                       records);
    XXH128_hash_t h = XXH3_128bits_withSeed(r->args.values.data, r->args.values.len, records);
    snprintf(out, 64, "%016jx%016jx-%ju", (uintmax_t)h.high64, (uintmax_t)h.low64,
             (uintmax_t)r->batches);
    return 0;
}

/* The script's call before a batch whose values stand in r->args. */
static void put_call(struct redis *r, const struct store_batch *batch, struct redis_args *a,
                     const char *id)
{
    redis_begin_script(r, a, SCRIPT_COMMIT);
    redis_put_text(a, r->fence);
    redis_put_text(a, id);
    redis_put_number(a, r->head);
    buf_add_str(&a->values, buf_str(&r->args.values));
    a->count += r->args.count;
    redis_put_chain(r, batch, a);
}

/* By the script as a whole; *dropped: words were. */
static int send_call(struct redis *r, struct redis_args *call, long long *dropped, bool *unsure)
{
    redisReply *reply = NULL;
    int err = redis_write(r, call, &reply, unsure);

    if (err)
        return err;
    err = reply->type == REDIS_REPLY_INTEGER ? 0 : ERR_CORRUPT;
    *dropped = reply->integer;
    freeReplyObject(reply);
    return err;
}

/* *plain: the new items go in front of the script; not so from the call on that finds that they
 * cannot. */
static int send_batch(struct redis *r, const struct store_batch *batch, const char *id,
                      bool *plain, bool *unsure)
{
    struct redis_args a = {0};
    long long dropped = 0;
    int err = 0;

    put_call(r, batch, &a, id);
    if (*plain)
        err = redis_plain_send(r, batch, id, &a, &dropped, unsure);
    if (*plain && err == ERR_UNSUPPORTED) {
        *plain = false;
        redis_args_reset(&r->args);
        redis_args_reset(&a);
        err = redis_batch(batch, false, &r->args, &r->scratch);
        put_call(r, batch, &a, id);
    }
    if (!*plain && !err)
        err = send_call(r, &a, &dropped, unsure);
    redis_args_free(&a);
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

int redis_wait(struct redis *r)
{
    struct redis_args a = {0};
    redisReply *reply;
    bool unsure;

    if (!r->replicas)
        return 0;
    redis_begin(&a, "WAIT");
    redis_put_number(&a, r->replicas);
    redis_put_number(&a, WAIT_MS);
    int err = redis_write(r, &a, &reply, &unsure);
    redis_args_free(&a);
    if (err)
        return err;
    err = reply->type == REDIS_REPLY_INTEGER && reply->integer >= r->replicas ? 0 : ERR_AGAIN;
    if (err)
        log_warn("store.redis", "replicas=%lld need=%u", reply->integer, r->replicas);
    freeReplyObject(reply);
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

static int settle_batch(struct redis *r, const struct store_batch *batch, bool plain,
                        const char *id)
{
    int64_t until = clock_mono() + AGAIN_MS;
    bool unsure = false;
    int err;

    for (;;) {
        err = redis_ready(r);
        if (!err && !known(r, id))
            err = send_batch(r, batch, id, &plain, &unsure);
        if (!err)
            err = replicated(r, id);
        if (!err)
            return 0;
        if (unsure)
            snprintf(r->unsure, sizeof r->unsure, "%s", id);
        if ((err != ERR_NET && err != ERR_AGAIN) || !r->unsure[0] || clock_mono() > until)
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
    bool plain = redis_plain(batch);
    int err = prepare(r, batch, plain, id);
    if (err)
        return err;
    err = redis_recover_keep(r, batch, id);
    if (err)
        return err;
    err = settle_batch(r, batch, plain, id);
    if (err && err != ERR_NET && err != ERR_AGAIN)
        r->unsure[0] = '\0';
    redis_recover_settled(r, err);
    if (!err)
        advance(r, batch, id);
    return err;
}

bool redis_kept(struct store *s, const struct store_batch *batch)
{
    struct redis *r = (struct redis *)s;
    char id[64];

    if (!r->unsure[0] || redis_ready(r))
        return false;
    if (prepare(r, batch, redis_plain(batch), id))
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

    redis_begin(&a, "HSET");
    redis_put_key(r, &a, "meta", STR_NONE);
    redis_put_text(&a, "residue");
    redis_put_text(&a, "0");
    int err = redis_ask(r, &a, REDIS_REPLY_INTEGER, false, &reply);
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

    if (!r->residue || say(r, "INFO", "persistence", NULL, REDIS_REPLY_STRING, &reply))
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
    return ((const struct redis *)s)->residue;
}
