/* alerts/bus/bus_socket.h - server sockets of the bus: guarded by ZAP, bounded, with heartbeats. */
#ifndef HUIYING_ALERTS_BUS_SOCKET_H
#define HUIYING_ALERTS_BUS_SOCKET_H

#include "alerts/bus/keys.h"

/* libzmq ends the connection of who sends a longer frame, and says to nobody why: so far past the
 * longest request that all but the absurd ones are read, counted and answered. */
enum { BUS_FRAME_MAX = 256 * 1024 };
/* What comes to PUB: a handshake, then topics, which libzmq keeps as a tree a byte deep each. */
enum { BUS_TOPIC_MAX = 4096 };

/* An unbound CURVE server socket of this ZAP domain (zap.h) whose peers have send queues of `queue`
 * messages. NULL on failure (logged). */
void *bus_socket_new(void *context, int type, const char *domain, const struct key_pair *server,
                     int queue);

#endif
