/* feeds/text/datescan.h - the small readers that every form of a date is put together from. */
#ifndef HUIYING_FEEDS_DATESCAN_H
#define HUIYING_FEEDS_DATESCAN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

/* A place in a text. A reader that finds nothing leaves it where it was. */
struct datescan {
    struct str s;
    size_t at;
};

struct datescan_moment {
    int year, month, day, hour, minute, second, milli;
    int zone; /* minutes east of UTC */
};

bool datescan_digit(char c);
bool datescan_alpha(char c);
/* White space, the no-break and the ideographic space too. */
void datescan_blanks(struct datescan *c);
bool datescan_eat(struct datescan *c, const char *literal);
/* The first of a NULL-ended list that stands here. */
bool datescan_eat_any(struct datescan *c, const char *const *list);
/* 1 to `most` digits; the count, 0 when there are none. More digits than `most` is no number. */
int datescan_number(struct datescan *c, int most, int *out);
/* An English month name or its abbreviation: 1 to 12. */
bool datescan_month(struct datescan *c, int *month);
/* Zone after a time: Z, +08:00, +0800, +8, GMT+8, a name; what is none leaves *zone alone. */
void datescan_zone(struct datescan *c, int *zone);
/* [上午|下午 …] H:MM[:SS[.fff]] [am|pm], H时MM分[SS秒], H点[半]; false when no time stands here. */
bool datescan_time(struct datescan *c, struct datescan_moment *m);
/* Milliseconds since 1970: 0, or ERR_SYNTAX for what the calendar or the clock does not have. */
int datescan_finish(const struct datescan_moment *m, int64_t *ms);
/* Local calendar day of now, moved back by `back` days, at 0:00. */
struct datescan_moment datescan_day(int64_t now, int zone, int back);

#endif
