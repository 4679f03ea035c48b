/* daemon/views/statistics_rows.h - the counted rows, by dimension, key and month. One thread at a
 * time. */
#ifndef HUIYING_DAEMON_STATISTICS_ROWS_H
#define HUIYING_DAEMON_STATISTICS_ROWS_H

#include "daemon/views/statistics.h"

struct statistics_rows;

struct statistics_rows *statistics_rows_new(void); /* NULL without memory */
void statistics_rows_free(struct statistics_rows *r); /* harmless on NULL */
/* None again; months before `first` get no row of their own from now on. */
void statistics_rows_forget(struct statistics_rows *r, int first);
/* Add what a concern counts for, or take it `back`: 0 or ERR_NOMEM (some rows may have it then). */
int statistics_rows_enter(struct statistics_rows *r, const struct tally *t, bool back);
/* As statistics_read(). */
int statistics_rows_read(const struct statistics_rows *r, const struct statistics_query *q,
                         int (*each)(void *arg, const struct statistics_row *row), void *arg);

#endif
