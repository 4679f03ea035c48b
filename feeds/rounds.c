#include "feeds/rounds.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>
#include <xxhash.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "feeds/known.h"
#include "feeds/pace.h"
#include "feeds/rounds_entry.h"
#include "feeds/schedule.h"
#include "feeds/timetable.h"

/* A clock set back by less than STEP is not worth a walk. First polls of sources that are added
 * while running come one in ADDED_GAP. */
enum { STEP = 2000, ADDED_GAP = 10, AGAIN = 1000 };

struct rounds {
    const struct roster *roster;
    struct schedule *schedule;
    uint64_t random;
    int64_t added; /* when the source added last is to be polled first */
    int64_t last_now, last_mono;

    /* Written by the fetch thread under lock, where others read. */
    pthread_mutex_t lock;
    struct knowns *known;
    struct timetable *timetable;
    struct fetch_counters counters;
};

struct rounds *rounds_new(const struct roster *roster, const char *timetable)
{
    struct rounds *r = calloc(1, sizeof *r);

    if (!r)
        return NULL;
    pthread_mutex_init(&r->lock, NULL);
    r->roster = roster;
    r->last_now = clock_now();
    r->last_mono = clock_mono();
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

/* ms made longer by up to a tenth, so that those told the same do not come back together. */
static int64_t loosen(struct rounds *r, int64_t ms)
{
    r->random ^= r->random >> 12;
    r->random ^= r->random << 25;
    r->random ^= r->random >> 27;
    return ms + (int64_t)((double)ms / 10 * ((double)(r->random >> 11) / 9007199254740992.0));
}

static uint64_t key_of(const struct rounds *r, uint32_t source)
{
    const char *id = roster_get(r->roster, source)->id;
    uint64_t key = XXH3_64bits(id, strlen(id));

    return key ? key : 1;
}

static struct pace_bounds bounds_of(const struct rounds *r, uint32_t source)
{
    return rounds_entry_bounds(roster_get(r->roster, source));
}

static const struct timetable_entry *entry_of(const struct rounds *r, const struct known *k)
{
    return timetable_at(r->timetable, k->place - 1);
}

/* The next two bracket each change of an entry. */
static struct timetable_entry *lock_entry(struct rounds *r, const struct known *k)
{
    pthread_mutex_lock(&r->lock);
    return timetable_begin(r->timetable, k->place - 1);
}

static void unlock_entry(struct rounds *r, uint32_t source, const struct known *k,
                         struct timetable_entry *e)
{
    /* While it is under way the last due time stays: that is what a restart goes by. */
    int64_t due = schedule_due(r->schedule, source);

    e->due = due || !k->there ? due : e->due;
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

static int enter(struct rounds *r, uint32_t source, struct known *k)
{
    const struct source *s = roster_get(r->roster, source);
    const struct timetable_entry *e = entry_of(r, k);
    uint32_t spread = (uint32_t)key_of(r, source);
    int64_t now = r->last_now;
    int64_t due = rounds_entry_due(e, bounds_of(r, source), now);
    int err = schedule_restore(r->schedule, source, spread, due, due ? due - now + 1 : s->interval,
                               now);

    if (err)
        return err;
    k->there = true;
    struct timetable_entry *mine = lock_entry(r, k);
    rounds_entry_settle(mine, s);
    r->counters.scheduled++;
    unlock_entry(r, source, k, mine);
    return 0;
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
    if (!entry_of(r, k)->polls) {
        struct timetable_entry *e = lock_entry(r, k);
        e->failures = (uint16_t)(memory->failures < UINT16_MAX ? memory->failures : UINT16_MAX);
        unlock_entry(r, source, k, e);
    }
    if (k->paused || !roster_live(r->roster, source))
        return 0;
    err = enter(r, source, k);
    if (!err)
        rounds_hold(r, source, memory->quarantine_until);
    return err;
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
            err = enter(r, i, k);
        if (err)
            return err;
    }
    timetable_settle(r->timetable);
    return 0;
}

static struct known *there(const struct rounds *r, uint32_t source)
{
    struct known *k = knowns_at(r->known, source);

    return k && k->there ? k : NULL;
}

static void release_hold(struct rounds *r, struct known *k)
{
    pthread_mutex_lock(&r->lock);
    r->counters.quarantined -= k->held;
    pthread_mutex_unlock(&r->lock);
    k->held = false;
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
    struct timetable_entry *e = lock_entry(r, k);
    r->counters.scheduled += !k->there;
    k->there = true;
    k->paused = false;
    e->failures = 0;
    e->moved_held = 0;
    rounds_entry_settle(e, s);
    if (!k->under_way) {
        r->added = r->added + gap > now ? r->added + gap : now;
        schedule_at(r->schedule, source, r->added);
    }
    unlock_entry(r, source, k, e);
}

void rounds_drop(struct rounds *r, uint32_t source)
{
    struct known *k = there(r, source);

    if (k) {
        release_hold(r, k);
        schedule_remove(r->schedule, source);
        struct timetable_entry *e = lock_entry(r, k);
        k->there = false;
        r->counters.scheduled--;
        unlock_entry(r, source, k, e);
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

/* After a call to the schedule: let the timetable say the same. */
static void note_due(struct rounds *r, uint32_t source, struct known *k)
{
    unlock_entry(r, source, k, lock_entry(r, k));
}

void rounds_soon(struct rounds *r, uint32_t source)
{
    struct known *k = there(r, source);

    if (!k)
        return;
    schedule_soon(r->schedule, source, clock_now());
    note_due(r, source, k);
}

void rounds_hold(struct rounds *r, uint32_t source, int64_t until)
{
    struct known *k = there(r, source);

    if (!k)
        return;
    release_hold(r, k);
    schedule_hold(r->schedule, source, until);
    note_due(r, source, k);
    k->held = until > clock_now();
    pthread_mutex_lock(&r->lock);
    r->counters.quarantined += k->held;
    pthread_mutex_unlock(&r->lock);
}

void rounds_forget(struct rounds *r, uint32_t source)
{
    struct known *k = there(r, source);

    if (!k)
        return;
    known_forget(k);
    rounds_soon(r, source);
}

void rounds_learn(struct rounds *r, uint32_t source, const struct fetch_lesson *lesson)
{
    struct known *k = there(r, source);
    int64_t now = clock_now();

    if (!k)
        return;
    struct pace_bounds bounds = bounds_of(r, source);
    struct timetable_entry *e = lock_entry(r, k);
    rounds_entry_learn(e, bounds, lesson, now);
    int64_t due = schedule_due(r->schedule, source);
    int64_t pause = pace_pause(bounds, e->interval, e->asked,
                               k->cached * INT64_C(1000) * clock_rate());
    /* One that is to come soon was asked for. */
    if (!e->failures && due > now + AGAIN * clock_rate()) {
        schedule_polled(r->schedule, source, e->last, pause);
        due = schedule_due(r->schedule, source);
        schedule_at(r->schedule, source, pace_unskip(bounds, e->skip, e->last, due));
    }
    unlock_entry(r, source, k, e);
}

bool rounds_take(struct rounds *r, int64_t now, struct visit_task *task)
{
    struct known *k;
    int64_t due;
    uint32_t source;

    do {
        if (!schedule_next(r->schedule, &due) || !schedule_take(r->schedule, now, &source))
            return false;
        k = knowns_at(r->known, source);
        /* Dropped and added again while it is still being asked. */
        if (k->under_way)
            schedule_at(r->schedule, source, now + AGAIN);
    } while (k->under_way);
    release_hold(r, k);
    k->under_way = true;
    bool whole = rounds_entry_wants_whole(entry_of(r, k), now);
    *task = (struct visit_task){.source = source,
                                .etag = whole ? NULL : known_etag(k),
                                .last_modified = whole ? NULL : known_last_modified(k),
                                .due = due};
    pthread_mutex_lock(&r->lock);
    r->counters.under_way++;
    r->counters.late_ms += (uint64_t)(now - due);
    pthread_mutex_unlock(&r->lock);
    return true;
}

static void log_change(const struct rounds *r, const struct fetched *f, int failures, bool good)
{
    const char *id = roster_get(r->roster, f->source)->id;

    if (good && failures)
        log_info("fetch.recovered", "source=%s failures=%d", id, failures);
    if (!good && !failures)
        log_warn("fetch.failed", "source=%s outcome=%s status=%d", id,
                 fetch_outcome_name(f->outcome), f->status);
}

/* When it is polled again, from what has just been noted in its entry. */
static void reschedule(struct rounds *r, struct known *k, const struct timetable_entry *e,
                       const struct fetched *f, const struct visit_news *news)
{
    struct pace_bounds bounds = bounds_of(r, f->source);
    bool gone = f->outcome == FETCH_GONE || f->outcome == FETCH_REFUSED;
    int64_t due, least;

    if (f->status == 410) {
        schedule_remove(r->schedule, f->source);
        k->there = false;
        r->counters.scheduled--;
    } else if (!e->failures) {
        int64_t cached = k->cached * INT64_C(1000) * clock_rate();
        schedule_polled(r->schedule, f->source, f->at,
                        pace_pause(bounds, e->interval, e->asked, cached));
        due = schedule_due(r->schedule, f->source);
        schedule_at(r->schedule, f->source, pace_unskip(bounds, e->skip, f->at, due));
        if (k->forgotten)
            schedule_soon(r->schedule, f->source, f->at);
    } else {
        least = pace_rest(bounds, e->interval, e->failures, gone);
        if (f->status == 429 || f->status == 503) {
            int64_t asked = news->retry_after * clock_rate();
            least = asked > least ? asked : least;
        }
        schedule_failed(r->schedule, f->source, f->at, e->interval, e->failures,
                        loosen(r, least));
    }
    k->forgotten = false;
}

/* It is polled no longer: true when it was dropped while it was asked. */
static bool leave(struct rounds *r, struct known *k)
{
    assert(k->under_way);
    k->under_way = false;
    pthread_mutex_lock(&r->lock);
    r->counters.under_way--;
    pthread_mutex_unlock(&r->lock);
    return !k->there;
}

static void count(struct rounds *r, const struct fetched *f)
{
    r->counters.polls[f->outcome]++;
    r->counters.bytes += f->body.len;
}

bool rounds_done(struct rounds *r, struct fetched *f, const struct visit_news *news)
{
    struct known *k = knowns_at(r->known, f->source);
    int64_t cached = news->cached / 1000;

    if (leave(r, k))
        return false;
    f->first = k->baseline;
    if (f->outcome == FETCH_BODY)
        known_compare(k, f);
    bool good = f->outcome == FETCH_BODY || f->outcome == FETCH_UNCHANGED;
    if (good)
        k->cached = (uint16_t)(cached < UINT16_MAX ? cached : UINT16_MAX);
    struct timetable_entry *e = lock_entry(r, k);
    log_change(r, f, e->failures, good);
    rounds_entry_polled(e, bounds_of(r, f->source), f);
    if (good && rounds_entry_moved(e, news->moved))
        f->moved_to = strdup(news->moved);
    reschedule(r, k, e, f, news);
    if (f->outcome != FETCH_UNCHANGED)
        k->problem = f->problem;
    k->noted &= f->outcome == FETCH_UNCHANGED;
    count(r, f);
    unlock_entry(r, f->source, k, e);
    return true;
}

void rounds_postpone(struct rounds *r, uint32_t source, int64_t pause)
{
    struct known *k = knowns_at(r->known, source);

    if (leave(r, k))
        return;
    k->forgotten = false;
    schedule_at(r->schedule, source, clock_now() + loosen(r, pause * clock_rate()));
    note_due(r, source, k);
}

void rounds_lost(struct rounds *r, uint32_t source)
{
    struct known *k = knowns_at(r->known, source);

    if (leave(r, k))
        return;
    k->forgotten = false;
    struct timetable_entry *e = lock_entry(r, k);
    e->failures += e->failures < UINT16_MAX;
    schedule_failed(r->schedule, source, clock_now(), e->interval, e->failures, 0);
    unlock_entry(r, source, k, e);
}

bool rounds_next(const struct rounds *r, int64_t *when)
{
    return schedule_next(r->schedule, when);
}

/* A clock set back must not put off what was due; one set forward makes things due, as it should
 * after a machine has slept. */
void rounds_watch_clock(struct rounds *r)
{
    int64_t now = clock_now(), mono = clock_mono();
    int64_t expected = r->last_now + (mono - r->last_mono) * clock_rate();

    r->last_now = now;
    r->last_mono = mono;
    if (expected - now < STEP * clock_rate())
        return;
    log_warn("fetch.clock", "back_ms=%lld", (long long)(expected - now));
    schedule_step(r->schedule, expected - now);
    for (uint32_t i = 0; i < knowns_count(r->known); i++)
        if (there(r, i))
            note_due(r, i, there(r, i));
}

void rounds_note(struct rounds *r, uint32_t source, const char *note)
{
    pthread_mutex_lock(&r->lock);
    struct known *k = knowns_at(r->known, source);
    /* A poll that failed since has more to say. */
    if (k && (k->noted || !k->problem)) {
        k->problem = note;
        k->noted = note != NULL;
    }
    pthread_mutex_unlock(&r->lock);
}

void rounds_state(struct rounds *r, uint32_t source, struct fetch_state *out)
{
    *out = (struct fetch_state){0};
    pthread_mutex_lock(&r->lock);
    const struct known *k = knowns_at(r->known, source);
    if (k && k->place) {
        rounds_entry_state(entry_of(r, k), out);
        *(k->noted ? &out->note : &out->problem) = k->problem;
    }
    pthread_mutex_unlock(&r->lock);
}

void rounds_counters(struct rounds *r, struct fetch_counters *out)
{
    uint32_t waiting = out->waiting_pages;

    pthread_mutex_lock(&r->lock);
    *out = r->counters;
    pthread_mutex_unlock(&r->lock);
    out->waiting_pages = waiting;
}
