/* A concern's topic was corrected: it goes the way of the right one. */
#include "alerts/deadlines/clocks.h"
#include "alerts/desk/desk_acts.h"
#include "alerts/desk/desk_state.h"

enum { EVENTS_MOST = 2 + CLOCKS_MAX };

/* Who leads when the routes are asked about the topic anew. */
static struct str lead_of(const struct desk *d, const struct rules_topic *topic,
                          const struct concern *c)
{
    const struct routes_case asked = {topic->id, topic->role, str_from(c->region), c->grade};
    struct routes_way way;

    routes_decide(d->conf.units, &asked, &way);
    return str_from(d->conf.units->list[way.units[0]].id);
}

/* 改派, as the coordinating unit itself may, whether the unit has accepted or not. */
static int reassign(struct desk *d, uint32_t at, struct str lead, int64_t now, struct changes *out)
{
    const struct command c = {.act = COMMAND_REASSIGN, .units = {lead}, .nunits = 1};
    struct desk_act a = {.desk = d, .at = at, .c = &slots_at(d->slots, at)->concern,
                         .other = SLOTS_NONE, .command = &c,
                         .ruling = {.effect = EFFECT_REASSIGN, .next = CONCERN_OPEN},
                         .now = now, .out = out};

    return desk_state_act(&a);
}

/* The clocks that this topic asks for, none of them later than it was. What ends with the old one
 * is told where it was missed. */
static int rechoose(struct desk *d, uint32_t at, int64_t now, struct changes *out)
{
    struct concern *c = &slots_at(d->slots, at)->concern;
    struct desk_act a = {.desk = d, .at = at, .c = c, .other = SLOTS_NONE, .now = now, .out = out};

    clocks_rechoose(c, d->conf.deadlines, d->conf.rules, now);
    clocks_regroup(c, d->conf.deadlines, d->conf.rules, now);
    desk_acts_tell_missed(&a, c);
    return desk_state_schedule(d, at);
}

int desk_topic(struct desk *d, uint64_t concern, struct str topic, int64_t now,
               struct changes *out)
{
    uint32_t at = slots_find(d->slots, concern);
    int number = rules_find(d->conf.rules, topic);

    if (at == SLOTS_NONE || number < 0 || topic.n >= SLUG_MAX)
        return 0;
    struct slot *slot = slots_at(d->slots, at);
    struct concern *c = &slot->concern;
    if (c->state == CONCERN_CLOSED || str_is(topic, c->topic))
        return 0;
    int err = desk_state_prepare(d, out, EVENTS_MOST);
    if (err)
        return err;
    struct rules_topic to = rules_topic(d->conf.rules, (size_t)number);
    struct str lead = lead_of(d, &to, c);
    memset(c->topic, 0, sizeof c->topic);
    memcpy(c->topic, topic.p, topic.n);
    if (c->state == CONCERN_FOUND) {
        memset(c->unit, 0, sizeof c->unit);
        memcpy(c->unit, lead.p, lead.n);
    }
    if (c->updated < now)
        c->updated = now;
    desk_state_touch(slot, out);
    err = rechoose(d, at, now, out); /* first: events tell when it is due */
    if (err)
        return err;
    outbox_emit(&d->outbox, d->conf.units, c, EVENT_UPDATED, now, out);
    return str_is(lead, c->unit) ? 0 : reassign(d, at, lead, now, out);
}
