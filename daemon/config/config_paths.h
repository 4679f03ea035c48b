/* daemon/config/config_paths.h - where the files are that huiying.yaml names, and those that it
 * need not. All are the caller's; NULL: no memory. */
#ifndef HUIYING_DAEMON_CONFIG_PATHS_H
#define HUIYING_DAEMON_CONFIG_PATHS_H

#include "daemon/config/config.h"

/* A path as the file writes it, which is relative to the file's own folder. */
char *config_paths_of(const struct config *c, struct str path);
/* The path under a key; without one `absent` as it is. */
char *config_paths_or(const struct config *c, const struct conf_node *node, const char *absent);
/* The same; without one what is shipped under this name. */
char *config_paths_or_shipped(const struct config *c, const struct conf_node *node,
                              const char *under);
char *config_paths_shipped(const char *under);

#endif
