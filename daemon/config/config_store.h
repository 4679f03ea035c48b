/* daemon/config/config_store.h - the part of huiying.yaml that says where things are kept. */
#ifndef HUIYING_DAEMON_CONFIG_STORE_H
#define HUIYING_DAEMON_CONFIG_STORE_H

#include "daemon/config/config.h"

/* Fill c->store, cache and timetable from the root; what is wrong is added to problems. */
void config_store_read(struct config *c, const struct conf_node *root, struct problems *problems);
void config_store_free(struct config *c);

#endif
