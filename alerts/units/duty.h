/* alerts/units/duty.h - 值守: who receives what a unit has to hear outside its hours. Never a
 * deadline. */
#ifndef HUIYING_ALERTS_DUTY_H
#define HUIYING_ALERTS_DUTY_H

#include "alerts/deadlines/calendar.h"
#include "base/conf.h"

struct units;

struct duty {
    bool set;      /* a `duty` was given; else there is always somebody */
    bool everyday; /* days: everyday; else working days by the calendar */
    int from, to;  /* minutes since midnight, UTC+8: [from, to) */
    int deputy;    /* index of the unit that hears of it outside them, or -1 */
};

extern const struct conf_key duty_keys[]; /* {hours: "08:30-17:30", days, deputy} */
/* Read a unit's `duty` (NULL: none); its deputy is left to the units. */
void duty_read(const struct conf_node *node, struct duty *duty, struct problems *problems);
/* Who hears of it besides the unit at that instant, or -1: the unit is on duty, or has no deputy.
 * A deputy's own hours do not count. Without a calendar weekends are free. Any thread. */
int duty_deputy(const struct units *units, int unit, const struct calendar *calendar, int64_t at);
/* Is `by` that deputy of `unit` (ids)? */
bool duty_stands_in(const struct units *units, struct str unit, struct str by,
                    const struct calendar *calendar, int64_t at);

#endif
