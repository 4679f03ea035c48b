/* daemon/config/town.h - who answers and how soon: units.yaml, routes.yaml, deadlines.yaml,
 * grades.yaml, calendars, loaded whole or not at all. */
#ifndef HUIYING_DAEMON_TOWN_H
#define HUIYING_DAEMON_TOWN_H

#include "alerts/deadlines/deadline.h"
#include "alerts/heat/heat.h"
#include "alerts/units/units.h"

struct town_paths {
    char *units, *deadlines, *calendars; /* owned by the configuration; "" or NULL: none */
};

struct town {
    struct units *units;         /* NULL when it could not be read, or there is none */
    struct deadlines *deadlines; /* likewise */
    struct heat_rules *heat;     /* grades.yaml beside the deadlines; NULL: there is none */
    uint64_t print;              /* of the files' bytes: other files, another number */
};

/* Read what the paths name; all problems are added, and what has some is NULL in the town, so that
 * the rest can still be checked against. NULL without memory. */
struct town *town_load(const struct town_paths *paths, struct problems *problems);
/* A channel of a body outside that nobody could open, since only a network of one's own has it, is
 * a problem, unless `allow` (NULL-ended CIDRs) holds it: the ledger would refuse each use of it. */
void town_check_channels(const struct town *town, const struct town_paths *paths,
                         const char *const *allow, struct problems *problems);
void town_free(struct town *town); /* harmless on NULL */

#endif
