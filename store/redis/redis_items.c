/* Items: what they are known by, their words, and the sets that lead to them. */
#include "store/redis/redis.h"
#include "store/redis/redis_reads.h"
#include "store/redis/redis_walk.h"

#include "base/err.h"
#include "store/codec.h"

enum {
    LOOKED_UP = 1000, /* look-ups sent in one go */
    WORDS_AT_ONCE = 512,
    WORDS_ROWS = 3 /* the first of them */
};

static struct str ident_str(const unsigned char *ident)
{
    return (struct str){(const char *)ident, STORE_IDENT};
}

static void put_head(struct redis *r, struct redis_args *a, struct str ident)
{
    redis_begin(a, "GETRANGE");
    redis_put_key(r, a, "i:", ident);
    redis_put_number(a, 0);
    redis_put_number(a, CODEC_HEAD - 1);
}

/* The heads of n idents (n <= LOOKED_UP), into those of `out` that they are for. */
static int read_heads(struct redis *r, const struct str *idents, struct store_seen *const *out,
                      size_t n)
{
    redisReply *replies[LOOKED_UP];
    struct redis_args a = {0};

    if (!n)
        return 0;
    for (size_t i = 0; i < n; i++)
        put_head(r, &a, idents[i]);
    int err = redis_read(r, &a, replies, n);
    redis_args_free(&a);
    if (err)
        return err;
    for (size_t i = 0; i < n; i++) {
        struct str head = redis_str(replies[i]);
        if (replies[i]->type != REDIS_REPLY_STRING) /* of what is not there it is an empty one */
            err = ERR_CORRUPT;
        if (head.n && !err)
            err = codec_read_seen(head, out[i]);
        if (head.n && !err)
            memcpy(out[i]->ident, idents[i].p, STORE_IDENT);
        freeReplyObject(replies[i]);
    }
    return err;
}

int redis_seen(struct store *s, const unsigned char (*idents)[STORE_IDENT], size_t n,
               struct store_seen *out)
{
    int err = 0;

    for (size_t at = 0; at < n && !err; at += LOOKED_UP) {
        size_t some = n - at < LOOKED_UP ? n - at : LOOKED_UP;
        struct str names[LOOKED_UP];
        struct store_seen *to[LOOKED_UP];
        for (size_t i = 0; i < some; i++) {
            names[i] = ident_str(idents[at + i]);
            to[i] = &out[at + i];
            *to[i] = (struct store_seen){0};
            memcpy(to[i]->ident, idents[at + i], STORE_IDENT);
        }
        err = read_heads((struct redis *)s, names, to, some);
    }
    return err;
}

/* The idents that n aliases stand for; the reply holds what they point to. */
static int read_aliases(struct redis *r, const uint64_t *aliases, size_t n, redisReply **reply)
{
    struct redis_args a = {0};
    struct buf raw = BUF_INIT;

    redis_begin(&a, "HMGET");
    redis_put_key(r, &a, "aliases", STR_NONE);
    for (size_t i = 0; i < n; i++) {
        buf_reset(&raw);
        buf_add_u64(&raw, aliases[i]);
        redis_put_str(&a, buf_str(&raw));
    }
    a.values.failed |= !buf_ok(&raw);
    buf_free(&raw);
    int err = redis_ask(r, &a, REDIS_REPLY_ARRAY, false, reply);
    redis_args_free(&a);
    if (!err && (*reply)->elements != n) {
        freeReplyObject(*reply);
        err = ERR_CORRUPT;
    }
    return err;
}

/* Of some pairs, the alias of that place. */
static int look_up(struct redis *r, const uint64_t (*aliases)[2], size_t n, size_t place,
                   struct store_seen *out)
{
    uint64_t names[LOOKED_UP];
    struct store_seen *to[LOOKED_UP];
    struct str idents[LOOKED_UP];
    size_t asked = 0, found = 0;
    redisReply *reply;

    for (size_t i = 0; i < n; i++)
        if (!out[i].found && aliases[i][place]) {
            to[asked] = &out[i];
            names[asked++] = aliases[i][place];
        }
    int err = asked ? read_aliases(r, names, asked, &reply) : 0;
    if (err || !asked)
        return err;
    for (size_t i = 0; i < asked; i++) {
        struct str ident = redis_str(reply->element[i]);
        if (reply->element[i]->type == REDIS_REPLY_NIL)
            continue;
        if (ident.n != STORE_IDENT)
            err = ERR_CORRUPT;
        to[found] = to[i];
        idents[found++] = ident;
    }
    if (!err)
        err = read_heads(r, idents, to, found);
    freeReplyObject(reply);
    return err;
}

int redis_seen_as(struct store *s, const uint64_t (*aliases)[2], size_t n, struct store_seen *out)
{
    int err = 0;

    for (size_t at = 0; at < n && !err; at += LOOKED_UP)
        for (size_t place = 0; place < 2 && !err; place++)
            err = look_up((struct redis *)s, aliases + at, n - at < LOOKED_UP ? n - at : LOOKED_UP,
                          place, out + at);
    return err;
}

int redis_item(struct store *s, const unsigned char *ident,
               int (*each)(void *arg, const struct store_item *item), void *arg)
{
    struct redis *r = (struct redis *)s;
    struct redis_args a = {0};
    struct store_item item;
    redisReply *reply;

    redis_begin(&a, "GET");
    redis_put_key(r, &a, "i:", ident_str(ident));
    int err = redis_ask(r, &a, REDIS_REPLY_STRING, true, &reply);
    redis_args_free(&a);
    if (err)
        return err;
    err = reply->type == REDIS_REPLY_NIL ? ERR_NOTFOUND
                                         : codec_read_item(redis_str(reply), NULL, &item);
    if (!err) {
        memcpy(item.ident, ident, STORE_IDENT);
        err = each(arg, &item);
    }
    freeReplyObject(reply);
    return err;
}

/* What words.lua gives: the new tail, how many it got past, then [record, is it new] each. */
static int hand_out_words(const redisReply *rows, struct store_tail *tail,
                          int (*each)(void *arg, const struct store_words *words), void *arg)
{
    struct store_tail to = *tail;

    if (rows->elements < WORDS_ROWS || !redis_number(redis_str(rows->element[0]), &to.item) ||
        !redis_number(redis_str(rows->element[1]), &to.change))
        return ERR_CORRUPT;
    for (size_t i = WORDS_ROWS; i < rows->elements; i++) {
        const redisReply *row = rows->element[i];
        struct store_item item;
        int err = row->elements == 2 ? codec_read_item(redis_str(row->element[0]), NULL, &item)
                                     : ERR_CORRUPT;
        if (err)
            return err;
        struct store_words w = {codec_item_number(redis_str(row->element[0])), item.expires,
                                item.title, item.text};
        err = each(arg, &w);
        if (err)
            return err;
    }
    *tail = to;
    return (int)rows->element[2]->integer;
}

int redis_words_after(struct store *s, struct store_tail *tail, size_t max,
                      int (*each)(void *arg, const struct store_words *words), void *arg)
{
    struct redis *r = (struct redis *)s;
    struct redis_args a = {0};
    redisReply *rows;
    int err = redis_ready(r);

    if (err || !max)
        return err;
    redis_begin_script(r, &a, SCRIPT_WORDS);
    redis_put_number(&a, tail->item);
    redis_put_number(&a, tail->change);
    redis_put_number(&a, max < WORDS_AT_ONCE ? max : WORDS_AT_ONCE);
    err = redis_ask(r, &a, REDIS_REPLY_ARRAY, false, &rows);
    redis_args_free(&a);
    if (err)
        return err;
    int n = hand_out_words(rows, tail, each, arg);
    freeReplyObject(rows);
    return n;
}

/* Item of a row [member, record]; the member ends in its ident. */
static int row_item(const redisReply *row, struct store_item *item)
{
    struct str member = redis_str(row->element[0]);

    if (row->elements != 2 || member.n < STORE_IDENT)
        return ERR_CORRUPT;
    int err = codec_read_item(redis_str(row->element[1]), NULL, item);
    memcpy(item->ident, member.p + member.n - STORE_IDENT, STORE_IDENT);
    return err;
}

struct item_to {
    int (*each)(void *arg, const struct store_item *item);
    void *arg;
    struct store_place *place; /* of the last one that `each` was called with; or NULL */
};

static int item_row(const redisReply *row, void *to)
{
    const struct item_to *t = to;
    struct store_item item;
    int err = row_item(row, &item);

    if (!err && t->place)
        *t->place = (struct store_place){item.expires,
                                         codec_item_number(redis_str(row->element[1]))};
    return err ? err : t->each(t->arg, &item);
}

int redis_each_text(struct store *s, struct store_place *place, size_t max,
                    int (*each)(void *arg, const struct store_item *item), void *arg)
{
    struct item_to to = {each, arg, place};
    struct redis_walk w;

    redis_walk_start(&w, "item", "texts", false);
    if (place->id) { /* behind it: past all members that begin so */
        buf_reset(&w.from);
        buf_add_char(&w.from, '(');
        codec_order_time(&w.from, place->expires);
        codec_order(&w.from, place->id + 1);
    }
    return redis_walk_each((struct redis *)s, &w, max, item_row, &to);
}

int redis_each_doubt(struct store *s, size_t max,
                     int (*each)(void *arg, const struct store_item *item), void *arg)
{
    struct item_to to = {each, arg, NULL};
    struct redis_walk w;

    redis_walk_start(&w, "item", "doubt", true);
    return redis_walk_each((struct redis *)s, &w, max, item_row, &to);
}

int redis_texts(struct store *s, uint64_t *out)
{
    struct redis *r = (struct redis *)s;
    struct redis_args a = {0};
    redisReply *reply;

    redis_begin(&a, "ZCARD");
    redis_put_key(r, &a, "texts", STR_NONE);
    int err = redis_ask(r, &a, REDIS_REPLY_INTEGER, false, &reply);
    redis_args_free(&a);
    *out = err ? 0 : (uint64_t)reply->integer;
    if (!err)
        freeReplyObject(reply);
    return err;
}

static void walk_concern(struct redis_walk *w, const char *kind, uint64_t concern, bool falling)
{
    redis_walk_start(w, kind, "of:", falling);
    codec_order(&w->set, concern);
}

int redis_concern_items(struct store *s, uint64_t concern, size_t limit,
                        int (*each)(void *arg, const struct store_item *item), void *arg)
{
    struct item_to to = {each, arg, NULL};
    struct redis_walk w;

    walk_concern(&w, "item", concern, true);
    return redis_walk_each((struct redis *)s, &w, limit, item_row, &to);
}

struct member {
    int (*each)(void *arg, const struct store_item *item);
    void *arg;
};

/* What store_each_member() promises, and no more. */
static int hand_on(void *arg, const struct store_item *item)
{
    const struct member *m = arg;
    struct store_item few = {.concern = item->concern, .found = item->found,
                             .source = item->source};

    memcpy(few.ident, item->ident, STORE_IDENT);
    memcpy(few.sketch, item->sketch, sizeof few.sketch);
    return m->each(m->arg, &few);
}

int redis_each_member(struct store *s, uint64_t concern,
                      int (*each)(void *arg, const struct store_item *item), void *arg)
{
    struct member m = {each, arg};
    struct redis_walk w;

    walk_concern(&w, "member", concern, false);
    return redis_walk_each((struct redis *)s, &w, SIZE_MAX, item_row,
                           &(struct item_to){hand_on, &m, NULL});
}
