#define _GNU_SOURCE
#include "daemon/cluster/node.h"

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

enum {
    BEATS = 3, /* in a lease */
    LOOK_MS = 50,
    NAMESAKE_MS = 60000 /* for a lease longer than that, the other one is taken to be gone */
};

struct node {
    struct cluster *cluster; /* the thread's */
    int64_t lease;
    uint32_t replicas; /* that must have what is committed */
    bool few;          /* the thread's: so many there were not, and that was told */
    bool lacks;        /* the same: as of the last beat the ledger lacked what was shown, */
    uint64_t behind;   /* and was there */
    pthread_mutex_t lock; /* of the next four */
    struct node_part part;
    char heard[CLUSTER_ENTRY];
    char shown_of[STORE_EPOCH];
    uint64_t shown;
    char epoch[STORE_EPOCH], server[CLUSTER_SERVER]; /* the thread's: as of the last beat */
    char leader[CLUSTER_TOKEN];                      /* the same */
    bool gives[CLUSTER_SLOTS]; /* the thread's: no longer polled, given up with the next beat */
    atomic_uint_fast64_t holds[CLUSTER_SLOTS]; /* 0: not */
    uint64_t takings; /* the thread's: number given last */
    /* clock_boot() at which the lease may be over. To others it runs out while this machine is
     * suspended, too: what it holds it must not go by when it wakes, before it has beaten. That it
     * leads needs no clock here, for the fence is looked at with each write; a poll has none. */
    atomic_int_fast64_t until;
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
                 (*n->server && !cluster_same_server(n->server, b->server));

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
    n->part.leaders += strcmp(n->leader, b->token) != 0;
    memcpy(n->leader, b->token, sizeof n->leader);
    n->part.leads = b->leads;
    n->part.term += other;
    n->part.machines = b->machines;
    n->part.began = b->began;
    n->part.replicas = b->replicas;
    snprintf(n->part.leader, sizeof n->part.leader, "%s", b->leader);
    snprintf(n->part.reach, sizeof n->part.reach, "%s", b->reach);
    pthread_mutex_unlock(&n->lock);
    if (other || elsewhere)
        log_info("cluster.leader", "leader=%s here=%d machines=%u", b->leader, b->leads,
                 b->machines);
    if (other)
        tell_process();
}

/* It is told when it begins and when it is over, whether anything is committed meanwhile or not. */
static void tell_replicas(struct node *n, const struct cluster_beat *b)
{
    bool few = b->replicas < n->replicas;

    if (few != n->few)
        log_line(few ? LOG_WARN : LOG_INFO, "cluster.replicas",
                 few ? "online=%u need=%u note=\"no commit counts until they are there\""
                     : "online=%u need=%u",
                 b->replicas, n->replicas);
    n->few = few;
}

/* What is too much is polled no more from now on, and given up with the next beat. */
static void take_slots(struct node *n, const struct cluster_beat *b)
{
    uint32_t count = 0;
    bool lapsed = clock_boot() >= n->until;

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

/* Another machine led before this one, and Redis has lost what it wrote: who opens the store finds
 * that. Twice in a row and standing still, since what is being put back just now is behind, too. */
static void look_at_shown(struct node *n, const struct cluster_beat *b)
{
    bool lacks = b->leads && b->head < b->shown;
    bool stays = lacks && n->lacks && b->head == n->behind;

    if (stays) {
        log_error("cluster.lost", "head=%llu shown=%llu", (unsigned long long)b->head,
                  (unsigned long long)b->shown);
        node_renew(n);
    }
    n->lacks = lacks && !stays;
    n->behind = b->head;
}

static void tell_shown(struct node *n)
{
    pthread_mutex_lock(&n->lock);
    cluster_shown(n->cluster, n->shown_of, n->shown);
    pthread_mutex_unlock(&n->lock);
}

static int beat(struct node *n)
{
    struct cluster_beat b;
    int64_t sent = clock_boot();
    tell_shown(n);
    int err = cluster_beat(n->cluster, n->gives, &b);

    pthread_mutex_lock(&n->lock);
    bool changed = err != n->part.failing;
    n->part.failing = err;
    pthread_mutex_unlock(&n->lock);
    if (changed)
        log_line(err ? LOG_WARN : LOG_INFO, "cluster.beat", "err=%s", err ? err_name(err) : "none");
    if (err)
        return err;
    take_slots(n, &b);
    n->until = sent + n->lease;
    take_part(n, &b);
    tell_replicas(n, &b);
    look_at_shown(n, &b);
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

/* Two of one name would take each other's mail. One that was killed, of which this may be the next
 * life, lives on until its lease ends; one that lives renews it before that. */
static int refuse_namesake(struct node *n, const char *name)
{
    int64_t first, until, wait = clock_mono() + NAMESAKE_MS;
    int err = cluster_namesake(n->cluster, &first);

    for (until = first; !err && until && until <= first && clock_mono() < wait;) {
        clock_sleep(LOOK_MS);
        err = cluster_namesake(n->cluster, &until);
    }
    if (err || until <= first)
        return err;
    log_error("cluster.join", "node=%s note=\"node %s is there already: cluster.node must differ "
              "on each machine\"", name, name);
    return ERR_EXISTS;
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
    n->replicas = config->replicas;
    pthread_mutex_init(&n->lock, NULL);
    n->calls = queue_new(1);
    int err = n->calls ? cluster_open(&conf, &n->cluster) : ERR_NOMEM;
    if (!err)
        err = cluster_hear(n->cluster, n->heard, 1, pass_over, NULL);
    if (!err)
        err = refuse_namesake(n, conf.node);
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

void node_shown(struct node *n, const char *epoch, uint64_t head)
{
    pthread_mutex_lock(&n->lock);
    bool same = !strcmp(n->shown_of, epoch);
    n->shown = same && n->shown > head ? n->shown : head;
    snprintf(n->shown_of, sizeof n->shown_of, "%s", epoch);
    pthread_mutex_unlock(&n->lock);
}

uint64_t node_holds(const struct node *n, unsigned slot)
{
    uint64_t number = n->holds[slot % CLUSTER_SLOTS];

    return clock_boot() < n->until ? number : 0;
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
