/* A batch's items as commit.lua takes them: the new ones with their numbers, in lists that it hands
 * on to commands as they are, then those that are edited. What it makes or takes apart itself costs
 * Redis a string of Lua, each byte of which is hashed. */
#include <stdlib.h>

#include "base/err.h"
#include "store/codec.h"
#include "store/redis/redis.h"

enum {
    CHUNK = 4096, /* idents in a string of `numbers` */
    NUMBER = 8, TIME = 8, DOUBT = 2, /* bytes in a record, and where they stand */
    FOUND_AT = 16, EXPIRES_AT = 24, DOUBT_AT = 32, WORDS_AT = 54
};

/* The new items one after the other, each with its record. */
struct new {
    const struct store_batch *batch;
    const struct redis *r;
    size_t at, count; /* in the batch; of those that were handed out */
    struct str record;
    const struct store_item *item;
};

static int by_ident(const void *a, const void *b)
{
    const struct store_item *const *x = a, *const *y = b;
    int order = memcmp((*x)->ident, (*y)->ident, STORE_IDENT);

    return order ? order : (*x > *y) - (*x < *y);
}

/* A new item that the batch has before, new or not. */
static int refuse_twice(const struct store_batch *batch)
{
    const struct store_item **list = calloc(batch->nitems + 1, sizeof *list);
    int err = 0;

    if (!list)
        return ERR_NOMEM;
    for (size_t i = 0; i < batch->nitems; i++)
        list[i] = &batch->items[i];
    qsort(list, batch->nitems, sizeof *list, by_ident);
    for (size_t i = 1; i < batch->nitems && !err; i++)
        if (!list[i]->update && !memcmp(list[i]->ident, list[i - 1]->ident, STORE_IDENT))
            err = ERR_EXISTS;
    free(list);
    return err;
}

int redis_items_begin(struct redis *r, const struct store_batch *batch)
{
    buf_reset(&r->records);
    buf_reset(&r->ends);
    for (size_t i = 0; i < batch->nitems; i++) {
        if (batch->items[i].update)
            continue;
        codec_item(&batch->items[i], &r->records);
        buf_add(&r->ends, &r->records.len, sizeof r->records.len);
    }
    return buf_ok(&r->records) && buf_ok(&r->ends) ? refuse_twice(batch) : ERR_NOMEM;
}

static bool next(struct new *w)
{
    while (w->at < w->batch->nitems && w->batch->items[w->at].update)
        w->at++;
    if (w->at == w->batch->nitems)
        return false;
    size_t from = 0, to;
    if (w->count)
        memcpy(&from, w->r->ends.data + (w->count - 1) * sizeof from, sizeof from);
    memcpy(&to, w->r->ends.data + w->count * sizeof to, sizeof to);
    w->record = (struct str){w->r->records.data + from, to - from};
    w->item = &w->batch->items[w->at++];
    w->count++;
    return true;
}

/* Number them from those on that there are. */
static void number(struct redis *r, const struct store_batch *batch)
{
    struct new w = {.batch = batch, .r = r};
    struct buf bytes = BUF_INIT;

    for (uint64_t items = r->items; next(&w); buf_reset(&bytes)) {
        codec_order(&bytes, ++items);
        if (buf_ok(&bytes))
            memcpy(r->records.data + (w.record.p - r->records.data), bytes.data, NUMBER);
        r->records.failed |= !buf_ok(&bytes);
    }
    buf_free(&bytes);
}

static void put_records(struct redis *r, const struct store_batch *batch, struct redis_args *a)
{
    struct new w = {.batch = batch, .r = r};

    redis_put_number(a, r->ends.len / sizeof(size_t));
    while (next(&w)) {
        redis_put_key(r, a, "i:", (struct str){(const char *)w.item->ident, STORE_IDENT});
        redis_put_str(a, w.record);
    }
}

/* Begin a call of `command` with so many values. */
static void begin_many(struct redis_args *a, const char *command, struct str key, size_t n)
{
    redis_put_text(a, "many");
    redis_put_text(a, command);
    redis_put_str(a, key);
    redis_put_number(a, n);
}

/* The idents, where they are found by their numbers. */
static void put_numbers(struct redis *r, const struct store_batch *batch, struct redis_args *a)
{
    struct new w = {.batch = batch, .r = r};
    struct buf idents = BUF_INIT, chunk = BUF_INIT;
    uint64_t items = r->items;
    bool more = next(&w);

    while (more) {
        buf_reset(&chunk);
        buf_addf(&chunk, "numbers:%ju", (uintmax_t)(items / CHUNK));
        buf_reset(&idents);
        do {
            buf_add(&idents, w.item->ident, STORE_IDENT);
            items++;
            more = next(&w);
        } while (more && items % CHUNK);
        begin_many(a, "APPEND", buf_str(&chunk), 1);
        redis_put_str(a, buf_str(&idents));
        a->values.failed |= !buf_ok(&idents) || !buf_ok(&chunk);
    }
    buf_free(&idents);
    buf_free(&chunk);
}

/* Member of a set: so many bytes of the record, by which it is ordered, the number, the ident. */
static void put_member(struct redis_args *a, const struct new *w, size_t at, size_t bytes)
{
    char member[TIME + NUMBER + STORE_IDENT];

    memcpy(member, w->record.p + at, bytes);
    memcpy(member + bytes, w->record.p, NUMBER);
    memcpy(member + bytes + NUMBER, w->item->ident, STORE_IDENT);
    redis_put(a, member, bytes + NUMBER + STORE_IDENT);
}

static bool has_words(const struct new *w)
{
    static const char none[NUMBER];

    return memcmp(w->record.p + WORDS_AT, none, sizeof none) != 0;
}

static void put_texts(struct redis *r, const struct store_batch *batch, struct redis_args *a)
{
    struct new w = {.batch = batch, .r = r};
    size_t n = 0;

    while (next(&w))
        n += has_words(&w);
    if (!n)
        return;
    begin_many(a, "ZADD", STR("texts"), 2 * n);
    for (w = (struct new){.batch = batch, .r = r}; next(&w);)
        if (has_words(&w)) {
            redis_put_text(a, "0");
            put_member(a, &w, EXPIRES_AT, TIME);
        }
}

static void put_aliases(struct redis *r, const struct store_batch *batch, struct redis_args *a)
{
    struct new w = {.batch = batch, .r = r};
    size_t n = 0;

    while (next(&w))
        n += (w.item->aliases[0] != 0) + (w.item->aliases[1] != 0);
    if (!n)
        return;
    begin_many(a, "HSET", STR("aliases"), 2 * n);
    for (w = (struct new){.batch = batch, .r = r}; next(&w);)
        for (size_t i = 0; i < 2; i++) {
            if (!w.item->aliases[i])
                continue;
            buf_reset(&r->scratch);
            buf_add_u64(&r->scratch, w.item->aliases[i]);
            a->values.failed |= !buf_ok(&r->scratch);
            redis_put_str(a, buf_str(&r->scratch));
            redis_put(a, w.item->ident, STORE_IDENT);
        }
}

/* Among those of its concern: items of one concern next to each other go in one call. */
static void put_concerns(struct redis *r, const struct store_batch *batch, struct redis_args *a)
{
    struct new w = {.batch = batch, .r = r}, ahead;
    bool more = next(&w);
    char key[3 + NUMBER] = "of:";

    while (more) {
        uint64_t concern = w.item->concern;
        size_t n = 0;
        ahead = w;
        do
            n++;
        while (next(&ahead) && ahead.item->concern == concern);
        if (concern) {
            memcpy(key + 3, w.record.p + NUMBER, NUMBER);
            begin_many(a, "ZADD", (struct str){key, sizeof key}, 2 * n);
        }
        for (; n; n--, more = next(&w))
            if (concern) {
                redis_put_text(a, "0");
                put_member(a, &w, FOUND_AT, TIME);
            }
    }
}

static void put_doubts(struct redis *r, const struct store_batch *batch, struct redis_args *a)
{
    struct new w = {.batch = batch, .r = r};

    while (next(&w))
        if (w.item->doubt && has_words(&w)) {
            redis_put_text(a, "doubt");
            redis_put(a, w.item->ident, STORE_IDENT);
            put_member(a, &w, DOUBT_AT, DOUBT);
        }
}

void redis_put_new(struct redis *r, const struct store_batch *batch, struct redis_args *a)
{
    number(r, batch);
    redis_put_number(a, r->items);
    put_records(r, batch, a);
    put_numbers(r, batch, a);
    put_texts(r, batch, a);
    put_aliases(r, batch, a);
    put_concerns(r, batch, a);
    put_doubts(r, batch, a);
    a->values.failed |= !buf_ok(&r->records);
}

static void put_edit(const struct store_item *item, struct redis_args *a, struct buf *scratch)
{
    redis_put_text(a, "edit");
    redis_put(a, item->ident, STORE_IDENT);
    codec_item(item, scratch);
    struct str record = buf_str(scratch);
    a->values.failed |= !buf_ok(scratch);
    if (record.n > NUMBER) /* it has one */
        record = (struct str){record.p + NUMBER, record.n - NUMBER};
    redis_put_str(a, record);
    buf_reset(scratch);
    for (size_t i = 0; i < 2; i++)
        if (item->aliases[i])
            buf_add_u64(scratch, item->aliases[i]);
    a->values.failed |= !buf_ok(scratch);
    redis_put_str(a, buf_str(scratch));
    buf_reset(scratch);
}

void redis_put_edits(const struct store_batch *batch, struct redis_args *a, struct buf *scratch)
{
    for (size_t i = 0; i < batch->nitems; i++)
        if (batch->items[i].update)
            put_edit(&batch->items[i], a, scratch);
}
