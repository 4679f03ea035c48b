/* What any machine keeps for all of them for a while: two keys, of which one bears being read and
 * the other does not. */
#include "base/err.h"
#include "store/redis/redis_cluster.h"

enum { COMMANDS_MAX = 6 };

static void begin(struct cluster *c, struct redis_args *a, const char *command, const char *what,
                  struct str name)
{
    redis_begin(a, command);
    redis_put_key(c->redis, a, what, name);
}

static void put_after(struct redis_args *a, int64_t ms)
{
    redis_put_text(a, "PX");
    redis_put_number(a, (uint64_t)ms);
}

static void free_all(redisReply **replies, size_t n)
{
    for (size_t i = 0; i < n; i++)
        freeReplyObject(replies[i]);
}

/* Those before the last CLUSTER_KEPT_EACH of its owner go. */
static int drop_older(struct cluster *c, const redisReply *names)
{
    struct redis_args a = {0};
    redisReply *reply;

    if (names->type != REDIS_REPLY_ARRAY || !names->elements)
        return 0;
    redis_begin(&a, "DEL");
    for (size_t i = 0; i < names->elements; i++) {
        redis_put_key(c->redis, &a, "kept:", redis_str(names->element[i]));
        redis_put_key(c->redis, &a, "kept-until:", redis_str(names->element[i]));
    }
    int err = redis_ask(c->redis, &a, REDIS_REPLY_INTEGER, false, &reply);
    redis_args_free(&a);
    if (!err)
        freeReplyObject(reply);
    return err;
}

int cluster_keep(struct cluster *c, const struct cluster_kept *kept)
{
    struct str name = str_from(kept->name), owner = str_from(kept->owner);
    struct redis_args a = {0};
    redisReply *replies[COMMANDS_MAX];

    begin(c, &a, "SET", "kept:", name);
    redis_put_str(&a, kept->value);
    put_after(&a, kept->idle);
    begin(c, &a, "SET", "kept-until:", name);
    redis_put_text(&a, "");
    put_after(&a, kept->last);
    begin(c, &a, "RPUSH", "kept-of:", owner);
    redis_put_str(&a, name);
    begin(c, &a, "LRANGE", "kept-of:", owner);
    redis_put_text(&a, "0");
    redis_put_text(&a, CLUSTER_KEPT_BEFORE);
    begin(c, &a, "LTRIM", "kept-of:", owner);
    redis_put_text(&a, CLUSTER_KEPT_FROM);
    redis_put_text(&a, "-1");
    begin(c, &a, "PEXPIRE", "kept-of:", owner);
    redis_put_number(&a, (uint64_t)kept->last);
    int err = redis_read(c->redis, &a, replies, COMMANDS_MAX);
    redis_args_free(&a);
    if (err)
        return err;
    err = drop_older(c, replies[3]);
    free_all(replies, COMMANDS_MAX);
    return err;
}

/* PTTL: -2 of what is not there. */
static bool has_time(const redisReply *reply, int64_t *left)
{
    *left = reply->type == REDIS_REPLY_INTEGER ? reply->integer : -2;
    return *left >= 0;
}

int cluster_look(struct cluster *c, const char *name, int64_t idle, struct cluster_left *left,
                 struct buf *out)
{
    struct redis_args a = {0};
    redisReply *replies[3];

    begin(c, &a, idle ? "GETEX" : "GET", "kept:", str_from(name));
    if (idle)
        put_after(&a, idle);
    begin(c, &a, "PTTL", "kept:", str_from(name));
    begin(c, &a, "PTTL", "kept-until:", str_from(name));
    int err = redis_read(c->redis, &a, replies, 3);
    redis_args_free(&a);
    if (err)
        return err;
    bool there = replies[0]->type == REDIS_REPLY_STRING && has_time(replies[1], &left->idle) &&
                 has_time(replies[2], &left->last);
    err = there ? buf_add_str(out, redis_str(replies[0])) : ERR_NOTFOUND;
    free_all(replies, 3);
    return err;
}

int cluster_forget(struct cluster *c, const char *name, const char *owner)
{
    struct redis_args a = {0};
    redisReply *replies[2];

    begin(c, &a, "DEL", "kept:", str_from(name));
    redis_put_key(c->redis, &a, "kept-until:", str_from(name));
    begin(c, &a, "LREM", "kept-of:", str_from(owner));
    redis_put_text(&a, "0");
    redis_put_str(&a, str_from(name));
    int err = redis_read(c->redis, &a, replies, 2);
    redis_args_free(&a);
    if (!err)
        free_all(replies, 2);
    return err;
}
