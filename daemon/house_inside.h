/* daemon/house_inside.h - what the part that opens and closes a house (house.c) shares with its
 * floors (house_floors.c). */
#ifndef HUIYING_DAEMON_HOUSE_INSIDE_H
#define HUIYING_DAEMON_HOUSE_INSIDE_H

#include <stdatomic.h>

#include "alerts/bus/bus.h"
#include "daemon/config/config.h"
#include "daemon/house_rules.h"
#include "feeds/fetch/fetch.h"
#include "store/store.h"

struct house {
    const struct config *config; /* `own` */
    struct config own;           /* the configuration, with the rules that all machines go by */
    struct town_rules rules;     /* those; none: the configuration's */
    struct node *node;           /* NULL: there is one machine */
    bool leads;                  /* this one does */
    uint64_t term;
    struct remote *remote;
    struct tail *_Atomic tail; /* of one that follows; read by HTTP threads */
    struct store *store;
    struct ledger *ledger;
    struct bus_ledger_view *view;
    struct bus *bus;
    struct abreast *abreast; /* of the others; NULL: there are none */
    struct http *http;
    struct queue *bodies; /* from the fetch thread to the keepers */
    struct rulebook *book;
    struct worker_pool *pool;
    struct reload *reload;
    struct tryout *tryout;
    struct workbench *workbench;
    struct asked *asked;
    struct fetch *fetch;
    struct drill_play *_Atomic play; /* NULL: in earnest; read by HTTP threads */
    struct searcher *searcher;
    struct statistics *statistics;
    struct fetch_conf fetch_conf;
    struct roster *roster;
    const char *places[4];           /* where it listens; NULL-ended */
    uint64_t shown;                  /* events up to it may be told, those after it once the ledger
                                        tells of them */
    uint64_t head;                   /* where the ledger began: the store is its own from then on */
};

struct house_floor {
    const char *name; /* as the log tells it */
    int (*open)(struct house *h);
};

/* From the ground up. The ledger runs last, so that nobody misses a commit. */
extern const struct house_floor house_floors[];
extern const size_t house_floor_count;

#endif
