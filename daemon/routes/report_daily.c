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

/* So many rows of each kind are one page of A4: of what is more it is said how much, and where it
 * is found. In two halves what is longer than SHORT. */
enum { SHOWN = 10, LOOKED_AT = 200, TOPICS_SHOWN = 24, SHORT = 6, BURSTS_SHOWN = 4, CLOSES_AT = 8 };

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
    bool english = l->s->frame.english;

    if (!l->graver && c->due >= l->now)
        return 0;
    l->looked++;
    if (l->shown == SHOWN) {
        l->more++;
        return 0;
    }
    l->shown++;
    sheet_cell_concern(l->s, c->id);
    words_title(l->s->frame.x, c, english, &text);
    sheet_cell(l->s, buf_str(&text));
    buf_reset(&text);
    sheet_cell(l->s, str_from(english ? event_grade_name(c->grade) : event_grade_zh(c->grade)));
    figures_name(l->s->frame.x, STATISTICS_UNIT, c->unit, english, &text);
    sheet_cell(l->s, buf_str(&text));
    buf_reset(&text);
    words_state(c, english, &text);
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
    static const char *const columns[][2] = {{"编号", "No."}, {"事项", "Matter"}, {"级别", "Grade"},
                                             {"承办单位", "Unit"}, {"进展", "State"},
                                             {"答复时限", "Reply due"}};
    const struct store_query q = {.state = "open", .order = STORE_BY_DUE,
                                  .least = graver ? GRADE_LARGER : GRADE_ORDINARY,
                                  .limit = LOOKED_AT};
    struct open_list l = {.s = s, .graver = graver, .now = clock_now()};
    struct buf line = BUF_INIT;

    if (graver)
        sheet_heading(s, "较大以上级别、尚未办结", "Larger and above, open");
    else
        sheet_heading(s, "已超过原定答复时限", "Past the original due time");
    sheet_begin_table(s, columns, sizeof columns / sizeof *columns);
    int err = store_concerns(s->frame.x->side->reader, &q, put_open, &l);
    sheet_end_table(s);
    if (l.more) {
        buf_addf(&line, l.looked == LOOKED_AT
                            ? frame_say(&s->frame, "另有 %zu 件以上，见值班台。",
                                        "At least %zu more: see the duty desk.")
                            : frame_say(&s->frame, "另有 %zu 件，见值班台。",
                                        "%zu more: see the duty desk."), l.more);
        sheet_line(s, buf_str(&line));
    }
    buf_free(&line);
    return err;
}

static void put_topic(struct sheet *s, const struct statistics_matter *t)
{
    const uint32_t counts[] = {t->opened, t->joined, t->answered};
    struct buf text = BUF_INIT;

    figures_name(s->frame.x, STATISTICS_TOPIC, t->topic, s->frame.english, &text);
    sheet_cell(s, buf_str(&text));
    for (size_t k = 0; k < 3; k++)
        sheet_cell_count(s, counts[k]);
    sheet_end_row(s);
    buf_free(&text);
}

/* What is left out: `zh` and `en` take a number. */
static void put_more(struct sheet *s, size_t n, const char *zh, const char *en)
{
    struct buf text = BUF_INIT;

    if (!n)
        return;
    buf_addf(&text, frame_say(&s->frame, zh, en), n);
    sheet_line(s, buf_str(&text));
    buf_free(&text);
}

static void put_topics(struct sheet *s, const struct statistics_spell *d)
{
    static const char *const columns[][2] = {{"事项", "Matter"}, {"新提出", "New"},
                                             {"续来帖", "More posts"}, {"答复", "Answered"}};
    size_t n = d->ntopics < TOPICS_SHOWN ? d->ntopics : TOPICS_SHOWN;
    size_t half = n > SHORT && !s->text && !s->booked ? (n + 1) / 2 : n;

    sheet_heading(s, "按事项", "By matter");
    sheet_begin_halves(s);
    sheet_begin_table(s, columns, sizeof columns / sizeof *columns);
    for (size_t i = 0; i < n; i++) {
        if (i && i == half) {
            sheet_end_table(s);
            sheet_begin_table(s, columns, sizeof columns / sizeof *columns);
        }
        put_topic(s, &d->topics[i]);
    }
    sheet_end_table(s);
    sheet_end_halves(s);
    put_more(s, d->ntopics - n, "另有 %zu 类事项，见总览。", "%zu more matters: see the overview.");
}

static void put_bursts(struct sheet *s, const struct statistics_spell *d)
{
    struct buf text = BUF_INIT;

    if (d->nbursts)
        sheet_heading(s, "突增", "Bursts");
    size_t n = d->nbursts < BURSTS_SHOWN ? d->nbursts : BURSTS_SHOWN;
    for (size_t i = 0; i < n; i++) {
        const struct statistics_burst *e = &d->bursts[i];
        figures_name(s->frame.x, STATISTICS_TOPIC, e->topic, s->frame.english, &text);
        buf_addf(&text, frame_say(&s->frame, "：%u 小时内 %u 条，平常约 %u 条。",
                                  ": in %u h %u posts, commonly about %u."),
                 e->hours, e->seen, e->expected);
        sheet_line(s, buf_str(&text));
        buf_reset(&text);
    }
    if (d->nbursts == STATISTICS_BURSTS)
        put_more(s, d->nbursts - n, "另有 %zu 处以上，见总览。", "At least %zu more: see the overview.");
    else
        put_more(s, d->nbursts - n, "另有 %zu 处，见总览。", "%zu more: see the overview.");
    buf_free(&text);
}

static void put_sentences(struct sheet *s, const struct statistics_spell *d)
{
    const uint32_t *n = d->counts;
    struct buf text = BUF_INIT;

    buf_addf(&text, frame_say(&s->frame,
                              "新提出 %u 件，续来帖 %u 条；答复 %u 件，其中超期 %u 件；新超期 %u 件，督办 %u 次，"
                              "退单 %u 次，重开 %u 件。",
                              "New %u, more posts %u; answered %u, of these late %u; newly overdue "
                              "%u, escalated %u, declined %u, reopened %u."),
             n[STATISTICS_OPENED], n[STATISTICS_JOINED], n[STATISTICS_ANSWERED], n[STATISTICS_LATE],
             n[STATISTICS_OVERDUE], n[STATISTICS_ESCALATED], n[STATISTICS_DECLINED],
             n[STATISTICS_REOPENED]);
    sheet_line(s, buf_str(&text));
    buf_reset(&text);
    buf_addf(&text, frame_say(&s->frame, "信源：无声 %u 个，隔离 %u 个。",
                              "Sources: silent %u, quarantined %u."),
             n[STATISTICS_SILENT], n[STATISTICS_QUARANTINED]);
    sheet_line(s, buf_str(&text));
    buf_free(&text);
}

/* What a reader wants to know first: what came, what was answered, and what went wrong. */
static void put_sums(struct sheet *s, const struct statistics_spell *d)
{
    static const struct {
        const char *name[2], *unit;
        enum statistics_deed count;
        bool bad;
    } tiles[] = {
        {{"新提出", "New"}, "件", STATISTICS_OPENED, false},
        {{"续来帖", "More posts"}, "条", STATISTICS_JOINED, false},
        {{"答复", "Answered"}, "件", STATISTICS_ANSWERED, false},
        {{"其中超期答复", "of these late"}, "件", STATISTICS_LATE, true},
        {{"新超期", "Newly overdue"}, "件", STATISTICS_OVERDUE, true},
        {{"督办", "Escalated"}, "次", STATISTICS_ESCALATED, true},
        {{"退单", "Declined"}, "次", STATISTICS_DECLINED, false},
        {{"重开", "Reopened"}, "件", STATISTICS_REOPENED, true},
        {{"无声信源", "Silent sources"}, "个", STATISTICS_SILENT, true},
        {{"隔离信源", "Quarantined sources"}, "个", STATISTICS_QUARANTINED, true},
    };

    if (s->text) {
        put_sentences(s, d);
        return;
    }
    sheet_begin_tiles(s);
    for (size_t i = 0; i < sizeof tiles / sizeof *tiles; i++) {
        uint32_t n = d->counts[tiles[i].count];
        sheet_tile(s, tiles[i].name, n, tiles[i].unit, tiles[i].bad && n);
    }
    sheet_end_tiles(s);
}

/* From 08:00 to 08:00: the date alone does not say which day is told of. */
static void put_span(struct sheet *s, int64_t until)
{
    char from[CLOCK_TEXT], to[CLOCK_TEXT];
    struct buf line = BUF_INIT;

    clock_format(until - CLOCK_DAY, from);
    clock_format(until, to);
    buf_addf(&line, frame_say(&s->frame, "%.10s %.5s 至 %.10s %.5s%s", "%.10s %.5s to %.10s %.5s%s"),
             from, from + 11, to, to + 11,
             until > clock_now() ? frame_say(&s->frame, "（未满，截至目前）", " (so far)")
                                 : frame_say(&s->frame, "。", "."));
    sheet_line(s, buf_str(&line));
    buf_free(&line);
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
    bool counting = !statistics || statistics_counting(statistics);
    int err = counting ? ERR_AGAIN
                       : statistics_span(statistics, STATISTICS_DAY, statistics_day(until - 1), d);

    if (err == ERR_NOTFOUND)
        *answered = reply_error(x, err, "这一天的账早已不存 (that day is kept no more)");
    else if (err)
        *answered = reply_error(x, err, NULL);
    return err != 0;
}

/* True: the day has not begun, and *answered says when it does. */
static bool ahead(struct exchange *x, int64_t until, enum MHD_Result *answered)
{
    char day[WORDS_DAY], first[WORDS_DAY], detail[200];

    if (until - CLOCK_DAY <= clock_now())
        return false;
    words_day(until, day);
    words_day(until - CLOCK_DAY, first);
    snprintf(detail, sizeof detail, "%s 的每日信息参阅 %s 08:00 起才有 (there will be a brief of %s from "
                                    "%s 08:00 on)", day, first, day, first);
    *answered = reply_error(x, ERR_NOTFOUND, detail);
    return true;
}

static void put_day_link(struct sheet *s, int64_t until, const char *zh, const char *en)
{
    struct buf text = BUF_INIT;
    char day[WORDS_DAY], path[48];

    words_day(until, day);
    snprintf(path, sizeof path, "reports/daily?day=%s", day);
    buf_addf(&text, frame_say(&s->frame, "%s（%s）", "%s (%s)"), frame_say(&s->frame, zh, en), day);
    frame_link(&s->frame, path, buf_str(&text));
    buf_add_char(s->b, '\n');
    buf_free(&text);
}

/* Of a page: the day before, as far back as days are kept, and the one after, once it has begun. */
static void put_neighbours(struct sheet *s, int64_t until)
{
    struct statistics *statistics = s->frame.x->side->http->conf.statistics;
    struct statistics_spell before;

    if (s->text || s->booked)
        return;
    buf_add_text(s->b, "<p class=\"pager\">");
    int64_t day = statistics_day(until - CLOCK_DAY - 1);
    if (!statistics_span(statistics, STATISTICS_DAY, day, &before))
        put_day_link(s, until - CLOCK_DAY, "前一天", "The day before");
    if (until <= clock_now())
        put_day_link(s, until + CLOCK_DAY, "后一天", "The day after");
    buf_add_text(s->b, "</p>\n");
}

enum MHD_Result routes_report_daily(struct exchange *x)
{
    int64_t until = end_of(x);
    struct buf b = BUF_INIT, title = BUF_INIT;
    struct statistics_spell d;
    enum MHD_Result answered;
    struct sheet s;
    char day[WORDS_DAY], own[48];
    const char *wrong = sheet_read(x, &b, "../", &s);

    if (!until)
        wrong = "day 应为 2026-11-22 的形式 (day is of the form 2026-11-22)";
    if (wrong)
        return reply_problem(x, 400, "query", wrong);
    if (ahead(x, until, &answered))
        return answered;
    figures_tagged(x);
    if (sheet_known(&s, &answered))
        return answered;
    if (read_day(x, until, &d, &answered))
        return answered;
    buf_addf(&title, frame_say(&s.frame, "每日信息参阅（%s）", "The day's brief (%s)"),
             words_day(until, day));
    snprintf(own, sizeof own, "reports/daily?day=%s", day);
    s.frame.brief = true;
    sheet_begin(&s, buf_str(&title), own);
    buf_free(&title);
    put_neighbours(&s, until);
    put_span(&s, until);
    put_sums(&s, &d);
    put_bursts(&s, &d);
    int err = put_opens(&s, true);
    err = err ? err : put_opens(&s, false);
    put_topics(&s, &d);
    return sheet_end(&s, err);
}
