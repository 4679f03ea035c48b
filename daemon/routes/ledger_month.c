/* 回应公示: the report of a month, for reading and for printing. */
#include <stdio.h>

#include "base/clock.h"
#include "base/err.h"
#include "daemon/http/encoding.h"
#include "daemon/http/figures.h"
#include "daemon/http/keeping.h"
#include "daemon/http/reply.h"
#include "daemon/public/frame.h"
#include "daemon/public/tables.h"
#include "daemon/routes/routes.h"

static const struct {
    enum tally_count count;
    const char *zh, *en;
} endings[] = {
    {TALLY_CAME_ANSWERED, "发现时已有答复", "found with their reply"},
    {TALLY_FULL, "公开答复", "answered in full"},
    {TALLY_SUMMARY, "摘要公开", "answered in summary"},
    {TALLY_WITHHELD, "答复不公开", "answered, withheld"},
    {TALLY_ADVERTISEMENT, "无需回应：广告", "nothing to answer: advertisement"},
    {TALLY_ELSEWHERE, "无需回应：外地", "nothing to answer: of another place"},
    {TALLY_OLD_NEWS, "无需回应：旧闻", "nothing to answer: old news"},
    {TALLY_NOTICE, "无需回应：官方通告", "nothing to answer: official notice"},
    {TALLY_HANDED_OUT, "转有关机构", "handed to another body"},
    {TALLY_MERGED, "并入另一件", "merged into another"},
};

static int put_endings(struct frame *f, int month)
{
    const struct statistics_query q = {.by = STATISTICS_ALL, .month = month};
    struct figures figures;
    struct tally_sum sum;
    int err = figures_read(f->x, &q, &figures);

    if (err)
        return err;
    figures_total(&figures, &sum);
    figures_free(&figures);
    buf_add_text(f->b, "<dl class=\"facts short\">\n");
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
        frame_fact(f, endings[i].zh, endings[i].en);
        buf_addf(f->b, "%u", sum.counts[endings[i].count]);
        frame_close_fact(f);
    }
    buf_add_text(f->b, "</dl>\n");
    return 0;
}

static void heading(struct frame *f, const char *zh, const char *en)
{
    buf_addf(f->b, "<h2>%s</h2>\n", frame_say(f, zh, en));
}

static void put_neighbours(struct frame *f, int month)
{
    char text[FIGURES_MONTH], path[40];
    int last = statistics_month(clock_now());

    buf_add_text(f->b, "<p class=\"pager\">");
    for (int at = month - 1; at <= month + 1; at += 2) {
        if (at > last)
            continue;
        snprintf(path, sizeof path, "ledger/month/%s", figures_month(at, text));
        frame_link(f, path, str_from(text));
        buf_add_char(f->b, '\n');
    }
    snprintf(path, sizeof path, "ledger?month=%s", figures_month(month, text));
    frame_link(f, path, str_from(frame_say(f, "本月事项", "The matters of the month")));
    buf_add_text(f->b, "</p>\n");
}

enum MHD_Result routes_ledger_month(struct exchange *x)
{
    int month = figures_month_read(x->slug), err = 0;
    const struct statistics_query all = {.by = STATISTICS_ALL, .month = month};
    const struct statistics_query units = {.by = STATISTICS_UNIT, .month = month};
    const struct statistics_query topics = {.by = STATISTICS_TOPIC, .month = month};
    const struct statistics_query places = {.by = STATISTICS_REGION, .month = month};
    struct buf b = BUF_INIT, title = BUF_INIT;
    enum MHD_Result known;
    struct frame f;
    char own[40];

    if (!month)
        return reply_error(x, ERR_NOTFOUND, "没有这个月份 (no such month)");
    if (figures_ahead(x, month, &known))
        return known;
    figures_tagged(x);
    if (encoding_unchanged(x, &known) || keeping_known(x, &known))
        return known;
    frame_read(x, &b, "../../", &f);
    buf_addf(&title, f.english ? "Report of %s" : "%s 月报", x->slug);
    snprintf(own, sizeof own, "ledger/month/%.7s", x->slug);
    frame_begin(&f, buf_str(&title), own);
    buf_free(&title);
    if (figures_running(month, f.english))
        buf_addf(&b, "<p>%s</p>\n", figures_running(month, f.english));
    err = tables_put(&f, &all, false);
    heading(&f, "近十二个月", "The last twelve months");
    err = err ? err : tables_put_months(&f, month);
    heading(&f, "按单位", "By unit");
    err = err ? err : tables_put(&f, &units, true);
    heading(&f, "按事项", "By matter");
    err = err ? err : tables_put(&f, &topics, false);
    heading(&f, "按地点（县级）", "By place (county)");
    err = err ? err : tables_put(&f, &places, false);
    heading(&f, "办理结果", "How they ended");
    err = err ? err : put_endings(&f, month);
    tables_put_formulas(&f);
    put_neighbours(&f, month);
    frame_end(&f);
    if (err) {
        buf_free(&b);
        return reply_error(x, err, NULL);
    }
    return frame_send(&f);
}
