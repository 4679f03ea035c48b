/* feeds/fetch/freshness.h - how long a server calls its answer fresh (RFC 9111 §4.2). */
#ifndef HUIYING_FEEDS_FRESHNESS_H
#define HUIYING_FEEDS_FRESHNESS_H

#include <stdint.h>

/* Real ms, at most a day: Cache-Control max-age, else Expires less Date; 0 when neither says
 * anything, or with no-cache or no-store. Headers as received, NULL when absent. s-maxage is for
 * shared caches, which this is not. Pure but for the wall clock without Date; any thread. */
int64_t freshness_ms(const char *cache_control, const char *expires, const char *date);

#endif
