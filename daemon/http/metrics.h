/* daemon/http/metrics.h - what the daemon counts, in Prometheus' text format 0.0.4. Labels are
 * bounded: outcomes, states, event types, topics; never a source, an address or a person's
 * words. */
#ifndef HUIYING_DAEMON_HTTP_METRICS_H
#define HUIYING_DAEMON_HTTP_METRICS_H

#include "base/buf.h"
#include "daemon/http/http.h"

struct metrics;

/* Events past `head` are counted. NULL without memory. */
struct metrics *metrics_new(uint64_t head);
/* Harmless on NULL. */
void metrics_free(struct metrics *m);

/* Append all families: 0 or ERR_* of the store. Reads what is new in the ledger since the call
 * before; what is open is as the statistics have it, some moments behind. Any thread, with a reader
 * of its own. */
int metrics_write(struct metrics *m, const struct http_conf *conf, struct store *reader,
                  struct buf *out);

/* How many sources are in each state, by the names that the API has for them (source_view_states):
 * together they are all. */
enum { METRICS_STATES = 6 };
struct metrics_state {
    const char *state;
    uint32_t count;
};
void metrics_sources(const struct http_conf *conf, const struct fetch_counters *f,
                     struct metrics_state out[static METRICS_STATES]);

#endif
