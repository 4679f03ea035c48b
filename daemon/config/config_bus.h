/* daemon/config/config_bus.h - the part of huiying.yaml about the bus. */
#ifndef HUIYING_DAEMON_CONFIG_BUS_H
#define HUIYING_DAEMON_CONFIG_BUS_H

#include "daemon/config/config.h"

extern const struct conf_key config_bus_keys[];

/* `bus` may be NULL: all is as bus.h says. */
void config_bus_read(struct config *c, const struct conf_node *bus);

#endif
