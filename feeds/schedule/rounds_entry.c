#include "feeds/schedule/rounds_entry.h"

#include <assert.h>
#include <xxhash.h>

#include "base/clock.h"

enum { CONDITIONAL_MAX = 50, MOVED_POLLS = 3, STATUS_MAX = 1023 };

static_assert(TIMETABLE_HISTORY == (int)FETCH_HISTORY, "one history");
static_assert(FETCH_OUTCOMES <= 64, "six bits of a history entry name the outcome");

static uint32_t to_seconds(int64_t ms)
{
    return ms > 0 ? (uint32_t)(ms / 1000) : 0;
}

static uint32_t to_ms32(int64_t ms)
{
    return (uint32_t)(ms < 0 ? 0 : ms < UINT32_MAX ? ms : UINT32_MAX);
}

struct pace_bounds rounds_entry_bounds(const struct source *s)
{
    int64_t least = s->least > 0 ? s->least : s->interval;
    int64_t most = s->most > 0 ? s->most : s->interval;

    least = least > 0 ? least : 1;
    return (struct pace_bounds){least, most > least ? most : least};
}

int64_t rounds_entry_due(const struct timetable_entry *e, struct pace_bounds bounds, int64_t now)
{
    bool plausible = e->due > now && e->last <= now && !e->owed;

    /* Failures, and servers that asked for it, may have put it off further than its interval. */
    if (plausible && !e->failures && e->due - now > bounds.most + bounds.most / 16)
        plausible = false;
    return plausible && e->due - now <= bounds.most + CLOCK_DAY * 2 ? e->due : 0;
}

void rounds_entry_settle(struct timetable_entry *e, const struct source *s)
{
    struct pace_bounds b = rounds_entry_bounds(s);
    int64_t interval = e->interval ? e->interval : s->interval;

    interval = interval > b.most ? b.most : interval < b.least ? b.least : interval;
    e->interval = to_ms32(interval);
}

bool rounds_entry_wants_whole(const struct timetable_entry *e, int64_t now)
{
    /* 0 to 1023: how much sooner than the others, of a fifth. */
    int64_t sooner = (int64_t)(e->key >> 32 & 1023);
    int64_t polls = CONDITIONAL_MAX - CONDITIONAL_MAX * sooner / 5 / 1024;
    int64_t pause = CLOCK_DAY - CLOCK_DAY * sooner / 5 / 1024;

    return e->conditional >= polls ||
           (e->conditional && now - e->whole * INT64_C(1000) >= pause);
}

static void count_whole(struct timetable_entry *e, const struct fetched *f)
{
    if (f->outcome == FETCH_UNCHANGED && f->status == 304) {
        e->conditional += e->conditional < UINT8_MAX;
    } else {
        e->conditional = 0;
        e->whole = to_seconds(f->at);
    }
}

void rounds_entry_polled(struct timetable_entry *e, struct pace_bounds bounds,
                         const struct fetched *f)
{
    unsigned status = f->status > 0 && f->status < STATUS_MAX ? (unsigned)f->status : 0;
    unsigned at = e->polls % TIMETABLE_HISTORY;

    e->at[at] = to_seconds(f->at);
    e->what[at] = (uint16_t)(status | (unsigned)f->outcome << 10);
    e->last = f->at;
    e->polls++;
    if (f->outcome != FETCH_BODY && f->outcome != FETCH_UNCHANGED) {
        e->failures += e->failures < UINT16_MAX;
        return;
    }
    e->failures = 0;
    count_whole(e, f);
    e->owed = f->outcome == FETCH_BODY;
    if (f->outcome == FETCH_UNCHANGED) {
        int64_t quiet = e->fresh ? f->at - e->fresh * INT64_C(1000) : 0;
        e->unchanged++;
        e->interval = to_ms32(pace_stale(bounds, e->interval, quiet));
    }
}

bool rounds_entry_moved(struct timetable_entry *e, const char *address)
{
    uint32_t hash = address ? (uint32_t)XXH3_64bits(address, strlen(address)) : 0;

    if (!address) {
        e->moved_held = 0;
        return false;
    }
    if (e->moved != hash)
        e->moved_held = 0;
    e->moved = hash;
    if (e->moved_held < MOVED_POLLS)
        e->moved_held++;
    return e->moved_held == MOVED_POLLS;
}

void rounds_entry_learn(struct timetable_entry *e, struct pace_bounds bounds,
                        const struct fetch_lesson *lesson, int64_t now)
{
    bool first = !e->taught;

    e->owed = 0;
    e->taught = 1;
    e->asked = to_ms32(pace_asked(&lesson->hints));
    e->skip = pace_skip(&lesson->hints);
    /* A date in the future says nothing. */
    if (lesson->newest > 0 && lesson->newest <= now && to_seconds(lesson->newest) > e->fresh)
        e->fresh = to_seconds(lesson->newest);
    int64_t quiet = e->fresh ? now - e->fresh * INT64_C(1000) : 0;
    if (first) {
        /* No step, but a feed that has long been silent need not be asked often to find it so. */
        int64_t steady = (int64_t)e->interval * 10 / 11;
        e->interval = to_ms32(pace_stale(bounds, steady, quiet));
    } else if (lesson->fresh) {
        e->fresh = to_seconds(e->last > 0 ? e->last : now);
        e->interval = to_ms32(pace_fresh(bounds, e->interval));
    } else {
        e->interval = to_ms32(pace_stale(bounds, e->interval, quiet));
    }
}

void rounds_entry_state(const struct timetable_entry *e, struct fetch_state *out)
{
    uint32_t n = e->polls < TIMETABLE_HISTORY ? e->polls : TIMETABLE_HISTORY;

    out->next_due = e->due;
    out->last_poll = e->last;
    out->interval = e->interval;
    out->failures = e->failures;
    out->polls = e->polls;
    out->unchanged = e->unchanged;
    for (uint32_t i = 0; i < n; i++) {
        uint32_t at = (e->polls - 1 - i) % TIMETABLE_HISTORY;
        out->history[i] = (struct fetch_poll){e->at[at] * INT64_C(1000),
                                              (enum fetch_outcome)(e->what[at] >> 10),
                                              e->what[at] & STATUS_MAX};
    }
    out->last_outcome = n ? out->history[0].outcome : FETCH_BODY;
    out->last_status = n ? out->history[0].status : 0;
}
