/* daemon/views/asked_rows.h - questions by topic, term and day, of so many days back. One thread at
 * a time. */
#ifndef HUIYING_DAEMON_ASKED_ROWS_H
#define HUIYING_DAEMON_ASKED_ROWS_H

#include "daemon/views/asked.h"

struct asked_rows;

/* What would make another row than these is left out, and logged once. */
enum { ASKED_ROWS = 8192 };

struct asked_rows *asked_rows_new(void); /* NULL without memory */
void asked_rows_free(struct asked_rows *r); /* harmless on NULL */
/* A question of that day (since 1970, Chinese time); one that lies more than ASKED_DAYS before the
 * latest day is none. `concern` may be 0. */
void asked_rows_add(struct asked_rows *r, struct str topic, struct str term, int64_t day,
                    uint64_t concern);
/* As asked_read(), on this day. */
int asked_rows_read(const struct asked_rows *r, int64_t day, uint32_t least, struct asked_row *out,
                    size_t max);

#endif
