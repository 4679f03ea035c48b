/* Opening: is this Redis one that keeps what it is given, is there another writer, and then the
 * fence. */
#include "store/redis/redis.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "store/codec.h"

enum {
    VERSION_LEAST = 7,
    GONE_MS = 1000, /* how long the connection of a writer that was killed may seem to live */
    LOOK_MS = 20
};

/* A line "NAME:VALUE" of INFO's text. */
static struct str info(struct str text, const char *name)
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

static int ask_info(struct redis *r, const char *section, redisReply **reply)
{
    struct redis_args a = {0};

    redis_begin(&a, "INFO");
    redis_put_text(&a, section);
    int err = redis_ask(r, &a, REDIS_REPLY_STRING, false, reply);
    redis_args_free(&a);
    return err;
}

static int check_version(struct redis *r)
{
    redisReply *reply;
    long long major = 0;
    int err = ask_info(r, "server", &reply);

    if (err)
        return err;
    struct str version = info(redis_str(reply), "redis_version");
    struct str number = version;
    const char *dot = version.n ? memchr(version.p, '.', version.n) : NULL;
    if (dot)
        number.n = (size_t)(dot - version.p);
    if (str_int(number, 0, 1000, &major) || major < VERSION_LEAST) {
        log_error("store.redis", "version=%.*s need=%d", STR_ARG(version), VERSION_LEAST);
        err = ERR_UNSUPPORTED;
    }
    freeReplyObject(reply);
    return err;
}

/* What it must be set to so that what is committed stays. */
static const struct setting {
    const char *name, *value;
    bool must;
} settings[] = {
    {"appendonly", "yes", true},
    {"maxmemory-policy", "noeviction", true},
    {"appendfsync", "always", false}, /* else a crash of the machine loses up to a second */
};

static int check_setting(struct redis *r, const struct setting *s)
{
    struct redis_args a = {0};
    redisReply *reply;

    redis_begin(&a, "CONFIG");
    redis_put_text(&a, "GET");
    redis_put_text(&a, s->name);
    int err = redis_ask(r, &a, REDIS_REPLY_ARRAY, false, &reply);
    redis_args_free(&a);
    if (err == ERR_REFUSED || err == ERR_IO) { /* not ours to read: whoever runs it must know */
        log_warn("store.redis", "unknown=%s set=\"CONFIG SET %s %s\"", s->name, s->name, s->value);
        return 0;
    }
    if (err)
        return err;
    struct str value = reply->elements == 2 ? redis_str(reply->element[1]) : STR_NONE;
    bool fits = str_is(value, s->value);
    if (!fits)
        log_line(s->must ? LOG_ERROR : LOG_WARN, "store.redis", "%s=%.*s set=\"CONFIG SET %s %s\"",
                 s->name, STR_ARG(value), s->name, s->value);
    freeReplyObject(reply);
    return fits || !s->must ? 0 : ERR_REFUSED;
}

static int check_server(struct redis *r)
{
    int err = check_version(r);

    for (size_t i = 0; i < sizeof settings / sizeof *settings && !err; i++)
        err = check_setting(r, &settings[i]);
    return err;
}

/* "RUN_ID CLIENT_ID" of this connection. */
static int own_name(struct redis *r, char *out, size_t size)
{
    struct redis_args a = {0};
    redisReply *server, *id;
    int err = ask_info(r, "server", &server);

    if (err)
        return err;
    redis_begin(&a, "CLIENT");
    redis_put_text(&a, "ID");
    err = redis_ask(r, &a, REDIS_REPLY_INTEGER, false, &id);
    redis_args_free(&a);
    if (!err) {
        snprintf(out, size, "%.*s %lld", STR_ARG(info(redis_str(server), "run_id")), id->integer);
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

/* The writer's connection as the store names it, and its fence. */
static int last_writer(struct redis *r, struct buf *name, char fence[static REDIS_FENCE])
{
    struct redis_args a = {0};
    redisReply *reply;

    redis_begin(&a, "HMGET");
    redis_put_key(r, &a, "meta", STR_NONE);
    redis_put_text(&a, "writer");
    redis_put_text(&a, "fence");
    int err = redis_ask(r, &a, REDIS_REPLY_ARRAY, false, &reply);
    redis_args_free(&a);
    if (err)
        return err;
    buf_reset(name);
    err = buf_add_str(name, redis_str(reply->element[0]));
    snprintf(fence, REDIS_FENCE, "%.*s", STR_ARG(redis_str(reply->element[1])));
    freeReplyObject(reply);
    return err;
}

/* Wait until no other writer lives, then put oneself in its place: whoever else tries that at the
 * same time finds another fence. */
static int take_over(struct redis *r)
{
    int64_t until = clock_mono() + GONE_MS;
    char fence[REDIS_FENCE] = "";
    struct buf name = BUF_INIT;
    int there, err = last_writer(r, &name, fence);

    /* Who leads need not wait: the lease of who led before has run out. */
    while (!err && !r->token[0] && (there = alive(r, buf_str(&name))) != 0) {
        if (there < 0 || clock_mono() > until) {
            err = there < 0 ? there : ERR_REFUSED;
            break;
        }
        clock_sleep(LOOK_MS);
        err = last_writer(r, &name, fence);
    }
    if (!err)
        err = redis_claim(r, fence);
    buf_free(&name);
    return err;
}

/* What the writer keeps of the store, as it is now. */
static int remember(struct redis *r, redisReply *reply)
{
    struct str key = redis_str(reply->element[2]), epoch = redis_str(reply->element[1]);
    uint64_t head;

    if (key.n != HASH_KEY || epoch.n != STORE_EPOCH - 1 ||
        !redis_number(redis_str(reply->element[5]), &head))
        return ERR_CORRUPT;
    if (r->base.epoch[0] && !str_is(epoch, r->base.epoch)) {
        log_error("store.redis", "lost=%jd note=\"what was committed is gone; a new epoch begins\"",
                  (intmax_t)(r->head - head));
        return ERR_REFUSED;
    }
    r->head = head;
    memcpy(r->base.hash_key, key.p, HASH_KEY);
    memcpy(r->base.epoch, epoch.p, epoch.n + 1);
    snprintf(r->fence, sizeof r->fence, "%.*s", STR_ARG(redis_str(reply->element[0])));
    snprintf(r->last, sizeof r->last, "%.*s", STR_ARG(redis_str(reply->element[3])));
    r->residue = str_is(redis_str(reply->element[4]), "1");
    r->rewriting = false;
    check_free(&r->units);
    int err = redis_trail_head(&r->base, &r->trail, r->trail_hash);
    return err ? err : redis_read_units(r, &r->units);
}

int redis_claim(struct redis *r, const char *expected)
{
    struct redis_args a = {0};
    struct store fresh = {.writer = true};
    redisReply *reply = NULL;
    char own[128];
    bool unsure;
    int err = own_name(r, own, sizeof own);

    if (err)
        return err;
    backend_new_identity(&fresh);
    redis_begin_script(r, &a, SCRIPT_CLAIM);
    redis_put_text(&a, expected);
    redis_put_text(&a, fresh.epoch);
    redis_put(&a, fresh.hash_key, sizeof fresh.hash_key);
    redis_put_number(&a, REDIS_VERSION);
    redis_put_text(&a, own);
    redis_put_text(&a, r->owner);
    redis_put_text(&a, r->token);
    snprintf(own, sizeof own, "%ju", (uintmax_t)r->head);
    redis_put_text(&a, r->fence[0] ? own : "");
    err = redis_write(r, &a, &reply, &unsure);
    redis_args_free(&a);
    if (err)
        return err;
    err = reply->type == REDIS_REPLY_ARRAY && reply->elements == 6 ? remember(r, reply)
                                                                   : ERR_CORRUPT;
    freeReplyObject(reply);
    return err;
}

static struct redis *handle(const struct redis_address *address, bool writer)
{
    struct redis *r = calloc(1, sizeof *r);

    if (!r)
        return NULL;
    r->base.backend = &redis_backend;
    r->base.writer = writer;
    if (redis_address_copy(address, &r->address)) {
        redis_close(&r->base);
        return NULL;
    }
    snprintf(r->prefix, sizeof r->prefix, "{%s}:", address->prefix);
    return r;
}

int redis_lead(const char *address, const char *token, unsigned replicas, struct store **out)
{
    struct redis_address where;
    struct redis *r = NULL;
    int err = redis_address_parse(address, &where);

    if (!err) {
        r = handle(&where, true);
        err = r ? 0 : ERR_NOMEM;
    }
    redis_address_free(&where);
    if (!err) {
        unsigned char random[16];
        snprintf(r->token, sizeof r->token, "%s", token);
        r->replicas = replicas;
        randombytes_buf(random, sizeof random);
        sodium_bin2hex(r->owner, sizeof r->owner, random, sizeof random);
        err = redis_connect(r);
    }
    if (!err)
        err = check_server(r);
    if (!err)
        err = take_over(r);
    if (err) {
        redis_close(r ? &r->base : NULL);
        return err;
    }
    *out = &r->base;
    return 0;
}

int redis_open(const char *address, struct store **out)
{
    return redis_lead(address, "", 0, out);
}

int redis_reader(struct store *writer, struct store **out)
{
    struct redis *w = (struct redis *)writer, *r = handle(&w->address, false);
    int err = r ? redis_connect(r) : ERR_NOMEM;

    if (err) {
        redis_close(r ? &r->base : NULL);
        return err;
    }
    memcpy(r->base.epoch, w->base.epoch, sizeof r->base.epoch);
    memcpy(r->base.hash_key, w->base.hash_key, sizeof r->base.hash_key);
    *out = &r->base;
    return 0;
}

/* Epoch and hash key of the store that is connected. */
static int read_identity(struct redis *r)
{
    struct redis_args a = {0};
    redisReply *reply;

    redis_begin(&a, "HMGET");
    redis_put_key(r, &a, "meta", STR_NONE);
    redis_put_text(&a, "epoch");
    redis_put_text(&a, "key");
    int err = redis_ask(r, &a, REDIS_REPLY_ARRAY, false, &reply);
    redis_args_free(&a);
    if (err)
        return err;
    struct str epoch = redis_str(reply->element[0]), key = redis_str(reply->element[1]);
    if (!epoch.n)
        err = ERR_NOTFOUND;
    else if (epoch.n != STORE_EPOCH - 1 || key.n != HASH_KEY)
        err = ERR_CORRUPT;
    if (!err) {
        memcpy(r->base.epoch, epoch.p, epoch.n + 1);
        memcpy(r->base.hash_key, key.p, key.n);
    }
    freeReplyObject(reply);
    return err;
}

int redis_link(const char *address, struct store **out)
{
    struct redis_address where;
    struct redis *r = NULL;
    int err = redis_address_parse(address, &where);

    *out = NULL;
    if (!err) {
        r = handle(&where, false);
        err = r ? redis_connect(r) : ERR_NOMEM;
    }
    redis_address_free(&where);
    if (err) {
        redis_close(r ? &r->base : NULL);
        return err;
    }
    *out = &r->base;
    return 0;
}

int redis_look(const char *address, struct store **out)
{
    int err = redis_link(address, out);

    if (!err)
        err = read_identity((struct redis *)*out);
    if (err) {
        redis_close(*out);
        *out = NULL;
    }
    return err;
}

int redis_follow(const char *address, struct store **out)
{
    int err = redis_look(address, out);

    if (!err)
        (*out)->shared = true;
    return err;
}

void redis_close(struct store *s)
{
    struct redis *r = (struct redis *)s;

    if (!r)
        return;
    redis_disconnect(r);
    redis_address_free(&r->address);
    redis_args_free(&r->args);
    check_free(&r->units);
    buf_free(&r->scratch);
    free(r);
}
