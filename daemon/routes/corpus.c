/* The items whose texts are kept, page by page, for trying rules on them. */
#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "daemon/http/json_out.h"
#include "daemon/http/reply.h"
#include "daemon/http/views.h"
#include "daemon/routes/query.h"
#include "daemon/routes/routes.h"

enum { PAGE_DEFAULT = 500, PAGE_BYTES = 4 * 1024 * 1024, ENOUGH = 1 };

struct page {
    struct buf *b;
    const struct roster *roster;
    int64_t since, until;
    bool matched; /* only what a topic was given */
    size_t looked, texts;
};

static int add_item(void *arg, const struct store_item *item)
{
    struct page *p = arg;
    char id[VIEWS_ITEM], version[EVENT_RULES_TEXT], concern[24];

    p->looked++;
    if (item->found < p->since || item->found >= p->until || (p->matched && !item->topic.n))
        return 0;
    p->texts++;
    json_out_next(p->b);
    buf_add_char(p->b, '{');
    json_out_text(p->b, "id", views_item_id(item->ident, id));
    json_out_str(p->b, "source", item->source);
    views_source(p->b, p->roster, item->source);
    json_out_str(p->b, "title", item->title);
    json_out_str(p->b, "text", item->text);
    if (item->link.n)
        json_out_str(p->b, "link", item->link);
    else
        json_out_null(p->b, "link");
    json_out_time(p->b, "published", item->published);
    json_out_time(p->b, "found", item->found);
    json_out_time(p->b, "expires", item->expires);
    if (item->concern) {
        concern_format_id(item->concern, concern);
        json_out_text(p->b, "concern", concern);
    } else {
        json_out_null(p->b, "concern");
    }
    if (item->topic.n)
        json_out_str(p->b, "topic", item->topic);
    else
        json_out_null(p->b, "topic");
    json_out_text(p->b, "kind", verdict_kind_name((enum verdict_kind)item->kind));
    json_out_bool(p->b, "kind_corrected", item->marked & STORE_MARKED_KIND);
    json_out_text(p->b, "rules", item->rules ? event_rules_text(item->rules, version) : NULL);
    buf_add_char(p->b, '}');
    return p->b->len < PAGE_BYTES ? 0 : ENOUGH;
}

static void add_retention(struct buf *b, const struct config *c)
{
    json_out_name(b, "retention");
    buf_add_char(b, '{');
    json_out_int(b, "unmatched_seconds", c->unmatched_keep / 1000);
    json_out_int(b, "matched_seconds", c->matched_keep / 1000);
    json_out_bool(b, "backtest", c->backtest);
    buf_add_char(b, '}');
}

static enum MHD_Result answer(struct exchange *x, struct store_place place, size_t limit,
                              struct page *asked)
{
    const struct http_conf *conf = &x->side->http->conf;
    struct buf b = BUF_INIT;
    struct page page = *asked;

    page.b = &b;
    page.roster = conf->roster;
    buf_add_text(&b, "{\"items\":[");
    int err = store_each_text(x->side->reader, &place, limit, add_item, &page);
    if (err && err != ENOUGH) {
        buf_free(&b);
        return reply_error(x, err, NULL);
    }
    buf_add_char(&b, ']');
    json_out_count(&b, "looked_at", page.looked);
    json_out_count(&b, "texts", store_texts(x->side->reader));
    json_out_text(&b, "home", conf->config->home_region);
    add_retention(&b, conf->config);
    buf_add_text(&b, ",\"next_cursor\":");
    if (err == ENOUGH || page.looked == limit) {
        buf_add_char(&b, '"');
        query_cursor_put(&b, 0, place.expires, place.id);
        buf_add_char(&b, '"');
    } else {
        buf_add_text(&b, "null");
    }
    buf_add_char(&b, '}');
    if (page.texts) /* texts read in bulk are on record (law 6) */
        log_info("corpus.read", "texts=%zu", page.texts);
    return reply_json(x, &b);
}

enum MHD_Result routes_corpus(struct exchange *x)
{
    const char *since = exchange_query(x, "since"), *until = exchange_query(x, "until");
    const char *matched = exchange_query(x, "matched");
    struct page asked = {.until = INT64_MAX, .matched = matched};
    struct store_place place = {0};
    uint64_t limit = PAGE_DEFAULT;
    enum MHD_Result result;

    if ((since && clock_parse(str_from(since), &asked.since)) ||
        (until && clock_parse(str_from(until), &asked.until)))
        return reply_problem(x, 400, "query", "since、until 应为 RFC 3339 时间 (since and until are "
                                              "times of RFC 3339)");
    if (matched && !str_is(str_from(matched), "true"))
        return reply_problem(x, 400, "query", "matched 应为 true 或不写 (matched is true, or left out)");
    if (query_number(exchange_query(x, "limit"), 1, STORE_PAGE_MAX, &limit))
        return reply_problem(x, 400, "query", "limit 应为 1 到 1000 (limit is 1 to 1000)");
    if (query_cursor(exchange_query(x, "cursor"), 0, &place.expires, &place.id))
        return reply_problem(x, 400, "query", "cursor 应来自上一页的 next_cursor (cursor is a "
                                              "next_cursor of ours)");
    return exchange_traced(x, &result) ? answer(x, place, (size_t)limit, &asked) : result;
}
