/* daemon/http/metrics_out.h - lines of Prometheus' text exposition format 0.0.4. Failures latch
 * in the buf. */
#ifndef HUIYING_DAEMON_HTTP_METRICS_OUT_H
#define HUIYING_DAEMON_HTTP_METRICS_OUT_H

#include "base/buf.h"

enum metrics_type { METRICS_COUNTER, METRICS_GAUGE, METRICS_HISTOGRAM };

/* # HELP and # TYPE of a family; its samples follow. `help` is one line. */
void metrics_out_family(struct buf *b, const char *name, enum metrics_type type, const char *help);
/* One sample; label NULL: none. A label's value is escaped. */
void metrics_out_count(struct buf *b, const char *name, const char *label, const char *value,
                       uint64_t n);
void metrics_out_real(struct buf *b, const char *name, double n);
/* A family of one sample without labels. */
void metrics_out_one(struct buf *b, const char *name, enum metrics_type type, const char *help,
                     uint64_t n);

#endif
