/* Rows that are found by their key: commands, notes, arrivals; sources. */
#include "store/redis/redis.h"
#include "store/redis/redis_reads.h"
#include "store/redis/redis_walk.h"

#include <stdlib.h>

#include "base/err.h"
#include "store/codec.h"

/* A field of a hash: ERR_NOTFOUND when there is none. */
static int field(struct redis *r, const char *key, struct str name, redisReply **reply)
{
    struct redis_args a = {0};

    redis_begin(&a, "HGET");
    redis_put_key(r, &a, key, STR_NONE);
    redis_put_str(&a, name);
    int err = redis_ask(r, &a, REDIS_REPLY_STRING, true, reply);
    redis_args_free(&a);
    if (!err && (*reply)->type == REDIS_REPLY_NIL) {
        freeReplyObject(*reply);
        err = ERR_NOTFOUND;
    }
    return err;
}

int redis_command(struct store *s, const char *key, struct store_command *out)
{
    redisReply *reply;
    size_t n = strlen(key);

    *out = (struct store_command){0};
    if (n >= sizeof out->key)
        return ERR_NOTFOUND;
    int err = field((struct redis *)s, "command", str_from(key), &reply);
    if (err)
        return err;
    memcpy(out->key, key, n + 1);
    err = codec_read_command(redis_str(reply), out);
    freeReplyObject(reply);
    return err;
}

int redis_note(struct store *s, uint64_t seq, struct buf *out)
{
    struct buf name = BUF_INIT;
    redisReply *reply;
    int err = buf_add_decimal(&name, seq);

    if (!err)
        err = field((struct redis *)s, "notes", buf_str(&name), &reply);
    buf_free(&name);
    if (err)
        return err;
    err = buf_add_str(out, redis_str(reply));
    freeReplyObject(reply);
    return err;
}

static int by_topic(const void *a, const void *b)
{
    return strcmp(((const struct burst_row *)a)->topic, ((const struct burst_row *)b)->topic);
}

struct step_to {
    int (*each)(void *arg, const struct burst_row *row);
    void *arg;
};

/* The topics of one step. */
static int step_row(const redisReply *row, void *to)
{
    const struct step_to *t = to;
    struct str step = redis_str(row->element[0]);
    const redisReply *topics = row->elements == 2 ? row->element[1] : NULL;

    if (step.n != 8 || !topics || topics->type != REDIS_REPLY_ARRAY)
        return ERR_CORRUPT;
    size_t n = topics->elements / 2;
    struct burst_row *list = calloc(n + 1, sizeof *list);
    int err = list ? 0 : ERR_NOMEM;
    for (size_t i = 0; i < n && !err; i++) {
        struct str topic = redis_str(topics->element[2 * i]);
        uint64_t count;
        if (topic.n >= SLUG_MAX || !redis_number(redis_str(topics->element[2 * i + 1]), &count) ||
            count > UINT32_MAX) {
            err = ERR_CORRUPT;
            break;
        }
        memcpy(list[i].topic, topic.p, topic.n);
        list[i].step = codec_read_order_time(step.p);
        list[i].count = (uint32_t)count;
    }
    if (!err)
        qsort(list, n, sizeof *list, by_topic);
    for (size_t i = 0; i < n && !err; i++)
        err = t->each(t->arg, &list[i]);
    free(list);
    return err;
}

int redis_each_arrivals(struct store *s, int (*each)(void *arg, const struct burst_row *row),
                        void *arg)
{
    struct step_to to = {each, arg};
    struct redis_walk w;

    redis_walk_start(&w, "step", "steps", false);
    return redis_walk_each((struct redis *)s, &w, SIZE_MAX, step_row, &to);
}

/* What a source's hash holds: s, p, m, n, t, from element `at` on. Those of before n and t lack
 * them. */
static int read_source(struct str id, const redisReply *row, size_t at, struct arena *arena,
                       struct store_source *out)
{
    *out = (struct store_source){.id = id};
    if (row->elements != at + 5 || row->element[at]->type != REDIS_REPLY_STRING)
        return ERR_CORRUPT;
    int err = codec_read_source(redis_str(row->element[at]), redis_str(row->element[at + 1]),
                                redis_str(row->element[at + 2]), arena, out);
    if (!err)
        err = codec_read_source_time(redis_str(row->element[at + 3]), &out->moved_at);
    return err ? err : codec_read_source_time(redis_str(row->element[at + 4]), &out->since);
}

struct source_to {
    int (*each)(void *arg, const struct store_source *src);
    void *arg;
    struct arena *arena;
};

static int source_row(const redisReply *row, void *to)
{
    const struct source_to *t = to;
    struct store_source src;

    arena_reset(t->arena);
    int err = read_source(redis_str(row->element[0]), row, 1, t->arena, &src);
    return err ? err : t->each(t->arg, &src);
}

int redis_each_source(struct store *s, int (*each)(void *arg, const struct store_source *src),
                      void *arg)
{
    struct source_to to = {each, arg, arena_new()};
    struct redis_walk w;

    if (!to.arena)
        return ERR_NOMEM;
    redis_walk_start(&w, "source", "sources", false);
    int err = redis_walk_each((struct redis *)s, &w, SIZE_MAX, source_row, &to);
    arena_free(to.arena);
    return err;
}

int redis_source(struct store *s, struct str id,
                 int (*each)(void *arg, const struct store_source *src), void *arg)
{
    struct redis *r = (struct redis *)s;
    struct arena *arena = arena_new();
    struct redis_args a = {0};
    struct store_source src;
    redisReply *reply;

    redis_begin(&a, "HMGET");
    redis_put_key(r, &a, "source:", id);
    redis_put_text(&a, "s");
    redis_put_text(&a, "p");
    redis_put_text(&a, "m");
    redis_put_text(&a, "n");
    redis_put_text(&a, "t");
    int err = arena ? redis_ask(r, &a, REDIS_REPLY_ARRAY, false, &reply) : ERR_NOMEM;
    redis_args_free(&a);
    if (!err) {
        bool there = reply->elements && reply->element[0]->type == REDIS_REPLY_STRING;
        err = there ? read_source(id, reply, 0, arena, &src) : ERR_NOTFOUND;
        freeReplyObject(reply);
        if (!err)
            err = each(arg, &src);
    }
    arena_free(arena);
    return err;
}

struct added_to {
    int (*each)(void *arg, const struct source *source);
    void *arg;
    struct arena *arena;
};

static int added_row(const redisReply *row, void *to)
{
    const struct added_to *t = to;
    struct source source;

    if (row->elements != 2)
        return ERR_CORRUPT;
    arena_reset(t->arena);
    int err = codec_read_added(redis_str(row->element[1]), t->arena, &source);
    return err ? err : t->each(t->arg, &source);
}

int redis_each_added(struct store *s, int (*each)(void *arg, const struct source *source),
                     void *arg)
{
    struct added_to to = {each, arg, arena_new()};
    struct redis_walk w;

    if (!to.arena)
        return ERR_NOMEM;
    redis_walk_start(&w, "added", "additions", false);
    int err = redis_walk_each((struct redis *)s, &w, SIZE_MAX, added_row, &to);
    arena_free(to.arena);
    return err;
}
