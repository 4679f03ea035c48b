/* daemon/cli/feeds_slug.h - ids for sources that come without one: from the address alone, so that
 * the same list gives the same ids again. */
#ifndef HUIYING_DAEMON_CLI_FEEDS_SLUG_H
#define HUIYING_DAEMON_CLI_FEEDS_SLUG_H

#include <stdbool.h>

enum { FEEDS_SLUG = 65 };

/* "https://www.people.com.cn/rss/politics.xml" -> "people-com-cn-politics". False when url is no
 * address. */
bool feeds_slug(const char *url, char out[static FEEDS_SLUG]);
/* The same with eight digits that are the address's own, for one whose plain id is another's. */
bool feeds_slug_own(const char *url, char out[static FEEDS_SLUG]);
/* The host, for want of a name; cut when it is longer. */
bool feeds_host(const char *url, char out[static FEEDS_SLUG]);

#endif
