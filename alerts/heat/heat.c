#include "alerts/heat/heat.h"

#include <math.h>
#include <string.h>

static const double hour = 3600e3;

int64_t heat_half_life(const struct heat_rules *rules)
{
    return rules ? rules->half_life : 6 * 3600 * 1000;
}

/* Move counts[] on so that counts[0] is the span of `now`. */
static void shift(struct heat *h, int64_t now)
{
    uint32_t span = now > 0 ? (uint32_t)(now / HEAT_SPAN) : 0;
    uint32_t gone = span > h->span ? span - h->span : 0;

    if (gone >= HEAT_SPANS) {
        memset(h->counts, 0, sizeof h->counts);
    } else if (gone) {
        memmove(h->counts + gone, h->counts, (HEAT_SPANS - gone) * sizeof *h->counts);
        memset(h->counts, 0, gone * sizeof *h->counts);
    }
    h->span = span; /* also after a step back: the counts keep their order */
}

uint32_t heat_rate(const struct heat *h, int64_t half_life, int64_t now)
{
    double age = now > h->at ? (double)(now - h->at) : 0;

    return (uint32_t)lrint(h->rate * exp2(-age / (double)half_life));
}

/* Steady arrivals of r an hour lead to a rate of r: each adds what decays of it in its time. */
void heat_arrive(struct heat *h, int64_t half_life, int64_t now)
{
    double rate = heat_rate(h, half_life, now) + M_LN2 * hour / (double)half_life * HEAT_RATE_UNIT;

    h->rate = rate < UINT32_MAX ? (uint32_t)lrint(rate) : UINT32_MAX;
    h->at = now;
    shift(h, now);
    if (h->counts[0] < UINT16_MAX)
        h->counts[0]++;
}

enum grade heat_grade(const struct heat_rules *rules, uint32_t items, uint32_t sources,
                      uint32_t rate)
{
    for (int g = GRADE_GRAVE; g > GRADE_ORDINARY; g--) {
        const struct heat_level *l = &rules->levels[g];
        if ((l->items || l->sources || l->rate) && items >= l->items && sources >= l->sources &&
            rate >= l->rate)
            return (enum grade)g;
    }
    return GRADE_ORDINARY;
}

uint32_t heat_count(const struct heat *h, int64_t from, int64_t to)
{
    int64_t first = from / HEAT_SPAN, end = to / HEAT_SPAN;
    uint32_t n = 0;

    for (uint32_t i = 0; i < HEAT_SPANS && i <= h->span; i++) {
        int64_t span = (int64_t)h->span - i;
        if (span >= first && span < end)
            n += h->counts[i];
    }
    return n;
}

void heat_answered(struct heat *h, uint32_t items, int64_t answered, int64_t now)
{
    bool live = now - answered < HEAT_SPAN; /* then what has come so far came before it */
    uint32_t since = live ? 0 : heat_count(h, answered, now + HEAT_SPAN);

    h->effect = answered + HEAT_EFFECT > now ? answered + HEAT_EFFECT : 0;
    h->before = heat_count(h, answered - HEAT_EFFECT, live ? now + HEAT_SPAN : answered);
    h->items = items > since ? items - since : 0;
}
