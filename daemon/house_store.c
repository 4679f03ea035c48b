#include "daemon/house_store.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "daemon/cluster/node.h"
#include "daemon/cluster/tail.h"
#include "store/address.h"
#include "store/cluster.h"

/* A demonstration's clock has run ahead of the wall, a drill's begins with the recorded day; either
 * goes on from where the ledger stopped. */
static void turn_clock(const struct config *config, struct store *store)
{
    struct event last;
    int rate = config->drill ? config->drill_speed : config->demonstration_rate;
    int64_t start = config->drill ? config->drill->from : clock_now();
    uint64_t head = store_head(store);

    if (rate == 1 && !config->drill)
        return;
    if (head && store_events_after(store, head - 1, &last, 1) == 1 && last.at > start)
        start = last.at;
    clock_set_rate(start, rate);
}

/* With what a failover could take back kept in the spool. */
static int lead(const struct config *config, const struct node *node, struct store **out)
{
    char *spool = tail_spool(config);

    if (!spool)
        return ERR_NOMEM;
    int err = store_lead_spooled(config->store, node_token(node), config->replicas, spool, out);
    free(spool);
    return err;
}

int house_store_open(const struct config *config, const struct node *node, bool leads,
                     struct store **out)
{
    int err = !node ? store_open(config->store, out)
              : leads ? lead(config, node, out)
                      : store_follow(config->store, out);

    if (err) {
        char shown[ADDRESS_SHOWN];
        log_error("store.open", "store=%s err=%s", address_shown(config->store, shown),
                  err_name(err));
        return err;
    }
    if (!node)
        turn_clock(config, *out);
    return 0;
}
