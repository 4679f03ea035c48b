/* alerts/bus/delivery.h - what each peer of the ROUTER endpoint may ask and what it is owed: hello,
 * replay, live, credit, ack, commands. No sockets. Bus thread only. */
#ifndef HUIYING_ALERTS_DELIVERY_H
#define HUIYING_ALERTS_DELIVERY_H

#include "alerts/bus/keys.h"
#include "alerts/bus/peers.h"
#include "alerts/bus/serve.h"

struct delivery;

struct delivery_conf {
    const struct bus_ledger *ledger;
    const struct event_home *home;
    struct peers_link link;
    struct bus_tally *tally;
    struct presence *presence;
    uint64_t snapshot_after; /* see struct bus_conf */
};

/* conf's pointers outlive it. NULL when memory is exhausted. */
struct delivery *delivery_new(const struct delivery_conf *conf);
void delivery_free(struct delivery *d);
struct serve *delivery_serve(struct delivery *d); /* for serve_mark() */

/* A message of the peer `id`, sent under `key` (its Z85 text, from ZAP). `whole` is false when it
 * had not exactly one frame. */
struct delivery_frame {
    uint32_t id;
    const char *key;
    struct line_mark line;
    struct str body;
    bool whole;
};
void delivery_frame(struct delivery *d, const struct keys *keys, const struct delivery_frame *f);
/* Outcomes of ledger->command() and ledger->ack(). */
void delivery_result(struct delivery *d, uint64_t tag, int status, const char *reason,
                     uint64_t seq);
void delivery_acked(struct delivery *d, const char *unit, const char *receiver, uint64_t unitseq);
/* Drop the peers whose key is enrolled no more, or for another. */
void delivery_recheck(struct delivery *d, const struct keys *keys);

/* Send a canary to the live receivers of a unit that an alert would reach now. */
void delivery_canary(struct delivery *d, const char *unit, uint64_t number);

/* Time for the calls that follow (clock_mono()). */
void delivery_set_now(struct delivery *d, int64_t now);
/* One turn of every peer: when the next is due; `now` when work is left, INT64_MAX when none. */
int64_t delivery_turn(struct delivery *d);
/* Say something to peers that heard nothing for a while, so that vanished ones are noticed. */
void delivery_sweep(struct delivery *d);

#endif
