/* alerts/bus/shelf.h - messages that several receivers of a unit are about to get: read and written
 * once, for one round of the bus only, so that what expired or was redacted since is not sent from
 * here. Bounded; what finds no room is simply written again. Bus thread only. */
#ifndef HUIYING_ALERTS_SHELF_H
#define HUIYING_ALERTS_SHELF_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"

struct shelf;

/* NULL when memory is exhausted. */
struct shelf *shelf_new(void);
void shelf_free(struct shelf *s);
/* A new round: nothing is found any more. */
void shelf_clear(struct shelf *s);
/* The message of the unit's event `unitseq`; n is 0 when it is not there. Valid until the next
 * shelf_place(). */
struct str shelf_find(const struct shelf *s, const char *unit, uint64_t unitseq);
/* An empty buffer to write it into, found from now on (unless nothing is written). */
struct buf *shelf_place(struct shelf *s, const char *unit, uint64_t unitseq);
/* The unit has no event from `unitseq` on, as the ledger said in this round; and: did it? */
void shelf_end(struct shelf *s, const char *unit, uint64_t unitseq);
bool shelf_ended(const struct shelf *s, const char *unit, uint64_t unitseq);

#endif
