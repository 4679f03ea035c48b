#define _GNU_SOURCE
#include "daemon/workers/tryout.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "daemon/workers/worker.h"

enum { ASKED_MAX = 8, WAIT_MS = 60000, SPACING_MS = 1000 };

struct request {
    struct buf yaml, page;
    tryout_done *done;
    void *arg;
};

struct tryout {
    struct tryout_conf conf;
    struct fetch_conf fetch;
    struct queue *asked, *pages; /* requests; what their fetch rooms got */
    atomic_bool leave;
    pthread_t thread;
};

/* Of the try under way. */
struct run {
    struct tryout *t;
    struct worker *worker;
    struct tryout_found found;
};

static int try_body(struct run *r, enum job_op op, const struct page_got *page, json_t **found)
{
    const struct source *s = r->found.source;
    struct buf payload = BUF_INIT;
    struct job job = {.op = op, .kind = s->kind, .body = buf_str(&page->body),
                      .url = str_from(page->url ? page->url : s->url), .mime = str_from(page->mime),
                      .zone_minutes = s->zone_minutes, .now = clock_now()};
    int job_err = 0;

    if (s->extras)
        job.board = s->extras->board;
    int err = worker_call(r->worker, &job, WAIT_MS, &payload, &job_err);
    if (err == ERR_CLOSED)
        r->found.death = worker_death(r->worker);
    else if (!err && job_err && job_err != ERR_SYNTAX)
        err = job_err;
    else if (!err) /* a worker's word is not taken as it is: it reads what strangers wrote */
        *found = json_loadb(payload.data ? payload.data : "", payload.len, JSON_REJECT_DUPLICATES,
                            NULL);
    buf_free(&payload);
    return r->found.death || *found ? 0 : err ? err : ERR_NOMEM;
}

static int try_fetched(struct run *r, enum job_op op, const char *url, json_t **found)
{
    struct tryout *t = r->t;
    struct page_got page;
    int err = atomic_load(&t->leave)
                  ? ERR_CLOSED
                  : page_get(&t->fetch, r->found.source, url, t->pages, &page, &r->found.refusal);

    if (err) {
        if (err == ERR_REFUSED && !r->found.refusal.problem)
            r->found.refusal.problem = "没有取到 (not got)";
        return err == ERR_REFUSED ? 0 : err;
    }
    err = try_body(r, op, &page, found);
    page_got_clear(&page);
    return err;
}

/* The list, and the page of its first item. */
static int try_site(struct run *r, json_t **list, json_t **detail)
{
    int err = try_fetched(r, JOB_TRY, NULL, list);
    const char *url = *list ? page_get_first(r->found.source, *list) : NULL;

    if (!err && url) {
        clock_sleep(SPACING_MS);
        err = try_fetched(r, JOB_TRY_PAGE, url, detail);
    }
    return err;
}

static void run_one(struct tryout *t, const struct request *q)
{
    struct run r = {.t = t};
    struct problems *problems = problems_new();
    struct source *source = NULL;
    json_t *list = NULL, *detail = NULL;
    int err = problems ? source_load_text("", buf_str(&q->yaml), &source, problems) : ERR_NOMEM;

    r.found.source = source;
    if (source && !(r.worker = worker_spawn(t->conf.worker, -1, &err)))
        log_error("tryout.worker", "err=%s", err_name(err));
    if (r.worker && q->page.len)
        err = try_body(&r, JOB_TRY, &(struct page_got){.body = q->page}, &list);
    else if (r.worker)
        err = try_site(&r, &list, &detail);
    if (err == ERR_SYNTAX && !source)
        err = 0;
    if (problems)
        problems_sort(problems);
    r.found.problems = problems;
    r.found.list = list;
    r.found.detail = detail;
    q->done(q->arg, err, &r.found);
    worker_free(r.worker);
    json_decref(list);
    json_decref(detail);
    free(source);
    problems_free(problems);
}

static void drop(struct request *q)
{
    buf_free(&q->yaml);
    buf_free(&q->page);
    free(q);
}

static void *run(void *arg)
{
    static const struct tryout_found nothing;
    struct tryout *t = arg;
    void *item;

    pthread_setname_np(pthread_self(), "tryout");
    while (queue_take(t->asked, &item, 1, -1) == 1) {
        struct request *q = item;
        if (atomic_load(&t->leave))
            q->done(q->arg, ERR_CLOSED, &nothing);
        else
            run_one(t, q);
        drop(q);
    }
    return NULL;
}

static void drop_queues(struct tryout *t)
{
    queue_free(t->asked);
    queue_free(t->pages);
    free(t);
}

struct tryout *tryout_start(const struct tryout_conf *conf)
{
    struct tryout *t = calloc(1, sizeof *t);

    if (!t)
        return NULL;
    t->conf = *conf;
    t->fetch = *conf->fetch;
    t->fetch.timetable = NULL;
    t->fetch.shared = NULL; /* it is no source of anybody yet */
    t->fetch.max_transfers = 1;
    t->asked = queue_new(ASKED_MAX);
    t->pages = queue_new(4);
    if (t->asked && t->pages && !pthread_create(&t->thread, NULL, run, t))
        return t;
    drop_queues(t);
    return NULL;
}

int tryout_ask(struct tryout *t, struct str yaml, struct str page, tryout_done *done, void *arg)
{
    struct request *q = calloc(1, sizeof *q);

    if (!q)
        return ERR_NOMEM;
    q->done = done;
    q->arg = arg;
    buf_add_str(&q->yaml, yaml);
    buf_add_str(&q->page, page);
    int err = buf_ok(&q->yaml) && buf_ok(&q->page) ? queue_try_push(t->asked, q) : ERR_NOMEM;
    if (err)
        drop(q);
    return err;
}

void tryout_stop(struct tryout *t)
{
    void *item;

    if (!t)
        return;
    atomic_store(&t->leave, true);
    queue_close(t->asked);
    queue_close(t->pages);
    pthread_join(t->thread, NULL);
    while (queue_take(t->pages, &item, 1, 0) == 1)
        fetch_fetched_free(item);
    drop_queues(t);
}
