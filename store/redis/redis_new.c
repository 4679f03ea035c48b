/* The new items of a batch as plain commands: records, numbers, and the sets that lead to them. */
#include "store/redis/redis_plain.h"

#include <stdlib.h>

#include "base/err.h"
#include "store/codec.h"

enum {
    CHUNK = 4096, /* idents in a string of `numbers` */
    NUMBER = 8, TIME = 8, DOUBT = 2, /* bytes in a record, and where they stand */
    FOUND_AT = 16, EXPIRES_AT = 24, DOUBT_AT = 32, WORDS_AT = 54
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
    const struct store_item **list = calloc(batch->nitems, sizeof *list);
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

int redis_plain_begin(struct redis *r, const struct store_batch *batch)
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

bool redis_new_next(struct redis_new *w)
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

void redis_put_item_key(struct redis *r, struct redis_args *a, const unsigned char *ident)
{
    redis_put_key(r, a, "i:", (struct str){(const char *)ident, STORE_IDENT});
}

/* Member of a set: so many bytes of the record, by which it is ordered, the number, the ident. */
static void put_member(struct redis_args *a, const struct redis_new *w, size_t at, size_t bytes)
{
    char member[TIME + NUMBER + STORE_IDENT];

    memcpy(member, w->record.p + at, bytes);
    memcpy(member + bytes, w->record.p, NUMBER);
    memcpy(member + bytes + NUMBER, w->item->ident, STORE_IDENT);
    redis_put_text(a, "0");
    redis_put(a, member, bytes + NUMBER + STORE_IDENT);
}

static bool has_words(const struct redis_new *w)
{
    static const char none[NUMBER];

    return memcmp(w->record.p + WORDS_AT, none, sizeof none) != 0;
}

/* Number the items from `items` on, and append the idents where they are found by their numbers:
 * how many commands. */
static size_t put_numbers(struct redis *r, const struct store_batch *batch, uint64_t items,
                          struct redis_args *a)
{
    struct redis_new w = {.batch = batch, .r = r};
    struct buf idents = BUF_INIT, number = BUF_INIT, chunk = BUF_INIT;
    size_t n = 0;
    bool more = redis_new_next(&w);

    while (more) {
        buf_reset(&chunk);
        buf_add_decimal(&chunk, items / CHUNK);
        buf_reset(&idents);
        do {
            buf_reset(&number);
            codec_order(&number, ++items);
            if (buf_ok(&number))
                memcpy(r->records.data + (w.record.p - r->records.data), number.data, NUMBER);
            buf_add(&idents, w.item->ident, STORE_IDENT);
            more = redis_new_next(&w);
        } while (more && items % CHUNK);
        redis_begin(a, "APPEND");
        redis_put_key(r, a, "numbers:", buf_str(&chunk));
        redis_put_str(a, buf_str(&idents));
        a->values.failed |= !buf_ok(&idents) || !buf_ok(&number) || !buf_ok(&chunk);
        n++;
    }
    buf_free(&idents);
    buf_free(&number);
    buf_free(&chunk);
    return n;
}

static size_t put_texts(struct redis *r, const struct store_batch *batch, struct redis_args *a)
{
    struct redis_new w = {.batch = batch, .r = r};
    size_t n = 0;

    while (redis_new_next(&w)) {
        if (!has_words(&w))
            continue;
        if (!n++) {
            redis_begin(a, "ZADD");
            redis_put_key(r, a, "texts", STR_NONE);
        }
        put_member(a, &w, EXPIRES_AT, TIME);
    }
    return n > 0;
}

static size_t put_alias_pairs(struct redis *r, const struct store_batch *batch,
                              struct redis_args *a)
{
    struct redis_new w = {.batch = batch, .r = r};
    size_t n = 0;

    while (redis_new_next(&w))
        for (size_t i = 0; i < 2; i++) {
            if (!w.item->aliases[i])
                continue;
            if (!n++) {
                redis_begin(a, "HSET");
                redis_put_key(r, a, "aliases", STR_NONE);
            }
            buf_reset(&r->scratch);
            buf_add_u64(&r->scratch, w.item->aliases[i]);
            a->values.failed |= !buf_ok(&r->scratch);
            redis_put_str(a, buf_str(&r->scratch));
            redis_put(a, w.item->ident, STORE_IDENT);
        }
    return n > 0;
}

/* Those in doubt that nobody has judged. */
static size_t put_doubts(struct redis *r, const struct store_batch *batch,
                         const struct redis_ahead *ahead, struct redis_args *a)
{
    struct redis_new w = {.batch = batch, .r = r};
    size_t n = 0, mark = 1;

    while (redis_new_next(&w)) {
        bool judged = false;
        for (size_t i = 0; i < REDIS_JUDGED_BY && w.item->doubt; i++)
            judged |= ahead->of->element[mark++]->type != REDIS_REPLY_NIL;
        if (!w.item->doubt || judged || !has_words(&w))
            continue;
        if (!n++) {
            redis_begin(a, "ZADD");
            redis_put_key(r, a, "doubt", STR_NONE);
        }
        put_member(a, &w, DOUBT_AT, DOUBT);
    }
    return n > 0;
}

/* Among those of its concern: items of one concern next to each other go in one command. */
static size_t put_concerns(struct redis *r, const struct store_batch *batch, struct redis_args *a)
{
    struct redis_new w = {.batch = batch, .r = r};
    uint64_t last = 0;
    size_t n = 0;

    while (redis_new_next(&w)) {
        uint64_t concern = w.item->concern;
        if (concern && concern != last) {
            redis_begin(a, "ZADD");
            redis_put_key(r, a, "of:", (struct str){w.record.p + NUMBER, NUMBER});
            n++;
        }
        if (concern)
            put_member(a, &w, FOUND_AT, TIME);
        last = concern;
    }
    return n;
}

size_t redis_put_new(struct redis *r, const struct store_batch *batch,
                     const struct redis_ahead *ahead, struct redis_args *a)
{
    struct redis_new w = {.batch = batch, .r = r};
    size_t n = put_numbers(r, batch, ahead->items, a);

    redis_begin(a, "MSET");
    while (redis_new_next(&w)) {
        redis_put_item_key(r, a, w.item->ident);
        redis_put_str(a, w.record);
    }
    return n + 1 + put_texts(r, batch, a) + put_alias_pairs(r, batch, a) +
           put_concerns(r, batch, a) + put_doubts(r, batch, ahead, a);
}
