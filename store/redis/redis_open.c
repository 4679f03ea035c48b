/* Opening: is this Redis one that keeps what it is given? */
#include "store/redis/redis.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "store/codec.h"

enum { VERSION_LEAST = 7 };

static int check_version(struct redis *r)
{
    redisReply *reply;
    long long major = 0;
    int err = redis_ask_info(r, "server", &reply);

    if (err)
        return err;
    struct str version = redis_info(redis_str(reply), "redis_version");
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
    {"appendfsync", "always", false}, /* else a crash of the machine loses up to a second */
    {"appendonly", "yes", true},
    {"maxmemory-policy", "noeviction", true},
};

static int check_setting(struct redis *r, const struct setting *s)
{
    struct redis_args a = {0};
    redisReply *reply;
    bool unsure;

    redis_begin(&a, "CONFIG");
    redis_put_text(&a, "GET");
    redis_put_text(&a, s->name);
    int err = redis_write(r, &a, &reply, &unsure);
    redis_args_free(&a);
    if (err == ERR_DENIED || err == ERR_IO) { /* not ours to read: whoever runs it must know */
        if (s->must || *r->sync != '?')
            log_warn("store.redis", "unknown=%s set=\"CONFIG SET %s %s\"", s->name, s->name,
                     s->value);
        if (!s->must) {
            r->always = r->never = false;
            snprintf(r->sync, sizeof r->sync, "?");
        }
        return 0;
    }
    if (err)
        return err;
    bool pair = reply->type == REDIS_REPLY_ARRAY && reply->elements == 2;
    struct str value = pair ? redis_str(reply->element[1]) : STR_NONE;
    bool fits = str_is(value, s->value);
    bool told = !s->must && str_is(value, r->sync);
    if (!s->must) {
        r->always = fits;
        r->never = str_is(value, "no");
        r->mark.offset = told ? r->mark.offset : 0;
        snprintf(r->sync, sizeof r->sync, "%.*s", STR_ARG(value));
    }
    if (!fits && !told)
        log_line(s->must ? LOG_ERROR : LOG_WARN, "store.redis", "%s=%.*s set=\"CONFIG SET %s %s\"",
                 s->name, STR_ARG(value), s->name, s->value);
    freeReplyObject(reply);
    return fits || !s->must ? 0 : ERR_REFUSED;
}

int redis_check_settings(struct redis *r)
{
    int worst = 0;

    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++) {
        int err = check_setting(r, &settings[i]);
        if (err && err != ERR_REFUSED)
            return err;
        worst = err ? err : worst;
    }
    return worst;
}

int redis_check_sync(struct redis *r)
{
    bool always = r->always;
    int err = check_setting(r, &settings[0]);

    r->always &= always;
    return err;
}

static int check_server(struct redis *r)
{
    int err = check_version(r);

    return err ? err : redis_check_settings(r);
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

static void draw_owner(struct redis *r)
{
    unsigned char random[16];

    randombytes_buf(random, sizeof random);
    sodium_bin2hex(r->owner, sizeof r->owner, random, sizeof random);
}

/* A writer that is not connected yet, under a name of its own. */
static int begin(const char *address, struct redis **out)
{
    struct redis_address where;
    int err = redis_address_parse(address, &where);

    *out = err ? NULL : handle(&where, true);
    redis_address_free(&where);
    if (err)
        return err;
    if (!*out)
        return ERR_NOMEM;
    draw_owner(*out);
    return 0;
}

/* Hand it out, or close what has failed. */
static int end(int err, struct redis *r, struct store **out)
{
    if (err)
        redis_close(r ? &r->base : NULL);
    else
        *out = &r->base;
    return err;
}

int redis_lead(const char *address, const char *token, unsigned replicas, const char *spool,
               struct store **out)
{
    struct redis *r;
    int err = begin(address, &r);

    if (!err) {
        snprintf(r->token, sizeof r->token, "%s", token);
        r->replicas = replicas;
        err = spool ? spool_open(spool, &r->spool) : 0;
    }
    if (!err)
        err = redis_connect(r);
    if (!err)
        err = check_server(r);
    if (!err)
        err = redis_take_over(r);
    return end(err, r, out);
}

int redis_open(const char *address, struct store **out)
{
    return redis_lead(address, "", 0, NULL, out);
}

int redis_open_aside(const char *address, struct store **out)
{
    struct redis *r;
    int err = begin(address, &r);

    if (!err) {
        r->aside = true;
        err = redis_connect(r);
    }
    if (!err)
        err = redis_take_over(r);
    return end(err, r, out);
}

int redis_greet_at(const struct redis_address *where, struct redis **out)
{
    struct redis *r = handle(where, false);
    int err = r ? redis_greet(r) : ERR_NOMEM;

    *out = NULL;
    if (err) {
        redis_close(r ? &r->base : NULL);
        return err;
    }
    *out = r;
    return 0;
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
    redis_recover_remember(r);
    spool_close(r->spool);
    redis_address_free(&r->address);
    redis_args_free(&r->args);
    redis_args_free(&r->values);
    check_free(&r->units);
    buf_free(&r->scratch);
    buf_free(&r->records);
    buf_free(&r->ends);
    free(r);
}
