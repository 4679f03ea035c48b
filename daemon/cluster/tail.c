#define _GNU_SOURCE
#include "daemon/cluster/tail.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "daemon/ledger/ledger_state.h"

enum {
    BLOCK_MS = 250,  /* in one call: a stop waits as long */
    AWAY_MS = 250,   /* while Redis does not answer */
    SPOOL_MS = 60000 /* between two looks at the spool */
};

struct tail {
    struct cluster *cluster; /* the thread's */
    struct ledger *ledger;
    unsigned replicas;
    char *spool;       /* of when this machine led; NULL: there is no more in it */
    int64_t spool_next;
    atomic_uint_fast64_t head;
    atomic_int_fast64_t fresh; /* clock_mono() */
    atomic_bool stopping;
    pthread_t thread;
};

/* It holds texts, that are of use only until others have written, and an hour at most. */
static void look_at_spool(struct tail *t, bool at_once)
{
    int64_t now = clock_mono();
    bool holds = true;

    if (!t->spool || (!at_once && now < t->spool_next))
        return;
    t->spool_next = now + SPOOL_MS;
    int err = cluster_rest_spool(t->cluster, t->spool, &holds);
    if (err)
        log_warn("cluster.spool", "err=%s", err_name(err));
    if (!err && !holds) {
        free(t->spool);
        t->spool = NULL;
    }
}

static void *run(void *arg)
{
    struct tail *t = arg;
    uint64_t head = 0;
    int failing = 0;

    pthread_setname_np(pthread_self(), "tail");
    while (!t->stopping) {
        int64_t asked = clock_mono();
        uint64_t before = head;
        int err = cluster_follow(t->cluster, t->replicas, BLOCK_MS, &head);
        if (err != failing)
            log_line(err ? LOG_WARN : LOG_INFO, "cluster.tail", "err=%s",
                     err ? err_name(err) : "none");
        failing = err;
        look_at_spool(t, !err && head != before);
        if (err && !t->stopping)
            clock_sleep(AWAY_MS);
        if (err)
            continue;
        if (head != before)
            ledger_tell_head(t->ledger, head);
        t->head = head;
        t->fresh = asked;
    }
    return NULL;
}

char *tail_spool(const struct config *config)
{
    char *path;

    return asprintf(&path, "%s/spool.db", config->cache) < 0 ? NULL : path;
}

int tail_start(const struct config *config, struct ledger *l, struct tail **out)
{
    const struct cluster_conf conf = {config->store, config->node, config->public_url,
                                      config->lease};
    struct tail *t = calloc(1, sizeof *t);
    int err = t ? cluster_open(&conf, &t->cluster) : ERR_NOMEM;

    *out = NULL;
    if (!err)
        t->spool = tail_spool(config);
    err = err || t->spool ? err : ERR_NOMEM;
    if (!err) {
        t->ledger = l;
        t->replicas = config->replicas;
        t->fresh = clock_mono();
        err = pthread_create(&t->thread, NULL, run, t) ? ERR_NOMEM : 0;
    }
    if (err) {
        if (t) {
            cluster_close(t->cluster);
            free(t->spool);
        }
        free(t);
        return err;
    }
    *out = t;
    return 0;
}

void tail_lag(const struct tail *t, struct tail_lag *out)
{
    *out = (struct tail_lag){t->head, clock_mono() - t->fresh};
}

void tail_stop(struct tail *t)
{
    if (!t)
        return;
    t->stopping = true;
    pthread_join(t->thread, NULL);
    cluster_close(t->cluster);
    free(t->spool);
    free(t);
}
