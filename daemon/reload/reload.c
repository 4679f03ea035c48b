#define _GNU_SOURCE
#include "daemon/reload/reload.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "daemon/config/config_rules.h"
#include "daemon/reload/reload_check.h"
#include "daemon/reload/reload_log.h"
#include "daemon/reload/reload_state.h"

enum { ASKED_MAX = 64, LOOK_AGAIN_MS = 1000 };

void reload_read_clear(struct reload_read *read)
{
    rules_free(read->rules);
    town_free(read->town);
    free(read->laid[0]);
    free(read->laid[1]);
    buf_free(&read->pack);
    topic_edits_clear(&read->edits);
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
    town_check_channels(*town, &there.town_paths, (const char *const *)there.allow, problems);
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
    else if (out->err != ERR_INVALID && out->err != ERR_EXISTS &&
             out->err != ERR_NOTFOUND) /* told where it was found */
        log_error("rules.load", "err=%s version=%s", err_name(out->err),
                  rules_version(out->rules));
    if (q->done)
        q->done(q->arg, out);
    if (q->answer)
        q->answer(q->arg, out->err, out->err ? NULL : out->stage, out->seq);
    rule_set_release(now);
}

/* What is to go into the store, or has edits over it, is compiled from its files in one block, for
 * they may change meanwhile. The folder has to be right by itself too: a start reads that first. */
static int read_own(struct reload *r, const char *folder, struct problems *problems,
                    struct reload_read *read)
{
    const struct lint lint = {.now = clock_now()};
    const struct rulebook_where own = read->where;
    int err = read_all(r, folder, problems, &read->rules, &read->town);

    if (!err)
        err = reload_edit_known(r, read);
    if (!err)
        err = rules_pack_write(r->conf.config, folder, &read->pack);
    if (!err)
        err = topic_edits_lay(&read->edits, &read->pack, problems);
    bool edited = topic_edits_count(&read->edits);
    if (err || (!r->conf.among && !r->conf.config->rules_two && !edited))
        return err;
    rules_free(read->rules);
    town_free(read->town);
    read->rules = NULL;
    read->town = NULL;
    if (!(r->conf.follows && !edited))
        err = reload_town_read(r, buf_str(&read->pack), edited ? &lint : NULL, problems, read);
    if (!r->conf.among && !edited) /* where who changes them finds them */
        read->where = own;
    return err;
}

/* Of another machine, which has checked them. */
static int read_forwarded(struct reload *r, const struct reload_request *q,
                          struct problems *problems, struct reload_read *read)
{
    int err = q->edits.len ? topic_edits_parse(buf_str(&q->edits), &read->edits) : 0;

    read->edits.changed = q->edits.len;
    if (!err)
        err = reload_town_read(r, buf_str(&q->pack), NULL, problems, read);
    return err ? err : buf_add_str(&read->pack, buf_str(&q->pack));
}

static int read_for(struct reload *r, const struct reload_request *q, const char *folder,
                    struct problems *problems, struct reload_read *read)
{
    if (q->pack.len)
        return read_forwarded(r, q, problems, read);
    return q->order.verb == RELOAD_LOAD ? read_own(r, folder, problems, read)
                                        : reload_edit_read(r, q, problems, read);
}

/* A change is made of what is in force, and while others wait for a second person it would be of
 * neither. */
static int check_order(struct reload *r, const struct reload_request *q, struct rule_set *old)
{
    bool edits = q->order.verb == RELOAD_EDIT || q->order.verb == RELOAD_RESTORE;
    char name[RULES_PACK_NAME];
    int err = q->base ? town_rules_name(r->reader, name) : 0;

    if (err)
        return err;
    if ((q->version && strcmp(q->version, rules_version(rule_set_rules(old))) != 0) ||
        (q->base && strcmp(q->base, *name ? name : RELOAD_NO_BASE) != 0))
        return ERR_STALE;
    return edits && !r->conf.follows && (r->waits || r->unread) ? ERR_EXISTS : 0;
}

static void load(struct reload *r, const struct reload_request *q, struct rule_set *old,
                 struct problems **problems, struct reload_outcome *out)
{
    const char *folder = q->folder ? q->folder : r->conf.config->rules_dir;
    struct reload_read read = {.where = {folder, r->conf.config->places}};

    out->err = check_order(r, q, old);
    if (!out->err)
        out->err = read_for(r, q, folder, *problems, &read);
    if (!out->err && r->conf.follows)
        reload_town_forward(r, q, &read, out);
    else if (!out->err && r->conf.config->rules_two && !reload_in_force(read.rules, read.town, old))
        out->err = reload_stage(r, q, &read, out);
    else if (!out->err)
        out->err = reload_swap(r, &read, old, false, out);
    reload_read_clear(&read);
    reload_log_warnings(folder, *problems);
    if (out->err == ERR_INVALID && q->order.verb == RELOAD_LOAD) {
        reload_log_problems(folder, *problems);
        rulebook_refuse(r->conf.book, folder, problems); /* they stay where they are until the
                                                            next load, which is this thread's */
    }
}

/* Of what waits at the leader. */
static void decide(struct reload *r, const struct reload_request *q, struct rule_set *old,
                   struct problems *problems, struct reload_outcome *out)
{
    if (r->conf.follows)
        reload_town_forward(r, q, NULL, out);
    else
        out->err = q->order.verb == RELOAD_APPROVE ? reload_approve(r, q, old, problems, out)
                                                   : reload_deny(r, q);
    if (out->err == ERR_INVALID)
        reload_log_problems(r->conf.config->cache, problems);
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
    else if (q->order.verb == RELOAD_APPROVE || q->order.verb == RELOAD_DENY)
        decide(r, q, old, problems, &out);
    else
        load(r, q, old, &problems, &out);
    if (!r->conf.among)
        rules_pack_tidy(r->conf.config, r->laid);
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
    reload_stage_follow(r);
}

static void drop_request(struct reload_request *q)
{
    free(q->folder);
    free(q->stage);
    free(q->reason);
    free(q->version);
    free(q->base);
    free(q->name);
    buf_free(&q->pack);
    buf_free(&q->edits);
    buf_free(&q->topic);
    buf_free(&q->text);
    free(q);
}

static void *run(void *arg)
{
    struct reload *r = arg;
    void *item;
    int n;

    pthread_setname_np(pthread_self(), "reload");
    if (!r->conf.among)
        reload_edit_in_force(r, NULL);
    reload_stage_follow(r);
    while ((n = queue_take(r->asked, &item, 1, r->unread ? LOOK_AGAIN_MS : -1)) >= 0) {
        struct reload_request *q = n ? item : NULL;
        if (!q) {
            reload_stage_follow(r);
            continue;
        }
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
        snprintf(conf->among ? r->pack : r->laid, RULES_PACK_NAME, "%s", conf->pack);
    r->asked = queue_new(ASKED_MAX);
    if (!r->asked || store_reader(conf->store, &r->reader)) {
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
                      copy(&q->reason, order->reason) && copy(&q->version, order->version) &&
                      copy(&q->name, order->name) && !buf_add_str(&q->topic, order->topic) &&
                      !buf_add_str(&q->text, order->text)
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
    if (copy(&q->base, load->base.p) && !buf_add_str(&q->pack, load->pack) &&
        !buf_add_str(&q->edits, load->edits))
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
    store_close(r->reader);
    buf_free(&r->force);
    free(r);
}
