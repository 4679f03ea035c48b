#define _GNU_SOURCE
#include "daemon/reload.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "base/queue.h"
#include "daemon/config_rules.h"

enum { ASKED_MAX = 64, LOGGED_MAX = 20 };

struct request {
    char *folder; /* NULL: that of the configuration */
    reload_done *done;
    void *arg;
};

struct reload {
    struct reload_conf conf;
    struct queue *asked;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t moved;
    bool idle, leave; /* nothing more will be asked for; the thread may end */
    /* Of the load under way: */
    struct rule_set *set;
    const char *folder;
    bool committed;
    int status;
    uint64_t seq;
};

static void log_warnings(const char *folder, const struct problems *problems)
{
    size_t n = problems_warnings(problems);

    if (n)
        log_warn("rules.warnings", "folder=\"%s\" warnings=%zu", folder, n);
    for (size_t i = 0; i < n && i < LOGGED_MAX; i++) {
        const char *file, *text;
        int line;
        problems_get_warning(problems, i, &file, &line, &text);
        log_warn("rules.warning", "at=\"%s:%d\" what=\"%s\"", file, line, text);
    }
}

static void log_problems(const char *folder, const struct problems *problems)
{
    size_t n = problems_count(problems);

    log_error("rules.refused", "folder=\"%s\" problems=%zu note=\"the old ones stay in force\"",
              folder, n);
    for (size_t i = 0; i < n && i < LOGGED_MAX; i++) {
        const char *file, *text;
        int line;
        problems_get(problems, i, &file, &line, &text);
        log_error("rules.problem", "at=\"%s:%d\" what=\"%s\"", file, line, text);
    }
}

/* Called from the ledger thread right after the commit: pages and API change with the desk. */
static void committed(void *arg, int status, const char *reason, uint64_t seq)
{
    struct reload *r = arg;

    (void)reason;
    if (!status)
        rulebook_adopt(r->conf.book, r->set, r->folder);
    pthread_mutex_lock(&r->lock);
    r->status = status;
    r->seq = seq;
    r->committed = true;
    pthread_cond_broadcast(&r->moved);
    pthread_mutex_unlock(&r->lock);
}

/* 0 once the set is in force, which the ledger says. Workers change with the rules alone. */
static int put_in_force(struct reload *r, struct rule_set *set, bool workers, const char *folder)
{
    r->set = set;
    r->folder = folder;
    r->committed = false;
    int err = workers ? worker_pool_reload(r->conf.pool, set, committed, r)
                      : ledger_rules(r->conf.ledger, set, committed, r);
    if (err)
        return err;
    pthread_mutex_lock(&r->lock);
    while (!r->committed)
        pthread_cond_wait(&r->moved, &r->lock);
    pthread_mutex_unlock(&r->lock);
    return r->status;
}

static bool same_version(const struct rules *a, const struct rules *b)
{
    return strcmp(rules_version(a), rules_version(b)) == 0;
}

/* Takes *rules and *town over. */
static int swap(struct reload *r, struct rules **rules, struct town **town, struct rule_set *old,
                const char *folder, struct reload_outcome *out)
{
    bool same = same_version(*rules, rule_set_rules(old));

    if (same && (*town)->print == rule_set_town(old)->print) {
        rulebook_adopt(r->conf.book, old, folder);
        return 0;
    }
    struct rule_set *set = same ? rule_set_move(old, town) : rule_set_new(rules, town, true);
    if (!set)
        return ERR_NOMEM;
    int err = put_in_force(r, set, !same, folder);
    out->changed = !err;
    out->seq = err ? 0 : r->seq;
    rule_set_release(set);
    return err;
}

/* What the files say now, checked one against the other: 0, or ERR_INVALID with problems. */
static int read_all(const struct reload *r, const char *folder, struct problems *problems,
                    struct rules **rules, struct town **town)
{
    const struct lint lint = {.now = clock_now()};
    struct config there = *r->conf.config;

    *town = town_load(&there.town_paths, problems);
    if (!*town)
        return ERR_NOMEM;
    there.town = *town;
    *rules = config_rules_check(&there, folder, &lint, problems, NULL);
    if (problems_count(problems))
        return ERR_INVALID;
    return *rules ? 0 : ERR_NOMEM;
}

static void tell(struct reload *r, const struct request *q, struct reload_outcome *out)
{
    struct rule_set *now = rulebook_hold(r->conf.book);
    char previous[EVENT_RULES_TEXT];

    out->rules = rule_set_rules(now);
    if (!out->err)
        log_info("rules.loaded", "version=%s previous=%s topics=%zu changed=%d",
                 rules_version(out->rules), event_rules_text(out->previous, previous),
                 rules_topics(out->rules), out->changed);
    else if (out->err != ERR_INVALID)
        log_error("rules.load", "err=%s version=%s", err_name(out->err),
                  rules_version(out->rules));
    if (q->done)
        q->done(q->arg, out);
    rule_set_release(now);
}

static void load(struct reload *r, const struct request *q)
{
    const char *folder = q->folder ? q->folder : r->conf.config->rules_dir;
    struct rule_set *old = rulebook_hold(r->conf.book);
    struct problems *problems = problems_new();
    struct reload_outcome out = {.problems = problems,
                                 .previous = event_rules_number(
                                     str_from(rules_version(rule_set_rules(old))))};
    struct ledger_counters ledger;
    struct rules *rules = NULL;
    struct town *town = NULL;

    ledger_counters(r->conf.ledger, &ledger);
    if (ledger.stalled)
        out.err = ERR_AGAIN;
    else if (!problems)
        out.err = ERR_NOMEM;
    else
        out.err = read_all(r, folder, problems, &rules, &town);
    if (!out.err)
        out.err = swap(r, &rules, &town, old, folder, &out);
    town_free(town);
    rules_free(rules);
    if (problems)
        log_warnings(folder, problems);
    if (out.err == ERR_INVALID) {
        log_problems(folder, problems);
        rulebook_refuse(r->conf.book, folder, &problems); /* they stay where they are until the
                                                             next load, which is this thread's */
    }
    tell(r, q, &out);
    problems_free(problems);
    rule_set_release(old);
}

static void *run(void *arg)
{
    struct reload *r = arg;
    void *item;

    pthread_setname_np(pthread_self(), "reload");
    while (queue_take(r->asked, &item, 1, -1) == 1) {
        struct request *q = item;
        load(r, q);
        free(q->folder);
        free(q);
    }
    pthread_mutex_lock(&r->lock);
    r->idle = true;
    pthread_cond_broadcast(&r->moved);
    while (!r->leave)
        pthread_cond_wait(&r->moved, &r->lock);
    pthread_mutex_unlock(&r->lock);
    return NULL;
}

struct reload *reload_start(const struct reload_conf *conf)
{
    struct reload *r = calloc(1, sizeof *r);

    if (!r)
        return NULL;
    r->conf = *conf;
    r->asked = queue_new(ASKED_MAX);
    if (!r->asked) {
        free(r);
        return NULL;
    }
    pthread_mutex_init(&r->lock, NULL);
    pthread_cond_init(&r->moved, NULL);
    if (!pthread_create(&r->thread, NULL, run, r))
        return r;
    pthread_cond_destroy(&r->moved);
    pthread_mutex_destroy(&r->lock);
    queue_free(r->asked);
    free(r);
    return NULL;
}

int reload_ask(struct reload *r, const char *folder, reload_done *done, void *arg)
{
    struct request *q = calloc(1, sizeof *q);

    if (!q)
        return ERR_NOMEM;
    q->done = done;
    q->arg = arg;
    int err = folder && !(q->folder = strdup(folder)) ? ERR_NOMEM : 0;
    if (!err)
        err = queue_try_push(r->asked, q);
    if (err) {
        free(q->folder);
        free(q);
    }
    return err;
}

void reload_halt(struct reload *r)
{
    if (!r)
        return;
    queue_close(r->asked);
    pthread_mutex_lock(&r->lock);
    while (!r->idle)
        pthread_cond_wait(&r->moved, &r->lock);
    pthread_mutex_unlock(&r->lock);
}

void reload_stop(struct reload *r)
{
    if (!r)
        return;
    reload_halt(r);
    pthread_mutex_lock(&r->lock);
    r->leave = true;
    pthread_cond_broadcast(&r->moved);
    pthread_mutex_unlock(&r->lock);
    pthread_join(r->thread, NULL);
    pthread_cond_destroy(&r->moved);
    pthread_mutex_destroy(&r->lock);
    queue_free(r->asked);
    free(r);
}
