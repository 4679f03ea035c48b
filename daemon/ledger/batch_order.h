/* daemon/ledger/batch_order.h - what waits together is numbered by its grade, the highest first.
 * Events of a unit keep one order for ever (unitseq), so it is settled before they get their
 * numbers. */
#ifndef HUIYING_DAEMON_BATCH_ORDER_H
#define HUIYING_DAEMON_BATCH_ORDER_H

#include "alerts/event.h"
#include "classifiers/verdict.h"
#include "feeds/fetch/fetch.h"

enum { BATCH_RANKS = GRADE_GRAVE + 2 }; /* 0: alerts nobody; else 1 + the highest grade proposed */

/* A poll that waits: whose it is, and what was found (NULL: nothing). */
struct batch_waiting {
    uint32_t source;
    const struct verdicts *verdicts;
    uint8_t *ranks; /* out: of each item, or of a later version of it where that is higher */
    int rank;       /* out: the highest of them or, if higher, of a later poll of its source */
};

/* The order in which n waiting polls are begun: by rank, equal ones as they came; so those of a
 * source stay in order. When their items are added rank by rank, in this order within a rank, none
 * waits behind a lower one, and versions of one item (by identity or alias) stay in order too.
 * order gets n indexes, each `ranks` as many as there are verdicts. 0 or ERR_NOMEM. */
int batch_order_polls(struct batch_waiting *polls, size_t n, size_t *order);
/* Each item's own rank. */
void batch_order_ranks(const struct verdicts *v, uint8_t *ranks);
/* The order of the items of one poll by these ranks; order gets v->count indexes. */
void batch_order_items(const struct verdicts *v, const uint8_t *ranks, size_t *order);

#endif
