/* daemon/cli/drill_town.h - the folder that a drill lives in: its huiying.yaml, its keys, its
 * store. */
#ifndef HUIYING_DAEMON_CLI_DRILL_TOWN_H
#define HUIYING_DAEMON_CLI_DRILL_TOWN_H

#include "daemon/config/config.h"

/* What lies in the folder. */
#define DRILL_TOWN_CONFIG "huiying.yaml"
#define DRILL_TOWN_SOCKET "huiying.sock"
#define DRILL_TOWN_KEYS "keys"
#define DRILL_TOWN_STORE "store" /* a folder: all that holds words of items */

struct drill_town {
    const char *dir;      /* absolute; there is nothing in it */
    const char *file;     /* the recorded day, absolute */
    const char *units;    /* another units.yaml; NULL: the town's */
    int port, speed;      /* port, and the two after it */
};

/* Write all of it, after the town whose configuration this is: its rules, units, deadlines and
 * places, and nothing of its store, keys, addresses and sources. 0, or the exit status after the
 * reason was told. */
int drill_town_write(const struct config *town, const struct drill_town *drill);

#endif
