/* daemon/cluster/handover.h - what passes with a slot (store/cluster.h) from the machine that held
 * it to this one: when its sources are due, and how long their domains rest. Each call
 * with a cluster is of the thread that uses that. */
#ifndef HUIYING_DAEMON_HANDOVER_H
#define HUIYING_DAEMON_HANDOVER_H

#include "daemon/cluster/node.h"
#include "feeds/fetch/fetch.h"

struct handover;

/* All outlive it. NULL without memory. */
struct handover *handover_new(const struct node *node, const struct roster *roster);
/* Harmless on NULL. */
void handover_free(struct handover *h);

/* The slot of an address. Any thread. */
unsigned handover_slot(const char *url);
/* What is to be kept of this poll: false when it is a page's, or of a source that is polled no
 * more. due->source is the roster's. Any thread. */
bool handover_due(const struct roster *roster, const struct fetched *f, struct cluster_due *due);

/* Of a poll that is committed here: kept by the next handover_send(), unless very many wait. Any
 * thread. */
void handover_polled(struct handover *h, const struct fetched *f);
/* 0, or as cluster_polled(); then the same is sent again. */
int handover_send(struct handover *h, struct cluster *c);

/* A domain that was asked for what belongs to this slot rests for so many real ms from now on. Any
 * thread. */
void handover_rest(struct handover *h, unsigned slot, const char *domain, int64_t rest);
/* 0, or as cluster_rest(); then the same is sent again. */
int handover_send_rests(struct handover *h, struct cluster *c);

/* Begin the slots that were taken since the last call: the fetch room goes on where their last
 * holders were. They are marked in `taken`. 0, ERR_NOMEM, or as cluster_dues(). */
int handover_take(struct handover *h, struct cluster *c, struct fetch *f,
                  bool taken[static CLUSTER_SLOTS]);

#endif
