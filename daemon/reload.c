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
#include "daemon/config_rules.h"
#include "daemon/reload_check.h"
#include "daemon/reload_log.h"
#include "daemon/reload_state.h"

enum { ASKED_MAX = 64 };

void reload_read_clear(struct reload_read *read)
{
    rules_free(read->rules);
    town_free(read->town);
    buf_free(&read->pack);
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

static void tell(struct reload *r, const struct reload_request *q, struct reload_outcome *out)
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
    if (q->answer)
        q->answer(q->arg, out->err, out->err ? NULL : out->stage, out->seq);
    rule_set_release(now);
}

/* Among several machines its files in one block are read instead, for they may change meanwhile. */
static int read_own(struct reload *r, const char *folder, struct problems *problems, char **laid,
                    struct reload_read *read)
{
    int err = read_all(r, folder, problems, &read->rules, &read->town);

    read->folder = folder;
    if (err || !r->reader)
        return err;
    rules_free(read->rules);
    town_free(read->town);
    read->rules = NULL;
    read->town = NULL;
    err = rules_pack_write(r->conf.config, folder, &read->pack);
    return err || r->conf.follows
               ? err
               : reload_town_read(r, buf_str(&read->pack), problems, laid, read);
}

static void load(struct reload *r, const struct reload_request *q, struct rule_set *old,
                 struct problems **problems, struct reload_outcome *out)
{
    const char *folder = q->folder ? q->folder : r->conf.config->rules_dir;
    struct reload_read read = {.folder = folder};
    char *laid = NULL;

    if (q->pack.len) {
        out->err = reload_town_read(r, buf_str(&q->pack), *problems, &laid, &read);
        if (!out->err)
            out->err = buf_add_str(&read.pack, buf_str(&q->pack));
    } else {
        out->err = read_own(r, folder, *problems, &laid, &read);
    }
    if (!out->err && r->conf.follows)
        reload_town_forward(r, q, buf_str(&read.pack), out);
    else if (!out->err && r->conf.config->rules_two && !reload_in_force(read.rules, read.town, old))
        out->err = reload_stage(r, q, &read, out);
    else if (!out->err)
        out->err = reload_swap(r, &read, old, out);
    reload_read_clear(&read);
    free(laid);
    reload_log_warnings(folder, *problems);
    if (out->err == ERR_INVALID) {
        reload_log_problems(folder, *problems);
        rulebook_refuse(r->conf.book, folder, problems); /* they stay where they are until the
                                                            next load, which is this thread's */
    }
}

/* Of what waits at the leader. */
static void decide(struct reload *r, const struct reload_request *q, struct rule_set *old,
                   struct reload_outcome *out)
{
    if (r->conf.follows)
        reload_town_forward(r, q, STR_NONE, out);
    else
        out->err = q->order.verb == RELOAD_APPROVE ? reload_approve(r, q, old, out)
                                                   : reload_deny(r, q);
}

static void obey(struct reload *r, const struct reload_request *q)
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
        decide(r, q, old, &out);
    tell(r, q, &out);
    problems_free(problems);
    rule_set_release(old);
}

static void check(struct reload *r, const struct reload_request *q)
{
    const struct reload_text text = {buf_str(&q->topic), buf_str(&q->text)};

    reload_check_text(r->conf.config, r->conf.book, &text, q->checked, q->arg);
}

static void follow(struct reload *r, const struct reload_request *q)
{
    (void)q;
    r->following = false;
    reload_town_follow(r);
}

static void drop_request(struct reload_request *q)
{
    free(q->folder);
    free(q->stage);
    free(q->reason);
    free(q->name);
    buf_free(&q->pack);
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
        struct reload_request *q = item;
        (q->checked ? check : q->follow ? follow : obey)(r, q);
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
    if (conf->pack)
        snprintf(r->pack, sizeof r->pack, "%s", conf->pack);
    r->asked = queue_new(ASKED_MAX);
    if (!r->asked || (conf->store && store_reader(conf->store, &r->reader))) {
        queue_free(r->asked);
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
    store_close(r->reader);
    free(r);
    return NULL;
}

static bool copy(char **to, const char *from)
{
    return !from || (*to = strdup(from));
}

static int ask(struct reload *r, const struct reload_order *order, struct reload_request *q)
{
    q->order = *order;
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

int reload_ask(struct reload *r, const struct reload_order *order, reload_done *done, void *arg)
{
    struct reload_request *q = calloc(1, sizeof *q);

    if (!q)
        return ERR_NOMEM;
    q->done = done;
    q->arg = arg;
    return ask(r, order, q);
}

int reload_forwarded(struct reload *r, const struct ledger_load *load, ledger_done *done, void *arg)
{
    const struct reload_order order = {.verb = load->verb, .stage = load->stage.p,
                                       .reason = load->reason.p, .person = load->person,
                                       .name = load->name.p};
    struct reload_request *q = calloc(1, sizeof *q);

    if (!q)
        return ERR_NOMEM;
    q->answer = done;
    q->arg = arg;
    if (!buf_add_str(&q->pack, load->pack))
        return ask(r, &order, q);
    drop_request(q);
    return ERR_NOMEM;
}

void reload_follow(struct reload *r)
{
    struct reload_request *q = r->following ? NULL : calloc(1, sizeof *q);

    if (!q)
        return;
    q->follow = true;
    r->following = true;
    if (queue_try_push(r->asked, q)) {
        drop_request(q);
        r->following = false;
    }
}

int reload_check(struct reload *r, struct str topic, struct str text, reload_check_done *done,
                 void *arg)
{
    struct reload_request *q = calloc(1, sizeof *q);

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
    r->halting = true;
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
    reload_drop_staged(r);
    store_close(r->reader);
    free(r);
}
