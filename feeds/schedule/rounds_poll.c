/* What is taken, what came of it, and what the clock does to both. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "feeds/schedule/rounds_entry.h"
#include "feeds/schedule/rounds_inside.h"

/* A clock set back by less than STEP is not worth a walk. */
enum { STEP = 2000, AGAIN = 1000 };
/* A connection that is not used again within this many real ms is not worth its keeping. */
enum { KEPT_OPEN = 10000 };

/* ms made longer by up to a tenth, so that those told the same do not come back together. */
static int64_t loosen(struct rounds *r, int64_t ms)
{
    r->random ^= r->random >> 12;
    r->random ^= r->random << 25;
    r->random ^= r->random >> 27;
    return ms + (int64_t)((double)ms / 10 * ((double)(r->random >> 11) / 9007199254740992.0));
}

static void count_late(struct rounds *r, int64_t ms)
{
    size_t i = 0;

    while (i < FETCH_LATE && ms > fetch_late_bounds[i])
        i++;
    r->counters.late[i]++;
    r->counters.late_ms += (uint64_t)ms;
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
    rounds_release_hold(r, k);
    k->under_way = true;
    const struct timetable_entry *e = rounds_entry_of(r, k);
    bool whole = rounds_entry_wants_whole(e, now);
    *task = (struct visit_task){.source = source,
                                .whole = whole,
                                .soon = e->interval / clock_rate() < KEPT_OPEN,
                                .due = due};
    pthread_mutex_lock(&r->lock);
    r->counters.under_way++;
    count_late(r, now - due);
    pthread_mutex_unlock(&r->lock);
    return true;
}

void rounds_validators(const struct rounds *r, uint32_t source, const char **etag,
                       const char **last_modified)
{
    const struct known *k = knowns_at(r->known, source);

    *etag = known_etag(k);
    *last_modified = known_last_modified(k);
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
    struct pace_bounds bounds = rounds_bounds_of(r, f->source);
    bool gone = f->outcome == FETCH_GONE || f->outcome == FETCH_REFUSED;
    int64_t due, least;

    if (f->status == 410) {
        schedule_remove(r->schedule, f->source);
        k->there = false;
        r->counters.scheduled--;
        r->counters.quarantined -= k->held;
        k->held = false;
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

bool rounds_leave(struct rounds *r, struct known *k)
{
    assert(k->under_way);
    k->under_way = false;
    pthread_mutex_lock(&r->lock);
    r->counters.under_way--;
    pthread_mutex_unlock(&r->lock);
    return k->there;
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

    if (!rounds_leave(r, k))
        return false;
    f->first = k->baseline;
    if (f->outcome == FETCH_BODY)
        known_compare(k, f);
    bool good = f->outcome == FETCH_BODY || f->outcome == FETCH_UNCHANGED;
    if (good)
        k->cached = (uint16_t)(cached < UINT16_MAX ? cached : UINT16_MAX);
    struct timetable_entry *e = rounds_lock_entry(r, k);
    log_change(r, f, e->failures, good);
    rounds_entry_polled(e, rounds_bounds_of(r, f->source), f);
    if (good && rounds_entry_moved(e, news->moved))
        f->moved_to = strdup(news->moved);
    reschedule(r, k, e, f, news);
    f->next = schedule_due(r->schedule, f->source);
    /* What was wrong with the last body still is. */
    if (f->outcome != FETCH_UNCHANGED || !k->noted) {
        k->problem = f->problem;
        k->noted = false;
    }
    count(r, f);
    rounds_unlock_entry(r, f->source, k, e);
    return true;
}

void rounds_postpone(struct rounds *r, uint32_t source, int64_t pause)
{
    struct known *k = knowns_at(r->known, source);

    if (!rounds_leave(r, k))
        return;
    k->forgotten = false;
    schedule_at(r->schedule, source, clock_now() + loosen(r, pause * clock_rate()));
    rounds_note_due(r, source, k);
}

void rounds_lost(struct rounds *r, uint32_t source)
{
    struct known *k = knowns_at(r->known, source);

    if (!rounds_leave(r, k))
        return;
    k->forgotten = false;
    struct timetable_entry *e = rounds_lock_entry(r, k);
    e->failures += e->failures < UINT16_MAX;
    schedule_failed(r->schedule, source, clock_now(), e->interval, e->failures, 0);
    rounds_unlock_entry(r, source, k, e);
}

bool rounds_next(const struct rounds *r, int64_t *when)
{
    return schedule_next(r->schedule, when);
}

/* A clock set back must not put off what was due; one set forward makes things due, as it should
 * after a machine has slept. */
void rounds_watch_clock(struct rounds *r)
{
    int64_t now, mono;

    clock_both(&now, &mono);
    int64_t expected = r->last_now + (mono - r->last_mono) * clock_rate();

    r->last_now = now;
    r->last_mono = mono;
    if (expected - now < STEP * clock_rate())
        return;
    log_warn("fetch.clock", "back_ms=%lld", (long long)(expected - now));
    schedule_step(r->schedule, expected - now);
    for (uint32_t i = 0; i < knowns_count(r->known); i++)
        if (rounds_there(r, i))
            rounds_note_due(r, i, rounds_there(r, i));
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
        rounds_entry_state(rounds_entry_of(r, k), out);
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
