/* 每日信息参阅: one page of the day that ends at 08:00. */
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/err.h"
#include "daemon/http/figures.h"
#include "daemon/http/reply.h"
#include "daemon/public/words.h"
#include "daemon/reports/sheet.h"
#include "daemon/routes/routes.h"

enum { SHOWN = 10, LOOKED_AT = 200, CLOSES_AT = 8 };

/* What is open: the graver ones, and those that are overdue, the oldest first. */
struct open_list {
    struct sheet *s;
    bool graver;
    size_t looked, shown, more;
    int64_t now;
};

static int put_open(void *arg, const struct concern *c)
{
    struct open_list *l = arg;
    struct buf text = BUF_INIT;
    char time[CLOCK_TEXT];

    if (!l->graver && c->due >= l->now)
        return 0;
    l->looked++;
    if (l->shown == SHOWN) {
        l->more++;
        return 0;
    }
    l->shown++;
    sheet_cell_concern(l->s, c->id);
    words_title(l->s->frame.x, c, false, &text);
    sheet_cell(l->s, buf_str(&text));
    buf_reset(&text);
    sheet_cell(l->s, str_from(event_grade_zh(c->grade)));
    figures_name(l->s->frame.x, STATISTICS_UNIT, c->unit, false, &text);
    sheet_cell(l->s, buf_str(&text));
    buf_reset(&text);
    words_state(c, false, &text);
    sheet_cell(l->s, buf_str(&text));
    clock_format(c->due, time);
    time[10] = ' ';
    sheet_cell(l->s, (struct str){time, 16});
    sheet_end_row(l->s);
    buf_free(&text);
    return 0;
}

static int put_opens(struct sheet *s, bool graver)
{
    static const char *const columns[] = {"编号", "事项", "级别", "承办单位", "进展", "答复时限"};
    const struct store_query q = {.state = "open", .order = STORE_BY_DUE,
                                  .least = graver ? GRADE_LARGER : GRADE_ORDINARY,
                                  .limit = LOOKED_AT};
    struct open_list l = {.s = s, .graver = graver, .now = clock_now()};
    struct buf line = BUF_INIT;

    sheet_heading(s, graver ? "较大以上级别、尚未办结" : "已超过原定答复时限");
    sheet_begin_table(s, columns, sizeof columns / sizeof *columns);
    int err = store_concerns(s->frame.x->side->reader, &q, put_open, &l);
    sheet_end_table(s);
    if (!l.shown)
        sheet_line(s, STR("无。"));
    if (l.more) {
        buf_addf(&line, l.looked == LOOKED_AT ? "另有 %zu 件以上。" : "另有 %zu 件。", l.more);
        sheet_line(s, buf_str(&line));
    }
    buf_free(&line);
    return err;
}

static void put_topics(struct sheet *s, const struct statistics_spell *d)
{
    static const char *const columns[] = {"事项", "新提出", "续来帖", "答复"};
    struct buf text = BUF_INIT;

    sheet_heading(s, "按事项");
    sheet_begin_table(s, columns, sizeof columns / sizeof *columns);
    for (size_t i = 0; i < d->ntopics; i++) {
        const struct statistics_matter *t = &d->topics[i];
        const uint32_t counts[] = {t->opened, t->joined, t->answered};
        figures_name(s->frame.x, STATISTICS_TOPIC, t->topic, false, &text);
        sheet_cell(s, buf_str(&text));
        for (size_t k = 0; k < 3; k++) {
            buf_reset(&text);
            buf_addf(&text, "%u", counts[k]);
            sheet_cell(s, buf_str(&text));
        }
        buf_reset(&text);
        sheet_end_row(s);
    }
    sheet_end_table(s);
    buf_free(&text);
}

static void put_bursts(struct sheet *s, const struct statistics_spell *d)
{
    struct buf text = BUF_INIT;

    if (d->nbursts)
        sheet_heading(s, "突增");
    for (size_t i = 0; i < d->nbursts; i++) {
        const struct statistics_burst *e = &d->bursts[i];
        figures_name(s->frame.x, STATISTICS_TOPIC, e->topic, false, &text);
        buf_addf(&text, "：%u 小时内 %u 条，平常约 %u 条。", e->hours, e->seen, e->expected);
        sheet_line(s, buf_str(&text));
        buf_reset(&text);
    }
    buf_free(&text);
}

static void put_sums(struct sheet *s, const struct statistics_spell *d)
{
    const uint32_t *n = d->counts;
    struct buf text = BUF_INIT;

    buf_addf(&text, "新提出 %u 件，续来帖 %u 条；答复 %u 件，其中超期 %u 件；新超期 %u 件，督办 %u 次，退单 "
                    "%u 次，重开 %u 件。",
             n[STATISTICS_OPENED], n[STATISTICS_JOINED], n[STATISTICS_ANSWERED], n[STATISTICS_LATE],
             n[STATISTICS_OVERDUE], n[STATISTICS_ESCALATED], n[STATISTICS_DECLINED],
             n[STATISTICS_REOPENED]);
    sheet_line(s, buf_str(&text));
    buf_reset(&text);
    buf_addf(&text, "信源：无声 %u 个，隔离 %u 个。", n[STATISTICS_SILENT], n[STATISTICS_QUARANTINED]);
    sheet_line(s, buf_str(&text));
    buf_free(&text);
}

/* The last 08:00 (UTC+8), or that of ?day; 0: not of the form. */
static int64_t end_of(struct exchange *x)
{
    const int64_t hour = CLOCK_DAY / 24;
    const char *day = exchange_query(x, "day");
    char text[48];
    int64_t at;

    if (!day)
        return (clock_now() + CLOCK_CHINA - CLOSES_AT * hour) / CLOCK_DAY * CLOCK_DAY -
               CLOCK_CHINA + CLOSES_AT * hour;
    snprintf(text, sizeof text, "%.10sT08:00:00+08:00", day);
    return strlen(day) == 10 && !clock_parse(str_from(text), &at) ? at : 0;
}

/* What happened in the day that ends at `until`; true: it cannot be told, *answered says why. */
static bool read_day(struct exchange *x, int64_t until, struct statistics_spell *d,
                     enum MHD_Result *answered)
{
    struct statistics *statistics = x->side->http->conf.statistics;
    bool counting = !statistics || (!statistics_head(statistics) && store_head(x->side->reader));
    int err = counting ? ERR_AGAIN
                       : statistics_span(statistics, STATISTICS_DAY, statistics_day(until - 1), d);

    if (err == ERR_NOTFOUND)
        *answered = reply_error(x, err, "这一天的账早已不存 (that day is kept no more)");
    else if (err)
        *answered = reply_error(x, err, NULL);
    return err != 0;
}

enum MHD_Result routes_report_daily(struct exchange *x)
{
    int64_t until = end_of(x);
    struct buf b = BUF_INIT, title = BUF_INIT;
    struct statistics_spell d;
    enum MHD_Result answered;
    struct sheet s;
    char day[WORDS_DAY];
    const char *wrong = sheet_read(x, &b, "../", &s);

    if (!until)
        wrong = "day 应为 2026-11-22 的形式 (day is of the form 2026-11-22)";
    if (wrong)
        return reply_problem(x, 400, "query", wrong);
    if (read_day(x, until, &d, &answered))
        return answered;
    buf_addf(&title, "每日信息参阅（%s）", words_day(until, day));
    sheet_begin(&s, buf_str(&title), "reports/daily");
    buf_free(&title);
    put_sums(&s, &d);
    put_bursts(&s, &d);
    int err = put_opens(&s, true);
    err = err ? err : put_opens(&s, false);
    put_topics(&s, &d);
    if (err) {
        buf_free(&b);
        return reply_error(x, err, NULL);
    }
    return sheet_send(&s);
}
