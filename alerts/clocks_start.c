/* Which clocks a concern has, and from when. */
#include <assert.h>

#include "alerts/clocks.h"

static size_t chosen(const struct concern *c, const struct deadlines *d, const struct rules *rules,
                     const struct deadline_rule *out[static DEADLINE_CLOCKS_MAX])
{
    struct deadline_case what = {.kind = (enum source_kind)c->kind, .request = c->request,
                                 .grade = c->grade, .topic = str_from(c->topic)};
    int at = rules_find(rules, what.topic);
    struct rules_topic topic = {0};

    if (at >= 0)
        topic = rules_topic(rules, (size_t)at);
    what.own = topic.deadlines;
    what.nown = topic.ndeadlines;
    return deadline_choose(d, &what, out);
}

static struct concern_clock *find_rule(struct concern *c, const char *rule)
{
    for (size_t i = 0; i < c->nclocks; i++)
        if (!strcmp(c->clocks[i].rule, rule))
            return &c->clocks[i];
    return NULL;
}

/* A free place, or that of a clock that has done its work; NULL when all still run. */
static struct concern_clock *room(struct concern *c)
{
    if (c->nclocks < CLOCKS_MAX)
        return &c->clocks[c->nclocks++];
    for (size_t i = 0; i < c->nclocks; i++)
        if (c->clocks[i].met)
            return &c->clocks[i];
    return NULL;
}

/* Not once more in a round; but each proposal waits for a 研判 of its own. */
static void add(struct concern *c, const struct deadlines *d, const struct deadline_rule *rule,
                int64_t at, bool undecided)
{
    struct concern_clock *known = find_rule(c, rule->id);
    struct concern_clock *clock = known ? known : room(c);

    if (!clock || (known && (!known->met || rule->act != ACT_ASSESS)))
        return;
    *clock = (struct concern_clock){.act = rule->act, .started = at};
    memcpy(clock->rule, rule->id, SLUG_MAX);
    clock->due = deadline_due(d, rule, at, &clock->provisional);
    if (rule->by_grade && undecided)
        clock->provisional = true;
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
    c->nclocks = 0;
    start(c, d, rules, 1u << DEADLINE_FOUND | (dispatched ? 1u << DEADLINE_DISPATCHED : 0), at);
    /* Of a topic that these rules do not know any more, and no table: */
    for (size_t i = 0; i < d->count && !clocks_find(c, ACT_REPLY); i++)
        if (d->list[i].act == ACT_REPLY && !d->list[i].by_grade)
            add(c, d, &d->list[i], at, false);
    assert(clocks_find(c, ACT_REPLY)); /* desk_check() lets no topic in without one */
    follow_reply(c);
}

/* Rules by_grade of this grade start, whatever else is chosen. */
static void add_by_grade(struct concern *c, const struct deadlines *d, enum grade grade,
                         int64_t at, bool undecided)
{
    for (size_t i = 0; i < d->count; i++)
        if (d->list[i].by_grade && grade >= d->list[i].grade &&
            (undecided || d->list[i].act != ACT_ASSESS))
            add(c, d, &d->list[i], at, undecided);
}

bool clocks_propose(struct concern *c, const struct deadlines *d, enum grade grade, int64_t at)
{
    if (grade <= c->proposed || grade <= c->grade)
        return false;
    c->proposed = grade;
    if (!c->assessed)
        c->grade = grade;
    add_by_grade(c, d, grade, at, true);
    return true;
}

static void drop(struct concern *c, size_t at)
{
    c->nclocks--;
    for (size_t i = at; i < c->nclocks; i++)
        c->clocks[i] = c->clocks[i + 1];
    c->clocks[c->nclocks] = (struct concern_clock){0};
}

void clocks_regrade(struct concern *c, const struct deadlines *d, enum grade grade, int64_t now)
{
    c->grade = grade;
    c->assessed = now;
    clocks_meet(c, ACT_ASSESS, now);
    for (size_t i = c->nclocks; i-- > 0;) {
        struct concern_clock *clock = &c->clocks[i];
        const struct deadline_rule *rule = deadline_find(d, str_from(clock->rule));
        if (!rule || !rule->by_grade || clock->met)
            continue;
        if (rule->grade > grade)
            drop(c, i);
        else
            deadline_due(d, rule, clock->started, &clock->provisional);
    }
    add_by_grade(c, d, grade, now, false);
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
