/* daemon/views/statistics_past.h - what happened by the day and, of late, by the hour: counted from
 * each event once, so that no page has to walk the ledger. One thread at a time. */
#ifndef HUIYING_DAEMON_STATISTICS_PAST_H
#define HUIYING_DAEMON_STATISTICS_PAST_H

#include "daemon/views/statistics.h"

struct statistics_past;

struct statistics_past *statistics_past_new(void); /* NULL without memory */
void statistics_past_free(struct statistics_past *p); /* harmless on NULL */
void statistics_past_forget(struct statistics_past *p);
/* Count one: 0 or ERR_NOMEM (in part of them it may be counted then). */
int statistics_past_take(struct statistics_past *p, const struct event *e);
/* As statistics_span(). */
int statistics_past_read(const struct statistics_past *p, enum statistics_span span, int64_t number,
                         struct statistics_spell *out);

#endif
