/* Becoming the writer: is there another one, and then the fence. */
#include "store/redis/redis.h"
#include "store/redis/redis_reads.h"

#include <stdio.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"

enum {
    GONE_MS = 1000, /* how long the connection of a writer that was killed may seem to live */
    LOOK_MS = 20
};

struct str redis_info(struct str text, const char *name)
{
    size_t n = strlen(name);

    for (size_t at = 0; (at = str_find(text, str_from(name), at)) != (size_t)-1; at += n) {
        if ((at && text.p[at - 1] != '\n') || at + n >= text.n || text.p[at + n] != ':')
            continue;
        struct str value = {text.p + at + n + 1, text.n - at - n - 1};
        const char *end = memchr(value.p, '\r', value.n);
        value.n = end ? (size_t)(end - value.p) : value.n;
        return value;
    }
    return STR_NONE;
}

int redis_ask_info(struct redis *r, const char *section, redisReply **reply)
{
    struct redis_args a = {0};

    redis_begin(&a, "INFO");
    redis_put_text(&a, section);
    int err = redis_ask(r, &a, REDIS_REPLY_STRING, false, reply);
    redis_args_free(&a);
    return err;
}

/* "RUN_ID CLIENT_ID" of this connection. */
static int own_name(struct redis *r, char *out, size_t size)
{
    struct redis_args a = {0};
    redisReply *server, *id;
    int err = redis_ask_info(r, "server", &server);

    if (err)
        return err;
    redis_begin(&a, "CLIENT");
    redis_put_text(&a, "ID");
    err = redis_ask(r, &a, REDIS_REPLY_INTEGER, false, &id);
    redis_args_free(&a);
    if (!err) {
        struct str run = redis_info(redis_str(server), "run_id");
        snprintf(out, size, "%.*s %lld", STR_ARG(run), id->integer);
        freeReplyObject(id);
    }
    freeReplyObject(server);
    return err;
}

/* 1 when the connection of that name is there still. */
static int alive(struct redis *r, struct str name)
{
    struct redis_args a = {0};
    redisReply *reply;
    char own[128];
    int err = own_name(r, own, sizeof own);
    const char *space = name.n ? memchr(name.p, ' ', name.n) : NULL;

    if (err || !space)
        return err;
    size_t run = (size_t)(space - name.p) + 1;
    if (strncmp(own, name.p, run) != 0) /* Redis has been restarted since */
        return 0;
    redis_begin(&a, "CLIENT");
    redis_put_text(&a, "LIST");
    redis_put_text(&a, "ID");
    redis_put(&a, name.p + run, name.n - run);
    err = redis_ask(r, &a, REDIS_REPLY_STRING, false, &reply);
    redis_args_free(&a);
    if (err)
        return err;
    bool there = reply->len > 3;
    freeReplyObject(reply);
    return there;
}

/* The writer's connection as the store names it, its fence, and whether it has no lease. */
static int last_writer(struct redis *r, struct buf *name, char fence[static REDIS_FENCE],
                       bool *alone)
{
    struct redis_args a = {0};
    redisReply *reply;

    redis_begin(&a, "HMGET");
    redis_put_key(r, &a, "meta", STR_NONE);
    redis_put_text(&a, "writer");
    redis_put_text(&a, "fence");
    redis_put_text(&a, "alone");
    int err = redis_ask(r, &a, REDIS_REPLY_ARRAY, false, &reply);
    redis_args_free(&a);
    if (err)
        return err;
    buf_reset(name);
    err = buf_add_str(name, redis_str(reply->element[0]));
    snprintf(fence, REDIS_FENCE, "%.*s", STR_ARG(redis_str(reply->element[1])));
    *alone = redis_str(reply->element[2]).n > 0;
    freeReplyObject(reply);
    return err;
}

/* Whoever else tries it at the same time finds another fence. */
int redis_take_over(struct redis *r)
{
    int64_t until = clock_mono() + GONE_MS;
    char fence[REDIS_FENCE] = "";
    struct buf name = BUF_INIT;
    bool alone;
    int there, err = last_writer(r, &name, fence, &alone);

    /* Who leads need not wait for who led before: that lease is over. Who is alone has none. */
    while (!err && (!r->token[0] || alone) && (there = alive(r, buf_str(&name))) != 0) {
        if (there < 0 || clock_mono() > until) {
            err = there < 0 ? there : ERR_REFUSED;
            if (there > 0)
                log_error("store.redis", "note=\"another huiyingd has this store: stop it, "
                          "give both cluster:, or another ?prefix\"");
            break;
        }
        clock_sleep(LOOK_MS);
        err = last_writer(r, &name, fence, &alone);
    }
    if (!err)
        err = redis_claim(r, fence);
    buf_free(&name);
    return err;
}

/* "EPOCH SEQ"; of another epoch it is over with it. */
static uint64_t read_shown(struct str text, const char *epoch)
{
    size_t n = strlen(epoch) + 1;
    uint64_t seq;

    return text.n > n && !memcmp(text.p, epoch, n - 1) &&
                   redis_number((struct str){text.p + n, text.n - n}, &seq) ? seq : 0;
}

static int read_claimed(const redisReply *reply, struct redis_claimed *out)
{
    enum { PARTS = 9 };
    struct str part[PARTS];

    *out = (struct redis_claimed){0};
    if (reply->type != REDIS_REPLY_ARRAY || reply->elements != PARTS)
        return ERR_CORRUPT;
    for (size_t i = 0; i < PARTS; i++)
        part[i] = redis_str(reply->element[i]);
    if (part[1].n != STORE_EPOCH - 1 || part[2].n != HASH_KEY ||
        !redis_number(part[5], &out->head) || !redis_number(part[7], &out->items))
        return ERR_CORRUPT;
    snprintf(out->fence, sizeof out->fence, "%.*s", STR_ARG(part[0]));
    memcpy(out->epoch, part[1].p, part[1].n + 1);
    memcpy(out->key, part[2].p, HASH_KEY);
    snprintf(out->batch, sizeof out->batch, "%.*s", STR_ARG(part[3]));
    out->residue = str_is(part[4], "1");
    snprintf(out->replid, sizeof out->replid, "%.*s", STR_ARG(part[6]));
    out->shown = read_shown(part[8], out->epoch);
    return 0;
}

/* What the writer keeps of the store, as it is now. */
static int remember(struct redis *r, const struct redis_claimed *c)
{
    if (r->base.epoch[0] && strcmp(c->epoch, r->base.epoch) != 0) {
        log_error("store.redis",
                  "events=%jd batch=%s note=\"what was committed is gone; a new epoch begins\"",
                  (intmax_t)(r->head - c->head), r->last);
        return ERR_REFUSED;
    }
    r->head = c->head;
    r->items = c->items;
    memcpy(r->base.hash_key, c->key, HASH_KEY);
    memcpy(r->base.epoch, c->epoch, sizeof r->base.epoch);
    memcpy(r->fence, c->fence, sizeof r->fence);
    memcpy(r->last, c->batch, sizeof r->last);
    r->residue = c->residue;
    r->fenced = false;
    r->rewriting = false;
    check_free(&r->units);
    int err = redis_trail_head(&r->base, &r->trail, r->trail_hash);
    return err ? err : redis_read_units(r, &r->units);
}

static int claim(struct redis *r, const char *expected, const char *own, redisReply **reply)
{
    struct redis_args a = {0};
    struct store fresh = {.writer = true};
    bool unsure;

    backend_new_identity(&fresh);
    redis_begin_script(r, &a, SCRIPT_CLAIM);
    redis_put_text(&a, expected);
    redis_put_text(&a, fresh.epoch);
    redis_put(&a, fresh.hash_key, sizeof fresh.hash_key);
    redis_put_number(&a, REDIS_VERSION);
    redis_put_text(&a, own);
    redis_put_text(&a, r->owner);
    redis_put_text(&a, r->token);
    redis_put_text(&a, r->fence[0] ? "1" : "0");
    int err = redis_write(r, &a, reply, &unsure);
    redis_args_free(&a);
    return err;
}

int redis_claim(struct redis *r, const char *expected)
{
    struct redis_claimed claimed;
    redisReply *reply = NULL;
    char own[128];
    int err = own_name(r, own, sizeof own);

    if (!err)
        err = claim(r, expected, own, &reply);
    if (err)
        return err;
    err = read_claimed(reply, &claimed);
    freeReplyObject(reply);
    if (!err)
        err = redis_recover(r, &claimed);
    return err ? err : remember(r, &claimed);
}

/* Over a connection of its own, for the writer's would claim first. */
bool redis_fenced(struct store *s)
{
    struct redis *r = (struct redis *)s, *look;
    struct redis_args a = {0};
    redisReply *reply;
    bool there = false, unsure;

    if (!r->fenced || redis_greet_at(&r->address, &look))
        return false;
    redis_begin(&a, "HGET");
    redis_put_key(look, &a, "meta", STR_NONE);
    redis_put_text(&a, "owner");
    if (!redis_write(look, &a, &reply, &unsure)) {
        there = reply->type == REDIS_REPLY_STRING && !str_is(redis_str(reply), r->owner);
        freeReplyObject(reply);
    }
    redis_args_free(&a);
    redis_close(&look->base);
    return there;
}
