/* base/clock.h - the only place that reads time, so that tests and demonstrations turn it. */
#ifndef HUIYING_BASE_CLOCK_H
#define HUIYING_BASE_CLOCK_H

#include <stdint.h>

#include "base/str.h"

enum { CLOCK_TEXT = 64 }; /* bytes that clock_format() may write, with the NUL */

/* Milliseconds since 1970-01-01T00:00:00Z, at the set rate. Any thread. May step either way. */
int64_t clock_now(void);

/* Milliseconds on a clock that never steps; for time-outs and durations only. Never scaled:
 * sockets and workers live in real time. Any thread. */
int64_t clock_mono(void);

/* The same with the time through which the machine was suspended: for what others reckon with
 * meanwhile. Any thread. */
int64_t clock_boot(void);

/* clock_now() and clock_mono() at one instant, for telling a step of the first: a machine that was
 * suspended between the two readings is read again. Any thread. */
void clock_both(int64_t *now, int64_t *mono);

/* Make clock_now() run `rate` times as fast as the wall, starting at `start` (ms since 1970).
 * Rate 1 with start 0 restores the wall clock. Call before threads start. */
void clock_set_rate(int64_t start, int rate);

/* The rate in force; 1 on a normal system. */
int clock_rate(void);

/* How long a wait in real milliseconds lasts until clock_now() reaches `when`: >= 0, capped to
 * 1000 so that a stepped clock is noticed within a second. */
int clock_wait_ms(int64_t when);

/* Rest this many real milliseconds: for trying again what failed, never for waiting on a condition.
 */
void clock_sleep(int ms);

/* RFC 3339 in UTC+8 with seconds: "2026-01-02T03:04:05+08:00"; what is out of the years 0 to 9999
 * becomes their first or last second. Returns out. */
char *clock_format(int64_t ms, char out[static CLOCK_TEXT]);

/* Parse RFC 3339 (any offset, optional fraction): 0, or ERR_SYNTAX. */
int clock_parse(struct str text, int64_t *ms);

/* Days since 1970-01-01 of a Gregorian date, and back. Month 1-12, day 1-31. */
int64_t clock_days(int year, int month, int day);
void clock_date(int64_t days, int *year, int *month, int *day);

/* Milliseconds between UTC and the zone that all of China keeps (UTC+8, no summer time). */
#define CLOCK_CHINA (8 * 3600 * INT64_C(1000))
#define CLOCK_DAY (24 * 3600 * INT64_C(1000))

#endif
