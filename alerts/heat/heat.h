/* alerts/heat/heat.h - how hot a concern is: arrivals an hour, decayed, and arrivals by hours of
 * the last days; the levels at which that proposes a grade. Pure but for the loader. */
#ifndef HUIYING_ALERTS_HEAT_H
#define HUIYING_ALERTS_HEAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "alerts/event.h"
#include "base/problems.h"

enum {
    HEAT_SPANS = 49,    /* of HEAT_SPAN: twice 72 h and the running one */
    HEAT_RATE_UNIT = 1000 /* rates are kept in thousandths */
};
#define HEAT_SPAN (3 * 3600 * INT64_C(1000))
#define HEAT_EFFECT (72 * 3600 * INT64_C(1000)) /* 成效: so long before and after the answer */
/* So much later it is not told any more. */
#define HEAT_EFFECT_KEPT (30 * 24 * 3600 * INT64_C(1000))

/* Part of a concern. All zero: nothing has arrived. */
struct heat {
    int64_t at;    /* ms: when `rate` was so */
    uint32_t rate; /* thousandths of an arrival an hour */
    uint32_t span; /* number (ms / HEAT_SPAN) of counts[0]; the one before it is counts[1] … */
    uint16_t counts[HEAT_SPANS];
    int64_t effect; /* ms: when the effect of the answer is to be told, or 0 */
    uint32_t before, items; /* of it: arrivals before the answer, items of the concern then */
};

enum { HEAT_GRADES = GRADE_GRAVE + 1, HEAT_CRITERIA_MAX = 32 };

/* A level is reached when everything that it asks for is; 0 asks for nothing. */
struct heat_level {
    uint32_t items, sources;
    uint32_t rate; /* thousandths an hour */
};

struct heat_criterion { /* what the coordinator ticks */
    char *text, *source;
};

struct heat_rules {
    int64_t half_life; /* ms */
    struct heat_level levels[HEAT_GRADES];
    struct heat_criterion criteria[HEAT_GRADES][HEAT_CRITERIA_MAX];
    size_t ncriteria[HEAT_GRADES];
};

/* Read grades.yaml: NULL with problems added. */
struct heat_rules *heat_load(const char *path, struct problems *problems);
void heat_free(struct heat_rules *rules); /* harmless on NULL */

/* Of rates; the usual one (6 h) without rules. */
int64_t heat_half_life(const struct heat_rules *rules);

/* An item arrived. Time that steps back neither decays nor inflates: what was counted stays as near
 * as it was. */
void heat_arrive(struct heat *h, int64_t half_life, int64_t now);
/* The rate at `now`, in thousandths of an arrival an hour. */
uint32_t heat_rate(const struct heat *h, int64_t half_life, int64_t now);
/* The highest grade whose level items, sources and rate reach; GRADE_ORDINARY when none is. */
enum grade heat_grade(const struct heat_rules *rules, uint32_t items, uint32_t sources,
                      uint32_t rate);
/* Arrivals from the span that holds `from` up to, and without, the one that holds `to`; what is
 * older than the spans kept is not counted. */
uint32_t heat_count(const struct heat *h, int64_t from, int64_t to);
/* It was answered at `answered` (<= now), with so many items by now: its effect is to be told
 * HEAT_EFFECT after that, unless that has gone by. */
void heat_answered(struct heat *h, uint32_t items, int64_t answered, int64_t now);

#endif
