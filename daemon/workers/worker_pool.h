/* daemon/workers/worker_pool.h - keeps N workers alive and fed: bodies from the fetch thread to
 * verdicts for the ledger. */
#ifndef HUIYING_DAEMON_WORKER_POOL_H
#define HUIYING_DAEMON_WORKER_POOL_H

#include "daemon/config/config.h"
#include "daemon/ledger/ledger.h"
#include "daemon/reload/rulebook.h"

struct worker_pool;

/* Start config->workers keeper threads, each with a worker process of its own, taking struct
 * fetched from `in` until it is closed. A worker that dies is replaced; the body that it died on
 * goes to the ledger as that source's death. NULL when the first worker does not start (logged). */
struct worker_pool *worker_pool_start(const struct config *config, const struct roster *roster,
                                      struct queue *in, struct ledger *ledger,
                                      struct rule_set *rules);

/* Judge by these rules from now on. Fresh workers are started with them and asked to answer; the
 * old ones finish the bodies that they have, and no body is begun meanwhile; then the ledger is
 * told (ledger_rules()), and the fresh ones go on. So the ledger's queue holds every verdict of the
 * old rules before that message, and every one of the new after it. 0: `done` will be called; or
 * why the old rules stay: ERR_IO (workers do not start or answer), ERR_CLOSED, ERR_NOMEM. Waits for
 * the bodies under way. One caller at a time, whose thread must outlive the workers. */
int worker_pool_reload(struct worker_pool *p, struct rule_set *rules, ledger_done *done, void *arg);

/* Join the keepers (close `in` first; what waits in it is judged and submitted). Harmless on NULL.
 */
void worker_pool_stop(struct worker_pool *p);

struct worker_pool_counters {
    uint64_t started, killed;
    int live;
};
void worker_pool_counters(struct worker_pool *p, struct worker_pool_counters *out); /* any thread */

#endif
