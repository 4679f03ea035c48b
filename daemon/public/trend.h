/* daemon/public/trend.h - how units or matters stand from month to month. */
#ifndef HUIYING_DAEMON_PUBLIC_TREND_H
#define HUIYING_DAEMON_PUBLIC_TREND_H

#include "daemon/http/figures.h"
#include "daemon/public/frame.h"

enum { TREND_MONTHS = 6 };

/* A table with a row for each key and a column for each of the months up to `last`: of what was
 * found in it 按期答复率 with its n, and the median time to answer. Rows with none of either are left
 * out. Each cell says its numbers as data-part, -whole and -median (ms) to a script that draws.
 * 0, or what figures_read() said. */
int trend_put(struct frame *f, enum statistics_by by, int last);

#endif
