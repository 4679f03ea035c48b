/* daemon/cluster/remote.h - what goes between the machine that leads the ledger and those that
 * follow it, over the streams of store/cluster.h: outcomes of polls with their verdicts to the
 * leader, letters to the fetch rooms from it. */
#ifndef HUIYING_DAEMON_REMOTE_H
#define HUIYING_DAEMON_REMOTE_H

#include "classifiers/verdict.h"
#include "daemon/cluster/node.h"
#include "daemon/config/config.h"
#include "feeds/fetch/fetch.h"

struct ledger;
struct letter;
struct remote;

struct remote_conf {
    const struct config *config;
    struct node *node;
    const struct roster *roster;
    struct ledger *ledger;
    struct fetch **fetch; /* read when there is something to tell it */
    bool leads;
};

/* 0, or as cluster_open(). */
int remote_open(const struct remote_conf *conf, struct remote **out);
/* For fetch_new(): which addresses are asked here; of the leader's room the others are told. */
const struct fetch_shared *remote_shared(const struct remote *r);
/* The leader: start the thread that takes what the others judged: 0 or ERR_NOMEM. After
 * ledger_run(). */
int remote_run(struct remote *r);
/* The leader: the ledger has committed this entry. Its thread. */
void remote_committed(struct remote *r, const char *entry);
/* The same: it has committed what was polled here. */
void remote_polled(struct remote *r, const struct fetched *f);
/* A follower, on its ledger's thread: hand an outcome to the leader: 0; ERR_LIMIT, ERR_NET,
 * ERR_AGAIN, ERR_IO: try it again; else it cannot be sent. */
int remote_offer(struct remote *r, const struct fetched *f, const struct verdicts *v,
                 const char *death);
/* The same: do what the leader has told since, and begin the slots that were taken since (leaders
 * do so by themselves): 0 or ERR_*. */
int remote_hear(struct remote *r);
/* The same, for forward.h: as cluster_mail() and cluster_collect(). */
int remote_mail(struct remote *r, const char *node, struct str text);
int remote_collect(struct remote *r, void (*each)(void *arg, struct str text), void *arg);
/* Any thread. */
struct remote_counters {
    uint64_t offered, taken, dead;
};
void remote_counters(const struct remote *r, struct remote_counters *out);
/* Stop taking. Harmless on NULL. */
void remote_stop(struct remote *r);
/* remote_stop(), and free; after the fetch room and the ledger. Harmless on NULL. */
void remote_close(struct remote *r);

#endif
