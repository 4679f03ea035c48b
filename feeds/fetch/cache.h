/* feeds/fetch/cache.h - things remembered under a name until a time. Not thread-shared. */
#ifndef HUIYING_FEEDS_CACHE_H
#define HUIYING_FEEDS_CACHE_H

#include <stdint.h>

#include "base/str.h"

struct cache;

/* At most max things; `drop` ends one (it may be free()). NULL when memory is exhausted. */
struct cache *cache_new(size_t max, void (*drop)(void *thing));
/* Drops all. Harmless on NULL. */
void cache_free(struct cache *c);

/* The thing under name, or NULL when there is none whose time is after now. It stays valid until
 * the next cache_put(). */
void *cache_get(struct cache *c, struct str name, int64_t now);
/* Take thing, in place of what was there; to make room, what ends first goes, except things kept
 * for ever (INT64_MAX), for which the cache grows: 0, or ERR_NOMEM (the caller keeps thing). */
int cache_put(struct cache *c, struct str name, void *thing, int64_t now, int64_t until);
/* Where the thing under name is, which stays so until it is dropped; UINT32_MAX: nowhere. */
uint32_t cache_place(struct cache *c, struct str name);
/* Change the time of the thing there. */
void cache_until_at(struct cache *c, uint32_t place, int64_t until);
/* Change the time of the thing under name; harmless when there is none. */
void cache_until(struct cache *c, struct str name, int64_t until);
size_t cache_count(const struct cache *c);

#endif
