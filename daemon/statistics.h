/* daemon/statistics.h - what is counted of all concerns, by unit, topic, place and month: a view of
 * the ledger that a thread of its own keeps some moments behind it, from each concern's events, and
 * makes anew at each start. */
#ifndef HUIYING_DAEMON_STATISTICS_H
#define HUIYING_DAEMON_STATISTICS_H

#include "alerts/tally.h"
#include "store/store.h"

struct statistics;

enum statistics_by {
    STATISTICS_ALL,    /* one row, key "" */
    STATISTICS_UNIT,
    STATISTICS_TOPIC,
    STATISTICS_REGION, /* county: the first six digits, "" when the place is not known */
    STATISTICS_PLACE,  /* town or street: nine digits where so many are known */
    STATISTICS_BYS
};

/* A month in which concerns were opened, by Chinese time: year * 12 + month - 1. */
int statistics_month(int64_t at);
enum { STATISTICS_EVERY_MONTH = 0 };
/* Counted by month so far back from the start of the program; what was opened before counts in
 * STATISTICS_EVERY_MONTH alone. */
enum { STATISTICS_MONTHS = 60 };
/* Rows that are kept; what would make another is left out, and logged once. */
enum { STATISTICS_ROWS = 65536 };

struct statistics_query {
    enum statistics_by by;
    const char *key; /* this one; NULL: each */
    int month;       /* this one, or STATISTICS_EVERY_MONTH */
    bool months;     /* each month apart, in place of `month` */
};
struct statistics_row {
    const char *key;
    int month;
    const struct tally_sum *sum;
};

/* Start the thread with a reader of `writer`, which outlives it. NULL without memory. */
struct statistics *statistics_start(struct store *writer);
void statistics_stop(struct statistics *s); /* harmless on NULL */

/* Somebody said whether a reply solved the concern, and it is committed: no event tells. Never
 * blocks; harmless on NULL. Any thread. */
void statistics_surveyed(struct statistics *s, uint64_t concern);

/* How far the ledger is counted: seq of the last event; 0 while the start's count is under way. Any
 * thread. */
uint64_t statistics_head(struct statistics *s);
/* The rows in order of key, then month; those in which nothing is counted are left out. `each` is
 * called under a lock: it must not call back or wait. A non-zero return stops and is returned;
 * ERR_NOMEM. Any thread. */
int statistics_read(struct statistics *s, const struct statistics_query *q,
                    int (*each)(void *arg, const struct statistics_row *row), void *arg);

#endif
