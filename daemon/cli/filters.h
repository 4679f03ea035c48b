/* daemon/cli/filters.h - ids of filters that found nothing: a mistyped one is no good news. */
#ifndef HUIYING_DAEMON_CLI_FILTERS_H
#define HUIYING_DAEMON_CLI_FILTERS_H

#include "daemon/cli/client.h"
#include "daemon/cli/cli.h"

/* Of --topic, --unit and --source, those that were given: 0, or EX_DATAERR, told, when the daemon
 * knows no such id: neither has a concern the topic or the unit. Else as client_get(). */
int filters_known(struct client *c, const struct cli_args *args);

#endif
