/* alerts/bus/publish.h - the PUB endpoint: committed events to dashboards, in bursts, without any
 * item's text. Bus thread only. */
#ifndef HUIYING_ALERTS_PUBLISH_H
#define HUIYING_ALERTS_PUBLISH_H

#include "alerts/bus/bus_lines.h"
#include "alerts/bus/keys.h"
#include "alerts/bus/serve.h"

struct publish;

struct publish_conf {
    void *context;
    const char *endpoint;
    const struct key_pair *server;
    const struct bus_ledger *ledger;
    const struct event_home *home;
    struct serve *serve; /* told which units have news */
    struct bus_tally *tally;
    struct bus_lines_counts *lines;
    uint64_t published; /* starts after it */
};

/* Bind and be ready; conf's pointers outlive it. NULL on failure (logged). */
struct publish *publish_open(const struct publish_conf *conf);
void publish_close(struct publish *p);
/* The bound address. */
const char *publish_endpoint(const struct publish *p);

/* Send what is committed up to head, a bounded burst: when the next turn is due (clock_mono());
 * `now` when more is left, INT64_MAX when none. While unbound it retries the bind. */
int64_t publish_turn(struct publish *p, uint64_t head, int64_t now);
/* Close every subscriber's connection and bind again: the only way to end a revoked key's. */
void publish_rebind(struct publish *p);
/* Tell how far PUB has come, on topic "head". */
void publish_announce(struct publish *p);

#endif
