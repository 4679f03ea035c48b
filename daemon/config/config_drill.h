/* daemon/config/config_drill.h - the part of huiying.yaml that makes a daemon a drill's (演练). */
#ifndef HUIYING_DAEMON_CONFIG_DRILL_H
#define HUIYING_DAEMON_CONFIG_DRILL_H

#include "daemon/config/config.h"

/* The name of a drill's store, by which no other daemon takes it for the town's. */
#define CONFIG_DRILL_STORE "drill.db"

extern const struct conf_key config_drill_keys[];

/* After store, cluster and sources. */
void config_drill_read(struct config *c, const struct conf_node *root, struct problems *problems);
void config_drill_free(struct config *c);

#endif
