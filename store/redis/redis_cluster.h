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

enum { CLUSTER_PRINT = 41 }; /* SHA-1 of an event, with its NUL */

struct cluster {
    struct redis *redis;
    int64_t lease;
    char node[CLUSTER_NODE], token[CLUSTER_TOKEN], reach[CLUSTER_REACH];
    char epoch[STORE_EPOCH]; /* of what was shown; "": nothing was */
    uint64_t shown, known; /* of `known` it has the print, "" if of none */
    char print[CLUSTER_PRINT];
};

/* redis_slots.c */
/* The number of a slot, at the end of a key. */
enum { REDIS_SLOT = 8 };
struct str redis_slot(unsigned slot, char out[static REDIS_SLOT]);
/* Slot, source and row of this one as three values of a script; NULL: three empty ones. */
void redis_put_due(struct redis_args *a, const struct cluster_due *due);

#endif
