/* daemon/public/tables.h - the statistics as tables of a page: each rate with its n, formulas
 * below. */
#ifndef HUIYING_DAEMON_PUBLIC_TABLES_H
#define HUIYING_DAEMON_PUBLIC_TABLES_H

#include "daemon/http/figures.h"
#include "daemon/public/frame.h"

/* A table of the rows of `q`, by key; `ranked` adds a column of ranks, empty for n under
 * TALLY_RANK_LEAST. 0, or what figures_read() said. */
int tables_put(struct frame *f, const struct statistics_query *q, bool ranked);
/* The formula of each rate. */
void tables_put_formulas(struct frame *f);
/* Opened and, of those, answered, in the twelve months up to this one. */
int tables_put_months(struct frame *f, int last);

#endif
