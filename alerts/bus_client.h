/* alerts/bus_client.h - the receiver's side of the ROUTER bus, for the CLI and tests. */
#ifndef HUIYING_ALERTS_BUS_CLIENT_H
#define HUIYING_ALERTS_BUS_CLIENT_H

#include <stdint.h>

#include "alerts/keys.h"
#include "base/buf.h"

struct bus_client;

/* Connect to units_endpoint as the owner of `mine`, expecting the server's public key. */
struct bus_client *bus_client_open(const char *endpoint, const char *server_public,
                                   const struct key_pair *mine);
void bus_client_close(struct bus_client *c);

/* hello: `receiver` names this desk; `epoch` "" and `last` 0 ask for the durable cursor's place. */
int bus_client_hello(struct bus_client *c, const char *receiver, const char *epoch, uint64_t last);
/* Next message as its JSON text within wait_ms: 0, ERR_TIMEOUT, ERR_CLOSED, ERR_IO. Heartbeats and credit are
 * handled inside. */
int bus_client_next(struct bus_client *c, int wait_ms, struct buf *json);
/* Durable ack up to unitseq. */
int bus_client_ack(struct bus_client *c, uint64_t unitseq);
/* Send a command ("accept", "answer"); its result arrives through bus_client_next(). */
int bus_client_command(struct bus_client *c, const char *act, const char *concern, const char *url,
                       const char *key);

#endif
