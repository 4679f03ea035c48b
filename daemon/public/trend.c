#include "daemon/public/trend.h"

#include <inttypes.h>

#include "daemon/http/html_out.h"
#include "daemon/public/charts.h"

/* 按期答复率 */
#define RATE (&tally_rates[1])

static bool is_answered(const struct figures_row *row)
{
    return tally_whole(&row->sum, RATE) || tally_median(&row->sum, NULL);
}

static void put_cell(struct frame *f, const struct figures_row *row)
{
    uint32_t n;

    if (!row || !is_answered(row)) {
        buf_add_text(f->b, "<td class=\"num\">—</td>");
        return;
    }
    int64_t median = tally_median(&row->sum, &n);
    uint32_t whole = tally_whole(&row->sum, RATE);
    buf_add_text(f->b, "<td class=\"num\"");
    if (whole)
        buf_addf(f->b, " data-part=\"%u\" data-whole=\"%u\"", row->sum.counts[RATE->part], whole);
    if (n)
        buf_addf(f->b, " data-median=\"%" PRId64 "\"", median);
    buf_add_text(f->b, ">");
    figures_put_rate(f->b, tally_per_mille(&row->sum, RATE));
    buf_addf(f->b, " <small>n=%u</small>", whole);
    charts_put_bar(f->b, row->sum.counts[RATE->part], whole);
    if (n) {
        buf_add_text(f->b, "<small>");
        figures_put_span(f->b, median, f->english);
        buf_add_text(f->b, "</small>");
    }
    buf_add_text(f->b, "</td>");
}

/* The rows of one key, which lie side by side: how many. Nothing is put for one without answers. */
static size_t put_key(struct frame *f, enum statistics_by by, const struct figures *all, size_t at,
                      int last)
{
    const struct figures_row *months[TREND_MONTHS] = {0}, *first = &all->list[at];
    struct buf name = BUF_INIT;
    bool any = false;
    size_t n = 0;

    for (; at + n < all->count && strcmp(all->list[at + n].key, first->key) == 0; n++) {
        int back = last - first[n].month;
        if (back >= 0 && back < TREND_MONTHS) {
            months[TREND_MONTHS - 1 - back] = &first[n];
            any = any || is_answered(&first[n]);
        }
    }
    if (!any)
        return n;
    figures_name(f->x, by, first->key, f->english, &name);
    buf_add_text(f->b, "<tr><th scope=\"row\">");
    html_out_str(f->b, buf_str(&name));
    buf_add_text(f->b, "</th>");
    for (size_t i = 0; i < TREND_MONTHS; i++)
        put_cell(f, months[i]);
    buf_add_text(f->b, "</tr>\n");
    buf_free(&name);
    return n;
}

int trend_put(struct frame *f, enum statistics_by by, int last)
{
    const struct statistics_query q = {.by = by, .months = true};
    struct figures figures;
    char month[FIGURES_MONTH];
    int err = figures_read(f->x, &q, &figures);

    if (err)
        return err;
    buf_addf(f->b,
             "<h3>%s</h3>\n<div class=\"wide\" tabindex=\"0\">"
             "<table class=\"rates trend\" data-chart=\"trend\">\n"
             "<thead><tr><th scope=\"col\">%s</th>",
             frame_say(f, "逐月按期答复率与答复用时（中位），按发现的月份",
                       "Answered in time, and median time to answer, by the month of finding"),
             by == STATISTICS_UNIT ? frame_say(f, "单位", "Unit") : frame_say(f, "事项", "Matter"));
    for (int i = TREND_MONTHS - 1; i >= 0; i--)
        buf_addf(f->b, "<th scope=\"col\" class=\"num\">%s</th>", figures_month(last - i, month));
    buf_add_text(f->b, "</tr></thead>\n<tbody>\n");
    for (size_t at = 0; at < figures.count;)
        at += put_key(f, by, &figures, at, last);
    buf_add_text(f->b, "</tbody>\n</table></div>\n");
    figures_free(&figures);
    return 0;
}
