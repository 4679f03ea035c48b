/* daemon/batch_order.h - what waits together is numbered by its grade, the highest first. Events of
 * a unit keep one order for ever (unitseq), so it is settled before they get their numbers. */
#ifndef HUIYING_DAEMON_BATCH_ORDER_H
#define HUIYING_DAEMON_BATCH_ORDER_H

#include "classifiers/verdict.h"
#include "feeds/fetch.h"

/* A poll that waits: whose it is, and what was found (NULL: nothing). */
struct batch_waiting {
    uint32_t source;
    const struct verdicts *verdicts;
};

/* The order in which n waiting polls are added: by the highest grade that is in them or, for two of
 * one source, in a later one of its polls; equal ones as they came. So the polls of a source stay
 * in order, and none waits behind lower grades but for those. order gets n indexes. 0 or ERR_NOMEM.
 */
int batch_order_polls(const struct batch_waiting *polls, size_t n, size_t *order);
/* The order of the items of one poll, likewise; order gets v->count indexes. */
void batch_order_items(const struct verdicts *v, size_t *order);

#endif
