#include "alerts/clocks.h"

static int64_t instant(const struct concern_clock *clock)
{
    int64_t span = clock->due - clock->started;

    if (clock->met)
        return INT64_MAX;
    switch (clock->stage) {
    case STAGE_RUNNING: return clock->started + span / 2;
    case STAGE_HALF: return clock->started + span / 5 * 4;
    case STAGE_MOST: return clock->due;
    case STAGE_OVERDUE: break;
    }
    return INT64_MAX;
}

int64_t clocks_next(const struct concern *c, size_t *which)
{
    int64_t first = INT64_MAX;

    *which = 0;
    for (size_t i = 0; c->state != CONCERN_CLOSED && i < c->nclocks; i++)
        if (instant(&c->clocks[i]) < first) {
            first = instant(&c->clocks[i]);
            *which = i;
        }
    return first;
}

enum clock_stage clocks_advance(struct concern_clock *clock, int64_t now)
{
    clock->stage = now >= clock->due ? STAGE_OVERDUE : clock->stage + 1;
    return clock->stage;
}

void clocks_meet(struct concern *c, enum act act, int64_t now)
{
    for (size_t i = 0; i < c->nclocks; i++)
        if (!c->clocks[i].met && (act == ACT_NONE || c->clocks[i].act == act))
            c->clocks[i].met = now;
}

static const struct concern_clock *find(const struct concern *c, enum act act, bool running)
{
    const struct concern_clock *found = NULL;

    for (size_t i = 0; i < c->nclocks; i++) {
        const struct concern_clock *k = &c->clocks[i];
        if (k->act == act && (!running || !k->met) && (!found || k->due < found->due))
            found = k;
    }
    return found;
}

const struct concern_clock *clocks_find(const struct concern *c, enum act act)
{
    return find(c, act, false);
}

const struct concern_clock *clocks_running(const struct concern *c, enum act act)
{
    return find(c, act, true);
}
