/* What commands and time do to concerns. */
#define _GNU_SOURCE
#include <stdlib.h>

#include "alerts/clocks.h"
#include "alerts/desk_state.h"
#include "alerts/steps.h"
#include "base/err.h"

static struct event *emit(struct desk *d, struct slot *slot, enum event_type type, int64_t now,
                          struct changes *out)
{
    desk_state_touch(slot, out);
    return outbox_emit(&d->outbox, d->conf.units, &slot->concern, type, now, out);
}

/* The clock may step back; the window of joining never shrinks. */
static void note_update(struct concern *c, int64_t now)
{
    if (c->updated < now)
        c->updated = now;
}

static int accept_concern(struct desk *d, uint32_t at, const struct command *command, int64_t now,
                          struct changes *out)
{
    struct slot *slot = slots_at(d->slots, at);
    const struct concern_clock *clock = clocks_find(&slot->concern, ACT_ACCEPT);
    (void)command;

    slot->concern.state = CONCERN_ACCEPTED;
    slot->concern.accepted = now;
    note_update(&slot->concern, now);
    clocks_meet(&slot->concern, ACT_ACCEPT, now);
    struct event *e = emit(d, slot, EVENT_ACCEPTED, now, out);
    if (clock) {
        e->act = ACT_ACCEPT;
        e->due = clock->due;
        e->late = now > clock->due;
    }
    return desk_state_schedule(d, at);
}

int desk_state_close(struct desk *d, uint32_t at, struct str url, int64_t answered, int64_t now)
{
    struct concern *c = &slots_at(d->slots, at)->concern;
    enum concern_state before = c->state;
    char *copy = strndup(url.p, url.n);

    c->state = CONCERN_CLOSED;
    if (!copy || desk_state_schedule(d, at)) {
        c->state = before;
        free(copy);
        return ERR_NOMEM;
    }
    c->reply_url = copy;
    c->answered = answered;
    note_update(c, now);
    if (!c->accepted)
        c->accepted = answered;
    clocks_meet(c, ACT_NONE, answered);
    return 0;
}

static int answer_concern(struct desk *d, uint32_t at, const struct command *command, int64_t now,
                          struct changes *out)
{
    struct slot *slot = slots_at(d->slots, at);
    int err = desk_state_close(d, at, command->url, now, now);

    if (err)
        return err;
    struct event *e = emit(d, slot, EVENT_ANSWERED, now, out);
    e->act = ACT_REPLY;
    e->late = now > slot->concern.due;
    emit(d, slot, EVENT_CLOSED, now, out);
    return 0;
}

/* By enum command_act. */
static int (*const acts[])(struct desk *, uint32_t, const struct command *, int64_t,
                           struct changes *) = {
    [COMMAND_ACCEPT] = accept_concern,
    [COMMAND_ANSWER] = answer_concern,
};

int desk_command(struct desk *d, const struct command *c, int64_t now, struct changes *out,
                 const char **reason)
{
    const struct units *units = d->conf.units;
    uint32_t at = slots_find(d->slots, c->concern);
    int err;

    *reason = "没有这件关切 (no such concern)";
    if (at == SLOTS_NONE)
        return ERR_NOTFOUND;
    switch (steps_decide(&slots_at(d->slots, at)->concern, c, units->list[units->coordinator].id,
                         &err, reason)) {
    case STEPS_REFUSE: return err;
    case STEPS_REPEAT: err = 0; break;
    case STEPS_DO:
        err = desk_state_prepare(d, out, 2);
        if (!err)
            err = acts[c->act](d, at, c, now, out);
        break;
    }
    *reason = err ? err_text(err) : NULL;
    return err;
}

/* Announce the next stage of the concern's clock `which`. */
static void fire(struct desk *d, struct slot *slot, size_t which, int64_t now, struct changes *out)
{
    struct concern_clock *clock = &slot->concern.clocks[which];
    enum clock_stage stage = clocks_advance(clock, now);
    struct event *e = emit(d, slot, stage == STAGE_OVERDUE ? EVENT_OVERDUE : EVENT_REMINDED, now,
                           out);

    e->act = clock->act;
    e->due = clock->due;
    if (stage != STAGE_OVERDUE) {
        e->percent = stage == STAGE_HALF ? 50 : 80;
        return;
    }
    e = emit(d, slot, EVENT_ESCALATED, now, out);
    e->act = clock->act;
    e->due = clock->due;
}

int desk_tick(struct desk *d, int64_t now, size_t max, struct changes *out)
{
    size_t start = out->nevents;
    uint32_t at;
    int64_t key;
    int err = 0;

    desk_state_forget(d, now);
    if (max < 2)
        max = 2;
    while (!err && heap_peek(d->timers, &at, &key) && desk_state_instant(key) <= now &&
           out->nevents - start + 2 <= max) {
        struct slot *slot = slots_at(d->slots, at);
        size_t which;
        err = desk_state_prepare(d, out, 2);
        if (!err && clocks_next(&slot->concern, &which) <= now)
            fire(d, slot, which, now, out);
        if (!err)
            err = desk_state_schedule(d, at);
    }
    return err;
}
