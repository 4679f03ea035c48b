#include "daemon/house.h"

#include <stdlib.h>

#include "alerts/bus.h"
#include "alerts/keys.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "daemon/bus_ledger.h"
#include "daemon/http.h"
#include "daemon/ledger.h"
#include "daemon/worker_pool.h"
#include "feeds/fetch.h"
#include "store/store.h"

enum { BODIES_MAX = 64, TRANSFERS_MAX = 64 };

struct house {
    const struct config *config;
    struct store *store;
    struct ledger *ledger;
    struct bus_ledger_view *view;
    struct bus *bus;
    struct http *http;
    struct queue *bodies; /* from the fetch thread to the keepers */
    struct worker_pool *pool;
    struct fetch *fetch;
    struct fetch_conf fetch_conf;
    struct fetch_memory *memory; /* one per source */
    uint64_t head;               /* where the ledger began: the store is its own from then on */
};

static void http_watch(void *arg, uint64_t head)
{
    http_committed(((struct house *)arg)->http, head);
}

static void health(void *arg, struct http_health *out)
{
    struct house *h = arg;
    struct worker_pool_counters c = {0};

    if (h->pool)
        worker_pool_counters(h->pool, &c);
    *out = (struct http_health){c.started, c.killed, c.live, rules_version(h->config->rules)};
}

static char *copy_text(struct str s)
{
    return s.n ? strndup(s.p, s.n) : NULL;
}

static int remember_source(void *arg, const struct store_source *src)
{
    struct house *h = arg;

    for (size_t i = 0; i < h->config->sources.count; i++)
        if (str_is(src->id, h->config->sources.list[i].id))
            h->memory[i] = (struct fetch_memory){
                .etag = copy_text(src->etag),
                .last_modified = copy_text(src->last_modified),
                .polled = src->polled,
                .quarantine_until = src->quarantine_until,
                .failures = src->failures,
                .reason = copy_text(src->reason),
            };
    return 0;
}

/* A demonstration's clock has run ahead of the wall; it goes on from where the ledger stopped. */
static void set_demonstration_clock(const struct house *h)
{
    struct event last;
    int64_t start = clock_now();
    uint64_t head = store_head(h->store);

    if (h->config->demonstration_rate == 1)
        return;
    if (head && store_events_after(h->store, head - 1, &last, 1) == 1 && last.at > start)
        start = last.at;
    clock_set_rate(start, h->config->demonstration_rate);
}

static int open_store(struct house *h)
{
    int err = store_open(h->config->store, &h->store);

    if (err) {
        log_error("store.open", "store=%s err=%s", h->config->store, err_name(err));
        return err;
    }
    set_demonstration_clock(h);
    h->memory = calloc(h->config->sources.count + 1, sizeof *h->memory);
    return h->memory ? store_each_source(h->store, remember_source, h) : ERR_NOMEM;
}

static int open_ledger(struct house *h)
{
    h->ledger = ledger_open(h->config, h->store, &h->fetch);
    return h->ledger ? 0 : ERR_IO;
}

static int open_bus(struct house *h)
{
    struct bus_ledger calls;
    struct bus_conf conf = {h->config->bus_pub, h->config->bus_units, h->config->keys_dir,
                            store_epoch(h->store), store_published(h->store)};

    h->view = bus_ledger_open(h->store, h->ledger, &calls);
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
    h->bodies = queue_new(BODIES_MAX);
    h->pool = h->bodies ? worker_pool_start(h->config, h->bodies, h->ledger) : NULL;
    return h->pool ? 0 : ERR_IO;
}

static int open_fetch(struct house *h)
{
    h->fetch_conf = (struct fetch_conf){
        .user_agent = h->config->user_agent,
        .allow = h->config->allow,
        .max_transfers = TRANSFERS_MAX,
        .domain_spacing = h->config->domain_spacing,
        .robots = true,
    };
    h->fetch = fetch_start(&h->fetch_conf, &h->config->sources, h->memory, h->bodies);
    return h->fetch ? 0 : ERR_IO;
}

static int open_http(struct house *h)
{
    struct http_conf conf = {h->config, h->store, h->ledger, h->fetch, h->bus, health, h};

    h->http = http_start(&conf);
    if (!h->http)
        return ERR_IO;
    ledger_add_watch(h->ledger, &(struct ledger_watch){http_watch, NULL, h});
    return 0;
}

static int run_ledger(struct house *h)
{
    h->head = store_head(h->store);
    return ledger_run(h->ledger);
}

/* From the ground up. The ledger runs last, so that nobody misses a commit. */
static const struct {
    const char *name;
    int (*open)(struct house *);
} floors[] = {
    {"store", open_store}, {"ledger-state", open_ledger}, {"bus", open_bus},
    {"workers", open_workers}, {"fetch", open_fetch},     {"http", open_http},
    {"ledger", run_ledger},
};

struct house *house_open(const struct config *config)
{
    struct house *h = calloc(1, sizeof *h);

    if (!h)
        return NULL;
    h->config = config;
    for (size_t i = 0; i < sizeof floors / sizeof *floors; i++) {
        int err = floors[i].open(h);
        if (!err)
            continue;
        log_error("daemon.start", "part=%s err=%s", floors[i].name, err_name(err));
        house_close(h);
        return NULL;
    }
    log_info("daemon.ready", "sources=%zu head=%llu rules=%s rate=%d", config->sources.count,
             (unsigned long long)h->head, rules_version(config->rules), clock_rate());
    return h;
}

void house_reload_keys(struct house *h)
{
    bus_reload_keys(h->bus);
}

/* Intake first, then what it feeds; the readers of the ledger go before the ledger, the ledger
 * before its store. */
void house_close(struct house *h)
{
    if (!h)
        return;
    if (h->ledger)
        ledger_quit(h->ledger);
    if (h->view)
        bus_ledger_detach(h->view);
    http_stop(h->http);
    if (h->bodies)
        queue_close(h->bodies);
    fetch_stop(h->fetch);
    worker_pool_stop(h->pool);
    h->fetch = NULL;
    ledger_stop(h->ledger);
    if (h->bus)
        bus_stop(h->bus);
    bus_ledger_close(h->view);
    for (size_t i = 0; h->memory && i < h->config->sources.count; i++)
        fetch_memory_clear(&h->memory[i]);
    free(h->memory);
    queue_free(h->bodies);
    store_close(h->store);
    free(h);
}
