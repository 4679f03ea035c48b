/* Walks over the ordered sets, piece by piece (walk.lua). */
#include "base/err.h"
#include "store/redis/redis.h"
#include "store/redis/redis_walk.h"

enum { CHUNK = 256 }; /* rows read in one go */

void redis_walk_start(struct redis_walk *w, const char *kind, const char *set, bool falling)
{
    *w = (struct redis_walk){.kind = kind, .falling = falling};
    buf_add_text(&w->set, set);
    buf_add_char(&w->from, falling ? '+' : '-');
    buf_add_char(&w->to, falling ? '-' : '+');
}

void redis_walk_bound(struct buf *bound, char type, const void *p, size_t n)
{
    buf_reset(bound);
    buf_add_char(bound, type);
    buf_add(bound, p, n);
}

/* The next rows, at most max: an array of arrays of which the first value is the member. */
static int next(struct redis *r, struct redis_walk *w, size_t max, redisReply **rows)
{
    struct redis_args a = {0};
    int err = redis_ready(r);

    if (err)
        return err;
    redis_begin_script(r, &a, SCRIPT_WALK);
    redis_put_text(&a, w->kind);
    redis_put_str(&a, buf_str(&w->set));
    redis_put_str(&a, buf_str(&w->from));
    redis_put_str(&a, buf_str(&w->to));
    redis_put_number(&a, max);
    redis_put_text(&a, w->falling ? "1" : "0");
    a.values.failed |= !buf_ok(&w->set) || !buf_ok(&w->from) || !buf_ok(&w->to);
    err = redis_ask(r, &a, REDIS_REPLY_ARRAY, false, rows);
    redis_args_free(&a);
    if (err)
        return err;
    size_t n = (*rows)->elements;
    w->ended = n < max;
    for (size_t i = 0; i < n; i++)
        if ((*rows)->element[i]->type != REDIS_REPLY_ARRAY || !(*rows)->element[i]->elements)
            err = ERR_CORRUPT;
    if (n && !err) {
        struct str last = redis_str((*rows)->element[n - 1]->element[0]);
        redis_walk_bound(&w->from, '(', last.p, last.n);
    }
    if (err)
        freeReplyObject(*rows);
    return err;
}

int redis_walk_each(struct redis *r, struct redis_walk *w, size_t max,
                    int (*row)(const redisReply *row, void *to), void *to)
{
    int err = 0;

    while (!err && max && !w->ended) {
        size_t some = max < CHUNK ? max : CHUNK;
        redisReply *rows;
        err = next(r, w, some, &rows);
        if (err)
            break;
        for (size_t i = 0; i < rows->elements && !err; i++)
            err = row(rows->element[i], to);
        max -= some;
        freeReplyObject(rows);
    }
    redis_walk_free(w);
    return err;
}

void redis_walk_free(struct redis_walk *w)
{
    buf_free(&w->set);
    buf_free(&w->from);
    buf_free(&w->to);
}
