/* daemon/cluster/node.h - this machine among those on one Redis (store/cluster.h): a thread that
 * beats, and what the last beat told. The process gets SIGUSR1 when its part has changed. */
#ifndef HUIYING_DAEMON_NODE_H
#define HUIYING_DAEMON_NODE_H

#include "daemon/config/config.h"
#include "store/cluster.h"

struct node;

/* What this machine is to do. Another term is another life: what was read from the store before is
 * not to be gone on with. */
struct node_part {
    bool leads;
    uint64_t term;             /* rises when it begins to lead, or ceases to */
    uint64_t leaders;          /* rises when another one leads, or the same one after a start */
    char leader[CLUSTER_NODE]; /* who leads */
    char reach[CLUSTER_REACH];
    uint32_t machines;         /* living */
    uint32_t replicas;         /* of Redis, that are online and were heard lately */
    int failing;               /* ERR_* of the last beat; else this is of one before */
    int64_t began;             /* ms, of Redis: when the first machine ever beat */
};

/* Beat once, then start the thread. config->node is set. 0 or as cluster_open(). */
int node_open(const struct config *config, struct node **out);
const char *node_token(const struct node *n);
/* Any thread, as the next ones. */
void node_part(struct node *n, struct node_part *out);
/* What it holds as the leader of this term has been taken by another one. */
void node_lost(struct node *n, uint64_t term);
/* The store is another one than it was, and is to be read again. */
void node_renew(struct node *n);
/* Up to this event of this epoch the ledger was shown here: see cluster_shown(). */
void node_shown(struct node *n, const char *epoch, uint64_t head);
/* May it poll sources of this slot now? 0: no, or no longer, since its lease may have run out; else
 * a number that is another one when anybody may have held it in between. */
uint64_t node_holds(const struct node *n, unsigned slot);
/* Where among the leader's letters (cluster_hear()) this machine stands: at first at their end
 * before it beat, since whoever holds a slot may be written to, whether its house is open yet or
 * not. */
void node_letters(struct node *n, char out[static CLUSTER_ENTRY]);
/* So far they were heard; empty: some were missed, and the house begins anew. */
void node_heard(struct node *n, const char *last);
/* Leave the others, join, free. Harmless on NULL. */
void node_close(struct node *n);

#endif
