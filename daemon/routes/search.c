/* Items by the words that stand in them. */
#include <inttypes.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "base/utf8.h"
#include "daemon/http/json_out.h"
#include "daemon/http/reply.h"
#include "daemon/http/views.h"
#include "daemon/routes/query.h"
#include "daemon/routes/routes.h"
#include "daemon/searcher.h"

enum {
    PAGE_DEFAULT = 20,
    PAGE_MOST = 100,
    BEFORE = 75,   /* bytes of text shown before the first hit: 25 characters */
    EXCERPT = 360  /* bytes shown */
};

struct page {
    struct buf *b;
    const struct http_conf *conf;
    const struct rules *rules;
    size_t count;
};

/* The part of the text that is shown: about the first hit in it. */
static struct str choose_excerpt(struct str text, const struct search_hit *hits, size_t n)
{
    size_t first = 0, from = 0;

    while (first < n && hits[first].in_title)
        first++;
    if (first < n && hits[first].start > BEFORE)
        from = hits[first].start - BEFORE;
    while (from < text.n && ((unsigned char)text.p[from] & 0xC0) == 0x80)
        from++;
    struct str rest = {text.p + from, text.n - from};
    return (struct str){rest.p, utf8_cut(rest, EXCERPT)};
}

/* [[start,end],…] in bytes of what is shown of the title, or of the text. */
static void add_hits(struct buf *b, const char *name, const struct search_hit *hits, size_t n,
                     bool in_title, size_t from, size_t to)
{
    json_out_name(b, name);
    buf_add_char(b, '[');
    for (size_t i = 0; i < n; i++) {
        if (hits[i].in_title != in_title || hits[i].start < from || hits[i].end > to)
            continue;
        json_out_next(b);
        buf_addf(b, "[%zu,%zu]", hits[i].start - from, hits[i].end - from);
    }
    buf_add_char(b, ']');
}

static int add_item(void *arg, const struct store_item *item, const struct search_hit *hits,
                    size_t n)
{
    struct page *p = arg;
    struct str shown = choose_excerpt(item->text, hits, n);
    size_t from = item->text.n ? (size_t)(shown.p - item->text.p) : 0;
    char topic[SLUG_MAX] = "", concern[24];

    views_found(p->b, p->conf->roster, item, shown);
    add_hits(p->b, "title_hits", hits, n, true, 0, item->title.n);
    add_hits(p->b, "excerpt_hits", hits, n, false, from, from + shown.n);
    if (item->topic.n && item->topic.n < sizeof topic) {
        memcpy(topic, item->topic.p, item->topic.n);
        views_topic(p->b, p->rules, topic);
    } else {
        json_out_null(p->b, "topic");
    }
    if (item->concern)
        concern_format_id(item->concern, concern);
    json_out_text(p->b, "concern", item->concern ? concern : NULL);
    buf_add_char(p->b, '}');
    p->count++;
    return 0;
}

static enum MHD_Result refuse(struct exchange *x, int err, const struct refuse_hit *why)
{
    static const struct {
        int err;
        const char *code, *detail;
    } reasons[] = {
        {ERR_SYNTAX, "query", "q 应为要找的词 (q is the words to look for)"},
        {ERR_INVALID, "too-short",
         "每个词至少两个字 (a word has at least two characters, and letters among them)"},
        {ERR_LIMIT, "too-long",
         "最多八个词，每个不超过 64 字 (at most eight words of at most 64 characters)"},
    };
    char detail[400];

    for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++)
        if (err == reasons[i].err)
            return reply_problem(x, err == ERR_SYNTAX ? 400 : 422, reasons[i].code,
                                 reasons[i].detail);
    if (err != ERR_REFUSED)
        return reply_error(x, err, NULL);
    snprintf(detail, sizeof detail, "不能搜索这样的词：%.*s (such words are not searched for: %.*s)",
             STR_ARG(why->zh), STR_ARG(why->en));
    return reply_problem(x, 422, "refused", detail);
}

/* NULL, or what is wrong with the query. */
static const char *read_query(struct exchange *x, struct search_query *q)
{
    uint64_t limit = PAGE_DEFAULT;

    q->topic = exchange_query(x, "topic");
    if (!query_slug(q->topic))
        return "topic 应为编号 (topic is an id)";
    if (query_number(exchange_query(x, "limit"), 1, PAGE_MOST, &limit))
        return "limit 应为 1 到 100 (limit is 1 to 100)";
    if (query_number(exchange_query(x, "cursor"), 1, INT64_MAX, &q->before))
        return "cursor 应来自上一页的 next_cursor (cursor is a next_cursor of ours)";
    if (query_since(exchange_query(x, "since"), clock_now(), &q->since))
        return "since 应如 7d、12h 或 RFC 3339 时间 (since is like 7d, 12h or an RFC 3339 time)";
    q->limit = (size_t)limit;
    return NULL;
}

static enum MHD_Result answer(struct exchange *x, struct buf *b, int err, size_t count,
                              const struct search_page *page)
{
    if (err) {
        buf_free(b);
        return reply_error(x, err,
                           err == ERR_AGAIN
                               ? "索引正在重建，请稍后再试 (the index is being made; try again soon)"
                               : NULL);
    }
    buf_add_text(b, "],\"next_cursor\":");
    if (page->next)
        buf_addf(b, "\"%" PRIu64 "\"", page->next);
    else
        buf_add_text(b, "null");
    json_out_count(b, "behind", page->behind);
    buf_add_char(b, '}');
    if (count) /* texts read in bulk are on record (DESIGN.md §1.6), not what was looked for */
        log_info("items.read", "items=%zu", count);
    return reply_json(x, b);
}

enum MHD_Result routes_search(struct exchange *x)
{
    struct searcher *searcher = x->side->http->conf.searcher;
    const char *text = exchange_query(x, "q");
    struct search_query q = {.limit = 0};
    struct search_words *words;
    struct search_page page;
    struct refuse_hit why;
    struct buf b = BUF_INIT;
    const char *wrong = read_query(x, &q);

    if (wrong)
        return reply_problem(x, 400, "query", wrong);
    if (!searcher)
        return reply_error(x, ERR_AGAIN, NULL);
    struct str asked = str_from(text);
    int err = utf8_valid(asked) ? searcher_words(searcher, asked, &words, &why) : ERR_SYNTAX;
    if (err)
        return refuse(x, err, &why);
    struct page p = {.b = &b, .conf = &x->side->http->conf, .rules = exchange_rules(x)};
    q.words = words;
    buf_add_text(&b, "{\"items\":[");
    err = searcher_find(searcher, x->side->reader, &q, add_item, &p, &page);
    search_words_free(words);
    return answer(x, &b, err, p.count, &page);
}
