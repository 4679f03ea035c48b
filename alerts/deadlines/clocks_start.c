/* Which clocks a concern has, and from when. */
#include <assert.h>

#include "alerts/deadlines/clocks.h"

bool clocks_emergency_decided(const struct concern *c)
{
    return c->emergency == EMERGENCY_YES || c->emergency == EMERGENCY_NO;
}

bool clocks_no_emergency(const struct concern *c, const struct rules *rules)
{
    int at = rules_find(rules, str_from(c->topic));

    if (c->emergency == EMERGENCY_MERGED)
        return false;
    if (clocks_emergency_decided(c))
        return c->emergency == EMERGENCY_NO;
    return at >= 0 && rules_topic(rules, (size_t)at).no_emergency;
}

static size_t chosen(const struct concern *c, const struct deadlines *d, const struct rules *rules,
                     const struct deadline_rule *out[static DEADLINE_CLOCKS_MAX])
{
    struct deadline_case what = {.kind = (enum source_kind)c->kind, .request = c->request,
                                 .grade = c->grade, .topic = str_from(c->topic),
                                 .no_emergency = clocks_no_emergency(c, rules)};
    int at = rules_find(rules, what.topic);
    struct rules_topic topic = {0};

    if (at >= 0)
        topic = rules_topic(rules, (size_t)at);
    what.own = topic.deadlines;
    what.nown = topic.ndeadlines;
    return deadline_choose(d, &what, out);
}

/* It was met, and in time: nothing is to be told of it any more. */
static bool is_worn(const struct concern_clock *clock)
{
    return !clock->shelved && clock->met <= clock->due;
}

/* A free place, or that of a clock that has done its work, one that was met in time before one that
 * was missed or is shelved; or, of a table with more rules than acts, that of the promise due last:
 * an answer has to have its clock. NULL when all still run. */
static struct concern_clock *room(struct concern *c)
{
    if (c->nclocks < CLOCKS_MAX)
        return &c->clocks[c->nclocks++];
    struct concern_clock *done = NULL;
    for (size_t i = c->nclocks; i-- > 0;)
        if (c->clocks[i].met && (!done || is_worn(&c->clocks[i])))
            done = &c->clocks[i];
    for (size_t i = 0, all = done ? 0 : c->nclocks; i < all; i++)
        if (c->clocks[i].act == ACT_PROMISE && (!done || c->clocks[i].due > done->due))
            done = &c->clocks[i];
    return done;
}

/* It was proposed and never decided to hold. A rule by working days may be provisional for another
 * reason, and goes on rather than being wound back. */
static bool was_denied(const struct concern_clock *known, const struct deadline_rule *rule)
{
    return clocks_waits(known) && known->provisional && !rule->workdays;
}

/* Not once more in a round: what is shelved goes on, unless it ran for a proposal alone, which was
 * denied: another one is about later facts. And each proposal waits for a 研判 of its own. */
static void add(struct concern *c, const struct deadlines *d, const struct deadline_rule *rule,
                int64_t at, bool undecided)
{
    struct concern_clock *known = clocks_of_rule(c, rule->id);
    struct concern_clock *clock = known ? known : room(c);
    bool open = rule->by_grade && undecided;

    if (known && clocks_waits(known) && !was_denied(known, rule)) {
        deadline_due(d, rule, known->started, &known->provisional);
        clocks_resume(known, known->provisional || open);
        return;
    }
    if (!clock ||
        (known && !was_denied(known, rule) && (!known->met || rule->act != ACT_ASSESS)))
        return;
    *clock = (struct concern_clock){.act = rule->act, .started = at};
    memcpy(clock->rule, rule->id, SLUG_MAX);
    clock->due = deadline_due(d, rule, at, &clock->provisional);
    clock->provisional = clock->provisional || open;
}

static void follow_reply(struct concern *c)
{
    const struct concern_clock *reply = clocks_find(c, ACT_REPLY);

    if (reply)
        c->due = reply->due;
}

static void start(struct concern *c, const struct deadlines *d, const struct rules *rules,
                  unsigned triggers, int64_t at)
{
    const struct deadline_rule *list[DEADLINE_CLOCKS_MAX];
    size_t n = chosen(c, d, rules, list);

    for (size_t i = 0; i < n; i++)
        if (triggers >> list[i]->trigger & 1 && !(c->assessed && list[i]->act == ACT_ASSESS))
            add(c, d, list[i], at, !c->assessed);
}

void clocks_trigger(struct concern *c, const struct deadlines *d, const struct rules *rules,
                    enum deadline_trigger trigger, int64_t at)
{
    start(c, d, rules, 1u << trigger, at);
}

void clocks_start(struct concern *c, const struct deadlines *d, const struct rules *rules,
                  int64_t at, bool dispatched)
{
    clocks_keep_running_promises(c);
    start(c, d, rules, 1u << DEADLINE_FOUND | (dispatched ? 1u << DEADLINE_DISPATCHED : 0), at);
    /* Of a topic that these rules do not know any more, and no table: */
    for (size_t i = 0; i < d->count && !clocks_find(c, ACT_REPLY); i++)
        if (d->list[i].act == ACT_REPLY && !d->list[i].by_grade)
            add(c, d, &d->list[i], at, false);
    assert(clocks_find(c, ACT_REPLY)); /* desk_check() lets no topic in without one */
    follow_reply(c);
}

/* Rules by_grade of this grade start, whatever else is chosen. */
static void add_by_grade(struct concern *c, const struct deadlines *d, const struct rules *rules,
                         enum grade grade, int64_t at, bool undecided)
{
    bool none = clocks_no_emergency(c, rules);

    for (size_t i = 0; i < d->count; i++)
        if (deadline_by_grade(&d->list[i], grade, none) &&
            (undecided || d->list[i].act != ACT_ASSESS))
            add(c, d, &d->list[i], at, undecided);
}

bool clocks_propose(struct concern *c, const struct deadlines *d, const struct rules *rules,
                    enum grade grade, int64_t at)
{
    if (grade <= c->proposed || grade <= c->grade)
        return false;
    c->proposed = grade;
    if (!c->assessed)
        c->grade = grade;
    add_by_grade(c, d, rules, grade, at, true);
    return true;
}

void clocks_regrade(struct concern *c, const struct deadlines *d, const struct rules *rules,
                    enum grade grade, int64_t now)
{
    bool none = clocks_no_emergency(c, rules);

    c->grade = grade;
    c->assessed = now;
    clocks_meet(c, ACT_ASSESS, now);
    for (size_t i = 0; i < c->nclocks; i++) {
        struct concern_clock *clock = &c->clocks[i];
        const struct deadline_rule *rule = deadline_find(d, str_from(clock->rule));
        if (!rule || !rule->by_grade || clock->met)
            continue;
        if (!deadline_by_grade(rule, grade, none)) {
            clock->met = now;
            clock->shelved = true;
        } else {
            deadline_due(d, rule, clock->started, &clock->provisional);
        }
    }
    add_by_grade(c, d, rules, grade, now, false);
    follow_reply(c);
}

void clocks_regroup(struct concern *c, const struct deadlines *d, const struct rules *rules,
                    int64_t now)
{
    bool none = clocks_no_emergency(c, rules);

    for (size_t i = 0; i < c->nclocks; i++) {
        const struct deadline_rule *rule = deadline_find(d, str_from(c->clocks[i].rule));
        if (rule && rule->by_grade && rule->emergency && none && !c->clocks[i].met) {
            c->clocks[i].met = now;
            c->clocks[i].shelved = true;
            c->clocks[i].provisional = false; /* nobody has denied it: its start stands */
        }
    }
    add_by_grade(c, d, rules, clocks_grade(c), now, clocks_undecided(c));
    follow_reply(c);
}

void clocks_rechoose(struct concern *c, const struct deadlines *d, const struct rules *rules,
                     int64_t now)
{
    const struct deadline_rule *list[DEADLINE_CLOCKS_MAX];
    size_t n = chosen(c, d, rules, list);

    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < c->nclocks && !list[i]->by_grade; k++) {
            struct concern_clock *clock = &c->clocks[k];
            const struct deadline_rule *was = deadline_find(d, str_from(clock->rule));
            bool guessed;
            int64_t due = deadline_due(d, list[i], clock->started, &guessed);
            if (clock->act != list[i]->act || clock->met || (was && was->by_grade) ||
                due >= clock->due || due <= now)
                continue;
            memcpy(clock->rule, list[i]->id, SLUG_MAX);
            clock->due = due;
            clock->provisional = guessed;
        }
    follow_reply(c);
}
