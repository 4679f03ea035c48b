/* GET /api/v1/statistics: what is counted of all concerns, with n beside each rate. */
#include "base/clock.h"
#include "base/drill.h"
#include "base/err.h"
#include "daemon/http/encoding.h"
#include "daemon/http/figures.h"
#include "daemon/http/json_out.h"
#include "daemon/http/reply.h"
#include "daemon/routes/query.h"
#include "daemon/routes/routes.h"

static const char *const dimensions[] = {
    [STATISTICS_ALL] = "all",       [STATISTICS_UNIT] = "unit",   [STATISTICS_TOPIC] = "topic",
    [STATISTICS_REGION] = "region", [STATISTICS_PLACE] = "place", NULL};

/* Towns are for who works on them: in the open the county is said and no less (law 5). */
static bool may_see_places(const struct exchange *x)
{
    return x->caller.role != ACCESS_PUBLIC;
}

static const char *read_query(struct exchange *x, struct statistics_query *q)
{
    const char *by = exchange_query(x, "by"), *month = exchange_query(x, "month");
    int dimension = by ? query_choice(by, dimensions) : STATISTICS_ALL;

    *q = (struct statistics_query){.by = (enum statistics_by)dimension,
                                   .key = exchange_query(x, "key")};
    if (dimension < 0 || (dimension == STATISTICS_PLACE && !may_see_places(x)))
        return "by 应为 all、unit、topic 或 region，登录后也可为 place "
               "(by is all, unit, topic or region; place too when logged in)";
    if (!query_slug(q->key))
        return "key 应为编号 (key is an id: a-z, 0-9 and -)";
    if (month && str_is(str_from(month), "each"))
        q->months = true;
    else if (month && !(q->month = figures_month_read(month)))
        return "month 应为 each 或 2026-11 的形式 (month is each, or of the form 2026-11)";
    return NULL;
}

static void put_rates(struct buf *b, const struct tally_sum *sum)
{
    json_out_name(b, "rates");
    buf_add_char(b, '{');
    for (size_t i = 0; i < TALLY_RATES; i++) {
        int rate = tally_per_mille(sum, &tally_rates[i]);
        json_out_name(b, tally_rates[i].name);
        buf_add_char(b, '{');
        json_out_name(b, "rate");
        if (rate < 0)
            buf_add_text(b, "null");
        else
            buf_addf(b, "%d.%03d", rate / 1000, rate % 1000);
        json_out_count(b, "n", tally_whole(sum, &tally_rates[i]));
        buf_add_char(b, '}');
    }
    buf_add_char(b, '}');
}

static void put_row(struct exchange *x, struct buf *b, enum statistics_by by,
                    const struct figures_row *row)
{
    struct buf zh = BUF_INIT, en = BUF_INIT;
    char month[FIGURES_MONTH];
    uint32_t n;
    int64_t median = tally_median(&row->sum, &n);

    figures_name(x, by, row->key, false, &zh);
    figures_name(x, by, row->key, true, &en);
    json_out_next(b);
    buf_add_char(b, '{');
    json_out_text(b, "key", row->key);
    json_out_str(b, "name", buf_str(&zh));
    json_out_str(b, "name_en", buf_str(&en));
    json_out_text(b, "month", row->month ? figures_month(row->month, month) : NULL);
    json_out_name(b, "counts");
    buf_add_char(b, '{');
    for (size_t i = 0; i < TALLY_COUNTS; i++)
        json_out_count(b, tally_name((enum tally_count)i), row->sum.counts[i]);
    buf_add_char(b, '}');
    put_rates(b, &row->sum);
    json_out_name(b, "median_answer");
    buf_add_char(b, '{');
    if (n)
        json_out_int(b, "seconds", median / 1000);
    else
        json_out_null(b, "seconds");
    json_out_count(b, "n", n);
    buf_add_char(b, '}');
    json_out_or_null(b, "rank", row->rank);
    buf_add_char(b, '}');
    buf_free(&zh);
    buf_free(&en);
}

static void put_formulas(struct buf *b)
{
    json_out_name(b, "formulas");
    buf_add_char(b, '[');
    for (size_t i = 0; i < TALLY_RATES; i++) {
        json_out_next(b);
        buf_add_char(b, '{');
        json_out_text(b, "rate", tally_rates[i].name);
        json_out_text(b, "name", tally_rates[i].zh);
        json_out_text(b, "name_en", tally_rates[i].en);
        json_out_text(b, "formula", tally_rates[i].formula_zh);
        json_out_text(b, "formula_en", tally_rates[i].formula_en);
        buf_add_char(b, '}');
    }
    buf_add_char(b, ']');
}

enum MHD_Result routes_statistics(struct exchange *x)
{
    struct statistics_query q;
    struct figures f;
    struct buf b = BUF_INIT;
    char month[FIGURES_MONTH];
    enum MHD_Result known;
    const char *wrong = read_query(x, &q);

    if (wrong)
        return reply_problem(x, 400, "query", wrong);
    figures_tagged(x);
    if (encoding_current(x, &known))
        return known;
    int err = figures_read(x, &q, &f);
    if (err)
        return reply_error(x, err, NULL);
    encoding_tag(x, &(struct encoding_spell)ENCODING_ALWAYS);
    buf_add_char(&b, '{');
    json_out_count(&b, "head", f.head);
    json_out_time(&b, "now", clock_now());
    json_out_bool(&b, "drill", drill_on());
    json_out_text(&b, "by", dimensions[q.by]);
    json_out_text(&b, "month", q.month ? figures_month(q.month, month) : NULL);
    json_out_count(&b, "rank_least", TALLY_RANK_LEAST);
    json_out_name(&b, "rows");
    buf_add_char(&b, '[');
    for (size_t i = 0; i < f.count; i++)
        put_row(x, &b, q.by, &f.list[i]);
    buf_add_char(&b, ']');
    put_formulas(&b);
    buf_add_char(&b, '}');
    figures_free(&f);
    return reply_json(x, &b);
}
