/* daemon/reports/mending.h - 整改: which concerns were missed or reopened, followed to their end. */
#ifndef HUIYING_DAEMON_REPORTS_MENDING_H
#define HUIYING_DAEMON_REPORTS_MENDING_H

#include "daemon/http/exchange.h"

enum mending_fault {
    MENDING_OVERDUE,
    MENDING_LATE,
    MENDING_MISSED,
    MENDING_REOPENED,
    MENDING_FAULTS
};
const char *mending_fault_name(enum mending_fault fault); /* overdue late missed reopened */
const char *mending_fault_text(enum mending_fault fault, bool english);

/* It is mended: answered, or ended otherwise. */
bool mending_done(const struct concern *c);

/* `faults`: bits by enum mending_fault, never 0. */
typedef int mending_each_fn(void *arg, const struct concern *c, unsigned faults);

/* The concerns opened in the month, all of them, the newest first; 0, what the store said, or what
 * `each` returned. */
int mending_each(struct exchange *x, int month, mending_each_fn *each, void *arg);
/* Those opened in months before, which were not mended when the month began: what still is not, of
 * whatever month, then what was mended since, of MENDING_LOOKS_BACK months; each newest first.
 * None of a month that is yet to come. */
enum { MENDING_LOOKS_BACK = 12 };
int mending_each_carried(struct exchange *x, int month, mending_each_fn *each, void *arg);

#endif
