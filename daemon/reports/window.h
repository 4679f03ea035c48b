/* daemon/reports/window.h - the ledger's events of a stretch of time. */
#ifndef HUIYING_DAEMON_REPORTS_WINDOW_H
#define HUIYING_DAEMON_REPORTS_WINDOW_H

#include "store/store.h"

enum { WINDOW_MOST = 200000 }; /* events that one walk looks at */

/* Call `each` with the events from `from` up to, and without, `until` (ms), in order; what lies
 * past WINDOW_MOST is left out (*cut). Its beginning is found by halving: where the clock stepped
 * back some may be missed. 0 or ERR_*. */
int window_each(struct store *s, int64_t from, int64_t until, bool *cut,
                void (*each)(void *arg, const struct event *e), void *arg);

#endif
