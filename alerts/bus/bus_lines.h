/* alerts/bus/bus_lines.h - the connections under an endpoint: ending one, which libzmq has no call
 * for, and counting those that ended or never began. Bus thread only. */
#ifndef HUIYING_ALERTS_BUS_LINES_H
#define HUIYING_ALERTS_BUS_LINES_H

#include <stdint.h>

struct bus_lines;

/* A connection as it was when a frame of it was read; all zero: none. */
struct line_mark {
    int fd;
    uint64_t peer; /* hash of the other end's address and port */
};

/* What is counted; it outlives the socket, which may be another one later. Any thread. */
struct bus_lines_counts {
    _Atomic uint64_t accepted; /* connections */
    _Atomic uint64_t greeted;  /* of them, those that came to know whether their key is enrolled;
                                  others are in their handshake, or spoke another protocol, no
                                  CURVE, nonsense */
    _Atomic uint64_t ended;    /* whoever ended them: ourselves too, for frames that libzmq will not
                                  read */
    _Atomic uint64_t cut;      /* by bus_lines_cut() */
};

/* Before the socket is bound; counts into *counts. NULL on failure. */
struct bus_lines *bus_lines_new(void *context, void *socket, struct bus_lines_counts *counts);
/* Before the socket is closed. Harmless on NULL. */
void bus_lines_free(struct bus_lines *l);
/* Readable when bus_lines_turn() has something to read: a ZeroMQ socket. */
void *bus_lines_monitor(struct bus_lines *l);

/* The connection that a frame came by (a zmq_msg_t). */
struct line_mark bus_lines_mark(void *message);
/* End it shortly, so that an answer that was sent still goes out. Once a mark is too old to be the
 * connection's any more nothing happens. */
void bus_lines_cut(struct bus_lines *l, struct line_mark mark, int64_t now);
/* Do what is due: when the next is, or INT64_MAX. */
int64_t bus_lines_turn(struct bus_lines *l, int64_t now);

#endif
