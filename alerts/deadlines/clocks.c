#include "alerts/deadlines/clocks.h"

#include <stdio.h>

#include "alerts/deadlines/calendar.h"

bool clocks_undecided(const struct concern *c)
{
    bool waits = !c->assessed;

    for (size_t i = 0; i < c->nclocks; i++)
        waits = waits || (c->clocks[i].act == ACT_ASSESS && !c->clocks[i].met);
    return waits;
}

enum grade clocks_grade(const struct concern *c)
{
    return c->proposed > c->grade && clocks_undecided(c) ? c->proposed : c->grade;
}

static const char PROMISED[] = "promise-", DAYS[] = "wd";

/* How many working days the rule of such a promise says; 0: it is another's. */
static int promised_days(const char *rule)
{
    struct str s = str_from(rule);
    size_t around = sizeof PROMISED - 1 + sizeof DAYS - 1;
    long long days;

    if (!str_starts(s, str_from(PROMISED)) || s.n <= around)
        return 0;
    s = (struct str){s.p + sizeof PROMISED - 1, s.n - around};
    return str_int(s, 1, UINT16_MAX, &days) ? 0 : (int)days;
}

void clocks_guess_promise(struct concern *c, int64_t due, unsigned workdays, int64_t at)
{
    for (size_t i = 0; i < c->nclocks; i++) {
        struct concern_clock *k = &c->clocks[i];
        if (k->act != ACT_PROMISE || k->due != due || k->met)
            continue;
        snprintf(k->rule, sizeof k->rule, "%s%u%s", PROMISED, workdays, DAYS);
        k->started = at;
        k->provisional = true;
    }
}

/* The due time of a clock that was counted on a year without holidays and can be counted now. */
static bool settled(const struct concern *c, const struct concern_clock *clock,
                    const struct deadlines *d, int64_t *due)
{
    const struct deadline_rule *rule;
    bool guessed;

    if (!clock->provisional || !d)
        return false;
    if (clock->act == ACT_PROMISE) {
        int days = promised_days(clock->rule);
        if (!days)
            return false;
        *due = calendar_add_workdays(d->calendar, clock->started, days, d->office_close, &guessed);
        return !guessed;
    }
    rule = deadline_find(d, str_from(clock->rule));
    if (!rule || !rule->workdays || (rule->by_grade && clocks_undecided(c)))
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

int64_t clocks_reaches(const struct concern_clock *clock, enum clock_stage stage)
{
    int64_t span = clock->due - clock->started;

    return stage == STAGE_HALF   ? clock->started + span / 2
           : stage == STAGE_MOST ? clock->started + span / 5 * 4
                                 : clock->due;
}

static int64_t instant(const struct concern *c, const struct concern_clock *clock,
                       const struct deadlines *d)
{
    int64_t due;

    if (clock->met)
        return INT64_MAX;
    if (settled(c, clock, d, &due))
        return 0;
    return clock->stage == STAGE_OVERDUE ? escalation(c, clock, d)
                                         : clocks_reaches(clock, clock->stage + 1);
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
    do
        clock->stage++;
    while (clock->stage < STAGE_OVERDUE && now >= clocks_reaches(clock, clock->stage + 1));
    return clock->stage == STAGE_OVERDUE ? CLOCKS_OVERDUE
           : clock->stage == STAGE_HALF  ? CLOCKS_HALF
                                         : CLOCKS_MOST;
}

void clocks_meet(struct concern *c, enum act act, int64_t now)
{
    for (size_t i = 0; i < c->nclocks; i++) {
        struct concern_clock *k = &c->clocks[i];
        bool waits = clocks_waits(k);
        if (k->act != act && (act != ACT_NONE || waits || k->act == ACT_PROMISE))
            continue;
        if (!k->met || waits) {
            k->met = now;
            k->shelved = waits && now > k->due; /* see clocks_done_aside() */
        }
    }
}

static const struct concern_clock *find(const struct concern *c, enum act act, bool running)
{
    const struct concern_clock *found = NULL;

    for (size_t i = 0; i < c->nclocks; i++) {
        const struct concern_clock *k = &c->clocks[i];
        if (k->act == act && !clocks_waits(k) && (!running || !k->met) &&
            (!found || k->due < found->due))
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

struct concern_clock *clocks_of_rule(struct concern *c, const char *rule)
{
    for (size_t i = 0; i < c->nclocks; i++)
        if (!strcmp(c->clocks[i].rule, rule))
            return &c->clocks[i];
    return NULL;
}

bool clocks_waits(const struct concern_clock *clock)
{
    return clock->shelved && clock->met <= clock->due;
}

bool clocks_done_aside(const struct concern_clock *clock)
{
    return clock->shelved && clock->met > clock->due && clock->stage != STAGE_OVERDUE;
}

void clocks_resume(struct concern_clock *clock, bool provisional)
{
    clock->met = 0;
    clock->shelved = false;
    clock->provisional = provisional;
}

/* The place of a clock that comes in: that of its act, a new one, or, when there is no room, that
 * of a promise that was kept or of a clock whose act has an earlier one as well. Where there is
 * none of these, more is promised than is followed now (in rows of older versions): what is due
 * last gives way. */
static struct concern_clock *place(struct concern *c, enum act act)
{
    const struct concern_clock *own = clocks_find(c, act);
    struct concern_clock *last = NULL;

    if (own)
        return &c->clocks[own - c->clocks];
    if (c->nclocks < CLOCKS_MAX)
        return &c->clocks[c->nclocks++];
    for (size_t i = CLOCKS_MAX; i-- > 0;) {
        struct concern_clock *k = &c->clocks[i];
        if (k->act == ACT_PROMISE ? k->met != 0 : clocks_find(c, k->act) != k)
            return k;
        if (k->act == ACT_PROMISE && (!last || k->due > last->due))
            last = k;
    }
    return last;
}

/* It ran for a proposal alone, which was denied: another one does not go by its start. */
static bool was_denied(const struct concern_clock *clock)
{
    return clocks_waits(clock) && clock->provisional;
}

/* What was shelved in the one that goes into this: here its clock may run. */
static void join_shelved(struct concern *c, const struct concern_clock *k)
{
    struct concern_clock *own = clocks_of_rule(c, k->rule);
    bool runs = own && !own->met;

    if (runs && was_denied(k))
        return;
    if (!own && c->nclocks < CLOCKS_MAX) {
        c->clocks[c->nclocks++] = *k;
    } else if (own && (runs || clocks_waits(own)) && k->due < own->due) {
        *own = *k;
        if (runs)
            clocks_resume(own, own->provisional);
    }
}

static void join_running(struct concern *c, const struct concern_clock *k)
{
    const struct concern_clock *own = clocks_find(c, k->act);
    struct concern_clock *shelved = clocks_of_rule(c, k->rule);

    if (own && (own->met || own->due <= k->due))
        return;
    if (!shelved || !clocks_waits(shelved))
        *place(c, k->act) = *k;
    else if (shelved->due <= k->due && !was_denied(shelved))
        clocks_resume(shelved, k->provisional);
    else
        *shelved = *k;
}

/* What was published of the one that goes into this is published of the matter. */
static void join_done(struct concern *c, const struct concern_clock *k)
{
    bool published = k->act == ACT_FIRST_INFO || k->act == ACT_BRIEFING;

    if (published && !k->shelved && !clocks_of_rule(c, k->rule) && c->nclocks < CLOCKS_MAX)
        c->clocks[c->nclocks++] = *k;
}

void clocks_join(struct concern *c, const struct concern *from)
{
    for (size_t i = 0; i < from->nclocks; i++) {
        if (from->clocks[i].act == ACT_PROMISE)
            continue; /* clocks_join_promises() */
        if (!from->clocks[i].met)
            join_running(c, &from->clocks[i]);
        else if (clocks_waits(&from->clocks[i]))
            join_shelved(c, &from->clocks[i]);
        else
            join_done(c, &from->clocks[i]);
    }
    if (from->due < c->due)
        c->due = from->due;
}

static const struct concern_clock *ran_on(const struct concern_clock *clock,
                                          const struct concern *in)
{
    for (size_t i = 0; i < in->nclocks; i++)
        if (!strcmp(in->clocks[i].rule, clock->rule) && in->clocks[i].started == clock->started &&
            (clock->act != ACT_PROMISE || clocks_same_promise(&in->clocks[i], clock)))
            return &in->clocks[i];
    return NULL;
}

void clocks_part(struct concern *c, const struct concern *from)
{
    const struct concern_clock *reply = clocks_find(c, ACT_REPLY);
    int64_t ended = reply ? reply->met : 0; /* it ran until the merge: nothing else stops it */

    for (size_t i = 0; i < c->nclocks; i++) {
        struct concern_clock *k = &c->clocks[i];
        if (k->met != ended || k->shelved || (k->act == ACT_ACCEPT && c->accepted))
            continue;
        const struct concern_clock *there = ran_on(k, from);
        if (k->act == ACT_PROMISE && !there)
            continue; /* kept there, in a round that is over */
        bool published = k->act == ACT_FIRST_INFO || k->act == ACT_BRIEFING ||
                         k->act == ACT_PROMISE;
        k->met = there && published ? there->met : 0;
        if (there && there->stage >= k->stage) {
            k->stage = there->stage;
            k->level = there->level;
        }
    }
}
