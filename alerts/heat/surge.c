#include "alerts/heat/surge.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "alerts/heat/burst.h"
#include "base/clock.h"

enum {
    WARM_WEEKS = 3,
    TWO_STEPS = 1, /* that look; it has the share of those that are none */
    CALM_HOURS = 6, CALM_STEPS = 2 /* both: so long a surge has to be over */
};
#define HOUR (3600 * INT64_C(1000))
#define WEEK (7 * CLOCK_DAY)
#define MONTH (30.4 * 24 * 3600e3)

/* What chance may bring in the month after an alarm, as a part of what it may else: the month's one
 * accident may have been spent. */
static const double SPENT_SHARE = 0.001;
/* An alarm was no accident when it comes to less than this part of what chance may bring, or when
 * the steps that follow it at once, which have no part in it, are seldom so. */
static const double REAL_SHARE = 0.0003;
static const double AFTER_CHANCE = 1e-4, AFTER_TIMES = 2;
enum { AFTER_STEPS = 3 };
static const double CALM = 1.5; /* times what is usual: a step is calm */

/* Spans that end with the running step. A surge is so many times what is usual of the span, and of
 * each of its steps when there are two, `least` items at least, and so unlikely that the usual
 * exceeds it by chance less than `monthly` times a month. For a look of steps the usual is that of
 * the day as it goes (level.h); in one of hours a surge that grows slowly is not to be taken for a
 * good day. */
static const struct look {
    int steps, hours;  /* one of them; a look of hours that is no longer than two steps is none */
    double monthly, times, each, least;
} looks[SURGE_LOOKS] = {
    {1, 0, 0.02, 5, 0, 10},
    [TWO_STEPS] = {2, 0, 0.25, 2, 1.25, 5},
    {0, 12, 0.10, 2, 0, 6},
    {0, 48, 0.10, 2, 0, 8},
};

void surge_steps(int64_t length, struct surge_steps *out)
{
    double spare = 0;

    out->length = length;
    for (size_t k = 0; k < SURGE_LOOKS; k++) {
        int64_t n = looks[k].hours * HOUR / length;
        out->spans[k] = looks[k].steps ? looks[k].steps : n > 2 ? (int)n : 0;
        out->monthly[k] = looks[k].monthly;
        spare += out->spans[k] ? 0 : looks[k].monthly;
        assert(out->spans[k] <= SURGE_PAST + 1);
    }
    out->monthly[TWO_STEPS] += spare;
}

static uint32_t steps_of(const struct surge_steps *steps, int64_t weeks)
{
    return (uint32_t)(weeks * WEEK / steps->length);
}

static void remember(const struct surge_steps *steps, struct surge *s,
                     const struct pattern_usual *u)
{
    memmove(s->past + 1, s->past, (SURGE_PAST - 1) * sizeof *s->past);
    s->past[0] = (struct surge_past){(float)u->mean, (float)u->unsure, s->count};
    s->known += s->known < SURGE_PAST;
    for (size_t k = 0; k < SURGE_LOOKS; k++) {
        struct surge_past sum = {0};
        for (int i = 0; i < steps->spans[k] - 1 && i < (int)s->known; i++) {
            sum.mean += s->past[i].mean;
            sum.unsure += s->past[i].unsure;
            sum.count += s->past[i].count;
        }
        s->sums[k] = sum;
    }
}

/* Is the running step, with those before it, as far out as this look asks for? */
static bool looks_far(const struct surge_steps *steps, const struct surge *s, size_t k,
                      const struct pattern_usual *now, double share, struct burst_alarm *alarm)
{
    const struct look *look = &looks[k];
    const struct surge_past *sum = &s->sums[k];
    struct pattern_usual u = {now->mean + sum->mean, now->unsure + sum->unsure};
    double seen = (double)s->count + sum->count, each = look->each, variance;

    if (look->steps) {
        u = level_usual(&s->level, &u);
        each *= level_times(&s->level);
        variance = level_variance(&s->level, &u);
    } else {
        variance = pattern_variance(&s->pattern, &u);
    }
    if (seen < look->least || seen < look->times * u.mean || s->count < each * now->mean ||
        (steps->spans[k] == 2 && s->past[0].count < each * s->past[0].mean))
        return false;
    if (pattern_tail(seen, u.mean, variance) >=
        share * steps->monthly[k] * (double)steps->length / MONTH)
        return false;
    *alarm = (struct burst_alarm){(uint32_t)lrint(u.mean), s->count + sum->count,
                                  (uint32_t)(steps->spans[k] * steps->length / HOUR)};
    return true;
}

static bool any_far(const struct surge_steps *steps, const struct surge *s,
                    const struct pattern_usual *now, double share, struct burst_alarm *alarm)
{
    for (size_t k = 0; k < SURGE_LOOKS; k++)
        if (steps->spans[k] && (int)s->known >= steps->spans[k] - 1 &&
            looks_far(steps, s, k, now, share, alarm))
            return true;
    return false;
}

void surge_break(struct surge *s)
{
    s->count = s->known = 0;
    level_forget(&s->level);
}

/* The surge goes on after its alarm: learn of the step that is over, and say whether those since
 * are beyond chance. The level stays that of the alarm, or a surge would make itself usual; nor is
 * it held for less than as usual: with midnight a bad day may turn into a good one. */
static bool goes_on(struct surge *s, const struct pattern_usual *u)
{
    struct pattern_usual sum;
    struct level level = s->level;

    if (s->since++ == 0 || s->since > AFTER_STEPS + 1)
        return false;
    s->after.mean += (float)u->mean;
    s->after.unsure += (float)u->unsure;
    s->after.count += s->count;
    level.times = s->times;
    sum = level_usual(&level, &(struct pattern_usual){s->after.mean, s->after.unsure});
    return s->after.count > AFTER_TIMES * sum.mean &&
           pattern_tail(s->after.count, sum.mean, level_variance(&level, &sum)) < AFTER_CHANCE;
}

void surge_close(const struct surge_steps *steps, struct pattern_when when, struct surge *s)
{
    struct pattern_usual u = pattern_usual(&s->pattern, when);
    struct burst_alarm alarm;
    double x = s->count;
    bool calm = x <= CALM * u.mean || x <= u.mean + 2 * sqrt(pattern_variance(&s->pattern, &u));

    if (s->told && s->spent &&
        (goes_on(s, &u) || any_far(steps, s, &u, REAL_SHARE, &alarm)))
        s->spent = 0; /* no accident: another surge is told as easily */
    bool warm = s->learned >= steps_of(steps, WARM_WEEKS) / 3;
    if (warm)
        level_learn(&s->level, &u, x, (double)steps->length / HOUR);
    remember(steps, s, &u);
    s->spent -= s->spent > 0;
    s->calm = calm ? s->calm + 1 : 0;
    if (s->told && s->calm >= CALM_STEPS && s->calm * steps->length >= CALM_HOURS * HOUR) {
        s->told = false;
        s->known = 0; /* what was told is not told again as a part of a longer span */
    }
    pattern_learn(&s->pattern, when, &u, x, steps_of(steps, 1), warm);
    s->learned++;
    s->count = 0;
}

bool surge_begins(const struct surge_steps *steps, struct pattern_when when, double share,
                  struct surge *s, struct burst_alarm *alarm)
{
    if (s->told || s->learned < steps_of(steps, WARM_WEEKS) || !s->count)
        return false;
    struct pattern_usual now = pattern_usual(&s->pattern, when);
    if (s->spent)
        share *= SPENT_SHARE;
    bool far = any_far(steps, s, &now, share, alarm);
    if (far) {
        s->told = true;
        s->calm = 0;
        s->spent = (uint32_t)ceil(MONTH / (double)steps->length);
        s->since = 0;
        s->after = (struct surge_past){0};
        s->times = (float)fmax(level_times(&s->level), 1);
    }
    return far;
}
