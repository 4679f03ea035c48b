/* feeds/fetch/robots_cache.h - what each origin's robots.txt said, for a day (RFC 9309 §2.3, §2.4).
 * Times are clock_mono() ms. Not thread-shared. */
#ifndef HUIYING_FEEDS_ROBOTS_CACHE_H
#define HUIYING_FEEDS_ROBOTS_CACHE_H

#include <stddef.h>
#include <stdint.h>

#include "base/str.h"
#include "feeds/fetch/address.h"

struct robots_cache;

/* agent: the product token. NULL when memory is exhausted. It remembers 131,072 origins whose rules
 * for us are short, and 256 with more than 1 KiB of them; what ends first makes room. */
struct robots_cache *robots_cache_new(const char *agent);
void robots_cache_free(struct robots_cache *c);

enum robots_word {
    ROBOTS_ASK,        /* nothing fresh is known: fetch robots.txt first */
    ROBOTS_ALLOW,
    ROBOTS_DISALLOW,   /* by a rule */
    ROBOTS_UNREACHABLE /* it could not be had: nothing is allowed until it can */
};
/* *delay (ms, 0: none) receives the pause it asks for between requests. */
enum robots_word robots_cache_check(struct robots_cache *c, const struct address *a, int64_t now,
                                    int64_t *delay);

/* What asking for an origin's robots.txt brought; ERR_NOMEM when it could not be kept. `cached` is
 * how long (ms) its cache headers call it fresh, 0 when they say nothing: it is kept so long, but
 * for ten minutes to a day (RFC 9309 §2.4); without a word a day. */
int robots_cache_text(struct robots_cache *c, const char *origin, struct str text, int64_t cached,
                      int64_t now);
/* There is none (4xx, or redirects without end): everything is allowed. */
int robots_cache_absent(struct robots_cache *c, const char *origin, int64_t now);
/* 5xx or no connection: the last text goes on being obeyed, without one nothing is allowed until it
 * has been so for 30 days, after which there is taken to be none (RFC 9309 §2.3.1.4). */
int robots_cache_unreachable(struct robots_cache *c, const char *origin, int64_t now);

#endif
