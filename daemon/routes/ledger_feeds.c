/* The public ledger's list as Atom (RFC 4287), CSV (RFC 4180) and JSON. */
#include <stdio.h>

#include "base/clock.h"
#include "base/drill.h"
#include "base/err.h"
#include "daemon/http/encoding.h"
#include "daemon/http/figures.h"
#include "daemon/http/html_out.h"
#include "daemon/http/json_out.h"
#include "daemon/http/keeping.h"
#include "daemon/http/reply.h"
#include "daemon/http/views.h"
#include "daemon/public/listing.h"
#include "daemon/public/words.h"
#include "daemon/routes/routes.h"

enum { ATOM_ROWS = 50, JSON_ROWS = 200, CSV_ROWS = 1000 };

struct out {
    struct exchange *x;
    struct buf *b;
    int64_t updated; /* of the newest, ms */
};

static const char *site_of(const struct exchange *x)
{
    return x->side->http->conf.config->public_url;
}

static int put_entry(void *arg, const struct concern *c)
{
    struct out *o = arg;
    struct buf *b = o->b, title = BUF_INIT, state = BUF_INIT, unit = BUF_INIT;
    enum words_timing timing = words_timing(c, clock_now());
    char id[24], time[CLOCK_TEXT];

    concern_format_id(c->id, id);
    words_title(o->x, c, false, &title);
    words_state(c, false, &state);
    figures_name(o->x, STATISTICS_UNIT, c->unit, false, &unit);
    buf_addf(b, "<entry>\n<id>urn:uuid:%s:%s</id>\n<title>%s", store_epoch(o->x->side->reader), id,
             drill_mark());
    html_out_str(b, buf_str(&title));
    buf_add_text(b, "</title>\n<link href=\"");
    html_out_text(b, site_of(o->x));
    buf_addf(b, "/ledger/%s\"/>\n<updated>%s</updated>\n<summary>", id,
             clock_format(c->updated, time));
    html_out_str(b, buf_str(&unit));
    buf_add_text(b, "；");
    html_out_str(b, buf_str(&state));
    buf_add_text(b, "；");
    buf_add_text(b, words_timing_text(timing, false));
    buf_add_text(b, "；答复时限 ");
    html_out_time(b, c->due);
    buf_add_text(b, "</summary>\n</entry>\n");
    o->updated = c->updated > o->updated ? c->updated : o->updated;
    buf_free(&title);
    buf_free(&state);
    buf_free(&unit);
    return 0;
}

/* What the list is confined to, in words: " · 人社所 · 已办结". */
static void put_choice(struct exchange *x, const struct listing *l, struct buf *b)
{
    struct buf text = BUF_INIT;
    char month[FIGURES_MONTH];
    const char *state = exchange_query(x, "state");

    if (l->query.topic) {
        buf_add_text(&text, " · ");
        figures_name(x, STATISTICS_TOPIC, l->query.topic, false, &text);
    }
    if (l->query.unit) {
        buf_add_text(&text, " · ");
        figures_name(x, STATISTICS_UNIT, l->query.unit, false, &text);
    }
    if (state && *state)
        buf_addf(&text, " · %s", l->overdue ? "已超期" : *state == 'c' ? "已办结" : "未办结");
    if (l->month)
        buf_addf(&text, " · %s", figures_month(l->month, month));
    html_out_str(b, buf_str(&text));
    b->failed = b->failed || text.failed;
    buf_free(&text);
}

/* Of a chosen part another feed than of the whole (RFC 4287 §4.2.6): id, title and self say so. */
static void put_atom(struct out *o, const struct listing *l, struct buf *entries)
{
    struct buf query = BUF_INIT;
    const struct config *config = o->x->side->http->conf.config;
    char time[CLOCK_TEXT];
    struct buf *b = o->b;

    listing_put_query(l, o->x, false, &query);
    buf_add_text(b, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                    "<feed xmlns=\"http://www.w3.org/2005/Atom\" xml:lang=\"zh-CN\">\n");
    buf_addf(b, "<id>urn:uuid:%s%s", store_epoch(o->x->side->reader), query.len ? ":" : "");
    html_out_str(b, buf_str(&query));
    buf_addf(b, "</id>\n<title>%s", drill_mark());
    html_out_text(b, config->place_name);
    buf_add_text(b, " 回应公示");
    put_choice(o->x, l, b);
    buf_add_text(b, "</title>\n<author><name>");
    html_out_text(b, config->operator_name);
    buf_add_text(b, "</name></author>\n<link rel=\"self\" href=\"");
    html_out_text(b, site_of(o->x));
    buf_addf(b, "/ledger.atom%s", query.len ? "?" : "");
    html_out_str(b, buf_str(&query));
    buf_addf(b, "\"/>\n<updated>%s</updated>\n", clock_format(o->updated, time));
    buf_add_str(b, buf_str(entries));
    buf_add_text(b, "</feed>\n");
    b->failed = b->failed || query.failed;
    buf_free(&query);
}

/* Begins each of the three: false when it is answered already. */
static bool begin(struct exchange *x, size_t most, struct listing *l, enum MHD_Result *answer)
{
    const char *wrong = listing_read(x, most, l);

    if (wrong)
        *answer = reply_problem(x, 400, "query", wrong);
    return !wrong && !encoding_unchanged(x, answer) && !keeping_known(x, answer);
}

enum MHD_Result routes_ledger_atom(struct exchange *x)
{
    struct buf b = BUF_INIT, entries = BUF_INIT;
    struct out o = {x, &entries, 0};
    enum MHD_Result answer;
    struct listing l;

    if (!begin(x, ATOM_ROWS, &l, &answer))
        return answer;
    int err = listing_each(&l, x, put_entry, &o);
    o.b = &b;
    b.failed = entries.failed;
    put_atom(&o, &l, &entries);
    buf_free(&entries);
    if (err) {
        buf_free(&b);
        return reply_error(x, err, NULL);
    }
    return reply_text(x, &b, "application/atom+xml; charset=utf-8");
}

/* In quotes; what a spreadsheet would take for a formula becomes text. */
static void put_cell(struct buf *b, struct str text, bool first)
{
    buf_add_text(b, first ? "\"" : ",\"");
    if (text.n && strchr("=+-@\t", text.p[0]))
        buf_add_char(b, '\'');
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] == '"')
            buf_add_char(b, '"');
        buf_add_char(b, text.p[i]);
    }
    buf_add_char(b, '"');
}

static void put_time_cell(struct buf *b, int64_t at)
{
    char time[CLOCK_TEXT];

    put_cell(b, at ? str_from(clock_format(at, time)) : STR_NONE, false);
}

static int put_line(void *arg, const struct concern *c)
{
    struct out *o = arg;
    struct buf texts[4] = {BUF_INIT, BUF_INIT, BUF_INIT, BUF_INIT};
    char id[24], day[WORDS_DAY], rounds[16];

    concern_format_id(c->id, id);
    figures_name(o->x, STATISTICS_TOPIC, c->topic, false, &texts[0]);
    words_place(o->x, c, &texts[1]);
    figures_name(o->x, STATISTICS_UNIT, c->unit, false, &texts[2]);
    words_state(c, false, &texts[3]);
    snprintf(rounds, sizeof rounds, "%u", c->round + 1u);
    put_cell(o->b, str_from(id), true);
    put_cell(o->b, buf_str(&texts[0]), false);
    put_cell(o->b, str_from(verdict_request_zh(c->request)), false);
    put_cell(o->b, buf_str(&texts[1]), false);
    put_cell(o->b, str_from(words_day(c->opened, day)), false);
    put_cell(o->b, buf_str(&texts[2]), false);
    put_time_cell(o->b, c->due);
    put_time_cell(o->b, c->answered);
    put_cell(o->b, buf_str(&texts[3]), false);
    put_cell(o->b, str_from(words_timing_text(words_timing(c, clock_now()), false)), false);
    put_cell(o->b, str_from(rounds), false);
    if (drill_on())
        put_cell(o->b, STR(DRILL_MARK), false);
    buf_add_text(o->b, "\r\n");
    for (size_t i = 0; i < 4; i++) {
        o->b->failed = o->b->failed || texts[i].failed;
        buf_free(&texts[i]);
    }
    return 0;
}

/* A table has no place for where it goes on (RFC 8288); what is kept for others has no headers. */
static void link_next(struct exchange *x, const struct listing *l)
{
    buf_free(&x->keep);
    buf_add_text(&x->link, "<ledger.csv?");
    listing_put_query(l, x, true, &x->link);
    buf_addf(&x->link, "&limit=%zu>; rel=\"next\"", l->limit);
    buf_add_char(&x->link, '\0');
}

/* The mark in front tells spreadsheets that it is UTF-8. */
enum MHD_Result routes_ledger_csv(struct exchange *x)
{
    struct buf b = BUF_INIT;
    struct out o = {x, &b, 0};
    enum MHD_Result answer;
    struct listing l;

    if (!begin(x, CSV_ROWS, &l, &answer))
        return answer;
    buf_add_text(&b, "\xef\xbb\xbf编号,事项,诉求类型,地点,提出日期,承办单位,答复时限,答复时间,进展,"
                     "是否按期,轮次");
    buf_add_text(&b, drill_on() ? ",演练\r\n" : "\r\n");
    int err = listing_each(&l, x, put_line, &o);
    if (err) {
        buf_free(&b);
        return reply_error(x, err, NULL);
    }
    if (l.more)
        link_next(x, &l);
    return reply_text(x, &b, "text/csv; charset=utf-8");
}

static int put_object(void *arg, const struct concern *c)
{
    struct out *o = arg;
    struct buf *b = o->b, title = BUF_INIT, title_en = BUF_INIT, place = BUF_INIT;
    char id[24], day[WORDS_DAY];

    concern_format_id(c->id, id);
    words_title(o->x, c, false, &title);
    words_title(o->x, c, true, &title_en);
    words_place(o->x, c, &place);
    json_out_next(b);
    buf_add_char(b, '{');
    json_out_text(b, "id", id);
    json_out_str(b, "title", buf_str(&title));
    json_out_str(b, "title_en", buf_str(&title_en));
    views_topic(b, exchange_rules(o->x), c->topic);
    views_unit(b, exchange_units(o->x), c->unit);
    json_out_text(b, "request", verdict_request_name(c->request));
    if (place.len)
        json_out_str(b, "place", buf_str(&place));
    else
        json_out_null(b, "place");
    json_out_text(b, "opened", words_day(c->opened, day));
    json_out_time(b, "due", c->due);
    json_out_time(b, "answered", c->answered);
    json_out_text(b, "state", concern_state_name(c->state));
    json_out_text(b, "outcome", c->outcome ? concern_outcome_name(c->outcome) : NULL);
    json_out_text(b, "timing", words_timing_name(words_timing(c, clock_now())));
    json_out_count(b, "rounds", c->round + 1u);
    buf_add_char(b, '}');
    b->failed = b->failed || title.failed || title_en.failed || place.failed;
    buf_free(&title);
    buf_free(&title_en);
    buf_free(&place);
    return 0;
}

enum MHD_Result routes_ledger_json(struct exchange *x)
{
    struct buf b = BUF_INIT;
    struct out o = {x, &b, 0};
    enum MHD_Result answer;
    struct listing l;

    if (!begin(x, JSON_ROWS, &l, &answer))
        return answer;
    buf_add_char(&b, '{');
    json_out_time(&b, "now", clock_now());
    json_out_bool(&b, "demonstration", clock_rate() != 1);
    json_out_bool(&b, "drill", drill_on());
    json_out_name(&b, "items");
    buf_add_char(&b, '[');
    int err = listing_each(&l, x, put_object, &o);
    buf_add_char(&b, ']');
    json_out_name(&b, "next_cursor");
    if (l.more) {
        buf_add_char(&b, '"');
        listing_put_cursor(&l, &b);
        buf_add_char(&b, '"');
    } else {
        buf_add_text(&b, "null");
    }
    buf_add_char(&b, '}');
    if (err) {
        buf_free(&b);
        return reply_error(x, err, NULL);
    }
    return reply_json(x, &b);
}
