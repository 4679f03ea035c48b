/* alerts/bus/zap.h - who may connect: the ZAP handler (ZeroMQ RFC 27) of the bus, and the proof
 * that it is asked. */
#ifndef HUIYING_ALERTS_ZAP_H
#define HUIYING_ALERTS_ZAP_H

#include "alerts/bus/keys.h"

/* ZAP domains of the two endpoints: units and dashboards may speak on the first, only dashboards
 * listen on the second. */
#define ZAP_UNITS "huiying-units"
#define ZAP_DASHBOARDS "huiying-dashboards"

/* Bind the handler of a context; before any CURVE server of it. NULL on failure. */
void *zap_open(void *context);
/* Make a socket a CURVE server that refuses everyone when no handler answers: 0 or ERR_IO. */
int zap_guard(void *socket, const char *domain, const struct key_pair *server);
/* Answer one waiting request: 0 accepted, ERR_REFUSED, ERR_AGAIN when none waits. An accepted
 * peer's User-Id is its key's Z85 text. */
int zap_answer(void *handler, const struct keys *keys);
/* Connect to endpoint (type ZMQ_DEALER or ZMQ_SUB) with a key that nobody owns, answering
 * the handler meanwhile: 0 when it was refused, ERR_REFUSED when it was let in, ERR_TIMEOUT after
 * wait_ms, ERR_IO. */
int zap_probe(void *context, void *handler, const struct keys *keys, const char *endpoint, int type,
              const char *server_public, int wait_ms);

#endif
