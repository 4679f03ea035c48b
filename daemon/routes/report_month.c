/* 月度通报: units by their rates, and 整改: what was missed, followed to its end. As a page, as text,
 * and its list of 整改 as JSON, from which `huiying report` makes a workbook. */
#include <stdio.h>

#include "base/clock.h"
#include "base/drill.h"
#include "base/err.h"
#include "daemon/http/figures.h"
#include "daemon/http/json_out.h"
#include "daemon/http/reply.h"
#include "daemon/http/views.h"
#include "daemon/public/listing.h"
#include "daemon/public/tables.h"
#include "daemon/public/words.h"
#include "daemon/reports/sheet.h"
#include "daemon/routes/routes.h"

enum { ITEMS_MOST = 1000 };

enum fault { FAULT_OVERDUE, FAULT_LATE, FAULT_MISSED, FAULT_REOPENED, FAULTS };

static const struct {
    const char *name, *zh;
} faults[FAULTS] = {
    [FAULT_OVERDUE] = {"overdue", "超期未答复"},
    [FAULT_LATE] = {"late", "超期答复"},
    [FAULT_MISSED] = {"missed", "前轮未按期"},
    [FAULT_REOPENED] = {"reopened", "重开或退回"},
};

/* Bits by enum fault; 0: nothing to mend. */
static unsigned faults_of(const struct concern *c, int64_t now)
{
    enum words_timing timing = words_timing(c, now);

    return (timing == WORDS_OVERDUE) << FAULT_OVERDUE | (timing == WORDS_LATE) << FAULT_LATE |
           (c->misses > 0) << FAULT_MISSED | (c->round > 0) << FAULT_REOPENED;
}

/* It is mended: answered, or ended otherwise. */
static bool is_mended(const struct concern *c)
{
    return c->state == CONCERN_CLOSED;
}

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

    sheet_cell_concern(l->s, c->id);
    words_title(l->x, c, false, &text);
    sheet_cell(l->s, buf_str(&text));
    buf_reset(&text);
    figures_name(l->x, STATISTICS_UNIT, c->unit, false, &text);
    sheet_cell(l->s, buf_str(&text));
    buf_reset(&text);
    for (size_t i = 0; i < FAULTS; i++)
        if (of & 1u << i)
            buf_addf(&text, "%s%s", text.len ? "、" : "", faults[i].zh);
    sheet_cell(l->s, buf_str(&text));
    buf_reset(&text);
    if (is_mended(c))
        words_state(c, false, &text);
    else
        buf_add_text(&text, "整改中");
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
    for (size_t i = 0; i < FAULTS; i++)
        if (of & 1u << i) {
            json_out_next(b);
            buf_add_json(b, str_from(faults[i].name));
        }
    buf_add_char(b, ']');
    json_out_bool(b, "mended", is_mended(c));
    json_out_time(b, "due", c->due);
    json_out_time(b, "answered", c->answered);
    buf_add_char(b, '}');
    buf_free(&title);
}

static int put_item(void *arg, const struct concern *c)
{
    struct list *l = arg;
    unsigned of = faults_of(c, clock_now());

    if (!of)
        return 0;
    l->count++;
    l->open += !is_mended(c);
    if (l->s)
        put_row(l, c, of);
    else
        put_json(l, c, of);
    return 0;
}

/* Of the concerns that were opened in the month. */
static int each_item(struct list *l, int month)
{
    struct listing page;

    listing_month(&page, month, ITEMS_MOST - 1);
    return listing_each(&page, l->x, put_item, l);
}

/* Of these months. */
static int put_list(struct sheet *s, int from, int to)
{
    static const char *const columns[] = {"编号", "事项", "单位", "问题", "整改情况"};
    struct list l = {s->frame.x, s, s->b, 0, 0};
    struct buf text = BUF_INIT;

    sheet_heading(s, "整改");
    sheet_begin_table(s, columns, sizeof columns / sizeof *columns);
    int err = 0;
    for (int month = from; month <= to && !err; month++)
        err = each_item(&l, month);
    sheet_end_table(s);
    buf_addf(&text, "共 %zu 件，其中 %zu 件整改中。", l.count, l.open);
    sheet_line(s, buf_str(&text));
    buf_free(&text);
    return err;
}

/* The same rows as text: name, n and rates. */
static int put_units_text(struct sheet *s, const struct statistics_query *q)
{
    static const char *const columns[] = {"单位", "提出", "未办结", "超期", "签收及时率", "按期答复率",
                                          "退单率", "延期率", "重开率", "回访解决率", "名次"};
    struct figures f;
    struct buf text = BUF_INIT;
    int err = figures_read(s->frame.x, q, &f);

    if (err)
        return err;
    sheet_begin_table(s, columns, sizeof columns / sizeof *columns);
    for (size_t i = 0; i < f.count; i++) {
        const struct tally_sum *sum = &f.list[i].sum;
        static const enum tally_count counts[] = {TALLY_OPENED, TALLY_OPEN, TALLY_OVERDUE};
        figures_name(s->frame.x, q->by, f.list[i].key, false, &text);
        sheet_cell(s, buf_str(&text));
        for (size_t k = 0; k < 3; k++) {
            buf_reset(&text);
            buf_addf(&text, "%u", sum->counts[counts[k]]);
            sheet_cell(s, buf_str(&text));
        }
        for (size_t k = 0; k < TALLY_RATES; k++) {
            buf_reset(&text);
            figures_put_rate(&text, tally_per_mille(sum, &tally_rates[k]));
            buf_addf(&text, "（n=%u）", tally_whole(sum, &tally_rates[k]));
            sheet_cell(s, buf_str(&text));
        }
        buf_reset(&text);
        if (f.list[i].rank)
            buf_addf(&text, "%u", f.list[i].rank);
        else
            buf_add_text(&text, "—");
        sheet_cell(s, buf_str(&text));
        buf_reset(&text);
        sheet_end_row(s);
    }
    sheet_end_table(s);
    figures_free(&f);
    buf_free(&text);
    return 0;
}

static void put_formulas_text(struct sheet *s)
{
    sheet_heading(s, "怎么算的");
    for (size_t i = 0; i < TALLY_RATES; i++)
        sheet_fact(s, tally_rates[i].zh, str_from(tally_rates[i].formula_zh));
}

/* How it was counted; then it is sent, unless there was an error. */
static enum MHD_Result finish(struct sheet *s, int err)
{
    struct exchange *x = s->frame.x;

    if (s->text)
        put_formulas_text(s);
    else
        tables_put_formulas(&s->frame);
    if (!err)
        return sheet_send(s);
    buf_free(s->b);
    return reply_error(x, err, NULL);
}

enum MHD_Result routes_report_month(struct exchange *x)
{
    int month = figures_month_read(x->slug);
    const struct statistics_query units = {.by = STATISTICS_UNIT, .month = month};
    struct buf b = BUF_INIT, title = BUF_INIT;
    struct sheet s;
    char own[40];
    const char *wrong = sheet_read(x, &b, "../../", &s);

    if (wrong)
        return reply_problem(x, 400, "query", wrong);
    if (!month)
        return reply_error(x, ERR_NOTFOUND, "没有这个月份 (no such month)");
    buf_addf(&title, "%s 月度通报", x->slug);
    snprintf(own, sizeof own, "reports/month/%.7s", x->slug);
    sheet_begin(&s, buf_str(&title), own);
    buf_free(&title);
    sheet_heading(&s, "按单位");
    int err = s.text ? put_units_text(&s, &units) : tables_put(&s.frame, &units, true);
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
    sheet_begin(&s, STR("演练小结"), "reports/drill");
    buf_addf(&text, "重放 %s 至 %s 收到的 %zu 条（已放 %zu 条），时钟 ×%d，现在 %s。",
             minute(config->drill->from, from), minute(config->drill->to, to),
             config->drill->nitems, health.played, config->drill_speed,
             minute(clock_now(), now));
    sheet_line(&s, buf_str(&text));
    buf_free(&text);
    sheet_heading(&s, "按单位");
    err = s.text ? put_units_text(&s, &units) : tables_put(&s.frame, &units, true);
    err = err ? err : put_list(&s, statistics_month(config->drill->from),
                               statistics_month(clock_now()));
    return finish(&s, err);
}

enum MHD_Result routes_mending(struct exchange *x)
{
    int month = figures_month_read(x->slug);
    struct buf b = BUF_INIT;
    struct list l = {x, NULL, &b, 0, 0};
    char text[FIGURES_MONTH];

    if (!month)
        return reply_error(x, ERR_NOTFOUND, "没有这个月份 (no such month)");
    buf_add_char(&b, '{');
    json_out_text(&b, "month", figures_month(month, text));
    json_out_bool(&b, "drill", drill_on());
    json_out_name(&b, "items");
    buf_add_char(&b, '[');
    int err = each_item(&l, month);
    buf_add_char(&b, ']');
    json_out_count(&b, "open", l.open);
    buf_add_char(&b, '}');
    if (err) {
        buf_free(&b);
        return reply_error(x, err, NULL);
    }
    return reply_json(x, &b);
}
