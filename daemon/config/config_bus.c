#include "daemon/config/config_bus.h"

/* Who is silent is told of within silent and two seconds: the promise is ten. */
const struct conf_key config_bus_keys[] = {
    {"silent", CONF_DURATION, false, NULL, NULL, NULL, 1000, 8000,
     "1s 至 8s，默认 8s (1s to 8s, 8s when absent)"},
    {"grace", CONF_DURATION, false, NULL, NULL, NULL, 1000, 3600000, NULL},
    {"canary", CONF_DURATION, false, NULL, NULL, NULL, 1000, 3600000, NULL},
    {"snapshot_after", CONF_INT, false, NULL, NULL, NULL, 1, 100000000, NULL},
    {0},
};

void config_bus_read(struct config *c, const struct conf_node *bus)
{
    c->presence = (struct presence_times){.silent = conf_int(conf_get(bus, "silent"), 8000),
                                          .grace = conf_int(conf_get(bus, "grace"), 9000),
                                          .canary = conf_int(conf_get(bus, "canary"), 60000)};
    c->snapshot_after = (uint64_t)conf_int(conf_get(bus, "snapshot_after"), 10000);
}
