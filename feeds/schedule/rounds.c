#include "feeds/schedule/rounds.h"

#include <stdlib.h>
#include <xxhash.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "feeds/schedule/rounds_entry.h"
#include "feeds/schedule/rounds_inside.h"

/* First polls of sources that are added while running come one in ADDED_GAP. */
enum { ADDED_GAP = 10, SOON = 1000 };
enum { STRETCH = 4, MAKE_UP = 60000 };
/* Real ms after a body that was lost as the one before it was: what loses them is not the source's
 * fault. */
enum { LOST_AGAIN = 60000 };

struct rounds *rounds_new(const struct roster *roster, const char *timetable)
{
    struct rounds *r = calloc(1, sizeof *r);

    if (!r)
        return NULL;
    pthread_mutex_init(&r->lock, NULL);
    r->roster = roster;
    clock_both(&r->last_now, &r->last_mono);
    r->random = (uint64_t)r->last_mono * UINT64_C(0x9e3779b97f4a7c15) | 1;
    r->schedule = schedule_new(roster_count(roster));
    r->known = knowns_new();
    r->timetable = timetable_open(timetable);
    if (!r->schedule || !r->known || !r->timetable) {
        rounds_free(r);
        return NULL;
    }
    return r;
}

void rounds_free(struct rounds *r)
{
    if (!r)
        return;
    schedule_free(r->schedule);
    knowns_free(r->known);
    timetable_close(r->timetable);
    pthread_mutex_destroy(&r->lock);
    free(r);
}

static uint64_t key_of(const struct rounds *r, uint32_t source)
{
    const char *id = roster_get(r->roster, source)->id;
    uint64_t key = XXH3_64bits(id, strlen(id));

    return key ? key : 1;
}

struct pace_bounds rounds_bounds_of(const struct rounds *r, uint32_t source)
{
    return rounds_entry_bounds(roster_get(r->roster, source));
}

const struct timetable_entry *rounds_entry_of(const struct rounds *r, const struct known *k)
{
    return timetable_at(r->timetable, k->place - 1);
}

/* Between the two calls below an entry counts as neither. */
static void tally(struct rounds *r, const struct known *k, const struct timetable_entry *e, int by)
{
    uint32_t *sum = e->failures ? &r->counters.failing : &r->counters.healthy;

    if (k->there && e->polls)
        *sum += (uint32_t)by;
}

struct timetable_entry *rounds_lock_entry(struct rounds *r, const struct known *k)
{
    pthread_mutex_lock(&r->lock);
    struct timetable_entry *e = timetable_begin(r->timetable, k->place - 1);
    tally(r, k, e, -1);
    return e;
}

void rounds_unlock_entry(struct rounds *r, uint32_t source, const struct known *k,
                         struct timetable_entry *e)
{
    /* While it is under way the last due time stays: that is what a restart goes by. */
    int64_t due = schedule_due(r->schedule, source);

    e->due = due || !k->there ? due : e->due;
    tally(r, k, e, 1);
    timetable_end(r->timetable, k->place - 1);
    pthread_mutex_unlock(&r->lock);
}

/* A place for a source that has none: 0, ERR_NOMEM or ERR_LIMIT. */
static int claim(struct rounds *r, uint32_t source, struct known **out)
{
    bool found;
    uint32_t place;
    int err;

    pthread_mutex_lock(&r->lock);
    err = knowns_reach(r->known, source);
    struct known *k = err ? NULL : knowns_at(r->known, source);
    if (k && !k->place) {
        err = timetable_claim(r->timetable, key_of(r, source), &place, &found);
        k->place = err ? 0 : place + 1;
    }
    pthread_mutex_unlock(&r->lock);
    *out = k;
    return err;
}

static int enter(struct rounds *r, uint32_t source, struct known *k, bool owed)
{
    const struct source *s = roster_get(r->roster, source);
    const struct timetable_entry *e = rounds_entry_of(r, k);
    uint32_t spread = (uint32_t)key_of(r, source);
    int64_t now = r->last_now;
    /* One of which the store knows nothing is new, whatever the timetable of a store that was lost
     * says; but one that never gave a body goes on resting. */
    bool lost = k->baseline && (e->owed || e->taught);
    int64_t due = lost || owed ? 0 : rounds_entry_due(e, rounds_bounds_of(r, source), now);
    int err = schedule_restore(r->schedule, source, spread, due, due ? due - now + 1 : s->interval,
                               now);

    if (err)
        return err;
    struct timetable_entry *mine = rounds_lock_entry(r, k);
    k->there = true;
    rounds_entry_settle(mine, s);
    r->counters.scheduled++;
    rounds_unlock_entry(r, source, k, mine);
    return 0;
}

void rounds_release_hold(struct rounds *r, struct known *k)
{
    pthread_mutex_lock(&r->lock);
    r->counters.quarantined -= k->held;
    k->held = false;
    pthread_mutex_unlock(&r->lock);
}

void rounds_note_due(struct rounds *r, uint32_t source, struct known *k)
{
    rounds_unlock_entry(r, source, k, rounds_lock_entry(r, k));
}

static void hold(struct rounds *r, uint32_t source, struct known *k, int64_t until)
{
    /* No rest is longer, but one from before the clock was set back. */
    int64_t now = clock_now(), latest = now + CLOCK_DAY;

    until = until < latest ? until : latest;
    rounds_release_hold(r, k);
    schedule_hold(r->schedule, source, until);
    rounds_note_due(r, source, k);
    pthread_mutex_lock(&r->lock);
    k->held = until > now;
    r->counters.quarantined += k->held;
    pthread_mutex_unlock(&r->lock);
}

int rounds_recall(struct rounds *r, uint32_t source, const struct fetch_memory *memory)
{
    struct known *k;
    int err = claim(r, source, &k);

    if (!err)
        err = known_recall(k, memory);
    if (err)
        return err;
    k->paused = memory->paused;
    /* What a run before wrote there is younger than what the store has. */
    if (!rounds_entry_of(r, k)->polls) {
        struct timetable_entry *e = rounds_lock_entry(r, k);
        e->failures = (uint16_t)(memory->failures < UINT16_MAX ? memory->failures : UINT16_MAX);
        rounds_unlock_entry(r, source, k, e);
    }
    if (k->paused || !roster_live(r->roster, source))
        return 0;
    err = enter(r, source, k, memory->owed);
    if (!err)
        hold(r, source, k, memory->quarantine_until);
    return err;
}

/* What fell due while a large roster was entered would come as a herd: it is spread over STRETCH
 * times as long, MAKE_UP real ms at most. */
static void make_up(struct rounds *r)
{
    int64_t now = clock_now(), since = r->last_now, late = now - since, due;
    int64_t most = MAKE_UP * (int64_t)clock_rate();
    double stretch = late * STRETCH < most ? STRETCH : (double)most / (double)late;
    uint32_t source;

    while (schedule_next(r->schedule, &due) && schedule_take(r->schedule, now, &source)) {
        int64_t after = due > since ? (int64_t)((double)(due - since) * stretch) : 0;
        schedule_at(r->schedule, source, now + 1 + after);
        rounds_note_due(r, source, knowns_at(r->known, source));
    }
}

int rounds_start(struct rounds *r)
{
    uint32_t n = roster_count(r->roster);
    struct known *k;

    for (uint32_t i = 0; i < n; i++) {
        if (!roster_live(r->roster, i))
            continue;
        int err = claim(r, i, &k);
        if (!err && !k->there && !k->paused)
            err = enter(r, i, k, false);
        if (err)
            return err;
    }
    make_up(r);
    timetable_settle(r->timetable);
    return 0;
}

struct known *rounds_there(const struct rounds *r, uint32_t source)
{
    struct known *k = knowns_at(r->known, source);

    return k && k->there ? k : NULL;
}

void rounds_add(struct rounds *r, uint32_t source)
{
    const struct source *s = roster_get(r->roster, source);
    int64_t now = clock_now(), gap = ADDED_GAP * (int64_t)clock_rate();
    struct known *k;
    int err = roster_live(r->roster, source) ? claim(r, source, &k) : ERR_NOTFOUND;

    if (!err)
        err = schedule_add(r->schedule, source, (uint32_t)key_of(r, source), s->interval, now);
    if (err) {
        log_error("fetch.add", "source=%s error=%s", s->id, err_name(err));
        return;
    }
    /* It may have another address now, at which nothing is known yet. */
    bool baseline = k->baseline;
    known_forget(k);
    k->baseline = baseline;
    struct timetable_entry *e = rounds_lock_entry(r, k);
    r->counters.scheduled += !k->there;
    k->there = true;
    k->paused = false;
    e->failures = 0;
    e->moved_held = 0;
    rounds_entry_settle(e, s);
    schedule_hold(r->schedule, source, 0);
    r->counters.quarantined -= k->held;
    k->held = false;
    if (!k->under_way) {
        r->added = r->added + gap > now ? r->added + gap : now;
        schedule_at(r->schedule, source, r->added);
    }
    rounds_unlock_entry(r, source, k, e);
}

void rounds_drop(struct rounds *r, uint32_t source)
{
    struct known *k = rounds_there(r, source);

    if (k) {
        rounds_release_hold(r, k);
        schedule_remove(r->schedule, source);
        struct timetable_entry *e = rounds_lock_entry(r, k);
        k->there = false;
        r->counters.scheduled--;
        rounds_unlock_entry(r, source, k, e);
    }
    k = knowns_at(r->known, source);
    if (!k || !k->place || roster_live(r->roster, source))
        return;
    pthread_mutex_lock(&r->lock);
    timetable_release(r->timetable, k->place - 1);
    k->place = 0;
    pthread_mutex_unlock(&r->lock);
    known_clear(k);
}

static void soon(struct rounds *r, uint32_t source, struct known *k)
{
    schedule_soon(r->schedule, source, clock_now());
    rounds_note_due(r, source, k);
}

/* Its operator asks for it, who may know that what a worker died of is gone: a rest is over. */
void rounds_soon(struct rounds *r, uint32_t source)
{
    struct known *k = rounds_there(r, source);

    if (!k)
        return;
    rounds_release_hold(r, k);
    schedule_hold(r->schedule, source, 0);
    soon(r, source, k);
}

void rounds_hold(struct rounds *r, uint32_t source, int64_t until)
{
    struct known *k = rounds_there(r, source);

    if (!k)
        return;
    /* The bytes came to nothing; a worker may have died of something else than them. */
    if (until > clock_now())
        known_forget(k);
    hold(r, source, k, until);
}

void rounds_forget(struct rounds *r, uint32_t source)
{
    struct known *k = rounds_there(r, source);

    if (!k)
        return;
    bool again = k->lost;
    k->lost = true;
    known_forget(k);
    if (!again) {
        soon(r, source, k);
    } else if (!k->under_way) {
        schedule_at(r->schedule, source, clock_now() + LOST_AGAIN * clock_rate());
        rounds_note_due(r, source, k);
    }
}

void rounds_whole(struct rounds *r, uint32_t source)
{
    if (rounds_there(r, source))
        known_ask_whole(rounds_there(r, source));
}

void rounds_learn(struct rounds *r, uint32_t source, const struct fetch_lesson *lesson)
{
    struct known *k = rounds_there(r, source);
    int64_t now = clock_now();

    if (!k)
        return;
    struct pace_bounds bounds = rounds_bounds_of(r, source);
    struct timetable_entry *e = rounds_lock_entry(r, k);
    k->lost = false;
    rounds_entry_learn(e, bounds, lesson, now);
    int64_t due = schedule_due(r->schedule, source);
    int64_t pause = pace_pause(bounds, e->interval, e->asked,
                               k->cached * INT64_C(1000) * clock_rate());
    /* One that is to come soon was asked for. */
    if (!e->failures && due > now + SOON * clock_rate()) {
        schedule_polled(r->schedule, source, e->last, pause);
        due = schedule_due(r->schedule, source);
        schedule_at(r->schedule, source, pace_unskip(bounds, e->skip, e->last, due));
    }
    rounds_unlock_entry(r, source, k, e);
}
