/* daemon/worker_pool.h - keeps N workers alive and fed: bodies from the fetch thread to verdicts
 * for the ledger. */
#ifndef HUIYING_DAEMON_WORKER_POOL_H
#define HUIYING_DAEMON_WORKER_POOL_H

#include "daemon/config.h"
#include "daemon/ledger.h"

struct worker_pool;

/* Start config->workers keeper threads, each with a worker process of its own, taking struct
 * fetched from `in` until it is closed. A worker that dies is replaced; the body that it died on
 * goes to the ledger as that source's death. NULL when the first worker does not start (logged). */
struct worker_pool *worker_pool_start(const struct config *config, const struct roster *roster,
                                      struct queue *in, struct ledger *ledger);

/* From the next body on each keeper uses a worker started with these rules; the old process ends
 * with the body it has. The rules must outlive the pool or the next call. Any thread. */
void worker_pool_reload(struct worker_pool *p, const struct rules *rules);

/* Join the keepers (close `in` first; what waits in it is judged and submitted). Harmless on NULL.
 */
void worker_pool_stop(struct worker_pool *p);

struct worker_pool_counters {
    uint64_t started, killed;
    int live;
};
void worker_pool_counters(struct worker_pool *p, struct worker_pool_counters *out); /* any thread */

#endif
