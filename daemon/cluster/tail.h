/* daemon/cluster/tail.h - the end of the event log on a machine that follows: a thread that waits
 * for what the leader commits, and tells the ledger's watches once it cannot be taken back. It also
 * empties the spool, of when this machine led. */
#ifndef HUIYING_DAEMON_TAIL_H
#define HUIYING_DAEMON_TAIL_H

#include "daemon/config/config.h"

struct ledger;
struct tail;

/* Where this machine has its spool while it leads, beside the search index: free() it; NULL without
 * memory. */
char *tail_spool(const struct config *config);
/* Start; the ledger outlives it. 0 or as cluster_open(). */
int tail_start(const struct config *config, struct ledger *l, struct tail **out);
/* Head that was told, and how long ago (ms) it was last known to be that of the store. Any thread.
 */
struct tail_lag {
    uint64_t head;
    int64_t ms;
};
void tail_lag(const struct tail *t, struct tail_lag *out);
/* Join, free. Harmless on NULL. */
void tail_stop(struct tail *t);

#endif
