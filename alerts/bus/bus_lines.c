#include "alerts/bus/bus_lines.h"

#include <netinet/in.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <zmq.h>

enum {
    CUTS_MAX = 64,
    GRACE_MS = 100
};

struct cut {
    struct line_mark mark;
    int64_t at; /* 0: free */
};

struct bus_lines {
    void *socket, *monitor;
    struct cut cuts[CUTS_MAX];
    struct bus_lines_counts *counts;
};

static const int watched = ZMQ_EVENT_ACCEPTED | ZMQ_EVENT_DISCONNECTED |
                           ZMQ_EVENT_HANDSHAKE_SUCCEEDED | ZMQ_EVENT_HANDSHAKE_FAILED_AUTH;

struct bus_lines *bus_lines_new(void *context, void *socket, struct bus_lines_counts *counts)
{
    static _Atomic unsigned made; /* a monitor's address stays taken a while after its end */
    char place[64];
    struct bus_lines *l = calloc(1, sizeof *l);

    if (!l)
        return NULL;
    snprintf(place, sizeof place, "inproc://huiying.lines.%u", ++made);
    l->socket = socket;
    l->counts = counts;
    l->monitor = zmq_socket(context, ZMQ_PAIR);
    if (!l->monitor || zmq_socket_monitor(socket, place, watched) ||
        zmq_connect(l->monitor, place)) {
        bus_lines_free(l);
        return NULL;
    }
    return l;
}

void bus_lines_free(struct bus_lines *l)
{
    if (!l)
        return;
    zmq_socket_monitor(l->socket, NULL, 0); /* before its reader: see zap_probe() */
    if (l->monitor)
        zmq_close(l->monitor);
    free(l);
}

void *bus_lines_monitor(struct bus_lines *l)
{
    return l->monitor;
}

/* FNV-1a of the other end's address and port; 0 when there is none. */
static uint64_t other_end(int fd)
{
    union {
        struct sockaddr any;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
        struct sockaddr_storage room;
    } a = {.any = {0}};
    socklen_t n = sizeof a;
    uint64_t h = UINT64_C(14695981039346656037);
    const unsigned char *p = (const unsigned char *)&a;

    if (fd < 0 || getpeername(fd, &a.any, &n))
        return 0;
    for (socklen_t i = 0; i < n && i < sizeof a; i++)
        h = (h ^ p[i]) * UINT64_C(1099511628211);
    return h;
}

struct line_mark bus_lines_mark(void *message)
{
    int fd = zmq_msg_get(message, ZMQ_SRCFD);

    return (struct line_mark){fd, other_end(fd)};
}

/* A descriptor is given out again after its connection ended; the same other end is not. */
static void end(struct bus_lines *l, const struct line_mark *m)
{
    if (!m->peer || other_end(m->fd) != m->peer)
        return;
    l->counts->cut++; /* before the other end can see it */
    shutdown(m->fd, SHUT_RDWR);
}

void bus_lines_cut(struct bus_lines *l, struct line_mark mark, int64_t now)
{
    for (size_t i = 0; i < CUTS_MAX; i++)
        if (!l->cuts[i].at) {
            l->cuts[i] = (struct cut){mark, now + GRACE_MS};
            return;
        }
    end(l, &mark);
}

static void read_monitor(struct bus_lines *l)
{
    unsigned char event[6];
    char address[256];
    uint16_t kind;

    while (zmq_recv(l->monitor, event, sizeof event, ZMQ_DONTWAIT) == sizeof event) {
        zmq_recv(l->monitor, address, sizeof address, 0);
        memcpy(&kind, event, sizeof kind);
        if (kind == ZMQ_EVENT_ACCEPTED)
            l->counts->accepted++;
        else if (kind == ZMQ_EVENT_DISCONNECTED)
            l->counts->ended++;
        else
            l->counts->greeted++;
    }
}

int64_t bus_lines_turn(struct bus_lines *l, int64_t now)
{
    int64_t next = INT64_MAX;

    read_monitor(l);
    for (size_t i = 0; i < CUTS_MAX; i++) {
        struct cut *c = &l->cuts[i];
        if (c->at && c->at <= now) {
            end(l, &c->mark);
            c->at = 0;
        } else if (c->at && c->at < next) {
            next = c->at;
        }
    }
    return next;
}
