/* feeds/fetch/hop.h - the rules that hold for each answer on the way to a page. Pure; any
 * thread. */
#ifndef HUIYING_FEEDS_HOP_H
#define HUIYING_FEEDS_HOP_H

#include <stdbool.h>

#include "feeds/fetch/address.h"
#include "feeds/fetch/fetch.h"

bool hop_redirects(int status); /* 301, 302, 303, 307, 308 */
bool hop_permanent(int status); /* 301, 308 */

/* Where a redirect leads: NULL and *to, or the reason why it is not followed, "zh (en)". Never to
 * another scheme, but for http to https: that is what most permanent redirects are, it is the same
 * page at the same publisher, and nothing is lost by it; from https to http would be. */
const char *hop_follow(const struct address *from, const char *location, struct address *to);

/* What the status of a last answer means; *problem is static "zh (en)" text or NULL. */
enum fetch_outcome hop_outcome(int status, const char **problem);

/* May a source send this "Name: value"? Not what says who asks, where from or as whom
 * (law 2), nor what frames the request. */
bool hop_header_allowed(const char *line);

#endif
