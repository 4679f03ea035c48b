/* What reopens an answered concern by itself (重开): 回访, and posts that raise it again. */
#include <stdlib.h>

#include "alerts/desk/desk_state.h"
#include "base/err.h"

static bool answered(const struct concern *c)
{
    return c->state == CONCERN_CLOSED && c->outcome == OUTCOME_ANSWERED;
}

/* Through the table, as whoever reopens one. `beside`: where the posts that did it are, or
 * SLOTS_NONE: in the concern itself, or there are none. */
static int reopen(struct desk *d, uint32_t at, uint32_t beside, enum reopening why, uint32_t before,
                  uint32_t after, int64_t now, struct changes *out)
{
    struct concern *c = &slots_at(d->slots, at)->concern;
    struct command command = {.act = COMMAND_REOPEN, .concern = c->id, .why = why};
    struct desk_act a = {.desk = d, .at = at, .c = c, .other = beside, .command = &command,
                         .now = now, .out = out, .before = before, .after = after};

    steps_decide(c, NULL, &command, d->conf.units, NULL, now, &a.ruling); /* whoever is on duty */
    return a.ruling.err ? 0 : desk_state_act(&a);
}

int desk_survey(struct desk *d, uint64_t concern, uint32_t solved, uint32_t not_yet, int64_t now,
                struct changes *out)
{
    uint32_t at = slots_find(d->slots, concern);
    const struct deadline_reopen *rule = d->conf.deadlines ? &d->conf.deadlines->reopen : NULL;

    if (at == SLOTS_NONE || !rule || !rule->answers)
        return 0;
    const struct concern *c = &slots_at(d->slots, at)->concern;
    uint64_t all = (uint64_t)solved + not_yet;
    if (!answered(c) || now - c->answered > rule->survey_within || all < rule->answers ||
        not_yet * UINT64_C(100) < all * rule->percent)
        return 0;
    int err = desk_state_prepare(d, out, 2);
    if (err)
        return err;
    desk_state_touch(slots_at(d->slots, at), out);
    struct event *e = outbox_emit(&d->outbox, d->conf.units, c, EVENT_SURVEYED, now, out);
    outbox_address(&d->outbox, e, d->conf.units->list[d->conf.units->coordinator].id);
    e->before = not_yet;
    e->after = solved;
    return reopen(d, at, SLOTS_NONE, REOPENING_SURVEY, not_yet, solved, now, out);
}

static bool counts_source(const struct concern *c, uint64_t source)
{
    for (size_t i = 0; i < c->nlate_sources; i++)
        if (c->late_sources[i] == source)
            return false;
    return source && c->nlate_sources < CONCERN_LATE_SOURCES;
}

/* A reprint raises nothing again, nor does what was written before the answer came. */
static bool raises_anew(const struct concern *c, const struct verdict *v,
                        const struct event_likeness *why)
{
    return v->kind == VERDICT_RAISED && why->by == LIKE_MATTER &&
           (v->published <= 0 || v->published > c->answered);
}

/* The rule by which posts may reopen the concern now, or NULL. */
static const struct deadline_reopen *rule_of(const struct desk *d, const struct concern *c,
                                             int64_t now)
{
    const struct deadline_reopen *rule = d->conf.deadlines ? &d->conf.deadlines->reopen : NULL;

    return rule && rule->items && answered(c) && now - c->answered <= rule->posts_within ? rule
                                                                                          : NULL;
}

/* One more item, from there, is enough. */
static bool enough(const struct desk *d, const struct concern *c, uint64_t source, int64_t now)
{
    const struct deadline_reopen *rule = rule_of(d, c, now);

    return rule && c->late_items + 1u >= rule->items &&
           c->nlate_sources + (counts_source(c, source) ? 1u : 0u) >= rule->sources;
}

int desk_state_again(struct desk *d, uint32_t at, const struct verdict *v,
                     const struct desk_origin *from, const struct event_likeness *why, int64_t now,
                     struct changes *out)
{
    const uint32_t first = at;

    for (int i = 0; i < DESK_RELATED_MOST && at != SLOTS_NONE; i++) {
        struct slot *slot = slots_at(d->slots, at);
        struct concern *c = &slot->concern;
        if (rule_of(d, c, now) && raises_anew(c, v, why)) {
            bool reopens = enough(d, c, from->source, now);
            desk_state_touch(slot, out);
            c->late_items += c->late_items < UINT16_MAX;
            if (counts_source(c, from->source))
                c->late_sources[c->nlate_sources++] = from->source;
            if (reopens)
                return reopen(d, at, i ? first : SLOTS_NONE, REOPENING_POSTS, c->nlate_sources,
                              c->late_items, now, out);
        }
        at = c->related ? slots_find(d->slots, c->related) : SLOTS_NONE;
    }
    return 0;
}

int desk_state_anew(struct desk *d, uint32_t at, const struct verdict *v,
                    const struct desk_origin *from, const struct event_likeness *why, int64_t now,
                    struct changes *out, uint64_t *concern)
{
    const struct concern *closed = &slots_at(d->slots, at)->concern;
    uint64_t related = closed->id;
    size_t first = out->nevents;
    struct rules_topic topic;

    *concern = 0;
    if (closed->state != CONCERN_CLOSED || !raises_anew(closed, v, why) || v->reply.n ||
        v->reply_url.n || enough(d, closed, from->source, now) || !desk_state_topic(d, v, &topic))
        return 0;
    int err = desk_state_open(d, v, &topic, from, now, out, concern);
    if (err)
        return err;
    slots_at(d->slots, slots_find(d->slots, *concern))->concern.related = related;
    out->events[first].other = related;
    return desk_state_again(d, at, v, from, why, now, out);
}
