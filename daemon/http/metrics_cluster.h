/* daemon/http/metrics_cluster.h - this machine among several, for /metrics. */
#ifndef HUIYING_DAEMON_HTTP_METRICS_CLUSTER_H
#define HUIYING_DAEMON_HTTP_METRICS_CLUSTER_H

#include "daemon/http/http.h"

/* Nothing when there is one. Failures latch in the buf. */
void metrics_cluster_write(const struct http_conf *conf, struct buf *out);

#endif
