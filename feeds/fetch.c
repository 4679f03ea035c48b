#include "feeds/fetch.h"

#include <assert.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "base/loop.h"
#include "feeds/known.h"
#include "feeds/schedule.h"
#include "feeds/visit.h"

/* How often a full queue is looked at again; it has no descriptor for "no longer full". */
enum { BLOCKED_MS = 20, ENDED_MAX = 64, STEP_MS = 2000 };

struct letter {
    bool forget; /* else quarantine */
    uint32_t source;
    int64_t until;
};

struct fetch {
    const struct roster *roster;
    uint32_t count; /* sources */
    struct queue *out;
    size_t max_transfers;
    pthread_t thread;
    bool running;
    struct loop *loop;
    struct schedule *schedule;
    struct visit_room room;
    struct known *known;
    struct fetched **pending; /* finished while out was full, oldest first */
    size_t npending, room_out; /* of out, at the turn's beginning */
    int64_t last_now, last_mono;

    pthread_mutex_t lock; /* of what follows */
    struct letter *letters;
    size_t nletters, cap_letters;
    bool stop;
    struct fetch_state *states;
};

static void note_failures(struct fetch *f, const struct fetched *r)
{
    struct known *k = &f->known[r->source];
    const char *id = roster_get(f->roster, r->source)->id;
    bool good = r->outcome == FETCH_BODY || r->outcome == FETCH_UNCHANGED;

    if (good && k->failures)
        log_info("fetch.recovered", "source=%s failures=%d", id, k->failures);
    k->failures = good ? 0 : k->failures + 1;
    if (k->failures == 1)
        log_warn("fetch.failed", "source=%s outcome=%s status=%d", id,
                 fetch_outcome_name(r->outcome), r->status);
}

static void reschedule(struct fetch *f, const struct fetched *r, int64_t retry_after)
{
    struct known *k = &f->known[r->source];
    int64_t interval = roster_get(f->roster, r->source)->interval, least = 0;

    k->under_way = false;
    if (!k->failures) {
        schedule_polled(f->schedule, r->source, r->at, interval);
        if (k->forgotten && r->outcome == FETCH_UNCHANGED)
            schedule_soon(f->schedule, r->source, r->at);
    } else {
        if (r->status == 429 || r->status == 503)
            least = retry_after * clock_rate();
        if (r->outcome == FETCH_GONE || r->outcome == FETCH_REFUSED)
            least = interval;
        schedule_failed(f->schedule, r->source, r->at, interval, k->failures, least);
    }
    k->forgotten = false;
}

static void note_state(struct fetch *f, const struct fetched *r)
{
    struct fetch_state *s = &f->states[r->source];

    pthread_mutex_lock(&f->lock);
    s->next_due = schedule_due(f->schedule, r->source);
    s->last_poll = r->at;
    s->last_outcome = r->outcome;
    s->last_status = r->status;
    s->failures = f->known[r->source].failures;
    s->problem = r->problem;
    s->note = r->outcome == FETCH_BODY ? NULL : s->note;
    s->polls++;
    s->unchanged += r->outcome == FETCH_UNCHANGED;
    pthread_mutex_unlock(&f->lock);
}

static void finished(void *arg, struct fetched *r, int64_t retry_after)
{
    struct fetch *f = arg;
    struct known *k = &f->known[r->source];

    r->at = clock_now();
    r->first = k->baseline;
    if (r->outcome == FETCH_BODY)
        known_compare(k, r);
    note_failures(f, r);
    reschedule(f, r, retry_after);
    note_state(f, r);
    /* At most what begins and ends in one turn, and the visits that held a domain's turn. */
    assert(f->npending < f->max_transfers + ENDED_MAX + 2);
    f->pending[f->npending++] = r;
}

static void lost(void *arg, uint32_t source)
{
    struct fetch *f = arg;
    struct known *k = &f->known[source];

    k->under_way = k->forgotten = false;
    k->failures++;
    schedule_failed(f->schedule, source, clock_now(), roster_get(f->roster, source)->interval,
                    k->failures, 0);
}

/* Once a turn: what ended in it goes out together, so that a taker is woken once. */
static void hand_over(struct fetch *f)
{
    bool closed = false;
    size_t sent = 0;

    if (f->npending)
        sent = queue_try_push_all(f->out, (void *const *)f->pending, f->npending, &closed);
    for (size_t i = 0; closed && i < sent; i++)
        fetch_fetched_free(f->pending[i]);
    f->npending -= sent;
    if (sent)
        memmove(f->pending, f->pending + sent, f->npending * sizeof *f->pending);
    f->room_out = f->npending ? 0 : queue_room(f->out);
}

/* Whether the queue is too full to begin anything. */
static bool blocked(const struct fetch *f)
{
    return f->npending >= f->room_out || f->npending > ENDED_MAX;
}

static void begin_due(struct fetch *f)
{
    int64_t now = clock_now();
    uint32_t source;

    while (!blocked(f) && schedule_take(f->schedule, now, &source)) {
        struct known *k = &f->known[source];
        k->under_way = true;
        if (visit_begin(&f->room, source, roster_get(f->roster, source)->url, k->etag,
                        k->last_modified))
            lost(f, source);
    }
}

static void give_turns(struct fetch *f)
{
    struct politeness_turn *turn;

    while (f->room.asking < f->max_transfers && !blocked(f) &&
           (turn = politeness_next(f->room.politeness, clock_mono())))
        visit_turn(&f->room, turn);
}

static void forget(struct fetch *f, uint32_t source)
{
    known_forget(&f->known[source]);
    schedule_soon(f->schedule, source, clock_now());
}

/* False when the thread is to stop. */
static bool read_letters(struct fetch *f)
{
    pthread_mutex_lock(&f->lock);
    bool go = !f->stop;
    for (size_t i = 0; i < f->nletters; i++) {
        const struct letter *l = &f->letters[i];
        if (l->forget)
            forget(f, l->source);
        else
            schedule_hold(f->schedule, l->source, l->until);
        int64_t due = schedule_due(f->schedule, l->source);
        if (due)
            f->states[l->source].next_due = due;
    }
    f->nletters = 0;
    pthread_mutex_unlock(&f->lock);
    return go;
}

/* A clock set back must not put off what was due; one set forward makes things due, as it should
 * after a machine has slept. */
static void watch_clock(struct fetch *f)
{
    int64_t now = clock_now(), mono = clock_mono();
    int64_t expected = f->last_now + (mono - f->last_mono) * clock_rate();

    f->last_now = now;
    f->last_mono = mono;
    if (expected - now < STEP_MS * clock_rate())
        return;
    log_warn("fetch.clock", "back_ms=%lld", (long long)(expected - now));
    schedule_step(f->schedule, expected - now);
    pthread_mutex_lock(&f->lock);
    for (uint32_t i = 0; i < f->count; i++)
        f->states[i].next_due = schedule_due(f->schedule, i);
    pthread_mutex_unlock(&f->lock);
}

static int wait_ms(struct fetch *f)
{
    int64_t when, rest;
    int ms = 1000;

    if (f->npending && f->room_out) {
        ms = 0;
    } else if (!f->room_out) {
        ms = BLOCKED_MS;
    } else {
        if (schedule_next(f->schedule, &when))
            ms = clock_wait_ms(when);
        when = politeness_due(f->room.politeness);
        if (f->room.asking < f->max_transfers && when != INT64_MAX) {
            rest = when - clock_mono();
            ms = rest < 0 ? 0 : rest < ms ? (int)rest : ms;
        }
    }
    ms = resolve_wait_ms(f->room.resolve, ms);
    return transfer_wait_ms(f->room.transfers, ms);
}

static void *run(void *arg)
{
    struct fetch *f = arg;
    struct transfer *t;

    while (read_letters(f)) {
        watch_clock(f);
        hand_over(f);
        begin_due(f);
        give_turns(f);
        loop_wait(f->loop, wait_ms(f));
        resolve_tick(f->room.resolve);
        transfer_tick(f->room.transfers);
        while ((t = transfer_next(f->room.transfers)))
            visit_transferred(&f->room, t);
    }
    return NULL;
}

static void destroy(struct fetch *f)
{
    transfer_pool_free(f->room.transfers);
    resolve_free(f->room.resolve);
    visit_end_all(&f->room);
    loop_free(f->loop);
    politeness_free(f->room.politeness);
    robots_cache_free(f->room.robots);
    guard_free(f->room.guard);
    schedule_free(f->schedule);
    for (size_t i = 0; f->known && i < f->count; i++)
        known_clear(&f->known[i]);
    for (size_t i = 0; i < f->npending; i++)
        fetch_fetched_free(f->pending[i]);
    free(f->pending);
    free(f->known);
    free(f->states);
    free(f->letters);
    pthread_mutex_destroy(&f->lock);
    free(f);
}

int fetch_recall(struct fetch *f, uint32_t source, const struct fetch_memory *memory)
{
    int err = known_recall(&f->known[source], memory);

    schedule_hold(f->schedule, source, memory->quarantine_until);
    f->states[source].failures = memory->failures;
    f->states[source].next_due = schedule_due(f->schedule, source);
    return err;
}

static int prepare(struct fetch *f, const struct fetch_conf *conf)
{
    struct visit_room *room = &f->room;
    size_t n = f->count;

    f->known = calloc(n ? n : 1, sizeof *f->known);
    f->states = calloc(n ? n : 1, sizeof *f->states);
    f->pending = calloc(f->max_transfers + ENDED_MAX + 2, sizeof *f->pending);
    f->schedule = schedule_new(n);
    room->guard = guard_new(conf->allow);
    room->politeness = politeness_new(conf->domain_spacing);
    room->robots = robots_cache_new("huiying");
    if ((f->loop = loop_new()))
        room->resolve = resolve_new(conf->dns_servers, conf->limits.name_ms, f->loop);
    if (f->loop && room->guard && !guard_close(room->guard, conf->own))
        room->transfers = transfer_pool_new(conf, room->guard, f->loop);
    if (!f->known || !f->states || !f->pending || !f->schedule || !room->politeness ||
        !room->robots || !room->resolve || !room->transfers)
        return ERR_NOMEM;
    for (uint32_t i = 0; i < f->count; i++) {
        const struct source *s = roster_get(f->roster, i);
        uint32_t spread = (uint32_t)XXH3_64bits(s->id, strlen(s->id));
        if (schedule_add(f->schedule, i, spread, s->interval, f->last_now))
            return ERR_NOMEM;
        f->known[i].baseline = true;
        f->states[i].next_due = schedule_due(f->schedule, i);
    }
    return 0;
}

int fetch_run(struct fetch *f)
{
    sigset_t all, before;

    /* Signals are the main thread's. */
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int err = pthread_create(&f->thread, NULL, run, f);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    f->running = !err;
    if (err)
        log_error("fetch.start", "problem=thread errno=%d", err);
    return err ? ERR_IO : 0;
}

struct fetch *fetch_new(const struct fetch_conf *conf, const struct roster *roster,
                        struct queue *out)
{
    struct fetch *f = calloc(1, sizeof *f);

    if (!f)
        return NULL;
    pthread_mutex_init(&f->lock, NULL);
    f->roster = roster;
    f->count = roster_count(roster);
    f->out = out;
    f->max_transfers = conf->max_transfers > 0 ? (size_t)conf->max_transfers : 1;
    f->last_now = clock_now();
    f->last_mono = clock_mono();
    f->room = (struct visit_room){.conf = conf, .finished = finished, .lost = lost, .arg = f};
    if (prepare(f, conf)) {
        destroy(f);
        return NULL;
    }
    return f;
}

static void post(struct fetch *f, struct letter letter)
{
    if (letter.source >= f->count)
        return;
    pthread_mutex_lock(&f->lock);
    if (f->nletters == f->cap_letters) {
        size_t cap = f->cap_letters ? f->cap_letters * 2 : 16;
        struct letter *more = reallocarray(f->letters, cap, sizeof *more);
        if (more) {
            f->letters = more;
            f->cap_letters = cap;
        }
    }
    if (f->nletters < f->cap_letters)
        f->letters[f->nletters++] = letter;
    pthread_mutex_unlock(&f->lock);
    loop_wake(f->loop);
}

void fetch_quarantine(struct fetch *f, uint32_t source, int64_t until)
{
    post(f, (struct letter){false, source, until});
}

void fetch_forget(struct fetch *f, uint32_t source)
{
    post(f, (struct letter){true, source, 0});
}

void fetch_note(struct fetch *f, uint32_t source, const char *note)
{
    pthread_mutex_lock(&f->lock);
    if (source < f->count)
        f->states[source].note = note;
    pthread_mutex_unlock(&f->lock);
}

void fetch_stop(struct fetch *f)
{
    if (!f)
        return;
    pthread_mutex_lock(&f->lock);
    f->stop = true;
    pthread_mutex_unlock(&f->lock);
    if (f->running) {
        loop_wake(f->loop);
        pthread_join(f->thread, NULL);
    }
    destroy(f);
}

void fetch_state(struct fetch *f, uint32_t source, struct fetch_state *out)
{
    pthread_mutex_lock(&f->lock);
    *out = source < f->count ? f->states[source] : (struct fetch_state){0};
    pthread_mutex_unlock(&f->lock);
}
