#define _GNU_SOURCE
#include "daemon/node.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "base/queue.h"

enum { BEATS = 3 }; /* in a lease */

struct node {
    struct cluster *cluster; /* the thread's */
    int64_t lease;
    pthread_mutex_t lock; /* of the next two */
    struct node_part part;
    char heard[CLUSTER_ENTRY];
    char epoch[STORE_EPOCH], server[CLUSTER_SERVER]; /* the thread's: as of the last beat */
    bool gives[CLUSTER_SLOTS]; /* the thread's: no longer polled, given up with the next beat */
    atomic_uint_fast64_t holds[CLUSTER_SLOTS]; /* 0: not */
    uint64_t takings; /* the thread's: number given last */
    atomic_int_fast64_t until; /* clock_mono() at which the lease may be over */
    int failing;               /* ERR_* of the last beat */
    struct queue *calls;       /* closed: it is to end */
    pthread_t thread;
};

static void tell_process(void)
{
    kill(getpid(), SIGUSR1);
}

/* Another epoch, or another Redis, that may lack what was handed to the one before it: who follows
 * begins anew with what is there, and asks its sources for what is missing. Who leads has seen to
 * it when it claimed the store. */
static bool is_another(struct node *n, const struct cluster_beat *b)
{
    bool other = (*n->epoch && strcmp(n->epoch, b->epoch) != 0) ||
                 (*n->server && strcmp(n->server, b->server) != 0);

    memcpy(n->epoch, b->epoch, sizeof n->epoch);
    memcpy(n->server, b->server, sizeof n->server);
    return other && !b->leads;
}

static void take_part(struct node *n, const struct cluster_beat *b)
{
    bool another = is_another(n, b);

    pthread_mutex_lock(&n->lock);
    bool other = n->part.leads != b->leads || another;
    bool elsewhere = strcmp(n->part.leader, b->leader) != 0;
    n->part.leads = b->leads;
    n->part.term += other;
    n->part.machines = b->machines;
    n->part.began = b->began;
    snprintf(n->part.leader, sizeof n->part.leader, "%s", b->leader);
    snprintf(n->part.reach, sizeof n->part.reach, "%s", b->reach);
    pthread_mutex_unlock(&n->lock);
    if (other || elsewhere)
        log_info("cluster.leader", "leader=%s here=%d machines=%u", b->leader, b->leads,
                 b->machines);
    if (other)
        tell_process();
}

/* What is too much is polled no more from now on, and given up with the next beat. */
static void take_slots(struct node *n, const struct cluster_beat *b)
{
    uint32_t count = 0;
    bool lapsed = clock_mono() >= n->until;

    for (int i = 0; i < CLUSTER_SLOTS; i++) {
        bool keep = b->holds[i] && count < b->share;
        count += keep;
        n->gives[i] = b->holds[i] && !keep;
        if (!keep)
            n->holds[i] = 0;
        else if (!n->holds[i] || lapsed)
            n->holds[i] = ++n->takings;
    }
}

static int beat(struct node *n)
{
    struct cluster_beat b;
    int64_t sent = clock_mono();
    int err = cluster_beat(n->cluster, n->gives, &b);

    if (err != n->failing)
        log_line(err ? LOG_WARN : LOG_INFO, "cluster.beat", "err=%s", err ? err_name(err) : "none");
    n->failing = err;
    if (err)
        return err;
    take_slots(n, &b);
    n->until = sent + n->lease;
    take_part(n, &b);
    return 0;
}

static void *run(void *arg)
{
    struct node *n = arg;
    void *call;

    pthread_setname_np(pthread_self(), "node");
    while (queue_take(n->calls, &call, 1, (int)(n->lease / BEATS)) >= 0)
        beat(n);
    return NULL;
}

static void free_node(struct node *n)
{
    cluster_close(n->cluster);
    queue_free(n->calls);
    pthread_mutex_destroy(&n->lock);
    free(n);
}

static void pass_over(void *arg, struct str letter)
{
    (void)arg;
    (void)letter;
}

int node_open(const struct config *config, struct node **out)
{
    const struct cluster_conf conf = {config->store, config->node, config->public_url,
                                      config->lease};
    struct node *n = calloc(1, sizeof *n);

    *out = NULL;
    if (!n)
        return ERR_NOMEM;
    n->lease = config->lease;
    pthread_mutex_init(&n->lock, NULL);
    n->calls = queue_new(1);
    int err = n->calls ? cluster_open(&conf, &n->cluster) : ERR_NOMEM;
    if (!err)
        err = cluster_hear(n->cluster, n->heard, 1, pass_over, NULL);
    if (!err)
        err = beat(n);
    if (!err && pthread_create(&n->thread, NULL, run, n))
        err = ERR_NOMEM;
    if (err) {
        free_node(n);
        return err;
    }
    *out = n;
    return 0;
}

const char *node_token(const struct node *n)
{
    return cluster_token(n->cluster);
}

void node_part(struct node *n, struct node_part *out)
{
    pthread_mutex_lock(&n->lock);
    *out = n->part;
    pthread_mutex_unlock(&n->lock);
}

void node_lost(struct node *n, uint64_t term)
{
    pthread_mutex_lock(&n->lock);
    bool now = n->part.leads && n->part.term == term;
    n->part.term += now;
    pthread_mutex_unlock(&n->lock);
    if (now)
        tell_process();
}

void node_renew(struct node *n)
{
    pthread_mutex_lock(&n->lock);
    n->part.term++;
    pthread_mutex_unlock(&n->lock);
    tell_process();
}

void node_letters(struct node *n, char out[static CLUSTER_ENTRY])
{
    pthread_mutex_lock(&n->lock);
    memcpy(out, n->heard, CLUSTER_ENTRY);
    pthread_mutex_unlock(&n->lock);
}

void node_heard(struct node *n, const char *last)
{
    pthread_mutex_lock(&n->lock);
    snprintf(n->heard, sizeof n->heard, "%s", last);
    pthread_mutex_unlock(&n->lock);
}

uint64_t node_holds(const struct node *n, unsigned slot)
{
    uint64_t number = n->holds[slot % CLUSTER_SLOTS];

    return clock_mono() < n->until ? number : 0;
}

void node_close(struct node *n)
{
    if (!n)
        return;
    queue_close(n->calls);
    pthread_join(n->thread, NULL);
    if (cluster_leave(n->cluster))
        log_warn("cluster.leave", "leader=%s", n->part.leader);
    free_node(n);
}
