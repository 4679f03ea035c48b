#define _GNU_SOURCE
#include "daemon/worker_pool.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "base/err.h"
#include "base/log.h"
#include "daemon/batch.h"
#include "daemon/worker.h"

/* CPU time ends a spinning worker after 2 s; this ends one that sleeps or is starved. */
enum { CALL_WAIT_MS = 30000 };

struct keeper {
    struct worker_pool *pool;
    pthread_t thread;
    struct worker *worker;
    const struct rules *rules; /* that the worker was started with */
    struct buf payload;
};

struct worker_pool {
    const struct config *config;
    const struct roster *roster;
    struct queue *in;
    struct ledger *ledger;
    _Atomic(const struct rules *) rules;
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
    const struct rules *rules = k->pool->rules;
    int err = 0;

    if (k->worker && k->rules != rules)
        retire(k);
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
    k->rules = rules;
    k->pool->started++;
    k->pool->live++;
    return 0;
}

static bool is_item_page(const struct fetched *f)
{
    return f->page && f->page->kind == FETCH_PAGE_ITEM;
}

/* Has the body anything to say? Of some pages only their being there is asked. */
static bool is_read(const struct worker_pool *p, const struct fetched *f)
{
    return f->outcome == FETCH_BODY &&
           (!is_item_page(f) || batch_reads_pages(roster_get(p->roster, f->source)));
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
    const struct source *s = roster_get(k->pool->roster, f->source);
    struct verdicts *v = NULL;
    struct job job;
    int job_err = 0;

    fill_job(k->pool, f, &job);
    int err = worker_call(k->worker, &job, CALL_WAIT_MS, &k->payload, &job_err);
    if (err == ERR_CLOSED) {
        *death = worker_death(k->worker);
        log_warn("worker.died", "source=%s bytes=%zu why=\"%s\"", s->id, f->body.len, *death);
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
        log_error("worker.answer", "source=%s err=%s", s->id, err_name(err));
        *death = "处理结果无法识别 (its answer could not be read)";
        retire(k);
    }
    return v;
}

static void *keep(void *arg)
{
    struct keeper *k = arg;
    struct worker_pool *p = k->pool;
    void *item;

    pthread_setname_np(pthread_self(), "keeper");
    while (queue_take(p->in, &item, 1, -1) == 1) {
        struct fetched *f = item;
        struct verdicts *v = NULL;
        const char *death = NULL;

        /* A body that found no worker is no fault of its feed: it is polled again. */
        if (is_read(p, f) && !ensure(k))
            v = judge(k, f, &death);
        if (ledger_submit(p->ledger, f, v, death)) {
            verdict_free(v);
            fetch_fetched_free(f);
        }
        if (death)
            ensure(k); /* its place is not left empty until the next body */
    }
    retire(k);
    buf_free(&k->payload);
    return NULL;
}

struct worker_pool *worker_pool_start(const struct config *config, const struct roster *roster,
                                      struct queue *in, struct ledger *ledger)
{
    struct worker_pool *p = calloc(1, sizeof *p + (size_t)config->workers * sizeof *p->keepers);

    if (!p)
        return NULL;
    p->config = config;
    p->roster = roster;
    p->in = in;
    p->ledger = ledger;
    p->rules = config->rules;
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
        free(p);
        return NULL;
    }
    return p;
}

void worker_pool_reload(struct worker_pool *p, const struct rules *rules)
{
    p->rules = rules;
}

void worker_pool_stop(struct worker_pool *p)
{
    if (!p)
        return;
    for (int i = 0; i < p->nkeepers; i++)
        pthread_join(p->keepers[i].thread, NULL);
    free(p);
}

void worker_pool_counters(struct worker_pool *p, struct worker_pool_counters *out)
{
    *out = (struct worker_pool_counters){p->started, p->killed, p->live};
}
