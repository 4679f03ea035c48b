#define _GNU_SOURCE
#include "daemon/workers/worker_pool.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "base/err.h"
#include "base/log.h"
#include "daemon/ledger/batch.h"
#include "daemon/workers/worker.h"

/* CPU time ends a spinning worker after 2 s; this ends one that sleeps or is starved. */
enum { CALL_WAIT_MS = 30000 };
enum { CHINA_MINUTES = 480 }; /* of dates without a zone */

struct keeper {
    struct worker_pool *pool;
    pthread_t thread;
    struct worker *worker; /* its own while it is busy */
    bool busy, gone;
    struct buf payload;
};

struct worker_pool {
    const struct config *config;
    const struct roster *roster;
    struct queue *in;
    struct ledger *ledger;
    pthread_mutex_t lock;
    pthread_cond_t moved;
    bool changing;          /* the rules: no body is begun */
    struct rule_set *rules; /* changed while no keeper is busy */
    atomic_uint_fast64_t started, killed;
    atomic_int live;
    int nkeepers;
    struct keeper keepers[];
};

static void retire(struct keeper *k)
{
    if (!k->worker)
        return;
    worker_free(k->worker);
    k->worker = NULL;
    k->pool->live--;
}

/* A live worker with the rules in force: 0, or why it did not start. */
static int ensure(struct keeper *k)
{
    const struct rules *rules = rule_set_rules(k->pool->rules);
    int err = 0;

    if (k->worker && !worker_alive(k->worker)) {
        /* It died while it had nothing to do: that is no fault of the body that comes next. */
        log_warn("worker.lost", "why=\"%s\"", worker_death(k->worker));
        retire(k);
    }
    if (k->worker)
        return 0;
    k->worker = worker_spawn(k->pool->config->worker_path, rules_fd(rules), &err);
    if (!k->worker) {
        log_error("worker.spawn", "path=%s err=%s", k->pool->config->worker_path, err_name(err));
        return err;
    }
    k->pool->started++;
    k->pool->live++;
    return 0;
}

static bool is_item_page(const struct fetched *f)
{
    return f->page && f->page->kind == FETCH_PAGE_ITEM;
}

static bool is_reply(const struct fetched *f)
{
    return f->page && f->page->kind == FETCH_PAGE_REPLY;
}

static const char *name_of(const struct worker_pool *p, const struct fetched *f)
{
    return is_reply(f) ? "" : roster_get(p->roster, f->source)->id;
}

/* Has the body anything to say? Of some pages only their being there is asked. */
static bool is_read(const struct worker_pool *p, const struct fetched *f)
{
    return f->outcome == FETCH_BODY &&
           (is_reply(f) || !is_item_page(f) || batch_reads_pages(roster_get(p->roster, f->source)));
}

/* A reply is an office's page, wherever it stands. */
static void fill_reply_job(const struct worker_pool *p, const struct fetched *f, struct job *job)
{
    *job = (struct job){
        .op = JOB_REPLY,
        .kind = SOURCE_OFFICIAL,
        .url = str_from(f->final_url ? f->final_url : f->page->url),
        .mime = str_from(f->mime),
        .region = str_from(p->config->home_region),
        .home = str_from(p->config->home_region),
        .body = buf_str(&f->body),
        .zone_minutes = CHINA_MINUTES,
        .now = f->at,
    };
}

static void fill_job(const struct worker_pool *p, const struct fetched *f, struct job *job)
{
    const struct source *s = roster_get(p->roster, f->source);
    const struct board_spec *board = source_board(s);

    *job = (struct job){
        .op = is_item_page(f) ? JOB_PAGE : JOB_POLL,
        .title = str_from(is_item_page(f) ? f->page->title : NULL),
        .kind = s->kind,
        .url = str_from(f->final_url ? f->final_url : f->page ? f->page->url : s->url),
        .mime = str_from(f->mime),
        .region = str_from(s->region ? s->region : p->config->home_region),
        .home = str_from(p->config->home_region),
        .body = buf_str(&f->body),
        .zone_minutes = s->zone_minutes,
        .now = f->at,
    };
    if (board)
        job->board = *board;
}

/* Ask the worker; NULL with *death set when it died of this body. */
static struct verdicts *judge(struct keeper *k, const struct fetched *f, const char **death)
{
    struct verdicts *v = NULL;
    struct job job;
    int job_err = 0;

    (is_reply(f) ? fill_reply_job : fill_job)(k->pool, f, &job);
    int err = worker_call(k->worker, &job, CALL_WAIT_MS, &k->payload, &job_err);
    if (err == ERR_CLOSED) {
        *death = worker_death(k->worker);
        log_warn("worker.died", "source=%s bytes=%zu why=\"%s\"", name_of(k->pool, f), f->body.len,
                 *death);
        k->pool->killed++;
        retire(k);
        return NULL;
    }
    if (!err)
        err = job_err && job_err != ERR_SYNTAX ? job_err : 0;
    if (!err)
        err = job_read_verdicts(buf_str(&k->payload), &v);
    if (err) {
        /* Bytes that do not decode mean a worker that cannot be trusted with the next body. */
        log_error("worker.answer", "source=%s err=%s", name_of(k->pool, f), err_name(err));
        *death = "处理结果无法识别 (its answer could not be read)";
        retire(k);
    }
    return v;
}

static void begin(struct keeper *k)
{
    struct worker_pool *p = k->pool;

    pthread_mutex_lock(&p->lock);
    while (p->changing)
        pthread_cond_wait(&p->moved, &p->lock);
    k->busy = true;
    pthread_mutex_unlock(&p->lock);
}

static void end(struct keeper *k)
{
    pthread_mutex_lock(&k->pool->lock);
    k->busy = false;
    pthread_cond_broadcast(&k->pool->moved);
    pthread_mutex_unlock(&k->pool->lock);
}

/* From the body to the ledger's queue, with one set of rules. */
static void handle(struct keeper *k, struct fetched *f)
{
    struct verdicts *v = NULL;
    const char *death = NULL;

    /* A body that found no worker is no fault of its feed: it is polled again. */
    if (is_read(k->pool, f) && !ensure(k))
        v = judge(k, f, &death);
    if (ledger_submit(k->pool->ledger, f, v, death)) {
        verdict_free(v);
        fetch_fetched_free(f);
    }
    if (death)
        ensure(k); /* its place is not left empty until the next body */
}

static void *keep(void *arg)
{
    struct keeper *k = arg;
    void *item;

    pthread_setname_np(pthread_self(), "keeper");
    while (queue_take(k->pool->in, &item, 1, -1) == 1) {
        begin(k);
        handle(k, item);
        end(k);
    }
    begin(k);
    retire(k);
    k->gone = true;
    end(k);
    buf_free(&k->payload);
    return NULL;
}

static void free_pool(struct worker_pool *p)
{
    rule_set_release(p->rules);
    pthread_cond_destroy(&p->moved);
    pthread_mutex_destroy(&p->lock);
    free(p);
}

struct worker_pool *worker_pool_start(const struct config *config, const struct roster *roster,
                                      struct queue *in, struct ledger *ledger,
                                      struct rule_set *rules)
{
    struct worker_pool *p = calloc(1, sizeof *p + (size_t)config->workers * sizeof *p->keepers);

    if (!p)
        return NULL;
    p->config = config;
    p->roster = roster;
    p->in = in;
    p->ledger = ledger;
    p->rules = rule_set_hold(rules);
    pthread_mutex_init(&p->lock, NULL);
    pthread_cond_init(&p->moved, NULL);
    for (int i = 0; i < config->workers; i++) {
        struct keeper *k = &p->keepers[i];
        k->pool = p;
        if (ensure(k) || pthread_create(&k->thread, NULL, keep, k)) {
            retire(k);
            break;
        }
        p->nkeepers++;
    }
    if (!p->nkeepers) {
        free_pool(p);
        return NULL;
    }
    return p;
}

static void free_workers(struct worker_pool *p, struct worker **list)
{
    for (int i = 0; list && i < p->nkeepers; i++)
        worker_free(list[i]);
    free(list);
}

/* Does it answer, and by these rules? One that dies of them must not take the others' place. */
static int prove(struct worker *w, const struct rules *rules, struct buf *payload)
{
    const struct job job = {.op = JOB_CLASSIFY, .body = STR("{\"id\":\"1\",\"title\":\"1\"}")};
    int job_err = 0, err = worker_call(w, &job, CALL_WAIT_MS, payload, &job_err);

    if (err == ERR_CLOSED)
        log_error("worker.start", "why=\"%s\"", worker_death(w));
    err = err ? err : job_err;
    if (!err && str_find(buf_str(payload), str_from(rules_version(rules)), 0) == (size_t)-1)
        err = ERR_CORRUPT;
    return err;
}

/* One a keeper, started with these rules and at work. */
static int start_fresh(struct worker_pool *p, const struct rules *rules, struct worker ***out)
{
    struct worker **list = calloc((size_t)p->nkeepers, sizeof *list);
    struct buf payload = BUF_INIT;
    int err = list ? 0 : ERR_NOMEM;

    for (int i = 0; i < p->nkeepers && !err; i++)
        if ((list[i] = worker_spawn(p->config->worker_path, rules_fd(rules), &err)))
            err = prove(list[i], rules, &payload);
    buf_free(&payload);
    if (err) {
        log_error("worker.spawn", "path=%s err=%s", p->config->worker_path, err_name(err));
        free_workers(p, list);
        return err == ERR_NOMEM ? err : ERR_IO;
    }
    *out = list;
    return 0;
}

/* No body is begun from here on, and those under way are done. */
static void hold_bodies(struct worker_pool *p)
{
    pthread_mutex_lock(&p->lock);
    p->changing = true;
    for (int i = 0; i < p->nkeepers; i++)
        while (p->keepers[i].busy)
            pthread_cond_wait(&p->moved, &p->lock);
    pthread_mutex_unlock(&p->lock);
}

/* With the lock held. The old workers are in the list's places then. */
static void change_workers(struct worker_pool *p, struct worker **list)
{
    for (int i = 0; i < p->nkeepers; i++) {
        struct keeper *k = &p->keepers[i];
        struct worker *old = k->worker;
        if (k->gone)
            continue;
        k->worker = list[i];
        list[i] = old;
        p->started++;
        p->live += old == NULL;
    }
}

int worker_pool_reload(struct worker_pool *p, struct rule_set *rules, ledger_done *done, void *arg)
{
    struct worker **fresh = NULL;
    int err = start_fresh(p, rule_set_rules(rules), &fresh);

    if (err)
        return err;
    hold_bodies(p);
    err = ledger_rules(p->ledger, rules, done, arg);
    pthread_mutex_lock(&p->lock);
    if (!err) {
        change_workers(p, fresh);
        rule_set_release(p->rules);
        p->rules = rule_set_hold(rules);
    }
    p->changing = false;
    pthread_cond_broadcast(&p->moved);
    pthread_mutex_unlock(&p->lock);
    free_workers(p, fresh);
    return err;
}

void worker_pool_stop(struct worker_pool *p)
{
    if (!p)
        return;
    for (int i = 0; i < p->nkeepers; i++)
        pthread_join(p->keepers[i].thread, NULL);
    free_pool(p);
}

void worker_pool_counters(struct worker_pool *p, struct worker_pool_counters *out)
{
    *out = (struct worker_pool_counters){p->started, p->killed, p->live};
}
