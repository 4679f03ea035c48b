/* alerts/heat/pattern.h - what is usual of a count in each step of the week, as it is learned from
 * what came, with how well that is known; and how unlikely a count is under it. Pure.
 *
 * A step's mean is a gamma-Poisson estimate in three levels: the step of the week is drawn towards
 * what its hour and its day of the week make likely, the hour towards the whole; each level counts
 * for so many items, so that rare topics lean on the whole and frequent ones on themselves. What
 * is learned fades. Counts are taken for negative binomial: by the scatter seen so far and by what
 * is not known of the mean. */
#ifndef HUIYING_ALERTS_PATTERN_H
#define HUIYING_ALERTS_PATTERN_H

#include <stdbool.h>
#include <stdint.h>

enum { PATTERN_SLOTS = 168, PATTERN_HOURS = 24, PATTERN_DAYS = 7 };

struct pattern_mean { /* decayed */
    float sum, weight;
};

/* Of counts about what was usual of them, fading: squares of how far they were off, and what chance
 * alone would make them. */
struct pattern_scatter {
    float off, chance;
};

/* All zero: nothing is known. */
struct pattern {
    struct pattern_mean slots[PATTERN_SLOTS], hours[PATTERN_HOURS], days[PATTERN_DAYS], all;
    struct pattern_scatter scatter;
};

/* Which step of the week: its number there, its hour and its day; each below the bounds above. */
struct pattern_when {
    unsigned slot, hour, day;
};

struct pattern_usual {
    double mean;
    double unsure; /* variance of the mean itself */
};

/* How many times more than chance alone makes it; not below 1. */
double pattern_scatter(const struct pattern_scatter *s);
/* So many came where `u` were usual, with a standard deviation of sd; `keep`: of what was seen. */
void pattern_scatter_learn(struct pattern_scatter *s, double keep, const struct pattern_usual *u,
                           double sd, double count);

struct pattern_usual pattern_usual(const struct pattern *p, struct pattern_when w);
/* Of a count, or of the sum of several, whose usual ones add up to u. */
double pattern_variance(const struct pattern *p, const struct pattern_usual *u);
/* So many came in a step in which `u` were usual. `steps`: of a week. With `capped`, no more of it
 * is learned than is believable: a surge does not become usual by itself. */
void pattern_learn(struct pattern *p, struct pattern_when w, const struct pattern_usual *u,
                   double count, double steps, bool capped);
/* P(X >= count) of a count with this mean (> 0) and variance: negative binomial, Poisson where the
 * variance is no greater than the mean. */
double pattern_tail(double count, double mean, double variance);

#endif
