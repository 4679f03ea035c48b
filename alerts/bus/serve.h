/* alerts/bus/serve.h - pushing committed events to peers: live and replay under credit, and ranges
 * on request. Reads the ledger in bounded turns. Bus thread only. */
#ifndef HUIYING_ALERTS_SERVE_H
#define HUIYING_ALERTS_SERVE_H

#include "alerts/bus/bus.h"
#include "alerts/bus/peers.h"

enum {
    SERVE_TURN = 64,  /* events a peer gets before the next has its turn */
    SERVE_BEHIND = 32 /* that are read in one round for all who are not up to date */
};

struct serve;

/* ledger, home, peers and tally outlive it. NULL when memory is exhausted. */
struct serve *serve_new(const struct bus_ledger *ledger, const struct event_home *home,
                        struct peers *peers, struct bus_tally *tally);
void serve_free(struct serve *s);

/* A unit, or any unit, has new events: its peers look again. */
void serve_mark(struct serve *s, const char *unit);
void serve_mark_all(struct serve *s);

/* A new round: what receivers of one unit are about to get is read and written once in it. Between
 * it and its last turn nothing is marked. */
void serve_begin(struct serve *s);
/* It has much to catch up on, or asked for it: those who have not go first in a round. */
bool serve_behind(const struct peer *p);
/* One turn of a peer: true when it could take more at once. */
bool serve_turn(struct serve *s, struct peer *p);

#endif
