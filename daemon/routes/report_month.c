/* 月度通报: units by their rates, and 整改: what was missed, followed to its end. As a page, as text,
 * and its list of 整改 as JSON, from which `huiying report` makes a workbook. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/drill.h"
#include "base/err.h"
#include "daemon/http/encoding.h"
#include "daemon/http/figures.h"
#include "daemon/http/json_out.h"
#include "daemon/http/keeping.h"
#include "daemon/http/reply.h"
#include "daemon/http/views.h"
#include "daemon/public/tables.h"
#include "daemon/public/words.h"
#include "daemon/reports/mending.h"
#include "daemon/reports/sheet.h"
#include "daemon/routes/routes.h"

/* A name, counts, rates with their n, a median, a rank. */
enum { COLUMNS_MOST = 6 + 2 * TALLY_RATES };

struct list {
    struct exchange *x;
    struct sheet *s; /* NULL: JSON, into b */
    struct buf *b;
    size_t count, open;
};

static void put_row(struct list *l, const struct concern *c, unsigned of)
{
    struct buf text = BUF_INIT;
    char time[CLOCK_TEXT];
    bool english = l->s->frame.english;

    sheet_cell_concern(l->s, c->id);
    words_title(l->x, c, english, &text);
    sheet_cell(l->s, buf_str(&text));
    buf_reset(&text);
    figures_name(l->x, STATISTICS_UNIT, c->unit, english, &text);
    sheet_cell(l->s, buf_str(&text));
    buf_reset(&text);
    for (size_t i = 0; i < MENDING_FAULTS; i++)
        if (of & 1u << i)
            buf_addf(&text, "%s%s", text.len ? frame_say(&l->s->frame, "、", ", ") : "",
                     mending_fault_text(i, english));
    sheet_cell(l->s, buf_str(&text));
    buf_reset(&text);
    if (mending_done(c))
        words_state(c, english, &text);
    else
        buf_add_text(&text, frame_say(&l->s->frame, "整改中", "being mended"));
    if (c->answered) {
        clock_format(c->answered, time);
        time[10] = ' ';
        buf_addf(&text, " %.16s", time);
    }
    sheet_cell(l->s, buf_str(&text));
    buf_free(&text);
    sheet_end_row(l->s);
}

static void put_json(struct list *l, const struct concern *c, unsigned of)
{
    struct buf title = BUF_INIT, *b = l->b;
    char id[24];

    concern_format_id(c->id, id);
    words_title(l->x, c, false, &title);
    json_out_next(b);
    buf_add_char(b, '{');
    json_out_text(b, "concern", id);
    json_out_str(b, "title", buf_str(&title));
    views_unit(b, exchange_units(l->x), c->unit);
    json_out_name(b, "faults");
    buf_add_char(b, '[');
    for (size_t i = 0; i < MENDING_FAULTS; i++)
        if (of & 1u << i) {
            json_out_next(b);
            buf_add_json(b, str_from(mending_fault_name(i)));
        }
    buf_add_char(b, ']');
    json_out_bool(b, "mended", mending_done(c));
    json_out_time(b, "due", c->due);
    json_out_time(b, "answered", c->answered);
    buf_add_char(b, '}');
    buf_free(&title);
}

static int put_item(void *arg, const struct concern *c, unsigned of)
{
    struct list *l = arg;

    l->count++;
    l->open += !mending_done(c);
    if (l->s)
        put_row(l, c, of);
    else
        put_json(l, c, of);
    return 0;
}

typedef int each_fn(struct exchange *x, int month, mending_each_fn *each, void *arg);

/* One table, of these months. */
static int put_table(struct sheet *s, each_fn *each, int from, int to)
{
    static const char *const columns[][2] = {{"编号", "No."}, {"事项", "Matter"}, {"单位", "Unit"},
                                             {"问题", "What was wrong"}, {"整改情况", "Mended"}};
    struct list l = {s->frame.x, s, s->b, 0, 0};
    struct buf text = BUF_INIT;

    if (each == mending_each)
        sheet_heading(s, "整改", "To mend");
    else
        sheet_heading(s, "往月未整改", "Left by the months before");
    sheet_begin_table(s, columns, sizeof columns / sizeof *columns);
    int err = 0;
    for (int month = from; month <= to && !err; month++)
        err = each(l.x, month, put_item, &l);
    sheet_end_table(s);
    if (l.count) {
        buf_addf(&text, frame_say(&s->frame, "共 %zu 件，其中 %zu 件整改中。",
                                  "%zu in all, %zu of them being mended."), l.count, l.open);
        sheet_line(s, buf_str(&text));
    }
    buf_free(&text);
    return err;
}

/* Of these months, and what those before them left: it goes along until it is mended. */
static int put_list(struct sheet *s, int from, int to)
{
    int err = put_table(s, mending_each, from, to);

    return err ? err : put_table(s, mending_each_carried, from, from);
}

/* The columns of the units' rows in what is no page; of a workbook each rate has another for n. */
static size_t name_columns(bool booked, const char *out[static COLUMNS_MOST][2])
{
    static const char *const first[][2] = {{"单位", "Unit"}, {"提出", "Raised"}, {"未办结", "Open"},
                                           {"超期未答复", "Reply overdue"}};
    static const char *const last[][2] = {{"答复用时（中位）", "Median time to answer"},
                                          {"名次", "Rank"}};
    size_t n = 0;

    for (size_t i = 0; i < sizeof first / sizeof *first; i++)
        memcpy(out[n++], first[i], sizeof first[i]);
    for (size_t i = 0; i < TALLY_RATES; i++) {
        out[n][0] = tally_rates[i].zh;
        out[n++][1] = tally_rates[i].en;
        if (booked)
            out[n][0] = out[n][1] = "n", n++;
    }
    for (size_t i = 0; i < sizeof last / sizeof *last; i++)
        memcpy(out[n++], last[i], sizeof last[i]);
    return n;
}

static void put_median(struct sheet *s, const struct tally_sum *sum)
{
    struct buf text = BUF_INIT;
    uint32_t n;
    int64_t median = tally_median(sum, &n);

    if (n)
        figures_put_span(&text, median, s->frame.english);
    else
        buf_add_text(&text, "—");
    buf_addf(&text, frame_say(&s->frame, "（n=%u）", " (n=%u)"), n);
    sheet_cell(s, buf_str(&text));
    buf_free(&text);
}

/* The same rows as of the page: name, n and rates. */
static int put_units(struct sheet *s, const struct statistics_query *q)
{
    static const enum tally_count counts[] = {TALLY_OPENED, TALLY_OPEN, TALLY_OVERDUE};
    const char *columns[COLUMNS_MOST][2];
    struct figures f;
    struct buf text = BUF_INIT;

    if (!s->text && !s->booked)
        return tables_put(&s->frame, q, true);
    int err = figures_read(s->frame.x, q, &f);
    if (err)
        return err;
    size_t n = name_columns(s->booked, columns);
    sheet_begin_table(s, (const char *const (*)[2])columns, n);
    for (size_t i = 0; i < f.count; i++) {
        const struct tally_sum *sum = &f.list[i].sum;
        figures_name(s->frame.x, q->by, f.list[i].key, s->frame.english, &text);
        sheet_cell(s, buf_str(&text));
        buf_reset(&text);
        for (size_t k = 0; k < 3; k++)
            sheet_cell_count(s, sum->counts[counts[k]]);
        for (size_t k = 0; k < TALLY_RATES; k++)
            sheet_cell_rate(s, tally_per_mille(sum, &tally_rates[k]),
                            tally_whole(sum, &tally_rates[k]));
        put_median(s, sum);
        if (f.list[i].rank)
            sheet_cell_count(s, f.list[i].rank);
        else
            sheet_cell(s, STR("—"));
        sheet_end_row(s);
    }
    sheet_end_table(s);
    figures_free(&f);
    buf_free(&text);
    return 0;
}

static void put_formulas_text(struct sheet *s)
{
    sheet_heading(s, "怎么算的", "How it is counted");
    for (size_t i = 0; i < TALLY_RATES; i++)
        sheet_fact(s, tally_rates[i].zh, tally_rates[i].en,
                   str_from(frame_say(&s->frame, tally_rates[i].formula_zh,
                                      tally_rates[i].formula_en)));
}

/* How it was counted; then it is sent, unless there was an error. */
static enum MHD_Result finish(struct sheet *s, int err)
{
    if (s->text || s->booked)
        put_formulas_text(s);
    else
        tables_put_formulas(&s->frame);
    return sheet_end(s, err);
}

/* Of a page: the month before and the one after, as long as that has begun. */
static void put_neighbours(struct sheet *s, int month)
{
    int last = statistics_month(clock_now());
    char path[40], text[FIGURES_MONTH];

    if (s->text || s->booked)
        return;
    buf_add_text(s->b, "<p class=\"pager\">");
    for (int at = month - 1; at <= month + 1; at += 2) {
        if (at > last)
            continue;
        snprintf(path, sizeof path, "reports/month/%s", figures_month(at, text));
        frame_link(&s->frame, path, str_from(text));
        buf_add_char(s->b, '\n');
    }
    buf_add_text(s->b, "</p>\n");
}

enum MHD_Result routes_report_month(struct exchange *x)
{
    int month = figures_month_read(x->slug);
    const struct statistics_query units = {.by = STATISTICS_UNIT, .month = month};
    struct buf b = BUF_INIT, title = BUF_INIT;
    enum MHD_Result known;
    struct sheet s;
    char own[40];
    const char *wrong = sheet_read(x, &b, "../../", &s);

    if (wrong)
        return reply_problem(x, 400, "query", wrong);
    if (!month)
        return reply_error(x, ERR_NOTFOUND, "没有这个月份 (no such month)");
    if (figures_ahead(x, month, &known))
        return known;
    figures_tagged(x);
    if (sheet_known(&s, &known))
        return known;
    buf_addf(&title, frame_say(&s.frame, "%s 月度通报", "Report of the month %s"), x->slug);
    snprintf(own, sizeof own, "reports/month/%.7s", x->slug);
    sheet_begin(&s, buf_str(&title), own);
    buf_free(&title);
    put_neighbours(&s, month);
    if (figures_running(month, s.frame.english))
        sheet_line(&s, str_from(figures_running(month, s.frame.english)));
    sheet_heading(&s, "按单位", "By unit");
    int err = put_units(&s, &units);
    err = err ? err : put_list(&s, month, month);
    return finish(&s, err);
}

/* "2026-11-20 08:00". */
static const char *minute(int64_t at, char out[static CLOCK_TEXT])
{
    clock_format(at, out);
    out[10] = ' ';
    out[16] = '\0';
    return out;
}

/* 演练小结: all that the drill's ledger holds, in the month's figures. */
enum MHD_Result routes_report_drill(struct exchange *x)
{
    const struct statistics_query units = {.by = STATISTICS_UNIT, .month = STATISTICS_EVERY_MONTH};
    const struct config *config = x->side->http->conf.config;
    struct buf b = BUF_INIT, text = BUF_INIT;
    struct http_health health = {0};
    char from[CLOCK_TEXT], to[CLOCK_TEXT], now[CLOCK_TEXT];
    struct sheet s;
    const char *wrong = sheet_read(x, &b, "../", &s);
    int err = 0;

    if (wrong)
        return reply_problem(x, 400, "query", wrong);
    if (!drill_on() || !config->drill)
        return reply_error(x, ERR_NOTFOUND, "不是演练 (this is no drill)");
    x->side->http->conf.health(x->side->http->conf.arg, &health);
    sheet_begin(&s, str_from(frame_say(&s.frame, "演练小结", "The drill in short")), "reports/drill");
    buf_addf(&text, frame_say(&s.frame,
                              "重放 %s 至 %s 收到的 %zu 条（已放 %zu 条），时钟 ×%d，现在 %s。",
                              "What came from %s to %s is played again: %zu items (%zu so far), "
                              "clock ×%d, now %s."),
             minute(config->drill->from, from), minute(config->drill->to, to),
             config->drill->nitems, health.played, config->drill_speed,
             minute(clock_now(), now));
    sheet_line(&s, buf_str(&text));
    buf_free(&text);
    sheet_heading(&s, "按单位", "By unit");
    err = put_units(&s, &units);
    err = err ? err : put_list(&s, statistics_month(config->drill->from),
                               statistics_month(clock_now()));
    return finish(&s, err);
}

enum MHD_Result routes_mending(struct exchange *x)
{
    int month = figures_month_read(x->slug);
    struct buf b = BUF_INIT;
    struct list l = {x, NULL, &b, 0, 0};
    enum MHD_Result known;
    char text[FIGURES_MONTH];

    if (!month)
        return reply_error(x, ERR_NOTFOUND, "没有这个月份 (no such month)");
    if (figures_ahead(x, month, &known))
        return known;
    figures_tagged(x);
    if (encoding_unchanged(x, &known) || keeping_known(x, &known))
        return known;
    buf_add_char(&b, '{');
    json_out_text(&b, "month", figures_month(month, text));
    json_out_bool(&b, "drill", drill_on());
    json_out_name(&b, "items");
    buf_add_char(&b, '[');
    int err = mending_each(x, month, put_item, &l);
    buf_add_char(&b, ']');
    json_out_count(&b, "open", l.open);
    l.open = 0;
    json_out_name(&b, "carried");
    buf_add_char(&b, '[');
    err = err ? err : mending_each_carried(x, month, put_item, &l);
    buf_add_char(&b, ']');
    json_out_count(&b, "carried_open", l.open);
    buf_add_char(&b, '}');
    if (err) {
        buf_free(&b);
        return reply_error(x, err, NULL);
    }
    return reply_json(x, &b);
}
