/* feeds/schedule/rounds_entry.h - what a poll, a lesson and a restart mean to one entry of the
 * timetable. They change or read only what they are given. */
#ifndef HUIYING_FEEDS_ROUNDS_ENTRY_H
#define HUIYING_FEEDS_ROUNDS_ENTRY_H

#include "feeds/fetch/fetch.h"
#include "feeds/schedule/pace.h"
#include "feeds/schedule/timetable.h"

/* Of one that states none, its interval alone. */
struct pace_bounds rounds_entry_bounds(const struct source *s);

/* When an entry of a run before is due: 0 when it is to be polled like one that is overdue. That is
 * so after a stop longer than the pause, when the last body may have been lost with the process,
 * when the clock was set back since, and when the source's bounds have been drawn closer. */
int64_t rounds_entry_due(const struct timetable_entry *e, struct pace_bounds bounds, int64_t now);
/* Bring the interval within the source's bounds. */
void rounds_entry_settle(struct timetable_entry *e, const struct source *s);

/* Should the next poll come without validators, to see for itself? Some servers answer 304 for ever
 * once they have been asked. After about 50 of them, or a day of them, whichever is first; both up
 * to a fifth sooner, by the entry's key, so that not all sources do it together. */
bool rounds_entry_wants_whole(const struct timetable_entry *e, int64_t now);

/* Count a poll's outcome in. f->outcome and f->status are final. */
void rounds_entry_polled(struct timetable_entry *e, struct pace_bounds bounds,
                         const struct fetched *f);
/* Permanent redirects have led to this address (NULL: there were none): true when they have led
 * there for three polls in a row. */
bool rounds_entry_moved(struct timetable_entry *e, const char *address);
/* Count in what the last body taught. The first body of all is no news but for its dates. */
void rounds_entry_learn(struct timetable_entry *e, struct pace_bounds bounds,
                        const struct fetch_lesson *lesson, int64_t now);

/* All of *out but the problem. */
void rounds_entry_state(const struct timetable_entry *e, struct fetch_state *out);

#endif
