/* store/redis/redis_observe.h - a look at the server: which one it is, and who has what it has.
 * Private to this folder.
 *
 * A server is its process (run_id), and the replication id that it had before it was made the
 * master ("0…": it never was): each restart and each promotion changes one of them. The replication
 * id alone will not do, for it changes too when a server that had no replica is asked for all it
 * has, and once more an hour after that (repl-backlog-ttl), when nothing has been lost. */
#ifndef HUIYING_STORE_REDIS_OBSERVE_H
#define HUIYING_STORE_REDIS_OBSERVE_H

#include "store/redis/redis.h"

struct redis_observed {
    char id[REDIS_REPLID];      /* which it is; as beat.lua has it */
    char replid[REDIS_REPLID];
    char former[REDIS_REPLID];  /* of the server whose replica this one was, or zeros */
    uint64_t offset;            /* of the replication stream */
    unsigned coming;            /* replicas, those that are still being sent all of it too */
    unsigned replicas, current; /* online; those of them that have `wanted` */
    bool synced;                /* it has a file, and nothing waits for an fsync */
    uint64_t delayed;           /* how often one was put off */
};

/* Over the connection that there is: 0, or as redis_write(). */
int redis_observe(struct redis *r, uint64_t wanted, struct redis_observed *out);
/* Is it the one of this id? Stores written by early versions name it by its replication id. */
bool redis_observe_same(const char *id, const struct redis_observed *server);
/* Has a replica come to it since it was started? Who takes a snapshot says SYNC, a replica PSYNC.
 * When that cannot be asked, one may have. */
bool redis_observe_psync(struct redis *r);

#endif
