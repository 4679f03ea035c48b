/* alerts/bus/bus.h - the bus thread: committed events to units and dashboards, acks and commands
 * back. The wire is described in docs/huiying-bus.7. ZeroMQ ROUTER, PUB; CURVE (RFC 26), ZAP (RFC
 * 27). */
#ifndef HUIYING_ALERTS_BUS_H
#define HUIYING_ALERTS_BUS_H

#include "alerts/desk/desk.h"
#include "alerts/event.h"
#include "alerts/bus/peers.h"
#include "alerts/bus/presence.h"

struct bus;

/* A receiver's wish that its cursor be kept: unitseq up to which it has everything. */
struct bus_ack {
    const char *unit, *receiver;
    uint64_t unitseq;
};

/* How the bus reads the ledger and hands work to it; the daemon supplies it, so that the bus knows
 * no store. All calls come from the bus thread. */
struct bus_ledger {
    void *arg;
    /* Up to max committed events with seq > after, in order: count, or negative err. */
    int (*events_after)(void *arg, uint64_t after, struct event *out, size_t max);
    /* The same of one unit's: unitseq > after, in unitseq order. */
    int (*unit_events_after)(void *arg, const char *unit, uint64_t after, struct event *out,
                             size_t max);
    /* JSON object {"title","excerpt","link"} of a concern's newest item that still has text,
     * masked; leaves out empty when none. */
    int (*item_brief)(void *arg, uint64_t concern, struct buf *out);
    /* Up to max concerns that are not closed, of a unit or (NULL) all, from behind *place on, which
     * moves past each that `each` returned 0 for; another return stops. Those that exist all along
     * are met once. How many were passed, or negative err. */
    int (*open_concerns)(void *arg, const char *unit, struct bus_place *place, size_t max,
                         int (*each)(void *each_arg, const struct concern *c), void *each_arg);
    /* Highest committed seq (0: none, or it cannot be read). */
    uint64_t (*head)(void *arg);
    /* Highest unitseq of a unit, and the durable cursor of (unit, receiver): unitseq last acked. 0
     * is none: delivery begins by them, so that what cannot be read is an error. */
    int (*unit_head)(void *arg, const char *unit, uint64_t *out);
    int (*cursor)(void *arg, const char *unit, const char *receiver, uint64_t *out);
    /* Asynchronous: store these cursors, in one transaction where it can; `bus_acked()` for each
     * when it is durable. The first so many were taken. What a failing disk loses of them is asked
     * for again. */
    size_t (*ack)(void *arg, const struct bus_ack *acks, size_t n);
    /* Asynchronous: do the command (strings are copied); bus_result() with the same tag when its
     * transaction is committed or refused. 0 or ERR_AGAIN. */
    int (*command)(void *arg, const struct command *command, uint64_t tag);
    /* Asynchronous: a unit's receivers are out of reach, or no longer (desk_unit()). What was taken
     * is not lost. 0 or ERR_AGAIN. */
    int (*line)(void *arg, const char *unit, bool offline, uint32_t missed);
    /* NULL: this is the ledger's only bus, or the one that tells line(). Else that one is to be
     * told by bus_reached(), asynchronously, that these units are in reach here (a blank between
     * two). What is lost is told again. */
    void (*reach)(void *arg, struct str units);
};

struct bus_conf {
    const char *pub_endpoint;   /* tcp://… */
    const char *units_endpoint;
    const char *keys_dir;
    const char *epoch;          /* of the ledger; copied */
    const char *site;           /* see struct event_home; copied */
    uint64_t published;         /* seq up to which PUB has gone out before: starts after it */
    uint64_t snapshot_after;    /* events behind: a receiver is advised to ask for a snapshot; 0:
                                   10000 */
    struct presence_times times;
};

/* Create sockets (ZAP first, fail closed), self-test that an unknown key is refused, start the
 * thread: NULL on failure (logged). */
struct bus *bus_start(const struct bus_conf *conf, const struct bus_ledger *ledger);
/* New events are committed up to head. Any thread; never blocks. */
void bus_committed(struct bus *b, uint64_t head);
/* Outcome of a command. status 0 or ERR_*; reason may be NULL. Any thread. */
void bus_result(struct bus *b, uint64_t tag, int status, const char *reason, uint64_t seq);
/* A cursor is durable. Any thread. */
void bus_acked(struct bus *b, const char *unit, const char *receiver, uint64_t unitseq);
/* Another bus of this ledger has receivers of the unit in reach. Any thread. */
void bus_reached(struct bus *b, const char *unit);
/* Read the keys directory again (enrolled and revoked keys). Any thread. */
void bus_reload_keys(struct bus *b);
void bus_stop(struct bus *b);

struct bus_counters {
    uint64_t published, delivered, acked, refused_keys, bad_frames;
    uint64_t oversized; /* of bad_frames: longer than a request may be */
    uint32_t receivers;
    uint64_t lines_accepted, lines_greeted, lines_ended, lines_cut; /* struct bus_lines_counts,
                                                                       of ROUTER */
    uint64_t pub_accepted, pub_greeted, pub_ended; /* the same of PUB, a second behind */
    uint64_t canaries, canaries_missed;
    uint32_t units_expected, units_offline;
};
void bus_counters(struct bus *b, struct bus_counters *out); /* any thread */

#endif
