/* What the rounds do of several machines: a source that is asked elsewhere waits, without a time,
 * until its part is taken over. */
#include "base/clock.h"
#include "feeds/schedule/rounds_entry.h"
#include "feeds/schedule/rounds_inside.h"

/* Those that are overdue when their part is taken over come one in GAP real ms, and within MAKE_UP
 * and this share of their interval. */
enum { GAP = 10, MAKE_UP = 60000, SHARE = 4 };

static void park(struct rounds *r, uint32_t source, struct known *k, unsigned part, int64_t called)
{
    k->forgotten = false;
    schedule_park(r->schedule, source, part, called != 0);
    struct timetable_entry *e = rounds_lock_entry(r, k);
    e->due = called;
    rounds_unlock_entry(r, source, k, e);
}

void rounds_pass(struct rounds *r, uint32_t source, unsigned part)
{
    struct known *k = knowns_at(r->known, source);

    if (rounds_leave(r, k))
        park(r, source, k, part, 0);
}

void rounds_call(struct rounds *r, uint32_t source, unsigned part)
{
    struct known *k = rounds_there(r, source);

    if (k && !k->under_way)
        park(r, source, k, part, clock_now());
}

/* Now, but for those before it. */
static void make_up(struct rounds *r, uint32_t source, struct known *k, int64_t *overdue)
{
    int64_t rate = clock_rate(), window = rounds_entry_of(r, k)->interval / SHARE;

    window = window < MAKE_UP * rate ? window : MAKE_UP * rate;
    schedule_at(r->schedule, source,
                clock_now() + 1 + (window > 0 ? *overdue * GAP * rate % window : 0));
    rounds_note_due(r, source, k);
    ++*overdue;
}

/* What its last holder knew, unless it was asked here since. */
static void inherit(struct rounds *r, const struct fetch_due *row, int64_t now, int64_t *overdue)
{
    struct known *k = rounds_there(r, row->source);
    unsigned part;
    bool called = false;

    if (!k || k->under_way)
        return;
    struct timetable_entry *e = rounds_lock_entry(r, k);
    bool newer = row->at >= e->last || e->last > now;
    schedule_parked(r->schedule, row->source, &part, &called);
    called = called && e->due >= row->at;
    if (newer)
        e->last = row->at < now ? row->at : now; /* clocks differ a little */
    rounds_unlock_entry(r, row->source, k, e);
    if (!newer)
        return;
    struct pace_bounds bounds = rounds_bounds_of(r, row->source);
    if (called || row->due <= now || row->due - now > bounds.most + 2 * CLOCK_DAY) {
        make_up(r, row->source, k, overdue);
        return;
    }
    schedule_at(r->schedule, row->source, row->due);
    rounds_note_due(r, row->source, k);
}

void rounds_begin_parts(struct rounds *r, const struct fetch_parts *parts)
{
    int64_t now = clock_now(), overdue = 0;
    unsigned part;
    bool called;

    for (size_t i = 0; i < parts->n; i++)
        inherit(r, &parts->list[i], now, &overdue);
    for (uint32_t i = 0; i < knowns_count(r->known); i++)
        if (schedule_parked(r->schedule, i, &part, &called) && parts->held[part])
            make_up(r, i, knowns_at(r->known, i), &overdue);
}
