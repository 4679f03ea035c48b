/* daemon/cli/known.h - is an id one that the daemon knows? Asked before something is done with it
 * that would wait for ever, or be of no use. */
#ifndef HUIYING_DAEMON_CLI_KNOWN_H
#define HUIYING_DAEMON_CLI_KNOWN_H

#include <jansson.h>
#include <stdbool.h>

#include "base/buf.h"

/* True when a daemon answers `path` with a list ({"items": [{"id"}]}) that does not hold the id:
 * `near` then gets those that may have been meant, as "；相近的有 (near ones): A, B", or nothing.
 * False when it holds it, and when nobody can tell: no daemon runs, or it does not answer. */
bool known_lacks(const char *path, const char *id, struct buf *near);
/* Is it the id of one of the items ([{"id"}])? Where it is not, `near` (or NULL) gets the same. */
bool known_among(const json_t *items, const char *id, struct buf *near);

#endif
