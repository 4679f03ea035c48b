/* daemon/cli/feeds.h - what the commands on sources share. */
#ifndef HUIYING_DAEMON_CLI_FEEDS_H
#define HUIYING_DAEMON_CLI_FEEDS_H

#include "daemon/cli/cli.h"
#include "daemon/cli/client.h"

/* The API's address of a source, with "/VERB" unless verb is NULL, ending in NUL: 0, or
 * EX_DATAERR, told, when id is no id. */
int feeds_path(const char *id, const char *verb, struct buf *out);

/* Call `page` with each page of the sources that args' options --state, --kind, --id and
 * --category let through (NULL: all); its non-zero return ends the walk. 0 or the exit status,
 * told. */
int feeds_each_page(struct client *c, const struct cli_args *args,
                    int (*page)(void *arg, const json_t *items), void *arg);

/* http:// or https://. */
bool feeds_is_address(const char *text);

/* The options of a new source (--name, --kind, --interval, --region, --category, --full-text) onto
 * its JSON. */
void feeds_set_options(const struct cli_args *args, json_t *source);

#endif
