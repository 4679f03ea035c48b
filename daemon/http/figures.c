#include "daemon/http/figures.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "alerts/units/place.h"
#include "base/clock.h"
#include "base/err.h"
#include "daemon/http/encoding.h"
#include "daemon/http/reply.h"

static int copy(void *arg, const struct statistics_row *row)
{
    struct figures *f = arg;

    if ((f->count & (f->count - 1)) == 0) { /* full at powers of two */
        size_t cap = f->count ? f->count * 2 : 1;
        struct figures_row *more = reallocarray(f->list, cap, sizeof *more);
        if (!more)
            return ERR_NOMEM;
        f->list = more;
    }
    struct figures_row *to = &f->list[f->count++];
    *to = (struct figures_row){.month = row->month, .sum = *row->sum};
    memcpy(to->key, row->key, strlen(row->key));
    return 0;
}

static bool is_ranked(const struct figures_row *row)
{
    return tally_whole(&row->sum, &tally_rates[1]) >= TALLY_RANK_LEAST;
}

static void rank(struct figures *f)
{
    for (size_t i = 0; i < f->count; i++) {
        struct figures_row *row = &f->list[i];
        row->rank = is_ranked(row);
        for (size_t k = 0; k < f->count && row->rank; k++)
            row->rank += is_ranked(&f->list[k]) &&
                         tally_per_mille(&f->list[k].sum, &tally_rates[1]) >
                             tally_per_mille(&row->sum, &tally_rates[1]);
    }
}

void figures_tagged(struct exchange *x)
{
    struct statistics *s = x->side->http->conf.statistics;

    encoding_also(x, s ? statistics_mark(s) : 0);
}

int figures_read(struct exchange *x, const struct statistics_query *q, struct figures *out)
{
    struct statistics *s = x->side->http->conf.statistics;

    *out = (struct figures){.head = s ? statistics_head(s) : 0};
    int err = s ? statistics_read(s, q, copy, out) : ERR_AGAIN;
    if (err)
        figures_free(out);
    else
        rank(out);
    return err;
}

void figures_free(struct figures *f)
{
    free(f->list);
    f->list = NULL;
    f->count = 0;
}

void figures_total(const struct figures *f, struct tally_sum *out)
{
    *out = (struct tally_sum){0};
    for (size_t i = 0; i < f->count; i++) {
        for (size_t k = 0; k < TALLY_COUNTS; k++)
            out->counts[k] += f->list[i].sum.counts[k];
        for (size_t k = 0; k < TALLY_TIMES; k++)
            out->times[k] += f->list[i].sum.times[k];
    }
}

static void put_either(struct buf *out, struct str zh, struct str en, bool english, const char *id)
{
    struct str name = english && en.n ? en : zh;

    buf_add_str(out, name.n ? name : str_from(id));
}

static void unit_name(struct exchange *x, const char *id, bool english, struct buf *out)
{
    const struct units *units = exchange_units(x);
    int at = units_find(units, str_from(id));

    if (at < 0)
        buf_add_text(out, id);
    else
        put_either(out, str_from(units->list[at].name_zh), str_from(units->list[at].name_en),
                   english, id);
}

static void topic_name(struct exchange *x, const char *id, bool english, struct buf *out)
{
    int at = rules_find(exchange_rules(x), str_from(id));
    struct rules_topic topic = {0};

    if (at >= 0)
        topic = rules_topic(exchange_rules(x), (size_t)at);
    put_either(out, topic.name_zh, topic.name_en, english, id);
}

static void place_name(struct exchange *x, const char *code, bool english, struct buf *out)
{
    const struct config *config = x->side->http->conf.config;
    struct str name = rules_region_name(exchange_rules(x), str_from(code));

    (void)english; /* places have one name */
    if (!name.n && strncmp(code, config->home_region, 6) == 0)
        name = str_from(config->place_name);
    buf_add_str(out, name.n ? name : str_from(code));
}

void figures_name(struct exchange *x, enum statistics_by by, const char *key, bool english,
                  struct buf *out)
{
    static void (*const of[STATISTICS_BYS])(struct exchange *, const char *, bool, struct buf *) = {
        [STATISTICS_UNIT] = unit_name, [STATISTICS_TOPIC] = topic_name,
        [STATISTICS_REGION] = place_name, [STATISTICS_PLACE] = place_name};

    if (by == STATISTICS_ALL)
        buf_add_text(out, english ? "all" : "全部");
    else if (!*key)
        buf_add_text(out, english ? "not known" : "未明");
    else
        of[by](x, key, english, out);
}

char *figures_month(int month, char out[static FIGURES_MONTH])
{
    snprintf(out, FIGURES_MONTH, "%04d-%02d", month / 12, month % 12 + 1);
    return out;
}

int figures_month_read(const char *text)
{
    struct str s = str_from(text);
    long long year, month;

    if (s.n != 7 || s.p[4] != '-' || str_int((struct str){s.p, 4}, 1970, 9999, &year) ||
        str_int((struct str){s.p + 5, 2}, 1, 12, &month))
        return 0;
    return (int)(year * 12 + month - 1);
}

bool figures_ahead(struct exchange *x, int month, enum MHD_Result *answered)
{
    char text[FIGURES_MONTH], detail[160];

    if (month <= statistics_month(clock_now()))
        return false;
    figures_month(month, text);
    snprintf(detail, sizeof detail, "%s 还没有开始，%s-01 起才有 (%s has not begun: there will be a "
                                    "report of it from %s-01 on)", text, text, text, text);
    *answered = reply_error(x, ERR_NOTFOUND, detail);
    return true;
}

const char *figures_running(int month, bool english)
{
    if (month != statistics_month(clock_now()))
        return NULL;
    return english ? "The month so far: it is not over." : "本月至今，尚未满月。";
}

void figures_put_rate(struct buf *b, int per_mille)
{
    if (per_mille < 0)
        buf_add_text(b, "—");
    else
        buf_addf(b, "%d.%d%%", per_mille / 10, per_mille % 10);
}

void figures_put_span(struct buf *b, int64_t ms, bool english)
{
    int64_t minutes = ms / 60000, hours = minutes / 60, days = hours / 24;

    if (days)
        buf_addf(b, english ? "%" PRId64 " d %" PRId64 " h" : "%" PRId64 " 天 %" PRId64 " 小时", days,
                 hours % 24);
    else if (hours)
        buf_addf(b, english ? "%" PRId64 " h %" PRId64 " min" : "%" PRId64 " 小时 %" PRId64 " 分",
                 hours, minutes % 60);
    else
        buf_addf(b, english ? "%" PRId64 " min" : "%" PRId64 " 分钟", minutes);
}
