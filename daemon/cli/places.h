/* daemon/cli/places.h - where the daemon's socket, its keys and the shipped rules are. */
#ifndef HUIYING_DAEMON_CLI_PLACES_H
#define HUIYING_DAEMON_CLI_PLACES_H

#include "daemon/cli/cli.h"

enum { PLACES_MAX = 4096 };

/* $HUIYING_SOCKET, else var/huiying.sock beside the build folder that the program runs from, else
 * /run/huiying/huiying.sock. Returns out. */
char *places_socket(char out[static PLACES_MAX]);
/* `given` unless NULL, else $HUIYING_KEYS, else keys/ in the same folders. Returns out. */
char *places_keys(const char *given, char out[static PLACES_MAX]);
/* `given` unless NULL, else $HUIYING_STORE, else huiying.db in the same folders. Returns out. */
char *places_store(const char *given, char out[static PLACES_MAX]);
/* The command's --rules, or the shipped folder. Returns out. */
char *places_rules(const struct cli_args *args, char out[static PLACES_MAX]);
/* rules_set_shipped() with the shipped folder: before any is compiled. */
void places_set_shipped(void);

#endif
