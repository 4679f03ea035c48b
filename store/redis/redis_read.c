/* Numbers, the tails, and walks over sets. */
#include "store/redis/redis.h"
#include "store/redis/redis_reads.h"

#include <stdlib.h>

#include "base/err.h"
#include "store/codec.h"

enum { CHUNK = 256 }; /* events read in one go */

bool redis_number(struct str text, uint64_t *out)
{
    uint64_t v = 0;

    if (!text.n || text.n > 20)
        return false;
    for (size_t i = 0; i < text.n; i++) {
        unsigned digit = (unsigned)(text.p[i] - '0');
        if (digit > 9 || v > (UINT64_MAX - digit) / 10)
            return false;
        v = 10 * v + digit;
    }
    *out = v;
    return true;
}

/* A number in a hash; 0 when it is not there. */
static int hash_number(struct redis *r, const char *key, struct str field, uint64_t *out)
{
    struct redis_args a = {0};
    redisReply *reply;

    *out = 0;
    redis_begin(&a, "HGET");
    redis_put_key(r, &a, key, STR_NONE);
    redis_put_str(&a, field);
    int err = redis_ask(r, &a, REDIS_REPLY_STRING, true, &reply);
    redis_args_free(&a);
    if (err)
        return err;
    if (reply->type == REDIS_REPLY_STRING && !redis_number(redis_str(reply), out))
        err = ERR_CORRUPT;
    freeReplyObject(reply);
    return err;
}

int redis_head(struct store *s, uint64_t *out)
{
    struct redis *r = (struct redis *)s;

    if (!r->base.writer)
        return hash_number(r, "meta", STR("head"), out);
    int err = redis_ready(r);
    *out = err ? 0 : r->head;
    return err;
}

static int by_unit(const void *unit, const void *head)
{
    return strcmp(unit, ((const struct check_head *)head)->unit);
}

static struct check_head *find_unit(const struct redis *r, const char *unit)
{
    return r->units.count ? bsearch(unit, r->units.list, r->units.count, sizeof *r->units.list,
                                    by_unit)
                          : NULL;
}

int redis_unit_head(struct store *s, const char *unit, uint64_t *out)
{
    struct redis *r = (struct redis *)s;

    if (!r->base.writer)
        return hash_number(r, "units", str_from(unit), out);
    int err = redis_ready(r);
    const struct check_head *at = err ? NULL : find_unit(r, unit);
    *out = at ? at->head : 0;
    return err;
}

/* Room for one more. */
static bool grow(struct check_heads *h)
{
    if (h->count < h->cap)
        return true;
    size_t cap = h->cap ? 2 * h->cap : 64;
    struct check_head *grown = reallocarray(h->list, cap, sizeof *grown);
    if (!grown)
        return false;
    h->list = grown;
    h->cap = cap;
    return true;
}

bool redis_set_unit(struct redis *r, const struct event_audience *to)
{
    struct check_head *at = find_unit(r, to->unit);
    size_t i = r->units.count;

    if (at) {
        at->head = to->unitseq;
        return true;
    }
    if (!grow(&r->units))
        return false;
    while (i && strcmp(r->units.list[i - 1].unit, to->unit) > 0)
        i--;
    at = &r->units.list[i];
    memmove(at + 1, at, (r->units.count++ - i) * sizeof *at);
    *at = (struct check_head){.head = to->unitseq};
    memcpy(at->unit, to->unit, sizeof at->unit);
    return true;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct check_head *)a)->unit, ((const struct check_head *)b)->unit);
}

static int take_units(const redisReply *units, struct check_heads *out)
{
    for (size_t i = 0; i + 1 < units->elements; i += 2) {
        struct str name = redis_str(units->element[i]);
        if (!grow(out))
            return ERR_NOMEM;
        struct check_head *to = &out->list[out->count];
        *to = (struct check_head){0};
        if (name.n >= sizeof to->unit ||
            !redis_number(redis_str(units->element[i + 1]), &to->head))
            return ERR_CORRUPT;
        memcpy(to->unit, name.p, name.n);
        out->count++;
    }
    if (out->count)
        qsort(out->list, out->count, sizeof *out->list, by_name);
    return 0;
}

static int take_lines(const redisReply *lines, struct check_heads *units)
{
    for (size_t i = 0; i + 1 < lines->elements && units->count; i += 2) {
        struct str name = redis_str(lines->element[i]);
        struct check_head *at = bsearch(name.n ? name.p : "", units->list, units->count,
                                        sizeof *units->list, by_unit);
        if (at)
            at->offline = str_is(redis_str(lines->element[i + 1]), "1");
    }
    return 0;
}

int redis_read_units(struct redis *r, struct check_heads *out)
{
    struct redis_args a = {0};
    redisReply *replies[2];

    *out = (struct check_heads){0};
    redis_begin(&a, "HGETALL");
    redis_put_key(r, &a, "units", STR_NONE);
    redis_begin(&a, "HGETALL");
    redis_put_key(r, &a, "lines", STR_NONE);
    int err = redis_read(r, &a, replies, 2);
    redis_args_free(&a);
    if (err)
        return err;
    err = replies[0]->type == REDIS_REPLY_ARRAY && replies[1]->type == REDIS_REPLY_ARRAY
              ? take_units(replies[0], out)
              : ERR_CORRUPT;
    if (!err)
        err = take_lines(replies[1], out);
    freeReplyObject(replies[0]);
    freeReplyObject(replies[1]);
    if (err)
        check_free(out);
    return err;
}

int redis_each_unit(struct store *s,
                    int (*each)(void *arg, const char *unit, uint64_t head, bool offline),
                    void *arg)
{
    struct check_heads units;
    int err = redis_read_units((struct redis *)s, &units);

    for (size_t i = 0; !err && i < units.count; i++)
        err = each(arg, units.list[i].unit, units.list[i].head, units.list[i].offline);
    check_free(&units);
    return err;
}

int redis_published(struct store *s, uint64_t *out)
{
    return hash_number((struct redis *)s, "meta", STR("published"), out);
}

int redis_rules(struct store *s, uint64_t *out)
{
    return hash_number((struct redis *)s, "meta", STR("rules"), out);
}

int redis_cursor(struct store *s, const char *unit, const char *receiver, uint64_t *out)
{
    struct buf field = BUF_INIT;

    buf_add_text(&field, unit);
    buf_add_char(&field, '\0');
    buf_add_text(&field, receiver);
    int err = buf_ok(&field) ? hash_number((struct redis *)s, "cursors", buf_str(&field), out)
                             : ERR_NOMEM;
    buf_free(&field);
    return err;
}

int redis_counts(struct store *s, struct store_counts *out)
{
    static const char *const fields[] = {"items", "concerns", "open", "overdue", "head",
                                         "answers0", "answers1", "answers2",
                                         "reopened0", "reopened1", "reopened2",
                                         "forgotten", "forgotten_before"};
    uint64_t before = 0;
    uint64_t *const to[] = {&out->items, &out->concerns, &out->open, &out->overdue, &out->events,
                            &out->answers[0], &out->answers[1], &out->answers[2],
                            &out->reopened[0], &out->reopened[1], &out->reopened[2],
                            &out->forgotten, &before};
    struct redis *r = (struct redis *)s;
    struct redis_args a = {0};
    redisReply *reply;

    _Static_assert(SCOPES == 3 && REOPENINGS == 3, "as many fields of each");
    redis_begin(&a, "HMGET");
    redis_put_key(r, &a, "meta", STR_NONE);
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
        redis_put_text(&a, fields[i]);
    int err = redis_ask(r, &a, REDIS_REPLY_ARRAY, false, &reply);
    redis_args_free(&a);
    if (err)
        return err;
    if (reply->elements != sizeof fields / sizeof *fields)
        err = ERR_CORRUPT;
    else if (reply->element[0]->type == REDIS_REPLY_NIL) /* every store has it: there is none */
        err = ERR_AGAIN;
    for (size_t i = 0; i < reply->elements && !err; i++)
        if (reply->element[i]->type != REDIS_REPLY_NIL &&
            !redis_number(redis_str(reply->element[i]), to[i]))
            err = ERR_CORRUPT;
    out->forgotten_before = (int64_t)before;
    freeReplyObject(reply);
    return err;
}

int redis_events_after(struct store *s, uint64_t after, struct event *out, size_t max)
{
    struct redis *r = (struct redis *)s;
    struct redis_args a = {0};
    struct buf from = BUF_INIT;
    redisReply *reply;

    if (after > INT64_MAX)
        return 0;
    buf_addf(&from, "(%ju-0", (uintmax_t)after);
    redis_begin(&a, "XRANGE");
    redis_put_key(r, &a, "events", STR_NONE);
    redis_put_str(&a, buf_str(&from));
    redis_put_text(&a, "+");
    redis_put_text(&a, "COUNT");
    redis_put_number(&a, max);
    a.values.failed |= !buf_ok(&from);
    buf_free(&from);
    int err = redis_ask(r, &a, REDIS_REPLY_ARRAY, true, &reply);
    redis_args_free(&a);
    if (err)
        return err;
    size_t n = reply->elements < max ? reply->elements : max;
    for (size_t i = 0; i < n && !err; i++) {
        const redisReply *entry = reply->element[i]; /* [id, [field, value]] */
        bool whole = entry->elements == 2 && entry->element[1]->elements == 2;
        err = whole ? codec_read_event(redis_str(entry->element[1]->element[1]), &out[i])
                    : ERR_CORRUPT;
    }
    freeReplyObject(reply);
    return err ? err : (int)n;
}

/* Of tail.lua: how many, or an error. */
static int tail(struct redis *r, const char *kind, struct str name, uint64_t after,
                struct event *out, size_t max)
{
    struct redis_args a = {0};
    redisReply *reply;
    int err = redis_ready(r);

    if (err)
        return err;
    redis_begin_script(r, &a, SCRIPT_TAIL);
    redis_put_text(&a, kind);
    redis_put_str(&a, name);
    redis_put_number(&a, after);
    redis_put_number(&a, max);
    err = redis_ask(r, &a, REDIS_REPLY_ARRAY, false, &reply);
    redis_args_free(&a);
    if (err)
        return err;
    size_t n = reply->elements < max ? reply->elements : max;
    for (size_t i = 0; i < n && !err; i++)
        err = codec_read_event(redis_str(reply->element[i]), &out[i]);
    freeReplyObject(reply);
    return err ? err : (int)n;
}

int redis_unit_events_after(struct store *s, const char *unit, uint64_t after, struct event *out,
                            size_t max)
{
    if (after > INT64_MAX || !max)
        return 0;
    return tail((struct redis *)s, "unit", str_from(unit), after, out, max);
}

int redis_concern_events(struct store *s, uint64_t concern,
                         int (*each)(void *arg, const struct event *e), void *arg)
{
    struct event *chunk = calloc(CHUNK, sizeof *chunk);
    struct buf id = BUF_INIT;
    uint64_t past = 0;
    int err = chunk && !buf_add_decimal(&id, concern) ? 0 : ERR_NOMEM, n = CHUNK;

    while (!err && n == CHUNK) {
        n = tail((struct redis *)s, "concern", buf_str(&id), past, chunk, CHUNK);
        err = n < 0 ? n : 0;
        for (int i = 0; i < n && !err; i++)
            err = each(arg, &chunk[i]);
        past += n > 0 ? (uint64_t)n : 0;
    }
    free(chunk);
    buf_free(&id);
    return err;
}
