/* alerts/bus/bus_client.h - the receiver's side of the ROUTER bus, for the CLI and tests. */
#ifndef HUIYING_ALERTS_BUS_CLIENT_H
#define HUIYING_ALERTS_BUS_CLIENT_H

#include <stdint.h>

#include "alerts/bus/keys.h"
#include "base/buf.h"

struct bus_client;

/* Connect to units_endpoint as the owner of `mine`, expecting the server's public key (Z85).
 * `endpoints` are one, or those of several machines with a comma between two: after a line that was
 * cut, or did not come about, the next one is tried. Returns before the connection stands. NULL on
 * a malformed key or first endpoint. One thread at a time. */
struct bus_client *bus_client_open(const char *endpoints, const char *server_public,
                                   const struct key_pair *mine);
void bus_client_close(struct bus_client *c);

/* hello: `receiver` names this desk; `epoch` "" and `last` 0 ask for the durable cursor's place.
 * After a cut line the client connects again and says hello from the last event it handed over:
 * another "welcome" then arrives, and what was not handed over comes again. */
int bus_client_hello(struct bus_client *c, const char *receiver, const char *epoch, uint64_t last);
/* Next message as its JSON text within wait_ms: 0, ERR_TIMEOUT (also when a signal came),
 * ERR_CLOSED (the server refuses this key; calling again tries again), ERR_IO, ERR_NOMEM.
 * Heartbeats, canaries and credit are handled inside, so call it at least every 3 s: a unit whose
 * receivers are silent for 8 s is told to be offline. */
int bus_client_next(struct bus_client *c, int wait_ms, struct buf *json);
/* Give no credit while `on`: what is under way still arrives (at most 256 events), then the server
 * waits. */
void bus_client_hold(struct bus_client *c, bool on);
/* Nothing was heard of the server for 10 s: what is shown may be stale. Connecting again goes on by
 * itself. */
bool bus_client_stale(const struct bus_client *c);
/* Ask for the open concerns: "snapshot", a "concern" each, "snapshot-end", then events from there.
 */
int bus_client_snapshot(struct bus_client *c);
/* Durable ack up to unitseq; "acked" follows. 0, ERR_AGAIN (queue full), ERR_CLOSED (between two
 * connections), ERR_NOMEM; the same holds below. */
int bus_client_ack(struct bus_client *c, uint64_t unitseq);
/* Send a command by its act's name (command.h); its result arrives through bus_client_next(). `key`
 * is 1 to 63 bytes; when a line was cut before the result came, send again with the same key.
 * `members` (may be NULL) is a JSON object with what the act's form names: {"url":…,"note":…}. */
int bus_client_command(struct bus_client *c, const char *act, const char *concern,
                       const char *members, const char *key);

#endif
