#include "build-config.h"

#include "base/clock.h"
#include "base/drill.h"
#include "base/err.h"

#include "daemon/cluster/node.h"
#include "daemon/http/gone_units.h"
#include "daemon/http/json_out.h"
#include "daemon/http/metrics.h"
#include "daemon/http/reply.h"
#include "daemon/routes/routes.h"

static void about_clock(struct buf *b)
{
    json_out_time(b, "now", clock_now());
    json_out_int(b, "clock_rate", clock_rate());
    json_out_bool(b, "demonstration", clock_rate() != 1);
}

/* The recorded day, and how much of it was published again. */
static void about_drill(struct buf *b, const struct http_conf *conf)
{
    const struct drill_file *day = drill_on() ? conf->config->drill : NULL;
    struct http_health health = {0};

    if (!day) {
        json_out_null(b, "drill");
        return;
    }
    if (conf->health)
        conf->health(conf->arg, &health);
    json_out_name(b, "drill");
    buf_add_char(b, '{');
    json_out_text(b, "mark", DRILL_MARK);
    json_out_time(b, "from", day->from);
    json_out_time(b, "to", day->to);
    json_out_int(b, "speed", conf->config->drill_speed);
    json_out_count(b, "items", day->nitems);
    json_out_count(b, "played", health.played);
    buf_add_char(b, '}');
}

static void about_place(struct buf *b, const struct config *config)
{
    json_out_name(b, "place");
    buf_add_char(b, '{');
    json_out_text(b, "name", config->place_name);
    json_out_text(b, "region", config->home_region);
    buf_add_char(b, '}');
    json_out_name(b, "operator");
    buf_add_char(b, '{');
    json_out_text(b, "name", config->operator_name);
    json_out_text(b, "contact", config->operator_contact);
    buf_add_char(b, '}');
}

/* The daemon can tell of itself while its store, on another machine, does not answer. */
static int about_store(struct buf *b, struct store *reader)
{
    struct store_counts n = {0};
    int err = store_counts(reader, &n);
    bool away = err == ERR_NET || err == ERR_AGAIN;

    if (err && !away)
        return err;
    if (away)
        json_out_null(b, "head");
    else
        json_out_count(b, "head", n.events);
    json_out_name(b, "store");
    buf_add_char(b, '{');
    json_out_text(b, "state", away ? "away" : "here");
    if (away) {
        buf_add_char(b, '}');
        return 0;
    }
    json_out_count(b, "items", n.items - n.forgotten);
    json_out_count(b, "forgotten", n.forgotten);
    json_out_count(b, "concerns", n.concerns);
    json_out_count(b, "open", n.open);
    json_out_count(b, "overdue", n.overdue);
    json_out_count(b, "events", n.events);
    json_out_name(b, "answers");
    buf_add_char(b, '{');
    for (int i = 0; i < SCOPES; i++)
        json_out_count(b, scope_name((enum scope)i), n.answers[i]);
    buf_add_char(b, '}');
    json_out_name(b, "reopened");
    buf_add_char(b, '{');
    for (int i = 0; i < REOPENINGS; i++)
        json_out_count(b, i ? event_reopening_name((enum reopening)i) : "hand", n.reopened[i]);
    buf_add_text(b, "}}");
    return 0;
}

static void about_ledger(struct buf *b, struct ledger *ledger)
{
    struct ledger_counters n = {0};

    ledger_counters(ledger, &n);
    json_out_name(b, "ledger");
    buf_add_char(b, '{');
    json_out_count(b, "items", n.items);
    json_out_count(b, "commits", n.commits);
    json_out_count(b, "failed_commits", n.failed_commits);
    json_out_count(b, "events", n.events);
    json_out_count(b, "commands", n.commands);
    json_out_text(b, "stalled", n.stalled ? err_name(n.stalled) : NULL);
    buf_add_char(b, '}');
}

static void about_cluster(struct buf *b, const struct http_conf *conf)
{
    struct http_health health = {.lag = -1};
    struct node_part part;

    if (!conf->node) {
        json_out_null(b, "cluster");
        return;
    }
    node_part(conf->node, &part);
    json_out_name(b, "cluster");
    buf_add_char(b, '{');
    json_out_text(b, "node", conf->config->node);
    json_out_bool(b, "leads", conf->leads);
    json_out_text(b, "leader", part.leader);
    json_out_text(b, "reach", part.reach);
    json_out_text(b, "failing", part.failing ? err_name(part.failing) : NULL);
    json_out_count(b, "machines", part.machines);
    json_out_count(b, "replicas", part.replicas);
    json_out_count(b, "replicas_needed", conf->config->replicas);
    if (conf->health)
        conf->health(conf->arg, &health);
    if (health.lag < 0) {
        json_out_null(b, "lag_ms");
        json_out_null(b, "shown");
    } else {
        json_out_int(b, "lag_ms", health.lag);
        json_out_count(b, "shown", health.head);
    }
    buf_add_char(b, '}');
}

/* Which year's due times are provisional. */
static void about_deadlines(struct buf *b, struct ledger *ledger)
{
    struct ledger_counters n = {0};

    ledger_counters(ledger, &n);
    json_out_name(b, "deadlines");
    buf_add_char(b, '{');
    json_out_or_null(b, "calendar_missing", n.calendar_missing);
    buf_add_char(b, '}');
}

static void about_workers(struct buf *b, const struct http_conf *conf, const struct rules *rules)
{
    struct http_health health = {0};

    if (conf->health)
        conf->health(conf->arg, &health);
    json_out_name(b, "workers");
    buf_add_char(b, '{');
    json_out_int(b, "live", health.workers_live);
    json_out_count(b, "started", health.workers_started);
    json_out_count(b, "killed", health.workers_killed);
    buf_add_char(b, '}');
    json_out_name(b, "rules");
    buf_add_char(b, '{');
    json_out_text(b, "version", rules_version(rules));
    json_out_count(b, "topics", rules_topics(rules));
    buf_add_char(b, '}');
}

static void about_sources(struct buf *b, const struct http_conf *conf)
{
    struct metrics_state counts[METRICS_STATES];
    struct fetch_counters n = {0};
    uint32_t total = roster_size(conf->roster);

    if (conf->fetch)
        fetch_counters(conf->fetch, &n);
    uint32_t polled = n.healthy + n.failing;
    json_out_name(b, "sources");
    buf_add_char(b, '{');
    json_out_count(b, "total", total);
    json_out_count(b, "healthy", n.healthy);
    json_out_count(b, "failing", n.failing);
    json_out_count(b, "waiting", total > polled ? total - polled : 0);
    json_out_count(b, "quarantined", n.quarantined);
    json_out_count(b, "under_way", n.under_way);
    metrics_sources(conf, &n, counts);
    json_out_name(b, "states");
    buf_add_char(b, '{');
    for (size_t i = 0; i < METRICS_STATES; i++)
        json_out_count(b, counts[i].state, counts[i].count);
    buf_add_text(b, "}}");
}

static void about_bus(struct buf *b, const struct http_conf *conf)
{
    struct bus_counters n = {0};

    if (conf->bus)
        bus_counters(conf->bus, &n);
    json_out_name(b, "bus");
    buf_add_char(b, '{');
    json_out_text(b, "pub", conf->config->bus_pub);
    json_out_text(b, "units", conf->config->bus_units);
    json_out_count(b, "published", n.published);
    json_out_count(b, "delivered", n.delivered);
    json_out_count(b, "acked", n.acked);
    json_out_count(b, "refused_keys", n.refused_keys);
    json_out_count(b, "bad_frames", n.bad_frames);
    json_out_count(b, "oversized_frames", n.oversized);
    json_out_count(b, "receivers", n.receivers);
    json_out_count(b, "units_expected", n.units_expected);
    json_out_count(b, "units_offline", n.units_offline);
    json_out_count(b, "canaries", n.canaries);
    json_out_count(b, "canaries_missed", n.canaries_missed);
    json_out_count(b, "connections", n.lines_accepted);
    json_out_count(b, "handshakes", n.lines_greeted);
    json_out_count(b, "connections_ended", n.lines_ended);
    json_out_count(b, "connections_cut", n.lines_cut);
    buf_add_char(b, '}');
}

enum MHD_Result routes_status(struct exchange *x)
{
    const struct http_conf *conf = &x->side->http->conf;
    struct store *reader = x->side->reader;
    struct buf b = BUF_INIT;

    buf_add_char(&b, '{');
    json_out_text(&b, "name", PACKAGE_NAME);
    json_out_text(&b, "version", PACKAGE_VERSION);
    json_out_text(&b, "epoch", store_epoch(reader));
    about_clock(&b);
    about_drill(&b, conf);
    about_place(&b, conf->config);
    int err = about_store(&b, reader);
    if (err) {
        buf_free(&b);
        return reply_error(x, err, NULL);
    }
    about_cluster(&b, conf);
    about_ledger(&b, conf->ledger);
    about_deadlines(&b, conf->ledger);
    gone_units_put(x, &b);
    about_workers(&b, conf, exchange_rules(x));
    about_sources(&b, conf);
    about_bus(&b, conf);
    json_out_name(&b, "http");
    buf_addf(&b, "{\"port\":%u}}", (unsigned)x->side->http->tcp.port);
    return reply_json(x, &b);
}
