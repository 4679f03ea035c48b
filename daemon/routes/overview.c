/* 总览: how the place stands now, on one page that is whole without a script: arrivals by matter and
 * hour with bursts, towns, units, months, sources. js/overview.js draws the tables that ask for it
 * by data-chart, from what is in their cells. */
#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/err.h"
#include "daemon/http/encoding.h"
#include "daemon/http/figures.h"
#include "daemon/http/html_out.h"
#include "daemon/http/metrics.h"
#include "daemon/http/pages.h"
#include "daemon/http/reply.h"
#include "daemon/public/charts.h"
#include "daemon/public/frame.h"
#include "daemon/public/tables.h"
#include "daemon/public/trend.h"
#include "daemon/routes/routes.h"
#include "daemon/views/asked.h"

enum { HOURS = 24, SHADES = 4 };
#define HOUR (CLOCK_DAY / 24)

struct lane {
    char topic[SLUG_MAX];
    uint32_t arrivals[HOURS];
    bool burst[HOURS];
};

struct grid {
    int64_t from; /* number of the first hour */
    struct lane lanes[STATISTICS_TOPICS];
    size_t count; /* what has no room is left out */
    uint32_t most;
};

static struct lane *lane_of(struct grid *g, const char *topic)
{
    for (size_t i = 0; i < g->count; i++)
        if (strcmp(g->lanes[i].topic, topic) == 0)
            return &g->lanes[i];
    if (g->count == STATISTICS_TOPICS)
        return NULL;
    memcpy(g->lanes[g->count].topic, topic, SLUG_MAX);
    return &g->lanes[g->count++];
}

static int take_hour(struct exchange *x, struct grid *g, size_t hour)
{
    struct statistics_spell spell;
    int err = statistics_span(x->side->http->conf.statistics, STATISTICS_HOUR,
                              g->from + (int64_t)hour, &spell);

    for (size_t i = 0; !err && i < spell.ntopics; i++) {
        const struct statistics_matter *m = &spell.topics[i];
        uint32_t arrivals = m->opened + m->joined;
        struct lane *lane = arrivals || m->burst ? lane_of(g, m->topic) : NULL;
        if (!lane)
            continue;
        lane->burst[hour] = m->burst;
        lane->arrivals[hour] = arrivals;
        g->most = arrivals > g->most ? arrivals : g->most;
    }
    return err == ERR_NOTFOUND ? 0 : err; /* the clock was set back by more than a day */
}

static void put_cell(struct frame *f, const struct lane *lane, size_t hour, uint32_t most)
{
    uint32_t n = lane->arrivals[hour];
    unsigned shade = n ? 1 + (unsigned)((uint64_t)(n - 1) * SHADES / most) : 0;

    buf_addf(f->b, "<td class=\"h%u%s\">", shade, lane->burst[hour] ? " burst" : "");
    if (n)
        buf_addf(f->b, "%u", n);
    if (lane->burst[hour])
        buf_addf(f->b, "<span title=\"%s\">▲</span>", frame_say(f, "突增", "burst"));
    buf_add_text(f->b, "</td>");
}

static void put_hours(struct frame *f, const struct grid *g)
{
    buf_addf(f->b,
             "<div class=\"wide\" tabindex=\"0\"><table class=\"hours\" data-chart=\"hours\">\n"
             "<thead><tr><th scope=\"col\">%s</th>",
             frame_say(f, "事项", "Matter"));
    for (int i = 0; i < HOURS; i++)
        buf_addf(f->b, "<th scope=\"col\">%" PRId64 "</th>",
                 (g->from + i + CLOCK_CHINA / HOUR) % 24);
    buf_add_text(f->b, "</tr></thead>\n<tbody>\n");
    for (size_t i = 0; i < g->count; i++) {
        struct buf name = BUF_INIT;
        figures_name(f->x, STATISTICS_TOPIC, g->lanes[i].topic, f->english, &name);
        buf_add_text(f->b, "<tr><th scope=\"row\">");
        html_out_str(f->b, buf_str(&name));
        buf_add_text(f->b, "</th>");
        for (size_t k = 0; k < HOURS; k++)
            put_cell(f, &g->lanes[i], k, g->most);
        buf_add_text(f->b, "</tr>\n");
        buf_free(&name);
    }
    buf_add_text(f->b, "</tbody>\n</table></div>\n");
}

/* The running hour is the last column. */
static int put_arrivals(struct frame *f)
{
    struct grid *g = calloc(1, sizeof *g);
    int err = g ? 0 : ERR_NOMEM;

    if (g)
        g->from = statistics_hour(clock_now()) - HOURS + 1;
    for (size_t i = 0; i < HOURS && !err; i++)
        err = take_hour(f->x, g, i);
    if (!err && g->count)
        put_hours(f, g);
    else if (!err)
        buf_addf(f->b, "<p>%s</p>\n", frame_say(f, "近 24 小时没有来帖。", "Nothing in 24 hours."));
    free(g);
    return err;
}

/* Towns and streets as tiles, by code: neighbours in the code are neighbours here. */
static int put_places(struct frame *f)
{
    const struct statistics_query q = {.by = STATISTICS_PLACE};
    struct figures figures;
    uint32_t most = 1;
    int err = figures_read(f->x, &q, &figures);

    if (err)
        return err;
    for (size_t i = 0; i < figures.count; i++)
        if (figures.list[i].sum.counts[TALLY_OPEN] > most)
            most = figures.list[i].sum.counts[TALLY_OPEN];
    buf_add_text(f->b, "<ul class=\"map\">\n");
    for (size_t i = 0; i < figures.count; i++) {
        const uint32_t *counts = figures.list[i].sum.counts;
        uint32_t open = counts[TALLY_OPEN];
        struct buf name = BUF_INIT;
        figures_name(f->x, STATISTICS_PLACE, figures.list[i].key, f->english, &name);
        buf_addf(f->b, "<li class=\"h%u\"><strong>",
                 open ? 1 + (unsigned)((uint64_t)(open - 1) * SHADES / most) : 0);
        html_out_str(f->b, buf_str(&name));
        buf_addf(f->b, f->english ? "</strong> %u open, %u with a reply overdue</li>\n"
                                  : "</strong> 未办结 %u，超期未答复 %u</li>\n",
                 open, counts[TALLY_OVERDUE]);
        buf_free(&name);
    }
    buf_add_text(f->b, "</ul>\n");
    figures_free(&figures);
    return 0;
}

static void count_sources(const struct http_conf *conf,
                          struct metrics_state counts[static METRICS_STATES])
{
    struct fetch_counters n = {0};

    if (conf->fetch)
        fetch_counters(conf->fetch, &n);
    metrics_sources(conf, &n, counts);
}

/* As the page of sources has them, and its words. */
static void put_sources(struct frame *f)
{
    static const struct {
        const char *state, *zh, *en;
        bool bad;
    } words[METRICS_STATES] = {{"active", "正常", "active", false},
                               {"failing", "失败", "failing", true},
                               {"silent", "无声", "silent", true},
                               {"quarantined", "隔离", "quarantined", true},
                               {"paused", "暂停", "paused", false},
                               {"retired", "停办", "retired", false}};
    struct metrics_state counts[METRICS_STATES];

    count_sources(&f->x->side->http->conf, counts);
    buf_add_text(f->b, "<dl class=\"tiles\">\n");
    for (size_t i = 0; i < METRICS_STATES; i++) {
        assert(strcmp(words[i].state, counts[i].state) == 0);
        buf_addf(f->b, "<div class=\"tile%s\"><dt>%s</dt><dd>%u</dd></div>\n",
                 words[i].bad && counts[i].count ? " bad" : "",
                 frame_say(f, words[i].zh, words[i].en), counts[i].count);
    }
    buf_add_text(f->b, "</dl>\n");
}

static void heading(struct frame *f, const char *zh, const char *en)
{
    buf_addf(f->b, "<h2>%s</h2>\n", frame_say(f, zh, en));
}

/* Its figures, and what is told of sources, as it is without an event, too; and its charts. */
static bool is_known(struct exchange *x, enum MHD_Result *answered)
{
    const struct http_conf *conf = &x->side->http->conf;
    struct metrics_state counts[METRICS_STATES];

    count_sources(conf, counts);
    figures_tagged(x);
    for (size_t i = 0; i < METRICS_STATES; i++)
        encoding_also(x, counts[i].count);
    encoding_also(x, conf->asked ? asked_mark(conf->asked) : 0);
    encoding_also(x, pages_have_chart(x->side->http->pages));
    return encoding_unchanged(x, answered);
}

enum MHD_Result routes_overview(struct exchange *x)
{
    const struct statistics_query all = {.by = STATISTICS_ALL}, units = {.by = STATISTICS_UNIT},
                                  topics = {.by = STATISTICS_TOPIC},
                                  months = {.by = STATISTICS_ALL, .months = true};
    struct buf b = BUF_INIT;
    enum MHD_Result known;
    struct frame f;
    int err, month = statistics_month(clock_now());

    if (is_known(x, &known))
        return known;
    frame_read(x, &b, "", &f);
    f.area = frame_say(&f, "总览", "Overview");
    f.charts = pages_have_chart(x->side->http->pages);
    frame_begin(&f, str_from(f.area), "overview");
    err = tables_put(&f, &all, false);
    heading(&f, "近 24 小时来帖，▲ 为突增", "Arrivals in 24 hours; ▲ is a burst");
    err = err ? err : put_arrivals(&f);
    heading(&f, "各乡镇街道", "Towns and streets");
    err = err ? err : put_places(&f);
    heading(&f, "各单位", "Units");
    err = err ? err : tables_put(&f, &units, true);
    err = err ? err : trend_put(&f, STATISTICS_UNIT, month);
    heading(&f, "各事项", "Matters");
    err = err ? err : tables_put(&f, &topics, false);
    err = err ? err : trend_put(&f, STATISTICS_TOPIC, month);
    heading(&f, "问得最多，可再解读", "Asked most: worth explaining once more");
    err = err ? err : routes_put_asked(&f);
    heading(&f, "逐月", "By month");
    err = err ? err : tables_put_months(&f, month);
    err = err ? err : tables_put(&f, &months, false);
    heading(&f, "信源", "Sources");
    put_sources(&f);
    tables_put_formulas(&f);
    frame_end(&f);
    if (err) {
        buf_free(&b);
        return reply_error(x, err, NULL);
    }
    return frame_send(&f);
}
