/* alerts/bus/peers.h - the bus's table of connected peers, and talking to one without waiting. A
 * peer is a connection; who it is was settled by its key. Bus thread only. */
#ifndef HUIYING_ALERTS_PEERS_H
#define HUIYING_ALERTS_PEERS_H

#include <stdatomic.h>

#include "alerts/bus/bus_wire.h"
#include "alerts/bus/bus_lines.h"

enum {
    PEERS_MAX = 4096,      /* connections in all */
    PEERS_PER_OWNER = 256, /* of one key's owner, so that none can use up the table */
    PEER_COMMANDS = 16,    /* commands under way of one connection */
    PEER_STRIKES = 10,     /* bad messages after which its connection is ended */
    PEER_CREDIT_MAX = 1000 /* a ZeroMQ peer's own queue: more would stall its heartbeats */
};

/* Counters behind bus_counters(): written by the bus thread, read by any. */
struct bus_tally {
    _Atomic uint64_t published, delivered, acked, refused_keys, bad_frames, oversized;
    _Atomic uint64_t canaries, canaries_missed;
    _Atomic uint32_t receivers, units_expected, units_offline;
};

enum peer_state { PEER_NEW, PEER_LIVE, PEER_IGNORED };

struct peer_command {
    uint64_t tag; /* 0: free */
    char key[WIRE_KEY_MAX + 1];
};

struct peer_range { /* an `events` request under way */
    bool active;
    uint64_t next, to;
    size_t part; /* audience entries of `next` that are out */
};

/* Where a walk over open concerns stands; zeroes: at its beginning. */
struct bus_place {
    int64_t key;
    uint64_t id;
};

struct peer_snapshot { /* a `snapshot` request under way */
    bool active;
    struct wire_snapshot as_of;
    struct bus_place place;
};

struct peer {
    uint32_t id; /* from the routing id that the server chose; never used again */
    enum peer_state state;
    bool gone; /* free it at the next peers_reap() */
    bool dashboard;
    unsigned char key[32];
    char owner[SLUG_MAX];    /* unit or dashboard */
    char receiver[SLUG_MAX]; /* "" before hello */
    unsigned strikes;
    uint64_t credit, next;  /* events it takes; unitseq of the next one */
    bool behind;            /* more waited for it than it was sent at once */
    uint64_t looked;        /* generation (serve.h) at which nothing was left to send */
    uint64_t acked, ack_wanted, ack_sent;
    struct peer_range range;
    struct peer_snapshot snapshot;
    struct line_mark line;
    struct peer_command commands[PEER_COMMANDS];
    uint32_t last_tag;
    struct buf backlog;  /* replies that found its pipe full, each as u32 length + bytes */
    size_t backlog_at;
    int64_t retry_at;    /* clock_mono() ms: its pipe was full; 0 it is not */
    int64_t retry_after; /* ms from try to try of a pipe that stays full */
    int64_t said_at;     /* something was last sent */
    struct peer *chain, *prev, *following;
};

/* How messages leave: 0, ERR_AGAIN (the peer's pipe is full), ERR_CLOSED (it is gone); and how a
 * connection is ended. */
struct peers_link {
    void *arg;
    int (*send)(void *arg, uint32_t id, struct str json);
    void (*cut)(void *arg, struct line_mark line);
};

struct peers;

struct peers *peers_new(const struct peers_link *link, struct bus_tally *tally);
void peers_free(struct peers *ps);
/* Time (clock_mono()) that the calls below go by. */
void peers_set_now(struct peers *ps, int64_t now);
int64_t peers_now(const struct peers *ps);

struct peer *peers_find(struct peers *ps, uint32_t id);
/* NULL when a limit is reached or memory is exhausted. */
struct peer *peers_add(struct peers *ps, uint32_t id, const unsigned char key[static 32],
                       const char *owner, bool dashboard);
/* Walk: the first, then each `following`. Adding and peers_reap() end a walk. */
struct peer *peers_first(struct peers *ps);
/* Free the peers that are gone and count the receivers. */
void peers_reap(struct peers *ps);

/* Send now or never: 0, ERR_AGAIN (retry_at is set), ERR_CLOSED (gone is set). */
int peers_send(struct peers *ps, struct peer *p, struct str json);
/* Send a reply, keeping it for later while the pipe is full; past 64 KiB kept it is dropped. */
void peers_say(struct peers *ps, struct peer *p, struct str json);
/* Send what was kept: true when nothing is left. */
bool peers_flush(struct peers *ps, struct peer *p);
/* Earliest retry_at, or INT64_MAX. */
int64_t peers_retry_at(struct peers *ps);

#endif
