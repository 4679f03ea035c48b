#define _GNU_SOURCE /* pthread_setname_np */
#include "feeds/fetch/fetch.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "base/pulse.h"
#include "feeds/fetch/fetch_inside.h"

enum { VISITS_MAX = 32768 };

static const char *name_of(const struct fetch *f, uint32_t source)
{
    return source == FETCH_NO_SOURCE ? "" : roster_get(f->roster, source)->id;
}

static void finished(void *arg, struct fetched *r, const struct visit_news *news)
{
    struct fetch *f = arg;

    r->at = f->room.wall;
    if (r->page)
        waitlist_leave(f->pages, r->page);
    else if (!rounds_done(f->rounds, r, news)) {
        fetch_fetched_free(r);
        return;
    }
    if (!outbox_put(f->outbox, r, f->room.now))
        return;
    /* What there is no memory to keep is asked for again. */
    log_error("fetch.lost", "source=%s", name_of(f, r->source));
    if (!r->page)
        rounds_forget(f->rounds, r->source);
    fetch_fetched_free(r);
}

static void validators(void *arg, uint32_t source, const char **etag, const char **last_modified)
{
    rounds_validators(((struct fetch *)arg)->rounds, source, etag, last_modified);
}

static void postponed(void *arg, uint32_t source, int64_t pause)
{
    rounds_postpone(((struct fetch *)arg)->rounds, source, pause);
}

static void lost(void *arg, uint32_t source, struct fetch_page *page)
{
    struct fetch *f = arg;

    if (!page) {
        rounds_lost(f->rounds, source);
        return;
    }
    log_error("fetch.lost", "source=%s page=%llu", name_of(f, source),
              (unsigned long long)page->number);
    waitlist_leave(f->pages, page);
    fetch_page_free(page);
}

/* What follows takes as long as that takes: milliseconds. */
static void look_at_clock(struct fetch *f)
{
    f->room.now = clock_mono();
    f->room.wall = clock_now();
}

/* Is this source polled here? A part that was lost, if only for a moment, is to be begun anew: what
 * was passed meanwhile waits for that. */
static bool is_mine(struct fetch *f, uint32_t source, unsigned *part)
{
    const struct fetch_shared *s = f->room.conf->shared;

    if (!s)
        return true;
    *part = s->part(s->arg, roster_get(f->roster, source)->url);
    uint64_t held = s->held(s->arg, *part);
    if (held && held == f->begun[*part])
        return true;
    f->begun[*part] = 0;
    return false;
}

static void begin_poll(struct fetch *f, struct visit_task *task)
{
    unsigned part;

    if (is_mine(f, task->source, &part))
        visit_begin(&f->room, task);
    else
        rounds_pass(f->rounds, task->source, part);
}

static void poll_soon(struct fetch *f, uint32_t source)
{
    unsigned part;

    if (is_mine(f, source, &part))
        rounds_soon(f->rounds, source);
    else
        rounds_call(f->rounds, source, part);
}

static void begin_parts(struct fetch *f, struct fetch_parts *parts)
{
    for (size_t i = 0; i < parts->nrests; i++)
        politeness_rest(f->room.politeness, parts->rests[i].domain, parts->rests[i].rest,
                        f->room.now);
    rounds_begin_parts(f->rounds, parts);
    for (size_t i = 0; i < FETCH_PARTS; i++)
        if (parts->held[i])
            f->begun[i] = parts->held[i];
    f->obeyed++;
    fetch_parts_free(parts);
}

static void begin_due(struct fetch *f)
{
    int64_t now = f->room.wall;
    struct visit_task task;
    struct fetch_page *page;

    while (!outbox_blocked(f->outbox) && f->room.visits < VISITS_MAX &&
           rounds_take(f->rounds, now, &task))
        begin_poll(f, &task);
    while (!outbox_blocked(f->outbox) && (page = waitlist_pop(f->pages))) {
        task = (struct visit_task){.source = page->source, .due = now, .page = page};
        visit_begin(&f->room, &task);
    }
}

/* Its part was lost while it waited for its domain, which another machine asks by now, at its own
 * pace: true, and it waits for that part, or the others are told of the page. */
static bool is_passed(struct fetch *f, struct politeness_turn *turn)
{
    const struct fetch_shared *s = f->room.conf->shared;
    const struct fetch_page *page;
    struct letter letter = {.kind = LETTER_PAGE};
    unsigned part;

    visit_asks(turn, &letter.source, &page);
    if (!s || (page ? !s->tell || fetch_is_held(f, page->url) : is_mine(f, letter.source, &part)))
        return false;
    if (!page) {
        visit_withdraw(&f->room, turn);
        rounds_pass(f->rounds, letter.source, part);
        return true;
    }
    letter.page = (struct fetch_page *)page;
    s->tell(s->arg, &letter);
    waitlist_leave(f->pages, page);
    visit_withdraw(&f->room, turn);
    return true;
}

static void give_turns(struct fetch *f)
{
    struct politeness_turn *turn;

    while (f->room.asking < f->max_transfers && !outbox_blocked(f->outbox) &&
           (turn = politeness_next(f->room.politeness, f->room.now)))
        if (!is_passed(f, turn))
            visit_turn(&f->room, turn);
}

static void read_letter(struct fetch *f, const struct letter *l)
{
    switch (l->kind) {
    case LETTER_ADD:
        rounds_add(f->rounds, l->source);
        break;
    case LETTER_DROP:
        rounds_drop(f->rounds, l->source);
        break;
    case LETTER_SOON:
        poll_soon(f, l->source);
        break;
    case LETTER_HOLD:
        rounds_hold(f->rounds, l->source, l->until);
        break;
    case LETTER_FORGET:
        rounds_forget(f->rounds, l->source);
        break;
    case LETTER_WHOLE:
        rounds_whole(f->rounds, l->source);
        break;
    case LETTER_LEARN:
        rounds_learn(f->rounds, l->source, &l->lesson);
        break;
    case LETTER_PAGE:
        waitlist_push(f->pages, l->page);
        break;
    case LETTER_PARTS:
        begin_parts(f, l->parts);
        break;
    }
}

/* False when the thread is to stop. */
static bool read_letters(struct fetch *f)
{
    struct letter *list;
    size_t n;
    bool go = letters_read(f->letters, &list, &n);

    for (size_t i = 0; i < n; i++)
        read_letter(f, &list[i]);
    return go;
}

static int wait_ms(struct fetch *f)
{
    int64_t when, rest;
    int ms = 1000;

    if (!outbox_blocked(f->outbox)) {
        if (f->room.visits < VISITS_MAX && rounds_next(f->rounds, &when))
            ms = clock_wait_ms(when);
        when = politeness_due(f->room.politeness);
        if (f->room.asking < f->max_transfers && when != INT64_MAX) {
            rest = when - clock_mono();
            ms = rest < 0 ? 0 : rest < ms ? (int)rest : ms;
        }
    }
    ms = outbox_wait_ms(f->outbox, ms);
    ms = resolve_wait_ms(f->room.resolve, ms);
    return transfer_wait_ms(f->room.transfers, ms);
}

static void *run(void *arg)
{
    struct fetch *f = arg;
    struct transfer *t;
    struct pulse *pulse = pulse_start("fetch");

    pthread_setname_np(pthread_self(), "fetch");
    while (read_letters(f)) {
        pulse_beat(pulse);
        outbox_look(f->outbox);
        rounds_watch_clock(f->rounds);
        look_at_clock(f);
        begin_due(f);
        give_turns(f);
        outbox_send(f->outbox, !f->room.asking);
        loop_wait(f->loop, wait_ms(f));
        resolve_tick(f->room.resolve);
        transfer_tick(f->room.transfers);
        look_at_clock(f);
        while ((t = transfer_next(f->room.transfers)))
            visit_transferred(&f->room, t);
    }
    pulse_stop(pulse);
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
    rounds_free(f->rounds);
    outbox_free(f->outbox);
    waitlist_free(f->pages);
    letters_free(f->letters);
    free(f);
}

int fetch_recall(struct fetch *f, uint32_t source, const struct fetch_memory *memory)
{
    return rounds_recall(f->rounds, source, memory);
}

static int prepare(struct fetch *f, const struct fetch_conf *conf, struct queue *out)
{
    struct visit_room *room = &f->room;

    f->rounds = rounds_new(f->roster, conf->timetable);
    f->letters = letters_new();
    f->outbox = outbox_new(out);
    f->pages = waitlist_new();
    room->guard = guard_new(conf->allow);
    room->politeness = politeness_new(conf->domain_spacing);
    room->robots = robots_cache_new("huiying");
    if ((f->loop = loop_new()))
        room->resolve = resolve_new(conf->dns_servers, conf->limits.name_ms, f->loop);
    if (f->loop && room->guard && !guard_close(room->guard, conf->own))
        room->transfers = transfer_pool_new(conf, room->guard, f->loop);
    if (!f->rounds || !f->letters || !f->outbox || !f->pages || !room->politeness ||
        !room->robots || !room->resolve || !room->transfers)
        return ERR_NOMEM;
    politeness_spacings(room->politeness, conf->domains);
    return 0;
}

int fetch_run(struct fetch *f)
{
    sigset_t all, before;
    int err = rounds_start(f->rounds);

    if (err) {
        log_error("fetch.start", "error=%s", err_name(err));
        return err;
    }
    /* Signals are the main thread's. */
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    err = pthread_create(&f->thread, NULL, run, f);
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
    f->roster = roster;
    f->max_transfers = conf->max_transfers > 0 ? (size_t)conf->max_transfers : 1;
    f->room.conf = conf;
    f->room.roster = roster;
    f->room.validators = validators;
    f->room.finished = finished;
    f->room.postponed = postponed;
    f->room.lost = lost;
    f->room.arg = f;
    if (prepare(f, conf, out)) {
        destroy(f);
        return NULL;
    }
    return f;
}

void fetch_halt(struct fetch *f)
{
    if (!f)
        return;
    letters_close(f->letters);
    if (!f->running)
        return;
    loop_wake(f->loop);
    pthread_join(f->thread, NULL);
    f->running = false;
}

void fetch_stop(struct fetch *f)
{
    if (!f)
        return;
    fetch_halt(f);
    destroy(f);
}
