#include "daemon/http/pending.h"

#include <pthread.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/err.h"
#include "base/utf8.h"
#include "daemon/http/pending_state.h"
#include "daemon/http/reply.h"
#include "daemon/http/repeats.h"
#include "daemon/http/rules_view.h"

/* Process-wide, not in struct http: a stalled ledger may finish a command after http_stop(). */
static pthread_mutex_t pending_lock = PTHREAD_MUTEX_INITIALIZER;
static struct pending *pending_list;

/* With the lock held. */
static void release(struct pending *p)
{
    if (p->request || p->ledger)
        return;
    if (p->prev)
        p->prev->next = p->next;
    else
        pending_list = p->next;
    if (p->next)
        p->next->prev = p->prev;
    free(p->each);
    buf_free(&p->answer);
    sodium_memzero(p, sizeof *p);
    free(p);
}

/* With the lock held. */
static void wake(struct pending *p)
{
    if (p->conn)
        MHD_resume_connection(p->conn);
    p->conn = NULL;
}

/* With the lock held. */
static void keep_each(struct pending *p, int *status, const int *each, size_t count)
{
    if (*status || !each)
        return;
    p->each = calloc(count + 1, sizeof *p->each);
    if (!p->each) {
        *status = ERR_NOMEM;
        return;
    }
    if (count)
        memcpy(p->each, each, count * sizeof *each);
    p->count = count;
}

static void finish(struct pending *p, int status, const char *reason, uint64_t seq,
                   const int *each, size_t count)
{
    struct str text = str_from(reason);

    pthread_mutex_lock(&pending_lock);
    if (p->key[0])
        repeats_finish(p->person, p->key, status, each, count);
    if (!p->outcome.done) {
        keep_each(p, &status, each, count);
        size_t n = utf8_cut(text, PENDING_REASON - 1);
        if (n)
            memcpy(p->outcome.reason, text.p, n);
        p->outcome.reason[n] = '\0';
        p->outcome.status = status;
        p->outcome.seq = seq;
        p->outcome.done = true;
    }
    wake(p);
    p->ledger = false;
    release(p);
    pthread_mutex_unlock(&pending_lock);
}

void pending_finished(void *arg, int status, const char *reason, uint64_t seq)
{
    finish(arg, status, reason, seq, NULL, 0);
}

static void sources_finished(void *arg, int status, const char *reason, const int *each,
                             size_t count)
{
    finish(arg, status, reason, 0, each, count);
}

static void rules_finished(void *arg, const struct reload_outcome *outcome)
{
    struct pending *p = arg;
    struct buf answer = BUF_INIT;

    rules_view_outcome(&answer, outcome);
    pthread_mutex_lock(&pending_lock);
    p->answer = answer;
    pthread_mutex_unlock(&pending_lock);
    finish(p, buf_ok(&answer) ? outcome->err : ERR_NOMEM, NULL, outcome->seq, NULL, 0);
}

static void rules_checked(void *arg, const struct reload_checked *checked)
{
    struct pending *p = arg;
    struct buf answer = BUF_INIT;

    if (!checked->err)
        rules_view_checked(&answer, checked);
    pthread_mutex_lock(&pending_lock);
    p->answer = answer;
    pthread_mutex_unlock(&pending_lock);
    finish(p, buf_ok(&answer) ? checked->err : ERR_NOMEM, NULL, 0, NULL, 0);
}

int pending_suspend(struct exchange *x, struct pending **out)
{
    struct http *h = x->side->http;
    struct pending *p = calloc(1, sizeof *p);

    if (!p)
        return ERR_NOMEM;
    *p = (struct pending){.http = h, .conn = x->conn, .request = true, .ledger = true};
    p->traced = !x->traced && caller_sign(x, &p->row);
    pthread_mutex_lock(&pending_lock);
    if (atomic_load(&h->stopping)) {
        pthread_mutex_unlock(&pending_lock);
        free(p);
        return ERR_CLOSED;
    }
    p->next = pending_list;
    if (pending_list)
        pending_list->prev = p;
    pending_list = p;
    MHD_suspend_connection(x->conn);
    pthread_mutex_unlock(&pending_lock);

    x->pending = p;
    *out = p;
    return 0;
}

int pending_submit(struct exchange *x, const struct command *command)
{
    struct pending *p;
    int err = pending_suspend(x, &p);

    if (err)
        return err;
    err = ledger_command(x->side->http->conf.ledger, command, pending_finished, p);
    if (err)
        pending_finished(p, err, NULL, 0);
    return 0;
}

int pending_sources(struct exchange *x, enum ledger_source_act act, const struct source *sources,
                    size_t count, const struct ledger_once *once)
{
    const char *key = once->key;
    struct pending *p;
    int err = pending_suspend(x, &p);

    if (err) {
        if (key)
            repeats_finish(once->person, key, err, NULL, 0);
        return err;
    }
    if (key)
        strncpy(p->key, key, sizeof p->key - 1);
    p->person = once->person;
    if (count == 1)
        snprintf(p->row.target, sizeof p->row.target, "%s", sources[0].id);
    else
        snprintf(p->row.target, sizeof p->row.target, "%zu", count);
    err = ledger_sources(x->side->http->conf.ledger, act, sources, count, once,
                         sources_finished, p);
    if (err)
        sources_finished(p, err, NULL, NULL, 0);
    return 0;
}

int pending_mark(struct exchange *x, const struct store_mark *mark)
{
    struct pending *p;
    int err = pending_suspend(x, &p);

    if (err)
        return err;
    err = ledger_mark(x->side->http->conf.ledger, mark, pending_finished, p);
    if (err)
        pending_finished(p, err, NULL, 0);
    return 0;
}

int pending_survey(struct exchange *x, uint64_t concern, uint16_t round, bool solved)
{
    struct pending *p;
    int err = pending_suspend(x, &p);

    if (err)
        return err;
    err = ledger_survey(x->side->http->conf.ledger, concern, round, solved, pending_finished,
                        p);
    if (err)
        pending_finished(p, err, NULL, 0);
    return 0;
}

int pending_redact(struct exchange *x, const unsigned char ident[STORE_IDENT])
{
    struct pending *p;
    int err = pending_suspend(x, &p);

    if (err)
        return err;
    err = ledger_redact(x->side->http->conf.ledger, ident, pending_finished, p);
    if (err)
        pending_finished(p, err, NULL, 0);
    return 0;
}

int pending_erase(struct exchange *x, const struct batch_erasure *what, const char *target)
{
    struct pending *p;
    int err = pending_suspend(x, &p);

    if (err)
        return err;
    snprintf(p->row.target, sizeof p->row.target, "%s", target);
    err = ledger_erase(x->side->http->conf.ledger, what, pending_finished, p);
    if (err)
        pending_finished(p, err, NULL, 0);
    return 0;
}

int pending_correct(struct exchange *x, const struct batch_correction *what)
{
    struct pending *p;
    int err = pending_suspend(x, &p);

    if (err)
        return err;
    concern_format_id(what->concern, p->row.target);
    err = ledger_correct(x->side->http->conf.ledger, what, pending_finished, p);
    if (err)
        pending_finished(p, err, NULL, 0);
    return 0;
}

int pending_register(struct exchange *x, struct str url, const struct desk_page *page)
{
    struct pending *p;
    int err = pending_suspend(x, &p);

    if (err)
        return err;
    err = ledger_register(x->side->http->conf.ledger, url, page, pending_finished, p);
    if (err)
        pending_finished(p, err, NULL, 0);
    return 0;
}

int pending_rules(struct exchange *x, const struct reload_order *order)
{
    const struct http_conf *conf = &x->side->http->conf;
    struct pending *p;
    int err = pending_suspend(x, &p);

    if (err)
        return err;
    err = conf->load_rules ? conf->load_rules(conf->arg, order, rules_finished, p) : ERR_CLOSED;
    if (err)
        pending_finished(p, err, NULL, 0);
    return 0;
}

int pending_rules_check(struct exchange *x, struct str topic, struct str text)
{
    const struct http_conf *conf = &x->side->http->conf;
    struct pending *p;
    int err = pending_suspend(x, &p);

    if (err)
        return err;
    err = conf->check_rules ? conf->check_rules(conf->arg, topic, text, rules_checked, p)
                            : ERR_CLOSED;
    if (err)
        pending_finished(p, err, NULL, 0);
    return 0;
}

/* Called by the ledger, one of the two owners. */
static bool sign(void *arg, struct trail_row *row)
{
    const struct pending *p = arg;

    *row = p->row;
    return p->traced;
}

void pending_sign(struct ledger *l)
{
    ledger_sign(l, &(struct ledger_signs){pending_finished, sources_finished, sign});
}

struct str pending_answer(struct pending *p)
{
    pthread_mutex_lock(&pending_lock);
    struct str answer = buf_str(&p->answer);
    pthread_mutex_unlock(&pending_lock);
    return answer;
}

enum MHD_Result pending_reply(struct exchange *x)
{
    struct pending_outcome outcome;
    struct buf b = BUF_INIT;

    pending_outcome(x->pending, &outcome);
    if (outcome.status)
        return reply_error(x, outcome.status, NULL);
    buf_add_str(&b, pending_answer(x->pending));
    return reply_json(x, &b);
}

void pending_keep(struct pending *p, struct str text)
{
    pthread_mutex_lock(&pending_lock);
    buf_add_str(&p->answer, text);
    pthread_mutex_unlock(&pending_lock);
}

const struct account_token *pending_token(const struct pending *p)
{
    return &p->access.token;
}

const int *pending_each(struct pending *p, size_t *count)
{
    pthread_mutex_lock(&pending_lock);
    const int *each = p->each;
    *count = p->count;
    pthread_mutex_unlock(&pending_lock);
    return each;
}

void pending_outcome(struct pending *p, struct pending_outcome *out)
{
    pthread_mutex_lock(&pending_lock);
    *out = p->outcome;
    if (!out->done)
        out->status = ERR_CLOSED;
    pthread_mutex_unlock(&pending_lock);
}

void pending_leave(struct pending *p)
{
    if (!p)
        return;
    pthread_mutex_lock(&pending_lock);
    p->conn = NULL;
    p->request = false;
    release(p);
    pthread_mutex_unlock(&pending_lock);
}

void pending_abandon(struct http *h)
{
    pthread_mutex_lock(&pending_lock);
    for (struct pending *p = pending_list; p; p = p->next) {
        if (p->http != h || p->outcome.done)
            continue;
        p->outcome.done = true;
        p->outcome.status = ERR_CLOSED;
        wake(p);
    }
    pthread_mutex_unlock(&pending_lock);
}
