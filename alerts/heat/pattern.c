#include "alerts/heat/pattern.h"

#include <math.h>

/* Items that the level above counts for: one over the square of how far, relatively, steps of the
 * week stray from hour and day, days from each other, hours from the whole. */
static const double PRIOR_SLOT = 40, PRIOR_DAY = 20, PRIOR_HOUR = 4;
static const double KEEP_SLOT = 0.85; /* of what is known of a step of the week, a week later */
static const double KEEP_WEEK = 0.80; /* of the others, a week later */
/* Of the scatter: items for which it is taken to be SCATTER; how far off a step may count. */
static const double PRIOR_SCATTER = 20, SCATTER = 1.3, FAR = 4;
static const double DRIFT = 0.01; /* squared: how far the pattern itself is off */

static void learn(struct pattern_mean *m, double keep, double x, double weight)
{
    m->sum = (float)(m->sum * keep + x);
    m->weight = (float)(m->weight * keep + weight);
}

/* Half an item stands for what was never seen. */
static double whole(const struct pattern *p)
{
    return p->all.weight > 0 ? (p->all.sum + 0.5) / p->all.weight : 0;
}

static double by_hour(const struct pattern *p, struct pattern_when w)
{
    double all = whole(p);

    return all > 0 ? (p->hours[w.hour].sum + PRIOR_HOUR) /
                         (p->hours[w.hour].weight + PRIOR_HOUR / all)
                   : 0;
}

struct pattern_usual pattern_usual(const struct pattern *p, struct pattern_when w)
{
    const struct pattern_mean *slot = &p->slots[w.slot], *day = &p->days[w.day];
    double likely = by_hour(p, w) * (day->sum + PRIOR_DAY) / (day->weight + PRIOR_DAY);

    if (likely <= 0)
        return (struct pattern_usual){0, 0};
    double shape = slot->sum + PRIOR_SLOT, rate = slot->weight + PRIOR_SLOT / likely;
    double mean = shape / rate, drawn = PRIOR_SLOT / shape;
    double off = 1 / shape + drawn * drawn * (1 / (p->hours[w.hour].sum + PRIOR_HOUR) +
                                              1 / (day->weight + PRIOR_DAY));
    return (struct pattern_usual){mean, mean * mean * off};
}

double pattern_scatter(const struct pattern_scatter *s)
{
    return fmax((s->off + SCATTER * PRIOR_SCATTER) / (s->chance + PRIOR_SCATTER), 1);
}

void pattern_scatter_learn(struct pattern_scatter *s, double keep, const struct pattern_usual *u,
                           double sd, double count)
{
    double off = fmin(fabs(count - u->mean), FAR * fmax(sd, 1));

    s->off = (float)(s->off * keep + off * off);
    s->chance = (float)(s->chance * keep + u->mean + u->unsure);
}

double pattern_variance(const struct pattern *p, const struct pattern_usual *u)
{
    return pattern_scatter(&p->scatter) * u->mean + u->unsure + DRIFT * u->mean * u->mean;
}

void pattern_learn(struct pattern *p, struct pattern_when w, const struct pattern_usual *u,
                   double count, double steps, bool capped)
{
    double sd = sqrt(pattern_variance(p, u)), hour = by_hour(p, w);
    double keep = 1 - (1 - KEEP_WEEK) / steps;

    if (capped) {
        pattern_scatter_learn(&p->scatter, keep, u, sd, count);
        count = fmin(count, u->mean + 3 * sd + 1);
    }
    if (hour > 0) /* a day has a seventh of the steps */
        learn(&p->days[w.day], 1 - (1 - KEEP_WEEK) * PATTERN_DAYS / steps, count, hour);
    learn(&p->slots[w.slot], KEEP_SLOT, count, 1);
    learn(&p->hours[w.hour], 1 - (1 - KEEP_WEEK) / PATTERN_DAYS, count, 1);
    learn(&p->all, keep, count, 1);
}

double pattern_tail(double count, double mean, double variance)
{
    double r = variance > mean * 1.001 ? mean * mean / (variance - mean) : 0;
    double p = r > 0 ? mean / (r + mean) : 0, sum = 0;
    double log_term = r > 0 ? lgamma(count + r) - lgamma(r) - lgamma(count + 1) + r * log1p(-p) +
                                  count * log(p)
                            : count * log(mean) - mean - lgamma(count + 1);
    double term = exp(log_term);

    for (double k = count; term > sum * 1e-6 && term > 0; k++) {
        sum += term;
        term *= r > 0 ? p * (k + r) / (k + 1) : mean / (k + 1);
    }
    return sum;
}
