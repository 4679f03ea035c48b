/* daemon/http/patience.h - how long a connection may take to say what it wants. libmicrohttpd cuts
 * one that is silent; one that sends a byte now and then (slowloris) is cut here. */
#ifndef HUIYING_DAEMON_HTTP_PATIENCE_H
#define HUIYING_DAEMON_HTTP_PATIENCE_H

#include "daemon/http/exchange.h"

struct patience;

enum { PATIENCE_MS = 20000 }; /* for a whole request, its body too */

/* Starts the thread that looks: NULL without memory. */
struct patience *patience_start(void);
/* Every connection is closed by then. Harmless on NULL. */
void patience_stop(struct patience *p);
/* MHD_NotifyConnectionCallback; cls is the patience. */
void patience_notify(void *cls, struct MHD_Connection *conn, void **context,
                     enum MHD_ConnectionNotificationCode code);
/* The request is whole, and may now take its time; it is answered, and the next is waited for. MHD
 * thread. */
void patience_heard(struct patience *p, struct MHD_Connection *conn);
void patience_answered(struct patience *p, struct MHD_Connection *conn);

#endif
