/* feeds/schedule/pace.h - how often to come: an interval that follows what a source publishes, and
 * the wishes that its feed and server state, all within the bounds of its settings. Pure; any
 * thread. */
#ifndef HUIYING_FEEDS_PACE_H
#define HUIYING_FEEDS_PACE_H

#include <stdbool.h>
#include <stdint.h>

#include "feeds/item.h"

/* ms, 0 < least <= most; with least == most the interval is fixed and no wish counts. */
struct pace_bounds {
    int64_t least, most;
};

/* The interval after one that brought something new, and after one that did not. `quiet` is how
 * long ago (ms) the source last had news, 0 when that is not known.
 *
 * The law: something new, a half; nothing, a tenth more. In balance the two weigh the same, which
 * is where one poll in eight (ln 1.1 / ln (1.1 / 0.5) = 12 %) brings something: a source with a
 * bulletin an hour is asked 8 times an hour and heard 7 minutes late on average, one with a burst a
 * day is asked 9 times a day and heard two hours late (tests/unit/test_pace.c plays them). Most
 * polls are answered by a 304. Only whether there was news counts, not how much, so that a burst is
 * one event. The halves find a source that wakes up within a few polls; one that has long been
 * quiet is left in peace at once, for after an empty poll the interval is no less than a 16th of
 * its silence. */
int64_t pace_fresh(struct pace_bounds bounds, int64_t interval);
int64_t pace_stale(struct pace_bounds bounds, int64_t interval, int64_t quiet);

/* What a feed asks to leave between polls (ms): the longer of <ttl> and sy:updatePeriod; 0:
 * nothing. */
int64_t pace_asked(const struct feed_hints *hints);
/* Its skipHours (bits 0 to 23) and skipDays (bits 24 to 30); 0 when none or all are skipped. */
uint32_t pace_skip(const struct feed_hints *hints);

/* The pause from a poll to the next: the interval, or what the feed (`asked`) or the server's cache
 * headers (`cached`, ms) ask where that is longer, but not past bounds.most. */
int64_t pace_pause(struct pace_bounds bounds, int64_t interval, int64_t asked, int64_t cached);
/* `due` moved by whole hours out of what `skip` names, so that the minutes stay spread; but no
 * later than bounds.most after `from`, the last poll. */
int64_t pace_unskip(struct pace_bounds bounds, uint32_t skip, int64_t from, int64_t due);

/* The least pause (ms) after the failures-th failure in a row. A page that is gone or refused rests
 * an interval, one that only failed is left to the schedule's shorter steps; after the eighth each
 * doubles its rest, up to a day or bounds.most where that is longer. */
int64_t pace_rest(struct pace_bounds bounds, int64_t interval, int failures, bool gone);

#endif
