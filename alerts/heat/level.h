/* alerts/heat/level.h - how much more or less than is usual comes of late: a day is better or worse
 * as a whole, so that what its hours bring is better told by the pattern (pattern.h) and the hours
 * just before. It fades within hours, and what is beyond belief counts only as far as it is
 * believable: a surge does not make itself usual. Pure; a part of surge.h. */
#ifndef HUIYING_ALERTS_LEVEL_H
#define HUIYING_ALERTS_LEVEL_H

#include "alerts/heat/pattern.h"

/* All zero: nothing is known, all is as usual. */
struct level {
    float came, usual; /* fading: counts, and what was usual of their steps */
    float times;       /* as told by all steps but the last; 0: not yet */
    struct pattern_scatter scatter; /* of counts about what their level made likely */
};

/* Times what is usual. The step learned last has no part in it, so that two steps together are
 * looked at by what came before both. */
double level_times(const struct level *l);
/* What is usual, by the pattern, of a step or of the sum of several, at this level; and the
 * variance of a count of which that is usual. */
struct pattern_usual level_usual(const struct level *l, const struct pattern_usual *pattern);
double level_variance(const struct level *l, const struct pattern_usual *u);
/* So many came in a step of so many hours. */
void level_learn(struct level *l, const struct pattern_usual *pattern, double count, double hours);
/* What came before is no guide to what comes now. */
void level_forget(struct level *l);

#endif
