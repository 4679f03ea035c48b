/* The beat of one machine among several, over a connection of its own. */
#include "store/redis/redis_cluster.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/err.h"
#include "store/address.h"

int cluster_open(const struct cluster_conf *conf, struct cluster **out)
{
    unsigned char random[8];
    char hex[17];
    struct store *link = NULL;
    int err = sodium_init() < 0 ? ERR_IO : redis_link(conf->address, &link);

    *out = NULL;
    if (err)
        return err;
    struct cluster *c = calloc(1, sizeof *c);
    if (!c) {
        store_close(link);
        return ERR_NOMEM;
    }
    randombytes_buf(random, sizeof random);
    sodium_bin2hex(hex, sizeof hex, random, sizeof random);
    c->redis = (struct redis *)link;
    c->lease = conf->lease;
    snprintf(c->node, sizeof c->node, "%s", conf->node);
    snprintf(c->token, sizeof c->token, "%s/%s", c->node, hex);
    snprintf(c->reach, sizeof c->reach, "%s", conf->reach);
    *out = c;
    return 0;
}

void cluster_close(struct cluster *c)
{
    if (!c)
        return;
    redis_close(&c->redis->base);
    free(c);
}

const char *cluster_token(const struct cluster *c)
{
    return c->token;
}

void cluster_shown(struct cluster *c, const char *epoch, uint64_t head)
{
    if (strcmp(c->epoch, epoch) != 0)
        c->print[0] = '\0';
    snprintf(c->epoch, sizeof c->epoch, "%s", epoch);
    c->shown = head;
}

static int beat(struct cluster *c, const bool *gives, bool leaves, redisReply **reply)
{
    struct redis_args a = {0};
    struct buf slots = BUF_INIT;
    int err = redis_ready(c->redis);

    if (err)
        return err;
    for (int i = 0; i < CLUSTER_SLOTS; i++)
        if (gives && gives[i]) {
            buf_add_char(&slots, (char)(i >> 8));
            buf_add_char(&slots, (char)(i & 0xff));
        }
    redis_begin_script(c->redis, &a, SCRIPT_BEAT);
    redis_put_text(&a, c->token);
    redis_put_text(&a, c->reach);
    redis_put_number(&a, (uint64_t)c->lease);
    redis_put_number(&a, CLUSTER_SLOTS);
    redis_put_str(&a, buf_str(&slots));
    redis_put_text(&a, leaves ? "1" : "0");
    redis_put_text(&a, c->epoch);
    redis_put_number(&a, c->shown);
    redis_put_number(&a, c->known);
    redis_put_text(&a, c->print);
    a.values.failed |= !buf_ok(&slots);
    err = redis_ask(c->redis, &a, REDIS_REPLY_ARRAY, false, reply);
    redis_args_free(&a);
    buf_free(&slots);
    return err;
}

static int64_t redis_time(const redisReply *reply)
{
    uint64_t s, us;

    return reply->type == REDIS_REPLY_ARRAY && reply->elements == 2 &&
                   redis_number(redis_str(reply->element[0]), &s) &&
                   redis_number(redis_str(reply->element[1]), &us)
               ? (int64_t)(s * 1000 + us / 1000) : -1;
}

/* Of pairs of token and time. */
static int64_t last_namesake(const struct cluster *c, const redisReply *nodes)
{
    size_t n = strlen(c->node);
    int64_t last = 0;

    for (size_t i = 0; i + 1 < nodes->elements; i += 2) {
        struct str token = redis_str(nodes->element[i]);
        uint64_t until;
        bool namesake = token.n > n && token.p[n] == '/' && !memcmp(token.p, c->node, n) &&
                        !str_is(token, c->token);
        if (namesake && redis_number(redis_str(nodes->element[i + 1]), &until) &&
            (int64_t)until > last)
            last = (int64_t)until;
    }
    return last;
}

int cluster_namesake(struct cluster *c, int64_t *until)
{
    struct redis_args a = {0};
    redisReply *replies[2];

    *until = 0;
    redis_begin(&a, "TIME");
    redis_begin(&a, "ZRANGE");
    redis_put_key(c->redis, &a, "nodes", STR_NONE);
    redis_put_text(&a, "0");
    redis_put_text(&a, "-1");
    redis_put_text(&a, "WITHSCORES");
    int err = redis_read(c->redis, &a, replies, 2);
    redis_args_free(&a);
    if (err)
        return err;
    int64_t now = redis_time(replies[0]), last = last_namesake(c, replies[1]);
    freeReplyObject(replies[0]);
    freeReplyObject(replies[1]);
    *until = last > now ? last : 0;
    return now < 0 ? ERR_CORRUPT : 0;
}

/* "NODE/NUMBER REACH" */
static int read_leader(const struct cluster *c, struct str leader, struct cluster_beat *out)
{
    size_t space = str_find(leader, STR(" "), 0), slash = str_find(leader, STR("/"), 0);

    if (space == (size_t)-1 || slash == (size_t)-1 || slash > space || slash >= CLUSTER_NODE)
        return ERR_CORRUPT;
    out->leads = str_is((struct str){leader.p, space}, c->token);
    snprintf(out->token, sizeof out->token, "%.*s", (int)space, leader.p);
    snprintf(out->leader, sizeof out->leader, "%.*s", (int)slash, leader.p);
    snprintf(out->reach, sizeof out->reach, "%.*s", (int)(leader.n - space - 1),
             leader.p + space + 1);
    return 0;
}

static int read_beat(const struct cluster *c, const redisReply *reply, struct cluster_beat *out)
{
    struct cluster_beat b = {0};
    uint64_t began;

    if (reply->elements != 11 || !redis_number(redis_str(reply->element[4]), &began) ||
        reply->element[1]->type != REDIS_REPLY_INTEGER ||
        reply->element[2]->type != REDIS_REPLY_INTEGER ||
        reply->element[7]->type != REDIS_REPLY_INTEGER ||
        reply->element[8]->type != REDIS_REPLY_INTEGER ||
        reply->element[9]->type != REDIS_REPLY_INTEGER)
        return ERR_CORRUPT;
    int err = read_leader(c, redis_str(reply->element[0]), &b);
    struct str slots = redis_str(reply->element[3]);
    for (size_t i = 0; i + 1 < slots.n && !err; i += 2) {
        unsigned slot = (unsigned)(unsigned char)slots.p[i] << 8 | (unsigned char)slots.p[i + 1];
        if (slot < CLUSTER_SLOTS)
            b.holds[slot] = true;
        else
            err = ERR_CORRUPT;
    }
    b.replicas = (uint32_t)reply->element[7]->integer;
    b.shown = (uint64_t)reply->element[8]->integer;
    b.head = (uint64_t)reply->element[9]->integer;
    b.machines = (uint32_t)reply->element[1]->integer;
    b.began = (int64_t)began;
    snprintf(b.epoch, sizeof b.epoch, "%.*s", STR_ARG(redis_str(reply->element[5])));
    snprintf(b.server, sizeof b.server, "%.*s", STR_ARG(redis_str(reply->element[6])));
    b.share = (uint32_t)reply->element[2]->integer;
    if (!err)
        *out = b;
    return err;
}

/* What was shown, as it is: it is to stay so. */
static void know_shown(struct cluster *c, struct str print)
{
    if (!print.n)
        return;
    snprintf(c->print, sizeof c->print, "%.*s", STR_ARG(print));
    c->known = c->shown;
}

int cluster_beat(struct cluster *c, const bool *gives, struct cluster_beat *out)
{
    redisReply *reply;
    int err = beat(c, gives, false, &reply);

    if (err)
        return err;
    err = read_beat(c, reply, out);
    if (!err)
        know_shown(c, redis_str(reply->element[10]));
    freeReplyObject(reply);
    return err;
}

int cluster_leave(struct cluster *c)
{
    bool all[CLUSTER_SLOTS];
    redisReply *reply;

    memset(all, true, sizeof all);
    int err = beat(c, all, true, &reply);
    if (!err)
        freeReplyObject(reply);
    return err;
}
