/* daemon/config/config_listen.h - the part of huiying.yaml about where the daemon is found. */
#ifndef HUIYING_DAEMON_CONFIG_LISTEN_H
#define HUIYING_DAEMON_CONFIG_LISTEN_H

#include "daemon/config/config.h"

extern const struct conf_key config_listen_keys[];

/* `listen` may be NULL: all is as huiying.yaml(5) says. After c->path. */
void config_listen_read(struct config *c, const struct conf_node *listen,
                        struct problems *problems);

#endif
