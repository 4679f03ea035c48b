/* daemon/ledger/bus_ledger.h - how the bus thread reads the ledger: its own reader of the store,
 * and the ledger's queue for acks and commands. */
#ifndef HUIYING_DAEMON_BUS_LEDGER_H
#define HUIYING_DAEMON_BUS_LEDGER_H

#include "alerts/bus/bus.h"
#include "daemon/ledger/ledger.h"

struct bus_ledger_view;

struct bus_ledger_conf {
    bool follows;    /* another machine's bus tells who is out of reach */
    bool replicated; /* what the ledger has not told of is passed over, for it may be lost yet */
    uint64_t told;   /* up to this event it need not tell */
};
/* Open a reader and fill *out, which then serves bus_start(). NULL on failure. */
struct bus_ledger_view *bus_ledger_open(struct store *store, struct ledger *ledger,
                                        const struct bus_ledger_conf *conf,
                                        struct bus_ledger *out);
/* Where results and durable acks go once the bus runs; called before commands can arrive. */
void bus_ledger_attach(struct bus_ledger_view *v, struct bus *bus);
/* The bus is about to stop: later results go nowhere. */
void bus_ledger_detach(struct bus_ledger_view *v);
/* After the bus and the ledger have stopped. Harmless on NULL. */
void bus_ledger_close(struct bus_ledger_view *v);

#endif
