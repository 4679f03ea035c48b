/* daemon/config/config_cluster.h - the part of huiying.yaml that names one of several machines. */
#ifndef HUIYING_DAEMON_CONFIG_CLUSTER_H
#define HUIYING_DAEMON_CONFIG_CLUSTER_H

#include "daemon/config/config.h"

extern const struct conf_key config_cluster_keys[];
/* After the store's address. */
void config_cluster_read(struct config *c, const struct conf_node *cluster,
                         struct problems *problems);

#endif
