/* alerts/clocks.h - when the next stage of a concern's clocks is due. Pure. */
#ifndef HUIYING_ALERTS_CLOCKS_H
#define HUIYING_ALERTS_CLOCKS_H

#include "alerts/concern.h"

/* Instant (ms) of the next announcement and its clock, or INT64_MAX when none runs. */
int64_t clocks_next(const struct concern *c, size_t *which);
/* Move the clock to the stage that `now` has reached next: HALF, then MOST, each in its turn; but
 * straight to OVERDUE when the due time is past, for a reminder of what is missed already helps
 * nobody. Returns the stage entered. */
enum clock_stage clocks_advance(struct concern_clock *clock, int64_t now);
/* Stop the running clocks of the act (ACT_NONE: of every act). */
void clocks_meet(struct concern *c, enum act act, int64_t now);
/* The clock of an act that is due first, or NULL. */
const struct concern_clock *clocks_find(const struct concern *c, enum act act);

/* The same of those that still run. */
const struct concern_clock *clocks_running(const struct concern *c, enum act act);

#endif
