/* daemon/config/config_fetch.h - the part of huiying.yaml that says how to poll. */
#ifndef HUIYING_DAEMON_CONFIG_FETCH_H
#define HUIYING_DAEMON_CONFIG_FETCH_H

#include "daemon/config/config.h"

/* Schema of one entry under `domains:`. */
extern const struct conf_key config_fetch_domain_keys[];

/* Fill c->domain_spacing, domains and ca_file from the root; what is wrong is added to problems. */
void config_fetch_read(struct config *c, const struct conf_node *root, struct problems *problems);
void config_fetch_free(struct config *c);

#endif
