/* What reopens an answered concern by itself (重开): 回访, and posts that raise it again. */
#include <stdlib.h>

#include "alerts/desk_state.h"
#include "base/err.h"

static bool answered(const struct concern *c)
{
    return c->state == CONCERN_CLOSED && c->outcome == OUTCOME_ANSWERED;
}

/* Through the table, as whoever reopens one. */
static int reopen(struct desk *d, uint32_t at, enum reopening why, uint32_t before, uint32_t after,
                  int64_t now, struct changes *out)
{
    struct concern *c = &slots_at(d->slots, at)->concern;
    struct command command = {.act = COMMAND_REOPEN, .concern = c->id, .why = why};
    struct desk_act a = {.desk = d, .at = at, .c = c, .other = SLOTS_NONE, .command = &command,
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
    return reopen(d, at, REOPENING_SURVEY, not_yet, solved, now, out);
}

static void count_source(struct concern *c, uint64_t source)
{
    for (size_t i = 0; i < c->nlate_sources; i++)
        if (c->late_sources[i] == source)
            return;
    if (source && c->nlate_sources < CONCERN_LATE_SOURCES)
        c->late_sources[c->nlate_sources++] = source;
}

/* A reprint raises nothing again, nor does what was written before the answer came. */
int desk_state_again(struct desk *d, uint32_t at, const struct verdict *v,
                     const struct desk_origin *from, const struct event_likeness *why, int64_t now,
                     struct changes *out)
{
    struct concern *c = &slots_at(d->slots, at)->concern;
    const struct deadline_reopen *rule = d->conf.deadlines ? &d->conf.deadlines->reopen : NULL;

    if (!rule || !rule->items || !answered(c) || v->kind != VERDICT_RAISED ||
        why->by != LIKE_MATTER || (v->published > 0 && v->published <= c->answered) ||
        now - c->answered > rule->posts_within)
        return 0;
    c->late_items += c->late_items < UINT16_MAX;
    count_source(c, from->source);
    if (c->late_items < rule->items || c->nlate_sources < rule->sources)
        return 0;
    return reopen(d, at, REOPENING_POSTS, c->nlate_sources, c->late_items, now, out);
}
