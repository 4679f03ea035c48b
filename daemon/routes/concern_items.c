/* Where a concern was raised, past the newest items, which its own view shows. */
#include "base/err.h"
#include "daemon/http/encoding.h"
#include "daemon/http/json_out.h"
#include "daemon/http/reply.h"
#include "daemon/http/views.h"
#include "daemon/routes/query.h"
#include "daemon/routes/routes.h"

enum { PAGE_DEFAULT = 50, PAGE_MOST = 100, PASSED = 1 };

/* The members go by oldest first; the page is the last of them before the cursor's item. */
struct walk {
    unsigned char idents[PAGE_MOST][STORE_IDENT]; /* a ring */
    unsigned char cursor[STORE_IDENT];
    bool from_cursor;
    size_t limit, seen;
};

static int pass(void *arg, const struct store_item *item)
{
    struct walk *w = arg;

    if (w->from_cursor && !memcmp(item->ident, w->cursor, STORE_IDENT))
        return PASSED;
    memcpy(w->idents[w->seen++ % w->limit], item->ident, STORE_IDENT);
    return 0;
}

struct shown {
    struct buf *b;
    const struct roster *roster;
};

static int put_item(void *arg, const struct store_item *item)
{
    const struct shown *s = arg;

    views_mention(s->b, s->roster, item);
    return 0;
}

static const char *read_query(struct exchange *x, struct walk *w)
{
    const char *cursor = exchange_query(x, "cursor");
    uint64_t limit = PAGE_DEFAULT;

    *w = (struct walk){.from_cursor = cursor != NULL};
    if (query_number(exchange_query(x, "limit"), 1, PAGE_MOST, &limit))
        return "limit 应为 1 到 100 (limit is 1 to 100)";
    if (cursor && !views_item_ident(str_from(cursor), w->cursor))
        return "cursor 应来自上一页的 next_cursor (cursor is a next_cursor of ours)";
    w->limit = (size_t)limit;
    return NULL;
}

static int put_page(struct exchange *x, const struct walk *w, struct buf *b)
{
    struct shown shown = {b, x->side->http->conf.roster};
    size_t n = w->seen < w->limit ? w->seen : w->limit;
    char last[VIEWS_ITEM];
    int err = 0;

    buf_add_text(b, "{\"items\":[");
    for (size_t i = 1; i <= n && !err; i++)
        err = store_item(x->side->reader, w->idents[(w->seen - i) % w->limit], put_item, &shown);
    buf_add_char(b, ']');
    if (w->seen > n)
        json_out_text(b, "next_cursor", views_item_id(w->idents[w->seen % w->limit], last));
    else
        json_out_null(b, "next_cursor");
    buf_add_char(b, '}');
    return err;
}

enum MHD_Result routes_concern_items(struct exchange *x)
{
    struct concern c = {0};
    struct buf b = BUF_INIT;
    enum MHD_Result known;
    struct walk w;
    const char *wrong = read_query(x, &w);

    if (wrong)
        return reply_problem(x, MHD_HTTP_BAD_REQUEST, "query", wrong);
    int err = store_concern(x->side->reader, x->concern, &c);
    if (err)
        return reply_error(x, err, NULL);
    bool may = query_reads(x, &c);
    concern_clear(&c);
    if (!may)
        return reply_not_own(x);
    if (encoding_unchanged(x, &known))
        return known;
    err = store_each_member(x->side->reader, x->concern, pass, &w);
    if (!err && w.from_cursor)
        return reply_problem(x, MHD_HTTP_BAD_REQUEST, "query",
                             "cursor 的那一条已不在这个事项里，请从头读 (the item of the cursor is "
                             "not of this concern any more: begin anew)");
    err = err < 0 ? err : put_page(x, &w, &b);
    if (!err)
        return reply_json(x, &b);
    buf_free(&b);
    return reply_error(x, err, NULL);
}
