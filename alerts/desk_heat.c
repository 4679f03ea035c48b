/* How hot concerns grow, the grades that are proposed for it, and the effect of answers. */
#include "alerts/clocks.h"
#include "alerts/desk_state.h"

/* What the tag of the concern's topic asks for. */
static enum grade asked(const struct concern *c, const struct verdict *v)
{
    for (size_t i = 0; i < v->ntags; i++)
        if (str_is(v->tags[i].topic, c->topic)) {
            int grade = event_grade_find(v->tags[i].grade);
            return grade < 0 ? GRADE_ORDINARY : (enum grade)grade;
        }
    return GRADE_ORDINARY;
}

/* Is it the grade that the topic has without any condition? */
static bool usual(const struct desk *d, const struct concern *c, enum grade grade)
{
    int at = rules_find(d->conf.rules, str_from(c->topic));

    return at < 0 || (int)grade <= event_grade_find(rules_topic(d->conf.rules, (size_t)at).grade);
}

static void tell(struct desk *d, const struct concern *c, enum proposal why, uint32_t rate,
                 int64_t now, struct changes *out)
{
    struct event *e = outbox_emit(&d->outbox, d->conf.units, c, EVENT_PROPOSED, now, out);

    e->grade = c->proposed;
    e->code = (uint8_t)why;
    if (why == PROPOSAL_HEAT) {
        e->before = c->sources;
        e->after = (rate + HEAT_RATE_UNIT - 1) / HEAT_RATE_UNIT;
    }
}

void desk_state_heat(struct desk *d, uint32_t at, const struct verdict *v, bool opened,
                     int64_t now, struct changes *out)
{
    const struct heat_rules *rules = d->conf.heat;
    struct concern *c = &slots_at(d->slots, at)->concern;
    enum grade heat = GRADE_ORDINARY, rule = asked(c, v);

    heat_arrive(&c->heat, heat_half_life(rules), now);
    if (c->state == CONCERN_CLOSED)
        return;
    if (rules)
        heat = heat_grade(rules, c->items, c->sources, c->heat.rate);
    bool by_rule = rule >= heat;
    /* It was opened with the grade that a rule asked for. */
    bool told = opened && by_rule && rule == c->proposed && !usual(d, c, rule);
    if (!clocks_propose(c, d->conf.deadlines, by_rule ? rule : heat, now) && !told)
        return;
    tell(d, c, by_rule ? PROPOSAL_RULE : PROPOSAL_HEAT, c->heat.rate, now, out);
    desk_state_schedule(d, at); /* its place is kept: cannot fail */
}

void desk_state_effect(struct desk *d, uint32_t at, int64_t now, struct changes *out)
{
    struct slot *slot = slots_at(d->slots, at);
    struct heat *h = &slot->concern.heat;

    bool lapsed = now > h->effect + HEAT_EFFECT_KEPT;

    h->effect = 0;
    if (lapsed) /* not even to the store: it lapses there as well */
        return;
    desk_state_touch(slot, out);
    struct event *e = outbox_emit(&d->outbox, d->conf.units, &slot->concern, EVENT_EFFECT, now,
                                  out);
    e->before = h->before;
    e->after = slot->concern.items > h->items ? slot->concern.items - h->items : 0;
}

void desk_state_burst(struct desk *d, const struct verdict *v, int64_t now, struct changes *out)
{
    struct burst_alarm alarm;

    burst_item(d->burst, now);
    for (size_t i = 0; i < v->ntags; i++) {
        struct str topic = v->tags[i].topic;
        if (rules_find(d->conf.rules, topic) < 0 || !burst_topic(d->burst, topic, &alarm))
            continue;
        struct event *e = outbox_emit_source(&d->outbox, d->conf.units, STR_NONE, EVENT_BURST, now,
                                             out);
        memcpy(e->topic, topic.p, topic.n);
        e->before = alarm.expected;
        e->after = alarm.seen;
    }
}
