/* What waits for its time: pages and replies; and what was said of verdicts. */
#include "store/redis/redis.h"
#include "store/redis/redis_reads.h"
#include "store/redis/redis_walk.h"

#include <stdlib.h>

#include "base/err.h"
#include "store/codec.h"

/* What comes from the page's item. */
static int add_item(struct str record, struct store_page *page)
{
    struct store_item item;
    int err = codec_read_item(record, NULL, &item);

    page->source = item.source;
    page->link = item.link;
    page->title = item.title;
    page->concern = item.concern;
    page->item_content = item.content;
    page->published = item.published;
    page->raised = item.topic.n && item.kind == VERDICT_RAISED;
    return err;
}

static int hand_out_page(struct str ident, struct str record, struct str bytes,
                         int (*each)(void *arg, const struct store_page *page), void *arg)
{
    struct store_page page = {0};
    int err = ident.n == STORE_IDENT ? codec_read_page(bytes, &page) : ERR_CORRUPT;

    if (!err)
        err = add_item(record, &page);
    if (err)
        return err;
    memcpy(page.ident, ident.p, STORE_IDENT);
    return each(arg, &page);
}

/* Up to and with this time. */
static void walk_due(struct redis_walk *w, const char *kind, const char *set, int64_t now)
{
    redis_walk_start(w, kind, set, false);
    if (now == INT64_MAX)
        return;
    buf_reset(&w->to);
    buf_add_char(&w->to, '(');
    codec_order_time(&w->to, now + 1);
}

struct page_to {
    int (*each)(void *arg, const struct store_page *page);
    void *arg;
};

static int page_row(const redisReply *row, void *to)
{
    const struct page_to *p = to;
    struct str member = redis_str(row->element[0]);

    if (row->elements != 3 || member.n != 8 + STORE_IDENT)
        return ERR_CORRUPT;
    return hand_out_page((struct str){member.p + 8, STORE_IDENT}, redis_str(row->element[1]),
                         redis_str(row->element[2]), p->each, p->arg);
}

int redis_pages_due(struct store *s, int64_t now, size_t max,
                    int (*each)(void *arg, const struct store_page *page), void *arg)
{
    struct page_to to = {each, arg};
    struct redis_walk w;

    walk_due(&w, "page", "pages", now);
    return redis_walk_each((struct redis *)s, &w, max, page_row, &to);
}

int redis_page(struct store *s, const unsigned char *ident,
               int (*each)(void *arg, const struct store_page *page), void *arg)
{
    struct redis *r = (struct redis *)s;
    struct str name = {(const char *)ident, STORE_IDENT};
    struct redis_args a = {0};
    redisReply *replies[2];

    redis_begin(&a, "HGET");
    redis_put_key(r, &a, "page", STR_NONE);
    redis_put_str(&a, name);
    redis_begin(&a, "GET");
    redis_put_key(r, &a, "i:", name);
    int err = redis_read(r, &a, replies, 2);
    redis_args_free(&a);
    if (err)
        return err;
    err = replies[0]->type == REDIS_REPLY_NIL
              ? ERR_NOTFOUND
              : hand_out_page(name, redis_str(replies[1]), redis_str(replies[0]), each, arg);
    freeReplyObject(replies[0]);
    freeReplyObject(replies[1]);
    return err;
}

/* The time that the first member of a set begins with. */
static int first_due(struct store *s, const char *set, uint64_t *out)
{
    struct redis *r = (struct redis *)s;
    struct redis_args a = {0};
    redisReply *reply;

    *out = INT64_MAX;
    redis_begin(&a, "ZRANGE");
    redis_put_key(r, &a, set, STR_NONE);
    redis_put_number(&a, 0);
    redis_put_number(&a, 0);
    int err = redis_ask(r, &a, REDIS_REPLY_ARRAY, false, &reply);
    redis_args_free(&a);
    if (err)
        return err;
    struct str member = reply->elements ? redis_str(reply->element[0]) : STR_NONE;
    if (reply->elements && member.n < 8)
        err = ERR_CORRUPT;
    else if (reply->elements)
        *out = (uint64_t)codec_read_order_time(member.p);
    freeReplyObject(reply);
    return err;
}

int redis_next_page(struct store *s, uint64_t *out)
{
    return first_due(s, "pages", out);
}

int redis_next_reply(struct store *s, uint64_t *out)
{
    return first_due(s, "replies", out);
}

struct reply_to {
    int (*each)(void *arg, const struct store_reply *reply);
    void *arg;
};

static int reply_row(const redisReply *row, void *to)
{
    const struct reply_to *t = to;
    struct str member = redis_str(row->element[0]);
    struct store_reply reply = {0};

    if (row->elements != 3 || member.n != 24)
        return ERR_CORRUPT;
    int err = codec_read_reply(redis_str(row->element[1]), &reply);
    reply.concern = codec_read_order(member.p + 8);
    return err ? err : t->each(t->arg, &reply);
}

int redis_replies_due(struct store *s, int64_t now, size_t max,
                      int (*each)(void *arg, const struct store_reply *reply), void *arg)
{
    struct reply_to to = {each, arg};
    struct redis_walk w;

    walk_due(&w, "reply", "replies", now);
    return redis_walk_each((struct redis *)s, &w, max, reply_row, &to);
}

int redis_replies(struct store *s, uint64_t concern,
                  int (*each)(void *arg, const struct store_reply *reply), void *arg)
{
    struct redis *r = (struct redis *)s;
    struct redis_args a = {0};
    struct buf id = BUF_INIT;
    redisReply *rows;

    redis_begin(&a, "HVALS");
    int err = buf_add_decimal(&id, concern);
    redis_put_key(r, &a, "reply:", buf_str(&id));
    err = err ? err : redis_ask(r, &a, REDIS_REPLY_ARRAY, false, &rows);
    redis_args_free(&a);
    buf_free(&id);
    if (err)
        return err;
    struct store_reply *list = calloc(rows->elements + 1, sizeof *list);
    size_t n = list ? rows->elements : 0;
    err = list ? 0 : ERR_NOMEM;
    for (size_t i = 0; i < n && !err; i++) {
        err = codec_read_reply(redis_str(rows->element[i]), &list[i]);
        list[i].concern = concern;
    }
    freeReplyObject(rows);
    if (!err)
        qsort(list, n, sizeof *list, store_reply_older);
    for (size_t i = 0; i < n && i < STORE_PAGE_MAX && !err; i++)
        err = each(arg, &list[i]);
    free(list);
    return err;
}

struct mark_to {
    int (*each)(void *arg, const struct store_mark *mark);
    void *arg;
};

static int mark_row(const redisReply *row, void *to)
{
    const struct mark_to *m = to;
    struct str member = redis_str(row->element[0]), record;
    struct store_mark mark = {0};
    struct store_item item = {0};

    if (row->elements != 3 || member.n != STORE_IDENT + 1 ||
        (unsigned char)member.p[STORE_IDENT] >= STORE_ASPECTS)
        return ERR_CORRUPT;
    record = redis_str(row->element[2]);
    memcpy(mark.ident, member.p, STORE_IDENT);
    mark.aspect = (uint8_t)member.p[STORE_IDENT];
    int err = codec_read_mark(redis_str(row->element[1]), &mark);
    if (!err && record.n)
        err = codec_read_item(record, NULL, &item);
    if (err)
        return err;
    mark.source = item.source;
    mark.item_topic = item.topic;
    mark.title = item.title;
    mark.text = item.text;
    mark.kind = item.kind;
    mark.request = item.request;
    return m->each(m->arg, &mark);
}

int redis_each_mark(struct store *s, const struct store_mark *from, size_t limit,
                    int (*each)(void *arg, const struct store_mark *mark), void *arg)
{
    struct mark_to to = {each, arg};
    struct redis_walk w;

    redis_walk_start(&w, "mark", "marks", false);
    redis_walk_bound(&w.from, '[', from->ident, STORE_IDENT);
    buf_add_u8(&w.from, from->aspect);
    return redis_walk_each((struct redis *)s, &w, limit, mark_row, &to);
}
