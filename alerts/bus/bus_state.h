/* alerts/bus/bus_state.h - inside of the bus, for its own files only. */
#ifndef HUIYING_ALERTS_BUS_STATE_H
#define HUIYING_ALERTS_BUS_STATE_H

#include <pthread.h>

#include "alerts/bus/bus.h"
#include "alerts/bus/bus_mail.h"
#include "alerts/bus/delivery.h"
#include "alerts/bus/bus_lines.h"
#include "alerts/bus/presence.h"
#include "alerts/bus/publish.h"

enum {
    BUS_ROUTING_ID = 5,  /* bytes of one that the server chose: 0 and a counter */
    BUS_KEYS_MS = 10000  /* between two looks whether a key file came or went */
};

struct bus {
    struct bus_ledger ledger;
    char *epoch, *site, *keys_dir;
    struct event_home home; /* of the first two */
    void *context, *zap, *router;
    struct key_pair server;
    struct keys *keys;
    struct bus_lines *lines;
    struct bus_lines_counts units_lines, pub_lines;
    struct presence *presence;
    struct delivery *delivery;
    struct publish *publish;
    struct bus_mail *mail;
    struct bus_tally tally;
    _Atomic uint64_t head;
    atomic_bool stop, reload;
    int64_t tick_at, tick, keys_at;
    uint64_t keys_stamp;
    pthread_t thread;
    bool running;
};

/* Units that have a key are expected on the bus: 0 or ERR_NOMEM. */
int bus_state_watch(struct bus *b);
/* The bus thread, until b->stop; arg is the bus. */
void *bus_state_run(void *arg);

#endif
