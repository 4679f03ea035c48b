/* alerts/bus_socket.h - server sockets of the bus: guarded by ZAP, bounded, with heartbeats. */
#ifndef HUIYING_ALERTS_BUS_SOCKET_H
#define HUIYING_ALERTS_BUS_SOCKET_H

#include "alerts/keys.h"

enum { BUS_FRAME_MAX = 64 * 1024 /* a longer frame costs its sender the connection */ };

/* An unbound CURVE server socket of this ZAP domain (zap.h) whose peers have send queues of `queue`
 * messages. NULL on failure (logged). */
void *bus_socket_new(void *context, int type, const char *domain, const struct key_pair *server,
                     int queue);

#endif
