#include "daemon/house.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "daemon/cluster/abreast.h"
#include "daemon/cluster/node.h"
#include "daemon/cluster/remote.h"
#include "daemon/cluster/tail.h"
#include "daemon/drill/drill_play.h"
#include "daemon/house_inside.h"
#include "daemon/http/http.h"
#include "daemon/ledger/bus_ledger.h"
#include "daemon/ledger/ledger.h"
#include "daemon/reload/reload.h"
#include "daemon/reload/rulebook.h"
#include "daemon/views/searcher.h"
#include "daemon/views/statistics.h"
#include "daemon/workbench/workbench.h"
#include "daemon/workers/worker_pool.h"

struct house *house_open(const struct config *config, struct node *node)
{
    struct node_part part = {.leads = true};
    struct house *h = calloc(1, sizeof *h);

    if (!h)
        return NULL;
    if (node)
        node_part(node, &part);
    h->own = *config;
    h->config = &h->own;
    h->node = node;
    h->leads = part.leads;
    h->term = part.term;
    for (size_t i = 0; i < house_floor_count; i++) {
        int err = house_floors[i].open(h);
        if (!err)
            continue;
        log_error("daemon.start", "part=%s err=%s", house_floors[i].name, err_name(err));
        house_close(h);
        return NULL;
    }
    log_info("daemon.ready", "sources=%u head=%llu rules=%s rate=%d leads=%d",
             roster_size(h->roster), (unsigned long long)h->head, rules_version(h->own.rules),
             clock_rate(), h->leads);
    if (node && h->leads && h->rules.none) /* nobody has: these are everybody's from now on */
        house_reload(h, NULL);
    return h;
}

bool house_outdated(const struct house *h)
{
    struct node_part part;

    if (!h->node)
        return false;
    node_part(h->node, &part);
    return part.term != h->term || part.leads != h->leads;
}

bool house_fenced(const struct house *h)
{
    return ledger_fenced(h->ledger);
}

static void loaded(void *arg, const struct reload_outcome *outcome)
{
    void (**done)(void) = arg;

    (void)outcome; /* the reload thread has logged it */
    (*done)();
    free(done);
}

void house_reload(struct house *h, void (*done)(void))
{
    void (**kept)(void) = done ? malloc(sizeof *kept) : NULL;

    if (h->bus)
        bus_reload_keys(h->bus);
    if (kept)
        *kept = done;
    int err = reload_ask(h->reload, &(struct reload_order){.verb = RELOAD_LOAD},
                         kept ? loaded : NULL, kept);
    if (!err)
        return;
    log_error("rules.load", "err=%s", err_name(err));
    free(kept);
    if (done)
        done();
}

/* Intake first, then what it feeds; the readers of the ledger go before the ledger, the ledger
 * before its store. */
void house_close(struct house *h)
{
    if (!h)
        return;
    if (h->ledger) {
        ledger_quit(h->ledger);
        ledger_drop_watch(h->ledger, h); /* what is under way may still commit */
    }
    if (h->view)
        bus_ledger_detach(h->view);
    http_stop(h->http);
    tryout_stop(h->tryout);
    workbench_stop(h->workbench);
    asked_stop(h->asked);
    abreast_stop(h->abreast);
    tail_stop(h->tail);
    searcher_stop(h->searcher);
    statistics_stop(h->statistics);
    if (h->bodies)
        queue_close(h->bodies);
    drill_play_stop(h->play);
    fetch_halt(h->fetch); /* the ledger goes on telling it what became of bodies */
    reload_halt(h->reload);
    remote_stop(h->remote);
    worker_pool_stop(h->pool);
    reload_stop(h->reload);
    ledger_stop(h->ledger);
    fetch_stop(h->fetch);
    if (h->bus)
        bus_stop(h->bus);
    bus_ledger_close(h->view);
    remote_close(h->remote);
    roster_free(h->roster);
    queue_free(h->bodies);
    store_close(h->store);
    rulebook_free(h->book);
    town_rules_clear(&h->rules);
    free(h);
}
