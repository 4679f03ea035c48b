#include "alerts/clocks.h"

/* The grade is proposed, not decided. */
static bool undecided(const struct concern *c)
{
    bool waits = !c->assessed;

    for (size_t i = 0; i < c->nclocks; i++)
        waits = waits || (c->clocks[i].act == ACT_ASSESS && !c->clocks[i].met);
    return waits;
}

enum grade clocks_grade(const struct concern *c)
{
    return c->proposed > c->grade && undecided(c) ? c->proposed : c->grade;
}

/* The due time of a clock that was counted on a year without holidays and can be counted now. */
static bool settled(const struct concern *c, const struct concern_clock *clock,
                    const struct deadlines *d, int64_t *due)
{
    const struct deadline_rule *rule;
    bool guessed;

    if (!clock->provisional || !d)
        return false;
    rule = deadline_find(d, str_from(clock->rule));
    if (!rule || !rule->workdays || (rule->by_grade && undecided(c)))
        return false;
    *due = deadline_due(d, rule, clock->started, &guessed);
    return !guessed;
}

/* When an overdue clock is 督办 next. */
static int64_t escalation(const struct concern *c, const struct concern_clock *clock,
                          const struct deadlines *d)
{
    int64_t from = clock->due;

    if (clock->act == ACT_REPLY && c->extended > from)
        from = c->extended;
    if (!d)
        return clock->level ? INT64_MAX : from;
    return clock->level < d->nescalations ? from + d->escalation[clock->level] : INT64_MAX;
}

static int64_t instant(const struct concern *c, const struct concern_clock *clock,
                       const struct deadlines *d)
{
    int64_t span = clock->due - clock->started, due;

    if (clock->met)
        return INT64_MAX;
    if (settled(c, clock, d, &due))
        return 0;
    switch (clock->stage) {
    case STAGE_RUNNING: return clock->started + span / 2;
    case STAGE_HALF: return clock->started + span / 5 * 4;
    case STAGE_MOST: return clock->due;
    case STAGE_OVERDUE: return escalation(c, clock, d);
    }
    return INT64_MAX;
}

int64_t clocks_next(const struct concern *c, const struct deadlines *d, size_t *which)
{
    int64_t first = INT64_MAX;

    *which = 0;
    for (size_t i = 0; i < c->nclocks; i++) {
        if (c->state == CONCERN_CLOSED && c->clocks[i].act != ACT_PROMISE)
            continue;
        int64_t at = instant(c, &c->clocks[i], d);
        if (at < first) {
            first = at;
            *which = i;
        }
    }
    return first;
}

enum clocks_news clocks_advance(struct concern *c, size_t which, const struct deadlines *d,
                                int64_t now)
{
    struct concern_clock *clock = &c->clocks[which];
    int64_t due;

    if (instant(c, clock, d) > now)
        return CLOCKS_NOTHING;
    if (settled(c, clock, d, &due)) {
        bool reply = clock->act == ACT_REPLY && c->due == clock->due;
        clock->due = due;
        clock->provisional = false;
        if (reply)
            c->due = clocks_find(c, ACT_REPLY)->due;
        return CLOCKS_RECOMPUTED;
    }
    if (clock->stage == STAGE_OVERDUE) {
        clock->level++;
        return CLOCKS_ESCALATED;
    }
    clock->stage = now >= clock->due ? STAGE_OVERDUE : clock->stage + 1;
    return clock->stage == STAGE_OVERDUE ? CLOCKS_OVERDUE
           : clock->stage == STAGE_HALF  ? CLOCKS_HALF
                                         : CLOCKS_MOST;
}

void clocks_meet(struct concern *c, enum act act, int64_t now)
{
    for (size_t i = 0; i < c->nclocks; i++)
        if (!c->clocks[i].met && (act == ACT_NONE || c->clocks[i].act == act))
            c->clocks[i].met = now;
}

bool clocks_promise(struct concern *c, int64_t due, int64_t now)
{
    if (c->nclocks == CLOCKS_MAX || due <= now)
        return false;
    for (size_t i = 0; i < c->nclocks; i++)
        if (c->clocks[i].act == ACT_PROMISE && c->clocks[i].due == due)
            return false;
    c->clocks[c->nclocks++] = (struct concern_clock){
        .rule = "promise", .act = ACT_PROMISE, .started = now, .due = due};
    return true;
}

void clocks_drop_promises(struct concern *c)
{
    size_t kept = 0;

    for (size_t i = 0; i < c->nclocks; i++)
        if (c->clocks[i].act != ACT_PROMISE)
            c->clocks[kept++] = c->clocks[i];
    c->nclocks = kept;
}

void clocks_keep_promise(struct concern *c, int64_t now)
{
    const struct concern_clock *first = clocks_running(c, ACT_PROMISE);

    if (first)
        c->clocks[first - c->clocks].met = now;
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

/* The place of a clock that comes in: that of its act, a new one, or that of a clock whose act has
 * an earlier one as well, of which there is one when there is no room. */
static struct concern_clock *place(struct concern *c, enum act act)
{
    const struct concern_clock *own = clocks_find(c, act);

    if (own)
        return &c->clocks[own - c->clocks];
    if (c->nclocks < CLOCKS_MAX)
        return &c->clocks[c->nclocks++];
    for (size_t i = CLOCKS_MAX; i-- > 0;)
        if (clocks_find(c, c->clocks[i].act) != &c->clocks[i])
            return &c->clocks[i];
    return NULL; /* more clocks than acts */
}

void clocks_join(struct concern *c, const struct concern *from)
{
    _Static_assert((int)CLOCKS_MAX >= (int)ACTS, "where there is no room an act has two clocks");

    for (size_t i = 0; i < from->nclocks; i++) {
        const struct concern_clock *k = &from->clocks[i], *own = clocks_find(c, k->act);
        if (!k->met && (!own || (!own->met && k->due < own->due)))
            *place(c, k->act) = *k;
    }
    if (from->due < c->due)
        c->due = from->due;
}
