#define _GNU_SOURCE
#include "daemon/reload.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "base/queue.h"
#include "daemon/config_rules.h"
#include "daemon/reload_check.h"
#include "daemon/reload_log.h"

enum { ASKED_MAX = 64 };

struct request {
    struct reload_order order; /* its texts are its own */
    char *folder, *stage, *reason, *name;
    reload_done *done;
    void *arg;
    reload_check_done *checked; /* a check, which changes nothing; else NULL */
    struct buf topic, text;     /* of a check */
};

struct reload {
    struct reload_conf conf;
    struct queue *asked;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t moved;
    bool idle, leave; /* nothing more will be asked for; the thread may end */
    /* What waits for a second person; rules NULL: nothing. */
    struct {
        struct rules *rules;
        struct town *town;
        uint64_t person;
        struct rulebook_stage about;
    } staged;
    /* Of the load under way: */
    struct rule_set *set;
    const char *folder;
    bool committed;
    int status;
    uint64_t seq;
};

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
    if (!out->err && (out->stage || q->order.verb == RELOAD_DENY))
        log_info(out->stage ? "rules.staged" : "rules.denied", "stage=%s version=%s",
                 out->stage ? out->stage : q->stage, rules_version(out->rules));
    else if (!out->err)
        log_info("rules.loaded", "version=%s previous=%s topics=%zu changed=%d",
                 rules_version(out->rules), event_rules_text(out->previous, previous),
                 rules_topics(out->rules), out->changed);
    else if (out->err == ERR_REFUSED || out->err == ERR_STALE)
        log_warn("rules.unapproved", "err=%s version=%s note=\"two persons put rules in force\"",
                 err_name(out->err), rules_version(out->rules));
    else if (out->err != ERR_INVALID)
        log_error("rules.load", "err=%s version=%s", err_name(out->err),
                  rules_version(out->rules));
    if (q->done)
        q->done(q->arg, out);
    rule_set_release(now);
}

static void drop_staged(struct reload *r)
{
    rules_free(r->staged.rules);
    town_free(r->staged.town);
    r->staged.rules = NULL;
    r->staged.town = NULL;
}

/* Takes *rules and *town over, to wait for a second person. */
static int stage(struct reload *r, const struct request *q, const char *folder,
                 struct rules **rules, struct town **town, struct reload_outcome *out)
{
    struct rulebook_stage *about = &r->staged.about;

    if (!q->order.person)
        return ERR_REFUSED;
    drop_staged(r);
    r->staged.rules = *rules;
    r->staged.town = *town;
    r->staged.person = q->order.person;
    *rules = NULL;
    *town = NULL;
    *about = (struct rulebook_stage){.topics = rules_topics(r->staged.rules), .at = clock_now()};
    snprintf(about->version, sizeof about->version, "%s", rules_version(r->staged.rules));
    snprintf(about->stage, sizeof about->stage, "%s-%016" PRIx64, about->version,
             r->staged.town->print);
    snprintf(about->by, sizeof about->by, "%s", q->name ? q->name : "");
    snprintf(about->folder, sizeof about->folder, "%s", folder);
    rulebook_stage(r->conf.book, about);
    out->stage = about->stage;
    return 0;
}

static bool in_force(const struct rules *rules, const struct town *town,
                     const struct rule_set *set)
{
    return same_version(rules, rule_set_rules(set)) && town->print == rule_set_town(set)->print;
}

static void load(struct reload *r, const struct request *q, struct rule_set *old,
                 struct problems **problems, struct reload_outcome *out)
{
    const char *folder = q->folder ? q->folder : r->conf.config->rules_dir;
    struct rules *rules = NULL;
    struct town *town = NULL;

    out->err = read_all(r, folder, *problems, &rules, &town);
    if (!out->err && r->conf.config->rules_two && !in_force(rules, town, old))
        out->err = stage(r, q, folder, &rules, &town, out);
    else if (!out->err)
        out->err = swap(r, &rules, &town, old, folder, out);
    town_free(town);
    rules_free(rules);
    reload_log_warnings(folder, *problems);
    if (out->err == ERR_INVALID) {
        reload_log_problems(folder, *problems);
        rulebook_refuse(r->conf.book, folder, problems); /* they stay where they are until the
                                                            next load, which is this thread's */
    }
}

static bool waits(const struct reload *r, const struct request *q)
{
    return r->staged.rules && q->stage && !strcmp(r->staged.about.stage, q->stage);
}

/* A failure on the way leaves nothing staged: what was built may be gone. */
static int approve(struct reload *r, const struct request *q, struct rule_set *old,
                   struct reload_outcome *out)
{
    if (!waits(r, q))
        return ERR_STALE;
    if (!q->order.person || q->order.person == r->staged.person)
        return ERR_REFUSED;
    int err = swap(r, &r->staged.rules, &r->staged.town, old, r->staged.about.folder, out);
    drop_staged(r);
    rulebook_stage(r->conf.book, NULL);
    return err;
}

static int deny(struct reload *r, const struct request *q)
{
    struct rulebook_stage *about = &r->staged.about;

    if (!waits(r, q))
        return ERR_STALE;
    if (!q->order.person)
        return ERR_REFUSED;
    about->at = clock_now();
    snprintf(about->by, sizeof about->by, "%s", q->name ? q->name : "");
    snprintf(about->reason, sizeof about->reason, "%s", q->reason ? q->reason : "");
    rulebook_deny(r->conf.book, about);
    drop_staged(r);
    return 0;
}

static void obey(struct reload *r, const struct request *q)
{
    struct rule_set *old = rulebook_hold(r->conf.book);
    struct problems *problems = problems_new();
    struct reload_outcome out = {.problems = problems,
                                 .previous = event_rules_number(
                                     str_from(rules_version(rule_set_rules(old))))};
    struct ledger_counters ledger;

    ledger_counters(r->conf.ledger, &ledger);
    if (ledger.stalled)
        out.err = ERR_AGAIN;
    else if (!problems)
        out.err = ERR_NOMEM;
    else if (q->order.verb == RELOAD_LOAD)
        load(r, q, old, &problems, &out);
    else
        out.err = q->order.verb == RELOAD_APPROVE ? approve(r, q, old, &out) : deny(r, q);
    tell(r, q, &out);
    problems_free(problems);
    rule_set_release(old);
}

static void check(struct reload *r, const struct request *q)
{
    const struct reload_text text = {buf_str(&q->topic), buf_str(&q->text)};

    reload_check_text(r->conf.config, r->conf.book, &text, q->checked, q->arg);
}

static void drop_request(struct request *q)
{
    free(q->folder);
    free(q->stage);
    free(q->reason);
    free(q->name);
    buf_free(&q->topic);
    buf_free(&q->text);
    free(q);
}

static void *run(void *arg)
{
    struct reload *r = arg;
    void *item;

    pthread_setname_np(pthread_self(), "reload");
    while (queue_take(r->asked, &item, 1, -1) == 1) {
        struct request *q = item;
        (q->checked ? check : obey)(r, q);
        drop_request(q);
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

static bool copy(char **to, const char *from)
{
    return !from || (*to = strdup(from));
}

int reload_ask(struct reload *r, const struct reload_order *order, reload_done *done, void *arg)
{
    struct request *q = calloc(1, sizeof *q);

    if (!q)
        return ERR_NOMEM;
    q->order = *order;
    q->done = done;
    q->arg = arg;
    int err = copy(&q->folder, order->folder) && copy(&q->stage, order->stage) &&
                      copy(&q->reason, order->reason) && copy(&q->name, order->name)
                  ? 0
                  : ERR_NOMEM;
    if (!err)
        err = queue_try_push(r->asked, q);
    if (err)
        drop_request(q);
    return err;
}

int reload_check(struct reload *r, struct str topic, struct str text, reload_check_done *done,
                 void *arg)
{
    struct request *q = calloc(1, sizeof *q);

    if (!q)
        return ERR_NOMEM;
    q->checked = done;
    q->arg = arg;
    buf_add_str(&q->topic, topic);
    buf_add_str(&q->text, text);
    int err = buf_ok(&q->topic) && buf_ok(&q->text) ? queue_try_push(r->asked, q) : ERR_NOMEM;
    if (err)
        drop_request(q);
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
    drop_staged(r);
    free(r);
}
