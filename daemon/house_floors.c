/* The floors of a house, each opened on those before it. */
#include "daemon/house_inside.h"

#include <limits.h>
#include <string.h>

#include "alerts/bus/keys.h"
#include "base/err.h"
#include "daemon/cluster/abreast.h"
#include "daemon/cluster/keyring.h"
#include "daemon/cluster/remote.h"
#include "daemon/cluster/tail.h"
#include "daemon/drill/drill_play.h"
#include "daemon/house_store.h"
#include "daemon/http/http.h"
#include "daemon/ledger/bus_ledger.h"
#include "daemon/ledger/ledger.h"
#include "daemon/reload/reload.h"
#include "daemon/reload/rulebook.h"
#include "daemon/views/searcher.h"
#include "daemon/views/statistics.h"
#include "daemon/workbench/workbench.h"
#include "daemon/workers/worker_pool.h"
#include "store/trail.h"

enum { BODIES_MAX = 64, TRANSFERS_MAX = 512 };

static void http_watch(void *arg, uint64_t head)
{
    http_committed(((struct house *)arg)->http, head);
}

static void health(void *arg, struct http_health *out)
{
    struct house *h = arg;
    struct worker_pool_counters c = {0};

    struct tail *t = h->tail;
    struct tail_lag lag = {.ms = -1};

    if (h->pool)
        worker_pool_counters(h->pool, &c);
    if (t)
        tail_lag(t, &lag);
    struct drill_play *play = h->play;
    *out = (struct http_health){c.started, c.killed, c.live, lag.ms, lag.head,
                                play ? drill_play_count(play) : 0};
}

static int recall_source(void *arg, const struct store_source *src)
{
    const struct house *h = arg;
    const struct fetch_memory memory = {
        /* A page behind the first is found through it, changed or not. */
        .etag = src->owed ? STR_NONE : src->etag,
        .last_modified = src->owed ? STR_NONE : src->last_modified,
        .owed = src->owed,
        .polled = src->polled,
        .quarantine_until = src->quarantine_until,
        .failures = src->failures,
        .paused = src->state != STORE_SOURCE_ACTIVE,
    };
    uint32_t index;

    return roster_find(h->roster, src->id, &index) ? fetch_recall(h->fetch, index, &memory) : 0;
}

static int open_store(struct house *h)
{
    return house_store_open(h->config, h->node, h->leads, &h->store);
}

static int open_rules(struct house *h)
{
    return house_rules_open(&h->own, h->store, h->node != NULL, &h->rules, &h->book);
}

static int open_roster(struct house *h)
{
    const struct sources *sources = &h->config->sources;
    uint32_t index;
    int err = 0;

    h->roster = roster_new();
    for (size_t i = 0; h->roster && i < sources->count && !err; i++)
        err = roster_add(h->roster, &sources->list[i], &index);
    return h->roster ? err : ERR_NOMEM;
}

/* Inside the chain of the audit trail, before all that is done in the drill: a line that is put in
 * front of an export can be taken away, or put in front of another. */
static int trace_drill(struct house *h)
{
    static const struct trail_row row = {.role = "daemon", .act = TRAIL_DRILL};

    return h->config->drill ? ledger_trail(h->ledger, &row, NULL, NULL) : 0;
}

static int open_ledger(struct house *h)
{
    h->ledger = ledger_open(h->config, h->roster, h->store, &h->fetch);
    return h->ledger ? trace_drill(h) : ERR_IO;
}

static int open_remote(struct house *h)
{
    const struct remote_conf conf = {h->config, h->node, h->roster, h->ledger, &h->fetch, h->leads};
    int err = h->node ? remote_open(&conf, &h->remote) : 0;

    if (!err && h->node)
        ledger_join(h->ledger,
                    &(struct ledger_among){h->node, h->remote, h->leads, h->term});
    return err;
}

/* Of what a machine that follows finds, tail.h has not asked yet whether the replicas have it. */
static int read_shown(struct house *h)
{
    if (h->leads)
        return ledger_shown(h->ledger, &h->shown);
    return h->config->replicas ? store_read_published(h->store, &h->shown)
                               : store_read_head(h->store, &h->shown);
}

static int open_bus(struct house *h)
{
    struct bus_ledger calls;
    int err = read_shown(h);
    uint64_t published = h->shown;
    if (!err && h->leads)
        err = store_read_published(h->store, &published);
    struct bus_conf conf = {.pub_endpoint = h->config->bus_pub,
                            .units_endpoint = h->config->bus_units,
                            .keys_dir = h->config->keys_dir,
                            .epoch = store_epoch(h->store),
                            .site = h->config->public_url,
                            .published = published,
                            .snapshot_after = h->config->snapshot_after,
                            .times = h->config->presence};

    bool changed;
    if (!err && h->node)
        err = keyring_follow(h->store, h->config->keys_dir, &changed);
    if (err)
        return err;
    h->view = bus_ledger_open(h->store, h->ledger, &(struct bus_ledger_conf){
                                   .follows = !h->leads, .replicated = h->config->replicas > 0,
                                   .told = h->shown},
                               &calls);
    if (!h->view || keys_ensure(h->config->keys_dir, "server"))
        return ERR_IO;
    h->bus = bus_start(&conf, &calls);
    if (!h->bus)
        return ERR_IO;
    bus_ledger_attach(h->view, h->bus);
    return 0;
}

static int open_workers(struct house *h)
{
    struct rule_set *rules = rulebook_hold(h->book);

    h->bodies = queue_new(BODIES_MAX);
    /* Before any verdict: the ledger tells of rules that changed while nothing was running. */
    if (h->bodies && !ledger_rules(h->ledger, rules, NULL, NULL))
        h->pool = worker_pool_start(h->config, h->roster, h->bodies, h->ledger, rules);
    rule_set_release(rules);
    return h->pool ? 0 : ERR_IO;
}

static int load_for_another(void *arg, const struct ledger_load *load, ledger_done *done,
                            void *done_arg)
{
    return reload_forwarded(((struct house *)arg)->reload, load, done, done_arg);
}

static int open_reload(struct house *h)
{
    const struct reload_conf conf = {h->config, h->book, h->pool, h->ledger,
                                     h->store, h->node, !h->leads, h->rules.name};

    h->reload = reload_start(&conf);
    ledger_on_load(h->ledger, load_for_another, h);
    return h->reload ? 0 : ERR_NOMEM;
}

static int load_rules(void *arg, const struct reload_order *order, reload_done *done,
                      void *done_arg)
{
    return reload_ask(((struct house *)arg)->reload, order, done, done_arg);
}

static int check_rules(void *arg, struct str topic, struct str text, reload_check_done *done,
                       void *done_arg)
{
    return reload_check(((struct house *)arg)->reload, topic, text, done, done_arg);
}

static int open_fetch(struct house *h)
{
    const char *places[] = {h->config->http, h->config->bus_pub, h->config->bus_units, NULL};

    memcpy(h->places, places, sizeof places);
    h->fetch_conf = (struct fetch_conf){
        .user_agent = h->config->user_agent,
        .allow = h->config->allow,
        .own = h->places,
        .max_transfers = TRANSFERS_MAX,
        .domain_spacing = h->config->domain_spacing,
        .domains = h->config->domains,
        .timetable = h->config->timetable,
        .ca_file = h->config->ca_file,
        .robots = true,
        .shared = h->remote ? remote_shared(h->remote) : NULL,
    };
    h->fetch = fetch_new(&h->fetch_conf, h->roster, h->bodies);
    if (h->config->drill) { /* asks nobody for anything */
        fetch_halt(h->fetch);
        return h->fetch ? 0 : ERR_IO;
    }
    int err = h->fetch ? store_each_source(h->store, recall_source, h) : ERR_IO;
    return err ? err : fetch_run(h->fetch);
}

static int open_tryout(struct house *h)
{
    const struct tryout_conf conf = {h->config->worker_path, &h->fetch_conf};

    h->tryout = tryout_start(&conf);
    return h->tryout ? 0 : ERR_NOMEM;
}

static int open_workbench(struct house *h)
{
    char program[PATH_MAX];
    const struct workbench_conf conf = {config_program("huiying", program, sizeof program),
                                        h->config->socket_path, h->book};

    h->workbench = workbench_start(&conf);
    return h->workbench ? 0 : ERR_NOMEM;
}

static int open_search(struct house *h)
{
    h->searcher = searcher_start(h->config, h->store);
    return h->searcher ? 0 : ERR_NOMEM;
}

static int open_statistics(struct house *h)
{
    h->statistics = statistics_start(h->store);
    return h->statistics ? 0 : ERR_NOMEM;
}

static int open_asked(struct house *h)
{
    h->asked = asked_start(h->config, h->book, h->store);
    return h->asked ? 0 : ERR_NOMEM;
}

static int open_http(struct house *h)
{
    struct http_conf conf = {.config = h->config, .roster = h->roster, .writer = h->store,
                             .ledger = h->ledger, .fetch = h->fetch, .bus = h->bus,
                             .rules = h->book, .searcher = h->searcher,
                             .statistics = h->statistics, .tryout = h->tryout, .asked = h->asked,
                             .workbench = h->workbench,
                             .node = h->node, .leads = h->leads, .shown = h->shown,
                             .health = health, .load_rules = load_rules,
                             .check_rules = check_rules, .arg = h};

    h->http = http_start(&conf);
    if (!h->http)
        return ERR_IO;
    ledger_add_watch(h->ledger, &(struct ledger_watch){http_watch, NULL, h, NULL});
    return 0;
}

static int open_abreast(struct house *h)
{
    const struct abreast_conf conf = {h->config->keys_dir, h->store, h->bus, h->reload};

    return h->node ? abreast_start(&conf, &h->abreast) : 0;
}

static int run_ledger(struct house *h)
{
    h->head = store_head(h->store);
    int err = ledger_run(h->ledger);
    struct tail *tail = NULL;
    if (!err && !h->leads)
        err = tail_start(h->config, h->ledger, &tail);
    h->tail = tail;
    return err || !h->remote ? err : remote_run(h->remote);
}

/* Once there is somebody to hear of what comes. */
static int open_drill(struct house *h)
{
    if (!h->config->drill)
        return 0;
    h->play = drill_play_start(h->config, h->roster, h->bodies);
    return h->play ? 0 : ERR_NOMEM;
}

const struct house_floor house_floors[] = {
    {"store", open_store},
    {"rules", open_rules},
    {"sources", open_roster},
    {"ledger-state", open_ledger},
    {"others", open_remote},
    {"bus", open_bus},
    {"workers", open_workers},
    {"reload", open_reload},
    {"fetch", open_fetch},
    {"tries", open_tryout},
    {"workbench", open_workbench},
    {"search", open_search},
    {"statistics", open_statistics},
    {"asked", open_asked},
    {"http", open_http},
    {"abreast", open_abreast},
    {"ledger", run_ledger},
    {"drill", open_drill},
};
const size_t house_floor_count = sizeof house_floors / sizeof *house_floors;
