/* daemon/views/statistics.h - what is counted of all concerns, by unit, topic, place and month: a
 * view of the ledger that a thread of its own keeps some moments behind it, from each concern's
 * events, and makes anew at each start. */
#ifndef HUIYING_DAEMON_STATISTICS_H
#define HUIYING_DAEMON_STATISTICS_H

#include "alerts/desk/tally.h"
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

/* The start's count is under way. Any thread. */
bool statistics_counting(struct statistics *s);
/* How far the ledger is counted: seq of the last event; 0 when there was none yet, and while the
 * start's count is under way. Any thread. */
uint64_t statistics_head(struct statistics *s);
/* Another number whenever what the calls below tell may have changed, by a reply's survey, too.
 * Asked before them, it is never newer than what they tell. Any thread. */
uint64_t statistics_mark(struct statistics *s);
/* The rows in order of key, then month; those in which nothing is counted are left out. `each` is
 * called under a lock: it must not call back or wait. A non-zero return stops and is returned;
 * ERR_AGAIN: the start's count is under way; ERR_NOMEM. Any thread. */
int statistics_read(struct statistics *s, const struct statistics_query *q,
                    int (*each)(void *arg, const struct statistics_row *row), void *arg);

/* What is open, by urgency, as of some moments ago: see standing_page(). Any thread. */
struct standing_query;
struct standing_row;
size_t statistics_urgent(struct statistics *s, const struct standing_query *q,
                         struct standing_row *out);

/* How much of each topic is open and overdue: see standing_topics(), whose `each` is called under a
 * lock: it must not call back or wait. False, and none: the start's count is under way. Any
 * thread. */
bool statistics_topics(struct statistics *s,
                       void (*each)(void *arg, const char *topic, size_t open, size_t overdue),
                       void *arg);

/* What happened in a stretch of time, whatever became of it later. */
enum statistics_span {
    STATISTICS_DAY,  /* from 08:00 to 08:00 by Chinese time, as 每日信息参阅 tells of it */
    STATISTICS_HOUR, /* of the last day only */
    STATISTICS_SPANS
};
/* Days that are kept, and what one stretch has room for; its sums are of all. */
enum { STATISTICS_DAYS = 5 * 366, STATISTICS_TOPICS = 64, STATISTICS_BURSTS = 10 };
/* The number of the one that this instant (ms) is in; of a day it is that of the calendar's day on
 * which it ends, from 1970-01-01 as 0. */
int64_t statistics_day(int64_t at);
int64_t statistics_hour(int64_t at);

enum statistics_deed {
    STATISTICS_OPENED, /* the first three by topic, too */
    STATISTICS_JOINED,
    STATISTICS_ANSWERED, /* the reply of the unit that leads */
    STATISTICS_LATE,     /* of those */
    STATISTICS_OVERDUE,  /* the reply was due */
    STATISTICS_REOPENED,
    STATISTICS_DECLINED,
    STATISTICS_ESCALATED,
    STATISTICS_SILENT, /* of sources, as the next */
    STATISTICS_QUARANTINED,
    STATISTICS_DEEDS
};
struct statistics_matter {
    char topic[SLUG_MAX];
    bool burst;
    uint32_t opened, joined, answered;
};
struct statistics_burst {
    char topic[SLUG_MAX];
    uint32_t hours, expected, seen;
};
struct statistics_spell {
    uint32_t counts[STATISTICS_DEEDS];
    struct statistics_matter topics[STATISTICS_TOPICS]; /* as they first came */
    size_t ntopics;
    struct statistics_burst bursts[STATISTICS_BURSTS]; /* the first ones */
    size_t nbursts;
};
/* All zero when nothing happened. ERR_NOTFOUND: it is kept no more. Any thread. */
int statistics_span(struct statistics *s, enum statistics_span span, int64_t number,
                    struct statistics_spell *out);

#endif
