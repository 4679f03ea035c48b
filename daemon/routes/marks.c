/* What is said of verdicts; given with texts to whom the corpus is given. */
#include <jansson.h>
#include <stdio.h>

#include "base/err.h"
#include "base/log.h"
#include "base/member.h"
#include "daemon/http/json_out.h"
#include "daemon/http/pending.h"
#include "daemon/http/reply.h"
#include "daemon/http/views.h"
#include "daemon/routes/body.h"
#include "daemon/routes/mark_view.h"
#include "daemon/routes/query.h"
#include "daemon/routes/routes.h"

enum { PAGE_DEFAULT = 100, PAGE_MOST = 1000 };

static const char WRONG[] =
    "应为以下之一：mark: right、wrong；topic: 事项编号；request: enquiry、help、suggestion、complaint、"
    "report；kind: raised、reported (one of mark: right, wrong; topic: an id; request: enquiry, "
    "help, suggestion, complaint, report; kind: raised, reported)";

/* The one member of the body: false when it is none of a mark's. */
static bool read_mark(struct exchange *x, struct store_mark *out)
{
    json_t *object = body_read(x);
    void *only = json_object_iter(object);
    const json_t *value = json_object_iter_value(only);
    bool ok = json_object_size(object) == 1 && json_is_string(value) &&
              mark_view_read(str_from(json_object_iter_key(only)),
                             member_str(value), out);

    json_decref(object);
    return ok;
}

static enum MHD_Result tell(struct exchange *x, const struct store_mark *mark)
{
    struct pending_outcome outcome;
    struct buf b = BUF_INIT;

    pending_outcome(x->pending, &outcome);
    if (outcome.status)
        return reply_error(x, outcome.status, outcome.reason);
    buf_add_char(&b, '{');
    json_out_text(&b, "status", "ok");
    json_out_text(&b, "item", x->slug);
    json_out_text(&b, "aspect", mark_view_aspect(mark));
    json_out_text(&b, "value", mark_view_value(mark));
    json_out_or_null(&b, "seq", (int64_t)outcome.seq);
    buf_add_char(&b, '}');
    return reply_json(x, &b);
}

enum MHD_Result routes_mark(struct exchange *x)
{
    struct store_mark mark = {0};

    if (!views_item_ident(str_from(x->slug), mark.ident))
        return reply_error(x, ERR_NOTFOUND, NULL);
    if (!read_mark(x, &mark))
        return reply_problem(x, 422, err_name(ERR_INVALID), WRONG);
    if (x->pending)
        return tell(x, &mark);
    if (mark.aspect == STORE_MARK_TOPIC && rules_find(exchange_rules(x), str_from(mark.topic)) < 0)
        return reply_problem(x, 422, err_name(ERR_INVALID),
                             "在用的规则没有这个事项 (no such topic in the rules in force)");
    int err = pending_mark(x, &mark);
    return err ? reply_error(x, err, NULL) : MHD_YES;
}

struct page {
    struct buf *b;
    const struct roster *roster;
    size_t count, limit, texts;
    bool with_text, more;
    struct store_mark last;
};

static int add_mark(void *arg, const struct store_mark *mark)
{
    struct page *page = arg;
    char id[VIEWS_ITEM];

    if (page->count++ == page->limit) {
        page->more = true;
        return 0;
    }
    page->last = *mark;
    json_out_next(page->b);
    buf_add_char(page->b, '{');
    json_out_text(page->b, "item", views_item_id(mark->ident, id));
    json_out_str(page->b, "source", mark->source);
    views_source(page->b, page->roster, mark->source);
    mark_view_members(page->b, mark);
    json_out_name(page->b, "judged");
    buf_add_char(page->b, '{');
    if (mark->item_topic.n)
        json_out_str(page->b, "topic", mark->item_topic);
    else
        json_out_null(page->b, "topic");
    json_out_text(page->b, "kind", verdict_kind_name((enum verdict_kind)mark->kind));
    json_out_text(page->b, "request", verdict_request_name((enum verdict_request)mark->request));
    buf_add_char(page->b, '}');
    bool kept = mark->title.n || mark->text.n;
    if (page->with_text && kept) {
        json_out_str(page->b, "title", mark->title);
        json_out_str(page->b, "text", mark->text);
        page->texts++;
    }
    buf_add_char(page->b, '}');
    return 0;
}

/* "ITEM.ASPECT" of the last mark of the page before; the next one begins after it. */
static bool read_cursor(const char *text, struct store_mark *from)
{
    struct str s = str_from(text);
    size_t dot = str_find(s, STR("."), 0);
    long long aspect;

    if (!text)
        return true;
    if (dot == (size_t)-1 || !views_item_ident((struct str){s.p, dot}, from->ident) ||
        str_int((struct str){s.p + dot + 1, s.n - dot - 1}, 0, STORE_ASPECTS - 1, &aspect))
        return false;
    from->aspect = (uint8_t)(aspect + 1);
    return true;
}

static enum MHD_Result refuse(struct exchange *x, const char *with)
{
    static const char *const withs[] = {"text", NULL};

    if (with && query_choice(with, withs) < 0)
        return reply_problem(x, 400, "query", "with 应为 text (with is text)");
    return reply_not_role(x);
}

static bool may_texts(const struct exchange *x)
{
    return access_may(access_find("GET", "/api/v1/corpus"), x->caller.role) == ACCESS_ALL;
}

enum MHD_Result routes_marks(struct exchange *x)
{
    const char *with = exchange_query(x, "with");
    struct buf b = BUF_INIT;
    struct store_mark from = {0};
    uint64_t limit = PAGE_DEFAULT;
    char id[VIEWS_ITEM];

    if (with && (strcmp(with, "text") != 0 || !may_texts(x)))
        return refuse(x, with);
    if (query_number(exchange_query(x, "limit"), 1, PAGE_MOST, &limit))
        return reply_problem(x, 400, "query", "limit 应为 1 到 1000 (limit is 1 to 1000)");
    if (!read_cursor(exchange_query(x, "cursor"), &from))
        return reply_problem(x, 400, "query", "cursor 应来自上一页的 next_cursor (cursor is a "
                                              "next_cursor of ours)");
    struct page page = {.b = &b, .roster = x->side->http->conf.roster,
                        .limit = (size_t)limit, .with_text = with != NULL};
    buf_add_text(&b, "{\"items\":[");
    int err = store_each_mark(x->side->reader, &from, page.limit + 1, add_mark, &page);
    if (err) {
        buf_free(&b);
        return reply_error(x, err, NULL);
    }
    buf_add_text(&b, "],\"next_cursor\":");
    if (page.more)
        buf_addf(&b, "\"%s.%d\"", views_item_id(page.last.ident, id), page.last.aspect);
    else
        buf_add_text(&b, "null");
    buf_add_char(&b, '}');
    if (page.texts) /* texts read in bulk are on record (law 6) */
        log_info("marks.read", "texts=%zu", page.texts);
    return reply_json(x, &b);
}
