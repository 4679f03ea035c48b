/* Mail between machines: a list for each of them. */
#include "store/redis/redis_cluster.h"

#include "base/err.h"

int cluster_mail(struct cluster *c, const char *node, struct str text)
{
    struct redis_args a = {0};
    redisReply *reply;
    bool unsure = false;
    int err = redis_ready(c->redis);

    if (err)
        return err;
    redis_begin_script(c->redis, &a, SCRIPT_MAIL);
    redis_put_text(&a, node);
    redis_put_number(&a, CLUSTER_MAIL);
    redis_put_str(&a, text);
    redis_put_number(&a, CLUSTER_MAIL_MS);
    /* Sent again it might be read twice. */
    err = redis_write(c->redis, &a, &reply, &unsure);
    redis_args_free(&a);
    if (err)
        return unsure ? ERR_TIMEOUT : err;
    if (reply->type != REDIS_REPLY_INTEGER)
        err = ERR_CORRUPT;
    else if (!reply->integer)
        err = ERR_LIMIT;
    freeReplyObject(reply);
    return err;
}

int cluster_collect(struct cluster *c, size_t max, void (*each)(void *arg, struct str text),
                    void *arg)
{
    struct redis_args a = {0};
    redisReply *reply;

    redis_begin(&a, "LPOP");
    redis_put_key(c->redis, &a, "mail:", str_from(c->node));
    redis_put_number(&a, max);
    int err = redis_ask(c->redis, &a, REDIS_REPLY_ARRAY, true, &reply);
    redis_args_free(&a);
    if (err)
        return err;
    int n = reply->type == REDIS_REPLY_NIL ? 0 : (int)reply->elements;
    for (int i = 0; i < n; i++)
        each(arg, redis_str(reply->element[i]));
    freeReplyObject(reply);
    return n;
}
