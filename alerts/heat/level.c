#include "alerts/heat/level.h"

#include <math.h>

static const double PRIOR = 40;      /* items for which all is taken to be as usual */
static const double HALF_LIFE = 6;   /* hours: what came then counts for half */
static const double DRIFT = 0.005;   /* squared: how far the level is off beside what chance does */
static const double KEEP_WEEK = 0.8; /* of the scatter, a week later */
static const double WEEK_HOURS = 168;

double level_times(const struct level *l)
{
    return l->times > 0 ? l->times : 1;
}

struct pattern_usual level_usual(const struct level *l, const struct pattern_usual *pattern)
{
    double times = level_times(l), mean = pattern->mean * times;

    return (struct pattern_usual){
        mean, pattern->unsure * times * times + mean * mean / (PRIOR + l->usual)};
}

double level_variance(const struct level *l, const struct pattern_usual *u)
{
    return pattern_scatter(&l->scatter) * u->mean + u->unsure + DRIFT * u->mean * u->mean;
}

void level_learn(struct level *l, const struct pattern_usual *pattern, double count, double hours)
{
    struct pattern_usual u = level_usual(l, pattern);
    double sd = sqrt(level_variance(l, &u)), keep = exp2(-hours / HALF_LIFE);

    pattern_scatter_learn(&l->scatter, 1 - (1 - KEEP_WEEK) * hours / WEEK_HOURS, &u, sd, count);
    l->times = (float)((PRIOR + l->came) / (PRIOR + l->usual));
    l->came = (float)(l->came * keep + fmin(count, u.mean + 3 * sd + 1));
    l->usual = (float)(l->usual * keep + pattern->mean);
}

void level_forget(struct level *l)
{
    l->came = l->usual = l->times = 0;
}
