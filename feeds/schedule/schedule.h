/* feeds/schedule/schedule.h - when each source is polled next. Times are clock_now() ms unless
 * they say otherwise. 32 bytes a source. Not thread-shared. */
#ifndef HUIYING_FEEDS_SCHEDULE_H
#define HUIYING_FEEDS_SCHEDULE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct schedule;

/* For about `expected` sources, which matters to how far apart first polls are put; more may come.
 * NULL when memory is exhausted. */
struct schedule *schedule_new(size_t expected);
void schedule_free(struct schedule *s);

/* A source (a dense number below 2^32 - 1) that was never polled. First polls come at most one in
 * 10 real ms, but each within its interval; where in that time is said by `spread`, any number that
 * stays with the source, so that a restart finds it at the same phase. Harmless for one that is
 * there. 0 or ERR_NOMEM. */
int schedule_add(struct schedule *s, uint32_t source, uint32_t spread, int64_t interval,
                 int64_t now);
/* One that was to be polled at `due` before a restart: kept when it is yet to come, and within an
 * interval; else as schedule_add(), so that a long stop makes no herd. */
int schedule_restore(struct schedule *s, uint32_t source, uint32_t spread, int64_t due,
                     int64_t interval, int64_t now);
/* It is scheduled no more, even when under way; other calls for it are then harmless until it is
 * added again. */
void schedule_remove(struct schedule *s, uint32_t source);

/* Take a source that is due: false when none is. It is under way until one of the next calls. */
bool schedule_take(struct schedule *s, int64_t now, uint32_t *source);
/* It was polled: again after interval ms, give or take 5 %. */
void schedule_polled(struct schedule *s, uint32_t source, int64_t now, int64_t interval);
/* It failed for the failures-th time in a row (>= 1): doubling pauses with jitter up to an hour,
 * and not before `least` ms have passed. */
void schedule_failed(struct schedule *s, uint32_t source, int64_t now, int64_t interval,
                     int failures, int64_t least);
/* At a time that the caller has reckoned. */
void schedule_at(struct schedule *s, uint32_t source, int64_t due);
/* It is not polled here: it has no time until schedule_at(). `part` (below SCHEDULE_PARTS) and
 * `called` come back from schedule_parked(), which is false for one that is not parked. */
enum { SCHEDULE_PARTS = 256 };
void schedule_park(struct schedule *s, uint32_t source, unsigned part, bool called);
bool schedule_parked(const struct schedule *s, uint32_t source, unsigned *part, bool *called);
/* As soon as may be; harmless to one under way or parked. */
void schedule_soon(struct schedule *s, uint32_t source, int64_t now);
/* Not before `until`, under way or not. */
void schedule_hold(struct schedule *s, uint32_t source, int64_t until);
/* The clock was set back by `step` ms (> 0): what was due in a minute still is. */
void schedule_step(struct schedule *s, int64_t step);

/* When schedule_take() may give one: false when nothing waits. */
bool schedule_next(const struct schedule *s, int64_t *when);
/* When this source is due; 0 while under way, parked or not there. */
int64_t schedule_due(const struct schedule *s, uint32_t source);

#endif
