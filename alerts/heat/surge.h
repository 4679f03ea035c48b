/* alerts/heat/surge.h - one row of counts, step by step, and whether the running step ends a span
 * that holds far more than is usual (pattern.h). Pure; a part of burst.h. */
#ifndef HUIYING_ALERTS_SURGE_H
#define HUIYING_ALERTS_SURGE_H

#include <stdbool.h>
#include <stdint.h>

#include "alerts/heat/level.h"
#include "alerts/heat/pattern.h"

struct burst_alarm;

enum {
    SURGE_LOOKS = 4, /* spans that are looked at */
    SURGE_PAST = 48  /* steps before the running one that they may hold */
};

struct surge_steps {
    int64_t length;         /* of a step, ms */
    int spans[SURGE_LOOKS]; /* steps; 0: no such look */
    double monthly[SURGE_LOOKS]; /* accidents that it puts up with */
};

/* Steps of an hour to a day, a whole part of a day. */
void surge_steps(int64_t length, struct surge_steps *out);

struct surge_past {
    float mean, unsure; /* as pattern_usual() had them */
    uint32_t count;
};

/* All zero: nothing is known. */
struct surge {
    struct pattern pattern;
    struct level level;
    uint32_t learned; /* steps */
    uint32_t count;   /* in the running step: the caller's to raise */
    uint32_t known;   /* of `past`; 0: what comes stands alone */
    struct surge_past past[SURGE_PAST];  /* the steps before the running one, the latest first */
    struct surge_past sums[SURGE_LOOKS]; /* of those that each look holds */
    uint32_t calm;    /* steps in a row; counted after an alarm */
    uint32_t spent;   /* steps for which less chance is put up with: an alarm was told */
    uint32_t since;   /* steps closed since that alarm, its own too, while it is on */
    struct surge_past after; /* of those but its own */
    float times;      /* level_times() at the alarm */
    bool told;
};

/* What was counted of the running step is dropped, and what comes stands alone. */
void surge_break(struct surge *s);
/* The running step, `when` of the week, is over. */
void surge_close(const struct surge_steps *steps, struct pattern_when when, struct surge *s);
/* Something more came in the running step: true, with the alarm, when that makes a surge which was
 * not told before. `share` (to 1): of the accidents that the looks put up with. */
bool surge_begins(const struct surge_steps *steps, struct pattern_when when, double share,
                  struct surge *s, struct burst_alarm *alarm);

#endif
