#define _GNU_SOURCE
#include "daemon/cluster/remote.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "classifiers/job.h"
#include "daemon/cluster/answers.h"
#include "daemon/cluster/handover.h"
#include "daemon/cluster/letterbox.h"
#include "daemon/cluster/obey.h"
#include "daemon/cluster/remote_text.h"
#include "daemon/ledger/ledger.h"

enum {
    TAKE = 32,      /* entries in one go */
    REST_MS = 20,   /* when there is nothing to take, or to tell */
    AWAY_MS = 500,  /* while Redis does not answer */
    HEAR = OBEY_MAX,
    DONE_MAX = 1024 /* more than the ledger takes before they are told */
};

struct remote {
    struct remote_conf conf;
    struct fetch_shared shared;
    struct answers *answers; /* the leader's */
    struct cluster *cluster; /* the thread's; a follower's: its ledger's */
    char last[CLUSTER_ENTRY]; /* letter heard last; "": some were missed */
    struct buf scratch;
    bool owed[CLUSTER_SLOTS]; /* letters may be owed to this slot; the cluster's thread */
    bool again;               /* some could not be obeyed just now */
    struct obey_sources sources;
    struct buf heard; /* letters to be obeyed after them, a line each */
    struct handover *handover;
    struct letterbox *letters;
    pthread_mutex_t lock; /* of the next ones */
    char done[DONE_MAX][CLUSTER_ENTRY]; /* committed, not yet told */
    size_t ndone;
    atomic_uint_fast64_t offered, taken, dead;
    _Atomic(bool) stopping;
    pthread_t thread;
    bool running;
};

static unsigned part(void *arg, const char *url)
{
    (void)arg;
    return handover_slot(url);
}

static uint64_t held(void *arg, unsigned slot)
{
    return node_holds(((struct remote *)arg)->conf.node, slot);
}

static void rests(void *arg, unsigned slot, const char *domain, int64_t rest)
{
    handover_rest(((struct remote *)arg)->handover, slot, domain, rest);
}

static void tell(void *arg, const struct letter *letter)
{
    struct remote *r = arg;
    struct buf text = BUF_INIT;
    int err = remote_text_letter(r->conf.roster, letter, &text);
    int slot = letter->kind == LETTER_PAGE ? (int)handover_slot(letter->page->url) : LETTERBOX_ALL;

    err = err ? err : letterbox_put(r->letters, buf_str(&text), slot);
    if (err)
        log_error("cluster.letter", "err=%s", err_name(err));
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
    /* Who takes a slot does so a beat after it was given up at the soonest. */
    r->shared = (struct fetch_shared){part, held, conf->leads ? tell : NULL, rests,
                                      conf->config->lease / 3, r};
    pthread_mutex_init(&r->lock, NULL);
    if (!conf->leads)
        node_letters(conf->node, r->last);
    r->letters = letterbox_new();
    r->answers = answers_new(conf->ledger);
    r->handover = handover_new(conf->node, conf->roster);
    err = r->letters && r->answers && r->handover ? cluster_open(&cluster, &r->cluster) : ERR_NOMEM;
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

void remote_polled(struct remote *r, const struct fetched *f)
{
    handover_polled(r->handover, f);
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

/* One for a slot, or several for all: how many, or ERR_*. */
static int send_some(struct remote *r, const struct letterbox_item *from, size_t n)
{
    const char *token = node_token(r->conf.node);
    struct str texts[TAKE];
    size_t some = 0;

    if (from->slot != LETTERBOX_ALL) {
        buf_reset(&r->scratch);
        int err = remote_text_owed((unsigned)from->slot, &r->scratch);
        if (!err)
            err = cluster_owe(r->cluster, token, (unsigned)from->slot, from->text,
                              buf_str(&r->scratch));
        r->owed[from->slot] |= !err; /* who takes it may be this machine, at this moment */
        return err ? err : 1;
    }
    for (; some < n && from[some].slot == LETTERBOX_ALL; some++)
        texts[some] = from[some].text;
    int err = cluster_say(r->cluster, token, texts, some);
    return err ? err : (int)some;
}

static int send_letters(struct remote *r)
{
    struct letterbox_item first[TAKE];
    size_t n;
    int some = 0;

    while (some >= 0 && (n = letterbox_first(r->letters, first, TAKE)) > 0) {
        some = send_some(r, first, n);
        letterbox_sent(r->letters, some > 0 ? (size_t)some : 0);
    }
    return some < 0 ? some : 0;
}

static int send_done(struct remote *r)
{
    char done[DONE_MAX][CLUSTER_ENTRY];

    pthread_mutex_lock(&r->lock);
    size_t n = r->ndone;
    memcpy(done, r->done, n * sizeof *done);
    pthread_mutex_unlock(&r->lock);
    int err = cluster_done(r->cluster, node_token(r->conf.node),
                           (const char (*)[CLUSTER_ENTRY])done, n);
    if (err || !n)
        return err;
    pthread_mutex_lock(&r->lock);
    r->ndone -= n;
    memmove(r->done, r->done + n, r->ndone * sizeof *r->done);
    pthread_mutex_unlock(&r->lock);
    return 0;
}

/* A page that is owed to a slot held here: false when it is to be obeyed later, or elsewhere. */
static bool obey_owed(void *arg, struct str text)
{
    struct remote *r = arg;
    struct remote_letter l;
    int err = remote_text_read_letter(text, r->conf.roster, ledger_guest(r->conf.ledger), &l);

    if (err || l.letter.kind != LETTER_PAGE || !l.letter.page) {
        log_warn("cluster.letter", "err=%s", err_name(err ? err : ERR_CORRUPT));
        return true;
    }
    /* One whose source is not known here yet: the letter that it comes with will be heard. */
    bool done = l.there;
    if (done && (err = fetch_page(*r->conf.fetch, l.letter.page)) != 0)
        done = !(r->again |= err == ERR_AGAIN || err == ERR_LIMIT);
    fetch_page_free(l.letter.page);
    return done;
}

/* Begin what was taken, and obey what is owed to it. */
static int keep_slots(struct remote *r)
{
    int err = handover_send_rests(r->handover, r->cluster);

    if (!err)
        err = handover_take(r->handover, r->cluster, *r->conf.fetch, r->owed);
    for (unsigned i = 0; i < CLUSTER_SLOTS && !err; i++) {
        if (!r->owed[i])
            continue;
        r->again = false;
        if (node_holds(r->conf.node, i)) /* else who takes it looks for himself */
            err = cluster_owed(r->cluster, i, obey_owed, r);
        if (!err)
            r->owed[i] = r->again;
    }
    return err;
}

static void *run(void *arg)
{
    struct remote *r = arg;
    struct cluster_place place = {0};

    pthread_setname_np(pthread_self(), "remote");
    while (!r->stopping) {
        bool began = place.begun;
        int err = answers_serve(r->answers, r->cluster), asked = err;
        err = err < 0 ? err : send_letters(r);
        err = err ? err : send_done(r);
        err = err ? err : handover_send(r->handover, r->cluster);
        err = err ? err : keep_slots(r);
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
    return NULL;
}

int remote_run(struct remote *r)
{
    if (r->conf.leads && pthread_create(&r->thread, NULL, run, r))
        return ERR_NOMEM;
    r->running = r->conf.leads;
    return 0;
}

int remote_offer(struct remote *r, const struct fetched *f, const struct verdicts *v,
                 const char *death)
{
    struct buf meta = BUF_INIT;
    struct cluster_due due;
    bool kept = handover_due(r->conf.roster, f, &due);

    buf_reset(&r->scratch);
    int err = remote_text_outcome(r->conf.roster, f, death, &meta);
    if (!err && v)
        err = job_write_verdicts(v, &r->scratch);
    if (!err)
        err = cluster_offer(r->cluster, kept ? &due : NULL, buf_str(&meta), buf_str(&r->scratch));
    if (!err)
        r->offered++;
    buf_free(&meta);
    return err;
}

static void hear(void *arg, struct str text)
{
    struct remote *r = arg;

    if (!obey_gather(&r->sources, r->conf.roster, r->conf.ledger, text))
        return;
    buf_add_str(&r->heard, text);
    buf_add_char(&r->heard, '\n');
}

/* Of sources that came with them, too: those are known by now. */
static void obey_heard(struct remote *r)
{
    struct str rest = buf_ok(&r->heard) ? buf_str(&r->heard) : STR_NONE;
    size_t n;

    if (!buf_ok(&r->heard))
        log_warn("cluster.letter", "err=%s", err_name(ERR_NOMEM));
    for (; (n = str_find(rest, STR("\n"), 0)) != (size_t)-1; rest.p += n + 1, rest.n -= n + 1) {
        int slot = obey_letter(r->conf.roster, r->conf.ledger, *r->conf.fetch,
                               (struct str){rest.p, n});
        if (slot >= 0)
            r->owed[slot] = true;
    }
    buf_reset(&r->heard);
}

int remote_hear(struct remote *r)
{
    if (!*r->conf.fetch)
        return 0;
    if (!obey_listens(&r->sources))
        return keep_slots(r);
    bool missed = !*r->last;
    int err = cluster_hear(r->cluster, r->last, HEAR, hear, r);
    if (err == ERR_STALE)
        *r->last = '\0';
    if (missed && err >= 0) /* of what was said before, only the store tells */
        node_renew(r->conf.node);
    if (err >= 0) {
        obey_reread(&r->sources, r->conf.node, r->conf.ledger, r->conf.config->lease);
        obey_heard(r);
    }
    return err < 0 ? err : keep_slots(r);
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

/* What was committed since the thread went. */
static void say_last(struct remote *r)
{
    int err = send_letters(r);

    err = err ? err : send_done(r);
    err = err ? err : handover_send(r->handover, r->cluster);
    if (!err || err == ERR_REFUSED) /* another leads; what was said so far it need not hear */
        err = cluster_hear(r->cluster, r->last, HEAR, hear, r);
    if (err)
        log_warn("cluster.letters", "err=%s unsent=%zu", err_name(err),
                 letterbox_unsent(r->letters));
}

void remote_close(struct remote *r)
{
    if (!r)
        return;
    remote_stop(r);
    if (r->conf.leads && r->cluster)
        say_last(r);
    if (r->cluster)
        (void)handover_send_rests(r->handover, r->cluster);
    node_heard(r->conf.node, r->last);
    letterbox_free(r->letters);
    buf_free(&r->scratch);
    buf_free(&r->heard);
    handover_free(r->handover);
    answers_free(r->answers);
    cluster_close(r->cluster);
    pthread_mutex_destroy(&r->lock);
    free(r);
}
