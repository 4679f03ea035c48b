/* feeds/schedule.h - when each source is polled next. Times are clock_now() ms unless they say
 * otherwise. Not thread-shared. */
#ifndef HUIYING_FEEDS_SCHEDULE_H
#define HUIYING_FEEDS_SCHEDULE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct schedule;

/* All of count sources come due within a short time from now. NULL when memory is exhausted. */
struct schedule *schedule_new(size_t count, int64_t now);
void schedule_free(struct schedule *s);

/* Take a source that is due: false when none is. It is under way until one of the next calls. */
bool schedule_take(struct schedule *s, int64_t now, uint32_t *source);
/* It was polled: again after interval ms, give or take 5 %. */
void schedule_polled(struct schedule *s, uint32_t source, int64_t now, int64_t interval);
/* It failed for the failures-th time in a row (>= 1): doubling pauses with jitter up to an hour,
 * and not before `least` ms have passed. */
void schedule_failed(struct schedule *s, uint32_t source, int64_t now, int64_t interval,
                     int failures, int64_t least);
/* As soon as may be; harmless to one under way. */
void schedule_soon(struct schedule *s, uint32_t source, int64_t now);
/* Not before `until`, under way or not. */
void schedule_hold(struct schedule *s, uint32_t source, int64_t until);
/* The clock was set back by `step` ms (> 0): what was due in a minute still is. */
void schedule_step(struct schedule *s, int64_t step);

/* When schedule_take() may give one: false when nothing waits. */
bool schedule_next(const struct schedule *s, int64_t *when);
/* When this source is due; 0 while under way. */
int64_t schedule_due(const struct schedule *s, uint32_t source);

#endif
