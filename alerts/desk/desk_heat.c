/* How hot concerns grow, the grades that are proposed for it, and the effect of answers. */
#include "alerts/deadlines/clocks.h"
#include "alerts/desk/desk_state.h"

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
    if (!clocks_propose(c, d->conf.deadlines, d->conf.rules, by_rule ? rule : heat, now) && !told)
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
    e->after += slot->concern.late_items; /* those have concerns of their own */
}

static void tell_burst(struct desk *d, struct str topic, struct str term,
                       const struct burst_alarm *alarm, int64_t now, struct changes *out)
{
    struct event *e = outbox_emit_source(&d->outbox, d->conf.units, STR_NONE, EVENT_BURST, now,
                                         out);

    e->rules = term.n ? event_term_code(term) : 0;
    memcpy(e->topic, topic.p, topic.n);
    e->items = alarm->hours;
    e->before = alarm->expected;
    e->after = alarm->seen;
}

/* Terms that gave the item this topic, after the n of the topics before it, each once: how many. */
static size_t add_terms(const struct verdict_tag *tag, struct str terms[DESK_TERMS_MAX], size_t n)
{
    for (size_t h = 0; h < tag->nhits && n < DESK_TERMS_MAX; h++) {
        struct str term = tag->hits[h].term;
        size_t i = 0;
        while (i < n && !str_eq(terms[i], term))
            i++;
        if (i == n)
            terms[n++] = term;
    }
    return n;
}

void desk_state_burst(struct desk *d, const struct verdict *v, int64_t now, struct changes *out)
{
    struct str terms[DESK_TERMS_MAX];
    struct burst_alarm alarm;
    size_t n = 0, done = 0;

    burst_item(d->burst, now);
    for (size_t i = 0; i < v->ntags; i++) {
        struct str topic = v->tags[i].topic;
        bool known = rules_find(d->conf.rules, topic) >= 0, told = false;
        if (known && burst_topic(d->burst, topic, &alarm))
            tell_burst(d, topic, STR_NONE, &alarm, now, out);
        n = add_terms(&v->tags[i], terms, n);
        for (; done < n; done++) {
            if (!known || !burst_term(d->burst, topic, terms[done], &alarm) || told)
                continue;
            tell_burst(d, topic, terms[done], &alarm, now, out);
            told = true;
        }
    }
}
