/* Items that are forgotten, in small pieces: while a script runs, Redis does nothing else. */
#include "store/forget.h"

#include "base/err.h"
#include "store/redis/redis.h"

enum { SWEEPS = 5 }; /* in one go: a sweep has to keep up with what is forgotten */

/* The integer that the script answers, or ERR_*. Done twice it has the same effect. */
static int run(struct redis *r, struct redis_args *a)
{
    redisReply *reply = NULL;
    bool unsure;
    int err = redis_write(r, a, &reply, &unsure);

    redis_args_free(a);
    if (err)
        return err;
    int n = reply->type == REDIS_REPLY_INTEGER ? (int)reply->integer : ERR_CORRUPT;
    freeReplyObject(reply);
    return n;
}

static int forget(struct redis *r, int64_t before, int64_t older, size_t max)
{
    struct redis_args a = {0};

    redis_begin_script(r, &a, SCRIPT_FORGET);
    redis_put_text(&a, r->fence);
    redis_put_number(&a, (uint64_t)before);
    redis_put_number(&a, (uint64_t)older);
    redis_put_number(&a, max);
    redis_put_number(&a, STORE_FORGET_ROUND);
    redis_put_number(&a, STORE_FORGET_SLACK);
    return run(r, &a);
}

static int sweep(struct redis *r)
{
    int more = 1;

    for (int i = 0; i < SWEEPS && more > 0; i++) {
        struct redis_args a = {0};
        redis_begin_script(r, &a, SCRIPT_SWEEP);
        redis_put_text(&a, r->fence);
        redis_put_number(&a, STORE_FORGET_SWEEP);
        more = run(r, &a);
    }
    return more;
}

int redis_forget(struct store *s, int64_t before, int64_t older, size_t max)
{
    struct redis *r = (struct redis *)s;
    int err = redis_ready(r);
    int n = err ? err : forget(r, before, older, max);

    err = n < 0 ? n : sweep(r);
    return err < 0 ? err : n;
}
