/* What time does to concerns: reminders, overdue, 督办, and clocks that are counted anew. */
#include "alerts/deadlines/clocks.h"
#include "alerts/desk/desk_state.h"

enum { AT_ONCE = 2 }; /* events of one clock at one instant */

static struct event *announce(struct desk *d, struct slot *slot, size_t which,
                              enum event_type type, int64_t now, struct changes *out)
{
    const struct concern_clock *clock = &slot->concern.clocks[which];

    desk_state_touch(slot, out);
    struct event *e = outbox_emit_clock(&d->outbox, d->conf.units, &slot->concern, clock, type,
                                        now, out);
    e->act = clock->act;
    e->due = clock->due;
    return e;
}

/* What came due while nobody could tell it: how late this is, and what it stands for besides. */
static void note_lateness(struct event *e, const struct concern_clock *clock,
                          enum clock_stage before, int64_t now)
{
    enum { USUAL = 60 }; /* seconds: no more than the ledger takes when it is busy */
    int64_t late = (now - clocks_reaches(clock, clock->stage)) / 1000;

    if (e->type == EVENT_REMINDED && late > USUAL)
        e->before = late < UINT32_MAX ? (uint32_t)late : UINT32_MAX;
    if (before < STAGE_HALF && clock->stage > STAGE_HALF)
        e->code |= EVENT_SKIPPED_HALF;
    if (before < STAGE_MOST && clock->stage > STAGE_MOST)
        e->code |= EVENT_SKIPPED_MOST;
}

/* Announce what the concern's clock `which` has reached; 督办 at once with overdue, when it is due
 * with it. */
static void fire(struct desk *d, struct slot *slot, size_t which, int64_t now, struct changes *out)
{
    const struct deadlines *deadlines = d->conf.deadlines;
    struct concern *c = &slot->concern;
    enum clock_stage before = c->clocks[which].stage;
    enum clocks_news news = clocks_advance(c, which, deadlines, now);

    if (news == CLOCKS_HALF || news == CLOCKS_MOST) {
        struct event *e = announce(d, slot, which, EVENT_REMINDED, now, out);
        e->percent = news == CLOCKS_HALF ? 50 : 80;
        note_lateness(e, &c->clocks[which], before, now);
    } else if (news == CLOCKS_RECOMPUTED) {
        announce(d, slot, which, EVENT_RECOMPUTED, now, out);
    }
    if (news == CLOCKS_OVERDUE) {
        note_lateness(announce(d, slot, which, EVENT_OVERDUE, now, out), &c->clocks[which], before,
                      now);
        news = clocks_advance(c, which, deadlines, now);
    }
    if (news == CLOCKS_ESCALATED)
        announce(d, slot, which, EVENT_ESCALATED, now, out)->after = c->clocks[which].level;
}

int desk_tick(struct desk *d, int64_t now, size_t max, struct changes *out)
{
    size_t start = out->nevents;
    uint32_t at;
    int64_t key;
    int err = 0;

    desk_state_forget(d, now);
    if (max < AT_ONCE)
        max = AT_ONCE;
    while (!err && heap_peek(d->timers, &at, &key) && desk_state_instant(key) <= now &&
           out->nevents - start + AT_ONCE <= max) {
        struct slot *slot = slots_at(d->slots, at);
        size_t which;
        err = desk_state_prepare(d, out, AT_ONCE);
        if (!err && slot->concern.heat.effect && slot->concern.heat.effect <= now)
            desk_state_effect(d, at, now, out);
        else if (!err && clocks_next(&slot->concern, d->conf.deadlines, &which) <= now)
            fire(d, slot, which, now, out);
        if (!err)
            err = desk_state_schedule(d, at);
    }
    return err;
}
