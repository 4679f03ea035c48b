/* alerts/bus/delivery_state.h - inside of delivery, for its own files only. */
#ifndef HUIYING_ALERTS_DELIVERY_STATE_H
#define HUIYING_ALERTS_DELIVERY_STATE_H

#include "alerts/bus/delivery.h"

struct delivery {
    const struct bus_ledger *ledger;
    const char *epoch;
    struct bus_tally *tally;
    struct peers_link link;
    struct peers *peers;
    struct serve *serve;
    struct presence *presence;
    uint64_t snapshot_after;
    uint32_t behind_at;   /* peer who caught up last */
    struct bus_ack *acks; /* PEERS_MAX of them */
    size_t acks_out;      /* with the ledger, not durable yet */
    int64_t acks_due;     /* clock_mono() ms: some are wanted; 0: none */
    int64_t acks_passed;  /* when the last ones went */
    int64_t acks_took;    /* ms until the last ones were durable */
    int64_t acks_lost;    /* when those that are out are passed again */
    struct buf out;
};

/* delivery_ops.c */
/* Do what a message asks; what is none ends its connection. */
void delivery_ops_act(struct delivery *d, struct peer *p, struct str body, bool whole);
void delivery_ops_error(struct delivery *d, struct peer *p, const char *reason);
void delivery_ops_result(struct delivery *d, struct peer *p, struct str key, int status,
                         const char *reason, uint64_t seq);
void delivery_ops_acked(struct delivery *d, struct peer *p);
void delivery_ops_pong(struct delivery *d, struct peer *p);
/* A receiver wants its cursor kept; those of all receivers go together, before long. */
void delivery_want_ack(struct delivery *d, struct peer *p, uint64_t unitseq);
/* Is it the live session of this receiver? */
bool delivery_ops_serves(const struct peer *p, const char *unit, const char *receiver);

#endif
