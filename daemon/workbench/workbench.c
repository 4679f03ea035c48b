#define _GNU_SOURCE
#include "daemon/workbench/workbench.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "base/queue.h"
#include "daemon/workbench/workbench_run.h"

enum { KEEP_MS = 60 * 60 * 1000, SWEEP_MS = 60 * 1000 };

static const char *const verbs[WORKBENCH_VERBS] = {
    [WORKBENCH_EVAL] = "eval", [WORKBENCH_BACKTEST] = "backtest", [WORKBENCH_SUGGEST] = "suggest"};
static const char *const states[] = {
    [WORKBENCH_RUNNING] = "running", [WORKBENCH_DONE] = "done", [WORKBENCH_FAILED] = "failed",
    [WORKBENCH_CANCELLED] = "cancelled"};

struct seat { /* the latest of a verb */
    char id[WORKBENCH_ID]; /* empty: none */
    enum workbench_state state;
    char by[SLUG_MAX], topic[SLUG_MAX];
    bool edited;
    int64_t began, ended, ended_mono;
    size_t done, total;
    struct buf told, result;
    const char *why;
};

struct order {
    struct workbench_order what; /* of these texts */
    struct buf text, samples, map;
    char topic[SLUG_MAX];
};

struct workbench {
    struct workbench_conf conf;
    char *program, *socket;
    struct queue *asked; /* one order */
    pthread_t thread;
    int wake; /* eventfd: look at cancelled and leave */
    pthread_mutex_t lock;
    struct seat *now; /* that runs, or is about to; NULL: none. Under the lock, as what follows */
    bool cancelled, leave;
    int64_t last; /* that a name was made of */
    struct seat seats[WORKBENCH_VERBS];
};

const char *workbench_verb_name(enum workbench_verb verb)
{
    return verbs[verb];
}

const char *workbench_state_name(enum workbench_state state)
{
    return states[state];
}

static void forget(struct seat *s)
{
    buf_free(&s->told);
    buf_free(&s->result);
    *s = (struct seat){0};
}

static void drop(struct order *o)
{
    buf_free(&o->text);
    buf_free(&o->samples);
    buf_free(&o->map);
    free(o);
}

static struct order *copy(const struct workbench_order *what)
{
    struct order *o = calloc(1, sizeof *o);

    if (!o)
        return NULL;
    o->what = *what;
    buf_add_str(&o->text, what->text);
    buf_add_str(&o->samples, what->samples);
    buf_add_str(&o->map, what->map);
    memcpy(o->topic, what->topic.n ? what->topic.p : "", what->topic.n);
    if (!buf_ok(&o->text) || !buf_ok(&o->samples) || !buf_ok(&o->map)) {
        drop(o);
        return NULL;
    }
    o->what.text = buf_str(&o->text);
    o->what.samples = buf_str(&o->samples);
    o->what.map = buf_str(&o->map);
    o->what.topic.p = o->topic;
    return o;
}

static bool to_stop(void *arg)
{
    struct workbench *w = arg;

    pthread_mutex_lock(&w->lock);
    bool stop = w->cancelled || w->leave;
    pthread_mutex_unlock(&w->lock);
    return stop;
}

static void note_progress(void *arg, size_t done, size_t total)
{
    struct workbench *w = arg;

    pthread_mutex_lock(&w->lock);
    w->now->done = done;
    w->now->total = total;
    pthread_mutex_unlock(&w->lock);
}

static void finish(struct workbench *w, const char *why, struct buf *result, struct buf *told)
{
    struct buf nothing = BUF_INIT;

    pthread_mutex_lock(&w->lock);
    struct seat *s = w->now;
    s->state = w->cancelled || w->leave ? WORKBENCH_CANCELLED
               : why                    ? WORKBENCH_FAILED
                                        : WORKBENCH_DONE;
    s->why = why && *why ? why : NULL;
    s->ended = clock_now();
    s->ended_mono = clock_mono();
    struct buf *kept = s->state == WORKBENCH_DONE ? &s->result : &s->told;
    struct buf *from = s->state == WORKBENCH_DONE     ? result
                       : s->state == WORKBENCH_FAILED ? told
                                                      : &nothing;
    *kept = *from;
    *from = nothing;
    w->now = NULL;
    log_info("workbench.end", "id=%s state=%s ms=%lld", s->id, states[s->state],
             (long long)(s->ended - s->began));
    pthread_mutex_unlock(&w->lock);
    buf_free(result);
    buf_free(told);
}

static void run_one(struct workbench *w, const struct order *o)
{
    const struct workbench_run run = {&w->conf, &o->what, w->wake, to_stop, note_progress, w};
    struct buf result = BUF_INIT, told = BUF_INIT;
    const char *why = to_stop(w) ? "" : workbench_run(&run, &result, &told);

    finish(w, why, &result, &told);
}

/* Titles of what was uploaded are nobody's for ever. */
static void sweep(struct workbench *w)
{
    pthread_mutex_lock(&w->lock);
    for (int i = 0; i < WORKBENCH_VERBS; i++) {
        struct seat *s = &w->seats[i];
        if (s->id[0] && s->state != WORKBENCH_RUNNING &&
            clock_mono() - s->ended_mono >= KEEP_MS)
            forget(s);
    }
    pthread_mutex_unlock(&w->lock);
}

static void *work(void *arg)
{
    struct workbench *w = arg;
    void *item;
    int n;

    pthread_setname_np(pthread_self(), "workbench");
    while ((n = queue_take(w->asked, &item, 1, SWEEP_MS)) >= 0) {
        if (n) {
            run_one(w, item);
            drop(item);
        }
        sweep(w);
    }
    return NULL;
}

static void free_all(struct workbench *w)
{
    queue_free(w->asked);
    if (w->wake >= 0)
        close(w->wake);
    for (int i = 0; i < WORKBENCH_VERBS; i++)
        forget(&w->seats[i]);
    pthread_mutex_destroy(&w->lock);
    free(w->program);
    free(w->socket);
    free(w);
}

struct workbench *workbench_start(const struct workbench_conf *conf)
{
    struct workbench *w = calloc(1, sizeof *w);

    if (!w)
        return NULL;
    pthread_mutex_init(&w->lock, NULL);
    w->program = strdup(conf->program);
    w->socket = strdup(conf->socket);
    w->conf = (struct workbench_conf){w->program, w->socket, conf->book};
    w->asked = queue_new(1);
    w->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (w->program && w->socket && w->asked && w->wake >= 0 &&
        !pthread_create(&w->thread, NULL, work, w))
        return w;
    free_all(w);
    return NULL;
}

static void wake(struct workbench *w)
{
    if (eventfd_write(w->wake, 1))
        log_error("workbench.wake", "id=%s", w->now ? w->now->id : "");
}

void workbench_stop(struct workbench *w)
{
    if (!w)
        return;
    pthread_mutex_lock(&w->lock);
    w->leave = true;
    wake(w);
    pthread_mutex_unlock(&w->lock);
    queue_close(w->asked);
    pthread_join(w->thread, NULL);
    free_all(w);
}

/* With the lock held. */
static void take_seat(struct workbench *w, const struct order *o)
{
    struct seat *s = &w->seats[o->what.verb];
    eventfd_t old;

    forget(s);
    s->began = clock_now();
    w->last = s->began > w->last ? s->began : w->last + 1;
    snprintf(s->id, sizeof s->id, "%s-%" PRIx64, verbs[o->what.verb], (uint64_t)w->last);
    snprintf(s->by, sizeof s->by, "%s", o->what.by);
    snprintf(s->topic, sizeof s->topic, "%s", o->topic);
    s->edited = o->what.text.n > 0;
    w->now = s;
    w->cancelled = false;
    (void)eventfd_read(w->wake, &old); /* of one that was cancelled */
}

/* With the lock held. */
static int is_ready(const struct workbench *w)
{
    return w->leave ? ERR_CLOSED : w->now ? ERR_AGAIN : 0;
}

int workbench_ready(struct workbench *w)
{
    pthread_mutex_lock(&w->lock);
    int err = is_ready(w);
    pthread_mutex_unlock(&w->lock);
    return err;
}

int workbench_begin(struct workbench *w, const struct workbench_order *order,
                    char id[static WORKBENCH_ID])
{
    struct order *o = order->topic.n < SLUG_MAX ? copy(order) : NULL;
    int err = o ? 0 : order->topic.n < SLUG_MAX ? ERR_NOMEM : ERR_LIMIT;

    if (!o)
        return err;
    pthread_mutex_lock(&w->lock);
    err = is_ready(w);
    if (!err) {
        take_seat(w, o);
        snprintf(id, WORKBENCH_ID, "%s", w->now->id);
        err = queue_try_push(w->asked, o); /* nothing is in it: it holds what runs next */
    }
    pthread_mutex_unlock(&w->lock);
    if (err)
        drop(o);
    return err;
}

int workbench_cancel(struct workbench *w, const char *id)
{
    int err = ERR_NOTFOUND;

    pthread_mutex_lock(&w->lock);
    for (int i = 0; i < WORKBENCH_VERBS; i++)
        if (w->seats[i].id[0] && strcmp(w->seats[i].id, id) == 0) {
            err = 0;
            if (w->now == &w->seats[i]) {
                w->cancelled = true;
                wake(w);
            }
        }
    pthread_mutex_unlock(&w->lock);
    return err;
}

static void show(const struct workbench *w, const struct seat *s, workbench_look *look, void *arg)
{
    look(arg, &(struct workbench_view){
                  .id = s->id, .verb = (enum workbench_verb)(s - w->seats), .state = s->state,
                  .by = s->by, .topic = s->topic, .edited = s->edited, .began = s->began,
                  .ended = s->ended, .done = s->done, .total = s->total,
                  .told = buf_str(&s->told), .why = s->why, .result = buf_str(&s->result)});
}

int workbench_see(struct workbench *w, const char *id, workbench_look *look, void *arg)
{
    int err = ERR_NOTFOUND;

    pthread_mutex_lock(&w->lock);
    for (int i = 0; i < WORKBENCH_VERBS && err; i++)
        if (w->seats[i].id[0] && strcmp(w->seats[i].id, id) == 0) {
            show(w, &w->seats[i], look, arg);
            err = 0;
        }
    pthread_mutex_unlock(&w->lock);
    return err;
}

void workbench_each(struct workbench *w, workbench_look *look, void *arg)
{
    pthread_mutex_lock(&w->lock);
    for (int i = 0; i < WORKBENCH_VERBS; i++)
        if (w->seats[i].id[0])
            show(w, &w->seats[i], look, arg);
    pthread_mutex_unlock(&w->lock);
}
