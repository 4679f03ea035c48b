/* daemon/house_store.h - the store of a house: its own, or one of several machines. */
#ifndef HUIYING_DAEMON_HOUSE_STORE_H
#define HUIYING_DAEMON_HOUSE_STORE_H

#include <stdbool.h>

#include "daemon/config/config.h"
#include "store/store.h"

struct node;

/* Open it, to be written by a house without a node (NULL) and by the leader, else to be read; of
 * one that runs as a demonstration the clock goes on where the ledger stopped. 0, or as
 * store_open(), and it is logged. Before threads start. */
int house_store_open(const struct config *config, const struct node *node, bool leads,
                     struct store **out);

#endif
