/* Items by the words that stand in them. */
#include <stdio.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/utf8.h"
#include "daemon/http/reply.h"
#include "daemon/routes/found.h"
#include "daemon/routes/query.h"
#include "daemon/routes/routes.h"
#include "daemon/views/searcher.h"

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
    uint64_t limit = FOUND_DEFAULT;

    if (exchange_query(x, "source") || exchange_query(x, "region") || exchange_query(x, "until"))
        return "source、region、until 不与 q 同用 (source, region and until go without q)";
    q->topic = exchange_query(x, "topic");
    if (!query_slug(q->topic))
        return "topic 应为编号 (topic is an id)";
    if (query_number(exchange_query(x, "limit"), 1, FOUND_MOST, &limit))
        return "limit 应为 1 到 100 (limit is 1 to 100)";
    if (query_number(exchange_query(x, "cursor"), 1, INT64_MAX, &q->before))
        return "cursor 应来自上一页的 next_cursor (cursor is a next_cursor of ours)";
    if (query_since(exchange_query(x, "since"), clock_now(), &q->since))
        return "since 应如 7d、12h 或 RFC 3339 时间 (since is like 7d, 12h or an RFC 3339 time)";
    q->limit = (size_t)limit;
    return NULL;
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

    if (!text && x->caller.role != ACCESS_GUEST) /* who reads texts in bulk is known */
        return routes_item_list(x);
    if (wrong)
        return reply_problem(x, 400, "query", wrong);
    if (!searcher)
        return reply_error(x, ERR_AGAIN, NULL);
    struct str asked = str_from(text);
    int err = utf8_valid(asked) ? searcher_words(searcher, asked, &words, &why) : ERR_SYNTAX;
    if (err)
        return refuse(x, err, &why);
    struct found f = {.x = x, .b = &b};
    q.words = words;
    buf_add_text(&b, "{\"items\":[");
    err = searcher_find(searcher, x->side->reader, &q, found_put, &f, &page);
    search_words_free(words);
    return found_send(&f, err, &page);
}
