/* store/redis/redis_cluster.h - inside of cluster.h, for its own files only. */
#ifndef HUIYING_STORE_REDIS_CLUSTER_H
#define HUIYING_STORE_REDIS_CLUSTER_H

#include <assert.h>

#include "store/cluster.h"
#include "store/redis/redis.h"

/* The list positions before and from CLUSTER_KEPT_EACH back. */
#define CLUSTER_KEPT_BEFORE "-9"
#define CLUSTER_KEPT_FROM "-8"
static_assert(CLUSTER_KEPT_EACH == 8, "as the positions say");

struct cluster {
    struct redis *redis;
    int64_t lease;
    char node[CLUSTER_NODE], token[CLUSTER_TOKEN], reach[CLUSTER_REACH];
};

/* redis_slots.c */
/* Slot, source and row of this one as three values of a script; NULL: three empty ones. */
void redis_put_due(struct redis_args *a, const struct cluster_due *due);

#endif
