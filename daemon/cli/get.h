/* daemon/cli/get.h - one page of the open web for a command, with the reason told. */
#ifndef HUIYING_DAEMON_CLI_GET_H
#define HUIYING_DAEMON_CLI_GET_H

#include "daemon/workers/page_get.h"

/* page_get() as `contact`, whose address stands in the user agent: robots.txt is obeyed, private
 * addresses are refused unless the CIDR `allow` (may be NULL) holds them. 0 and *got for
 * page_got_clear(), or the exit status after the reason was told. */
int cli_get(const struct source *s, const char *url, const char *contact, const char *allow,
            struct page_got *got);

#endif
