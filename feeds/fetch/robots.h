/* feeds/fetch/robots.h - robots.txt (RFC 9309). */
#ifndef HUIYING_FEEDS_ROBOTS_H
#define HUIYING_FEEDS_ROBOTS_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/str.h"

/* May `agent` (a product token, "huiying") fetch the path of `url` under the robots.txt text?
 * Longest match wins, allow wins ties, groups of the same agent are merged, '*' and '$' work,
 * percent-encoding is compared octet by octet, the first 512 KiB count. An empty text allows.
 * *crawl_delay (may be NULL) receives seconds, or -1. Pure; any thread. RFC 9309 §2. */
bool robots_allowed(struct str robots_txt, struct str agent, struct str url, double *crawl_delay);

/* Append to out the rules and crawl delay of robots_txt that concern `agent`, as the one '*' group
 * of a smaller robots.txt that answers the same: 0 or ERR_NOMEM. Pure; any thread. */
int robots_reduce(struct str robots_txt, struct str agent, struct buf *out);

#endif
