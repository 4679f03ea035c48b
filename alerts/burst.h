/* alerts/burst.h - when a topic's arrivals leave its own daily and weekly pattern. Pure.
 *
 * Time is cut into steps (an hour, unless told otherwise) of Chinese time. What is usual of a topic
 * in each step of the week is learned as steps close: a decayed mean, drawn towards what its hour
 * and its day of the week make likely while little is known. A surge, capped before it is learned,
 * does not become usual by itself. The alarm looks at two steps in a row, the running one as far as
 * it has come: both must be well above what is usual, and their sum must be at least LEAST and so
 * far out that a negative binomial with the usual mean and the scatter seen so far exceeds it less
 * than once in TAIL. It comes once: not again before a quiet stretch. */
#ifndef HUIYING_ALERTS_BURST_H
#define HUIYING_ALERTS_BURST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "alerts/event.h"
#include "base/str.h"

#define BURST_STEP (3600 * INT64_C(1000)) /* ms: the daemon's */
enum {
    BURST_WEEKS_KEPT = 13, /* of counts that a store keeps, and a start learns from again */
    BURST_TOPICS_MAX = 1024 /* further ones are not watched */
};

struct burst;

struct burst_alarm {
    uint32_t expected, seen; /* of the last two steps */
};

/* What a store keeps: so many of a topic (empty: items of any or no topic) in a step. */
struct burst_row {
    char topic[SLUG_MAX];
    int64_t step;
    uint32_t count;
};

/* `step`: ms, a whole part of a week, an hour to a day. NULL without memory. */
struct burst *burst_new(int64_t step);
void burst_free(struct burst *b); /* harmless on NULL */
int64_t burst_step(const struct burst *b, int64_t now); /* number of the step that holds it */

/* Room for an item with so many topics: 0 or ERR_NOMEM. */
int burst_reserve(struct burst *b, size_t topics);
/* An item has come, whatever its topics: this is heard first. Steps up to it are closed. Six hours
 * and less in which nothing came at all were quiet; more, and nobody was listening: nothing is
 * learned of them. After a step back time goes on from there. Room was made. */
void burst_item(struct burst *b, int64_t now);
/* It has this topic (id of less than SLUG_MAX bytes): true, with the alarm, when that makes a
 * surge of it that was not told before. Room was made. */
bool burst_topic(struct burst *b, struct str topic, struct burst_alarm *alarm);
/* Restore from a store, by rising step: what was counted is learned again, and was told. 0 or
 * ERR_NOMEM. */
int burst_restore(struct burst *b, const struct burst_row *row);

/* What is usual of the topic in the step at `now`; 0 when it is unknown. */
double burst_expected(const struct burst *b, struct str topic, int64_t now);
/* Rows that have changed since the last call; borrowed until the next burst_reserve(). */
const struct burst_row *burst_changed(struct burst *b, size_t *n);

#endif
