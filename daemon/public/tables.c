#include "daemon/public/tables.h"

#include <stdio.h>

#include "daemon/http/html_out.h"
#include "daemon/public/charts.h"

static const char *const by_names[STATISTICS_BYS][2] = {
    [STATISTICS_ALL] = {"合计", "All"},         [STATISTICS_UNIT] = {"单位", "Unit"},
    [STATISTICS_TOPIC] = {"事项", "Matter"},    [STATISTICS_REGION] = {"地点", "Place"},
    [STATISTICS_PLACE] = {"乡镇街道", "Town"}};

static void put_headings(struct frame *f, enum statistics_by by, bool ranked)
{
    static const char *const counts[][2] = {
        {"提出", "Raised"}, {"未办结", "Open"}, {"超期未答复", "Reply overdue"}};
    const struct {
        const char *zh, *en;
    } median = {"答复用时（中位）", "Median time to answer"};

    buf_addf(f->b, "<thead><tr><th scope=\"col\">%s</th>", by_names[by][f->english]);
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
        buf_addf(f->b, "<th scope=\"col\" class=\"num\">%s</th>", counts[i][f->english]);
    for (size_t i = 0; i < TALLY_RATES; i++)
        buf_addf(f->b, "<th scope=\"col\" class=\"num\">%s</th>",
                 f->english ? tally_rates[i].en : tally_rates[i].zh);
    buf_addf(f->b, "<th scope=\"col\" class=\"num\">%s</th>", f->english ? median.en : median.zh);
    if (ranked)
        buf_addf(f->b, "<th scope=\"col\" class=\"num\">%s</th>", f->english ? "Rank" : "名次");
    buf_add_text(f->b, "</tr></thead>\n");
}

static void put_rates(struct frame *f, const struct tally_sum *sum)
{
    uint32_t n;
    int64_t median = tally_median(sum, &n);

    for (size_t i = 0; i < TALLY_RATES; i++) {
        uint32_t whole = tally_whole(sum, &tally_rates[i]);
        buf_add_text(f->b, "<td class=\"num\">");
        figures_put_rate(f->b, tally_per_mille(sum, &tally_rates[i]));
        buf_addf(f->b, " <small>n=%u</small>", whole);
        if (i < 2)
            charts_put_bar(f->b, sum->counts[tally_rates[i].part], whole);
        buf_add_text(f->b, "</td>");
    }
    buf_add_text(f->b, "<td class=\"num\">");
    if (n)
        figures_put_span(f->b, median, f->english);
    else
        buf_add_text(f->b, "—");
    buf_addf(f->b, " <small>n=%u</small></td>", n);
}

static void put_row(struct frame *f, enum statistics_by by, const struct figures_row *row,
                    bool ranked)
{
    char month[FIGURES_MONTH];
    struct buf name = BUF_INIT;

    if (row->month && by == STATISTICS_ALL)
        buf_add_text(&name, figures_month(row->month, month));
    else
        figures_name(f->x, by, row->key, f->english, &name);
    buf_add_text(f->b, "<tr><th scope=\"row\">");
    html_out_str(f->b, buf_str(&name));
    buf_addf(f->b, "</th><td class=\"num\">%u</td><td class=\"num\">%u</td>",
             row->sum.counts[TALLY_OPENED], row->sum.counts[TALLY_OPEN]);
    buf_addf(f->b, "<td class=\"num%s\">%u</td>", row->sum.counts[TALLY_OVERDUE] ? " overdue" : "",
             row->sum.counts[TALLY_OVERDUE]);
    put_rates(f, &row->sum);
    if (ranked && row->rank)
        buf_addf(f->b, "<td class=\"num\">%u</td>", row->rank);
    else if (ranked)
        buf_add_text(f->b, "<td class=\"num\">—</td>");
    buf_add_text(f->b, "</tr>\n");
    buf_free(&name);
}

int tables_put(struct frame *f, const struct statistics_query *q, bool ranked)
{
    struct figures figures;
    int err = figures_read(f->x, q, &figures);

    if (err)
        return err;
    buf_add_text(f->b, "<div class=\"wide\" tabindex=\"0\"><table class=\"rates\">\n");
    put_headings(f, q->by, ranked);
    buf_add_text(f->b, "<tbody>\n");
    for (size_t i = 0; i < figures.count; i++)
        put_row(f, q->by, &figures.list[i], ranked);
    buf_add_text(f->b, "</tbody>\n</table></div>\n");
    if (!figures.count)
        buf_addf(f->b, "<p>%s</p>\n", frame_say(f, "没有可统计的事项。", "Nothing to count."));
    figures_free(&figures);
    return 0;
}

void tables_put_formulas(struct frame *f)
{
    buf_addf(f->b, "<section class=\"formulas\">\n<h2>%s</h2>\n<dl class=\"facts\">\n",
             frame_say(f, "怎么算的", "How it is counted"));
    for (size_t i = 0; i < TALLY_RATES; i++) {
        frame_fact(f, tally_rates[i].zh, tally_rates[i].en);
        buf_add_text(f->b, f->english ? tally_rates[i].formula_en : tally_rates[i].formula_zh);
        frame_close_fact(f);
    }
    frame_fact(f, "超期未答复", "Reply overdue");
    buf_add_text(f->b, frame_say(f, "答复期限已过而没有答复的；签收等其他期限过了的不在内，值班台的“超期”连同这些一起数。",
                                 "Not answered by the due time of the reply. What is late with "
                                 "another step, such as accepting, is not in it; the duty desk's "
                                 "Overdue counts those too."));
    frame_close_fact(f);
    buf_add_text(f->b, "</dl>\n");
    buf_addf(f->b, f->english
                 ? "<p>Counted by the month in which a matter was found. Each rate has its n "
                   "beside it; with n under %d nobody is ranked. Medians are within 7%%. What was "
                   "found together with its reply is in no rate.</p>\n</section>\n"
                 : "<p>按事项发现的月份统计。每个比率旁注明分母 n；n 少于 %d 不排名次。中位数误差不超过 "
                   "7%%。发现时已有答复的事项不计入比率。</p>\n</section>\n",
             TALLY_RANK_LEAST);
}

int tables_put_months(struct frame *f, int last)
{
    enum { MONTHS = 12 };
    const struct statistics_query q = {.by = STATISTICS_ALL, .months = true};
    struct charts_column columns[MONTHS];
    struct figures figures;
    int err = figures_read(f->x, &q, &figures);

    if (err)
        return err;
    for (int i = 0; i < MONTHS; i++) {
        int month = last - MONTHS + 1 + i;
        char text[FIGURES_MONTH];
        columns[i] = (struct charts_column){0};
        snprintf(columns[i].label, sizeof columns[i].label, "%s", figures_month(month, text) + 2);
        for (size_t k = 0; k < figures.count; k++)
            if (figures.list[k].month == month) {
                const struct tally_sum *sum = &figures.list[k].sum;
                columns[i].whole = sum->counts[TALLY_OPENED];
                columns[i].part = sum->counts[TALLY_OPENED] - sum->counts[TALLY_OPEN];
            }
    }
    figures_free(&figures);
    charts_put_columns(f->b, columns, MONTHS,
                       frame_say(f, "近十二个月提出的事项，深色为其中已办结的",
                                 "Matters raised in the last twelve months; dark: those closed"));
    buf_addf(f->b, "<p class=\"caption\">%s</p>\n",
             frame_say(f, "近十二个月提出的事项，深色为其中已办结的。",
                       "Matters raised in the last twelve months; dark: those closed."));
    return 0;
}
