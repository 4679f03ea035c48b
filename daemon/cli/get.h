/* daemon/cli/get.h - one page of the open web, as the daemon's own fetch room gets it. */
#ifndef HUIYING_DAEMON_CLI_GET_H
#define HUIYING_DAEMON_CLI_GET_H

#include "base/buf.h"
#include "feeds/source.h"

struct cli_got {
    struct buf body;
    char *mime, *url; /* Content-Type; address after redirects. NULL: not told, as asked */
};

/* Get `url` as a page of the source, NULL for its own address: robots.txt is obeyed, private
 * addresses are refused unless the CIDR `allow` (may be NULL) holds them, and `contact` stands in
 * the user agent. 0 and *got for cli_get_clear(), or the exit status after the reason was told. */
int cli_get(const struct source *s, const char *url, const char *contact, const char *allow,
            struct cli_got *got);
void cli_get_clear(struct cli_got *got);

#endif
