/* daemon/http/gone_units.h - units that units.yaml has no more while concerns of theirs are open:
 * nobody answers those until they are reassigned. */
#ifndef HUIYING_DAEMON_HTTP_GONE_UNITS_H
#define HUIYING_DAEMON_HTTP_GONE_UNITS_H

#include "daemon/http/exchange.h"

/* The member "units_gone": [{unit, open}] in order of id, by the units in force now; null while the
 * start's count is under way. */
void gone_units_put(struct exchange *x, struct buf *b);

#endif
