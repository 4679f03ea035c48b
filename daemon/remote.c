#define _GNU_SOURCE
#include "daemon/remote.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <xxhash.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "classifiers/job.h"
#include "daemon/answers.h"
#include "daemon/ledger.h"
#include "daemon/remote_text.h"
#include "feeds/fetch/address.h"

enum {
    TAKE = 32,        /* entries in one go */
    REST_MS = 20,     /* when there is nothing to take, or to tell */
    AWAY_MS = 500,    /* while Redis does not answer */
    HEAR = 256,
    LETTERS_MAX = 10000, /* unsent; each may be said again */
    DONE_MAX = 1024     /* more than the ledger takes before they are told */
};

struct remote {
    struct remote_conf conf;
    struct fetch_shared shared;
    struct answers *answers; /* the leader's */
    struct cluster *cluster; /* the thread's; a follower's: its ledger's */
    char last[CLUSTER_ENTRY]; /* letter heard last */
    struct buf scratch;
    pthread_mutex_t lock; /* of the next ones */
    struct str *letters;  /* unsent; each its own block */
    size_t nletters;
    char done[DONE_MAX][CLUSTER_ENTRY]; /* committed, not yet told */
    size_t ndone;
    atomic_uint_fast64_t offered, taken, dead;
    _Atomic(bool) stopping;
    pthread_t thread;
    bool running;
};

static bool mine(void *arg, const char *url)
{
    const struct remote *r = arg;
    struct address a;

    if (address_parse(url, &a))
        return r->conf.leads; /* what is no address is told of once */
    unsigned slot = (unsigned)(XXH3_64bits(a.domain, strlen(a.domain)) % CLUSTER_SLOTS);
    address_clear(&a);
    return node_holds(r->conf.node, slot);
}

static void tell(void *arg, const struct letter *letter)
{
    struct remote *r = arg;
    struct buf text = BUF_INIT;
    int err = remote_text_letter(r->conf.roster, letter, &text);

    pthread_mutex_lock(&r->lock);
    if (!err && r->nletters < LETTERS_MAX) {
        r->letters[r->nletters++] = buf_str(&text);
        text = (struct buf)BUF_INIT;
    }
    pthread_mutex_unlock(&r->lock);
    buf_free(&text);
}

int remote_open(const struct remote_conf *conf, struct remote **out)
{
    const struct cluster_conf cluster = {conf->config->store, conf->config->node,
                                         conf->config->public_url, conf->config->lease};
    struct remote *r = calloc(1, sizeof *r);
    int err = r ? 0 : ERR_NOMEM;

    *out = NULL;
    if (err)
        return err;
    r->conf = *conf;
    r->shared = (struct fetch_shared){mine, conf->leads ? tell : NULL, r};
    pthread_mutex_init(&r->lock, NULL);
    if (!conf->leads)
        node_letters(conf->node, r->last);
    r->letters = calloc(LETTERS_MAX, sizeof *r->letters);
    r->answers = answers_new(conf->ledger);
    err = r->letters && r->answers ? cluster_open(&cluster, &r->cluster) : ERR_NOMEM;
    if (err) {
        remote_close(r);
        return err;
    }
    *out = r;
    return 0;
}

const struct fetch_shared *remote_shared(const struct remote *r)
{
    return &r->shared;
}

void remote_committed(struct remote *r, const char *entry)
{
    pthread_mutex_lock(&r->lock);
    /* With no room it stays, and is taken again by the next leader, to no effect. */
    if (r->ndone < DONE_MAX)
        snprintf(r->done[r->ndone++], CLUSTER_ENTRY, "%s", entry);
    pthread_mutex_unlock(&r->lock);
}

static void submit(void *arg, const char *entry, struct str meta, const struct str *verdicts)
{
    struct remote *r = arg;
    struct fetched *f;
    struct verdicts *v = NULL;
    char *death;
    int err = remote_text_read_outcome(meta, r->conf.roster, ledger_guest(r->conf.ledger), &f,
                                       &death);

    if (!verdicts) {
        log_error("cluster.dead", "entry=%s attempts=%d", entry, CLUSTER_ATTEMPTS);
        r->dead++;
    }
    if (!err && verdicts && verdicts->n)
        err = job_read_verdicts(*verdicts, &v);
    if (!err)
        err = verdicts ? ledger_submit_entry(r->conf.ledger, f, v, death, entry)
                       : ledger_skip_entry(r->conf.ledger, f, entry);
    if (!err) {
        r->taken += verdicts != NULL;
        if (!verdicts)
            free(death);
        return;
    }
    if (err != ERR_CLOSED && err != ERR_NOMEM) { /* a source that is gone, or no outcome at all */
        log_warn("cluster.entry", "err=%s", err_name(err));
        remote_committed(r, entry);
    }
    verdict_free(v);
    fetch_fetched_free(f);
    free(death);
}

static int send_letters(struct remote *r)
{
    pthread_mutex_lock(&r->lock);
    size_t n = r->nletters;
    pthread_mutex_unlock(&r->lock);
    /* Those that stand are not touched by who adds more. */
    int err = n ? cluster_say(r->cluster, r->letters, n) : 0;
    if (err || !n)
        return err;
    for (size_t i = 0; i < n; i++)
        free((char *)r->letters[i].p);
    pthread_mutex_lock(&r->lock);
    r->nletters -= n;
    memmove(r->letters, r->letters + n, r->nletters * sizeof *r->letters);
    pthread_mutex_unlock(&r->lock);
    return 0;
}

static int send_done(struct remote *r)
{
    char done[DONE_MAX][CLUSTER_ENTRY];

    pthread_mutex_lock(&r->lock);
    size_t n = r->ndone;
    memcpy(done, r->done, n * sizeof *done);
    pthread_mutex_unlock(&r->lock);
    int err = cluster_done(r->cluster, (const char (*)[CLUSTER_ENTRY])done, n);
    if (err || !n)
        return err;
    pthread_mutex_lock(&r->lock);
    r->ndone -= n;
    memmove(r->done, r->done + n, r->ndone * sizeof *r->done);
    pthread_mutex_unlock(&r->lock);
    return 0;
}

static void *run(void *arg)
{
    struct remote *r = arg;
    struct cluster_place place = {0};

    pthread_setname_np(pthread_self(), "remote");
    while (!r->stopping) {
        bool began = place.begun;
        int err = answers_serve(r->answers, r->cluster), asked = err;
        if (err >= 0)
            err = send_letters(r);
        if (!err)
            err = send_done(r);
        if (!err)
            err = cluster_take(r->cluster, node_token(r->conf.node), &place, TAKE, submit, r);
        if (err == ERR_IO) /* the stream may be gone, with a Redis that lost it */
            place.begun = false;
        if (err < 0)
            clock_sleep(AWAY_MS);
        else if (!err && !asked && began)
            clock_sleep(REST_MS);
    }
    answers_serve(r->answers, r->cluster);
    send_done(r);
    return NULL;
}

int remote_run(struct remote *r)
{
    if (!r->conf.leads)
        return 0;
    if (pthread_create(&r->thread, NULL, run, r))
        return ERR_NOMEM;
    r->running = true;
    return 0;
}

int remote_offer(struct remote *r, const struct fetched *f, const struct verdicts *v,
                 const char *death)
{
    struct buf meta = BUF_INIT;

    buf_reset(&r->scratch);
    int err = remote_text_outcome(r->conf.roster, f, death, &meta);
    if (!err && v)
        err = job_write_verdicts(v, &r->scratch);
    if (!err)
        err = cluster_offer(r->cluster, buf_str(&meta), buf_str(&r->scratch));
    if (!err)
        r->offered++;
    buf_free(&meta);
    return err;
}

static void obey(struct remote *r, const struct letter *l)
{
    struct fetch *f = *r->conf.fetch;

    switch (l->kind) {
    case LETTER_ADD: fetch_add(f, l->source); break;
    case LETTER_DROP: fetch_drop(f, l->source); break;
    case LETTER_SOON: fetch_soon(f, l->source); break;
    case LETTER_HOLD: fetch_quarantine(f, l->source, l->until); break;
    case LETTER_FORGET: fetch_forget(f, l->source); break;
    case LETTER_WHOLE: fetch_whole(f, l->source); break;
    case LETTER_LEARN: fetch_learn(f, l->source, &l->lesson); break;
    case LETTER_PAGE: /* its domain's holder alone */
        if (mine(r, l->page->url))
            fetch_page(f, l->page);
        break;
    }
}

static void hear(void *arg, struct str text)
{
    struct remote *r = arg;
    struct remote_letter l;
    int err = remote_text_read_letter(text, r->conf.roster, ledger_guest(r->conf.ledger), &l);

    /* A source that was added, moved or paused is in the store. */
    if (!err && (l.letter.kind == LETTER_ADD || l.letter.kind == LETTER_DROP) && *l.id)
        l.there = !ledger_reread_source(r->conf.ledger, str_from(l.id), &l.letter.source);
    if (!err && l.there)
        obey(r, &l.letter);
    if (!err && l.there && l.gone)
        ledger_forget_source(r->conf.ledger, l.letter.source);
    if (err)
        log_warn("cluster.letter", "err=%s", err_name(err));
    else if (l.letter.kind == LETTER_PAGE)
        fetch_page_free(l.letter.page);
}

int remote_hear(struct remote *r)
{
    return *r->conf.fetch ? cluster_hear(r->cluster, r->last, HEAR, hear, r) : 0;
}

int remote_mail(struct remote *r, const char *node, struct str text)
{
    return cluster_mail(r->cluster, node, text);
}

int remote_collect(struct remote *r, void (*each)(void *arg, struct str text), void *arg)
{
    return cluster_collect(r->cluster, HEAR, each, arg);
}

void remote_counters(const struct remote *r, struct remote_counters *out)
{
    *out = (struct remote_counters){r->offered, r->taken, r->dead};
}

void remote_stop(struct remote *r)
{
    if (!r || !r->running)
        return;
    r->stopping = true;
    pthread_join(r->thread, NULL);
    r->running = false;
}

void remote_close(struct remote *r)
{
    if (!r)
        return;
    remote_stop(r);
    /* What it said itself it need not hear. */
    node_heard(r->conf.node, r->conf.leads ? "" : r->last);
    for (size_t i = 0; i < r->nletters; i++)
        free((char *)r->letters[i].p);
    free(r->letters);
    buf_free(&r->scratch);
    answers_free(r->answers);
    cluster_close(r->cluster);
    pthread_mutex_destroy(&r->lock);
    free(r);
}
