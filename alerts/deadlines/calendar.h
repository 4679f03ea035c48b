/* alerts/deadlines/calendar.h - working days of China: weekends, holidays, make-up days, office
 * hours. */
#ifndef HUIYING_ALERTS_CALENDAR_H
#define HUIYING_ALERTS_CALENDAR_H

#include <stdbool.h>
#include <stdint.h>

#include "base/problems.h"

struct calendar;

/* Load every cn-YYYY.yaml under dir (holidays and 调休 as the State Council's notices give them).
 * NULL when problems were added. */
struct calendar *calendar_load(const char *dir, struct problems *problems);
void calendar_free(struct calendar *c);

/* `day` counts days since 1970-01-01 in UTC+8. *provisional (may be NULL) is set when no file
 * covers its year: weekends and the fixed-date holidays are used then. */
bool calendar_is_workday(const struct calendar *c, int64_t day, bool *provisional);

/* The first year not covered among those of `now` and of 60 days later, or 0: what falls into it is
 * counted provisionally. */
int calendar_missing(const struct calendar *c, int64_t now);

/* Close of office hours (ms since midnight, UTC+8) on the nth working day after the day on which
 * `from` falls (民法典 第201、203条: the receipt day is not counted). n >= 1 (asserted). */
int64_t calendar_add_workdays(const struct calendar *c, int64_t from, int n, int64_t office_close,
                              bool *provisional);

#endif
