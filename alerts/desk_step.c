/* What time does to concerns. */
#include "alerts/clocks.h"
#include "alerts/desk_state.h"
#include "base/err.h"

static struct event *emit(struct desk *d, struct slot *slot, enum event_type type, int64_t now,
                          struct changes *out)
{
    desk_state_touch(slot, out);
    return outbox_emit(&d->outbox, d->conf.units, &slot->concern, type, now, out);
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
