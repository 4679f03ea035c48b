/* store/redis/redis_walk.h - a walk over a set: rows of walk.lua, in pieces. Private to this
 * folder. */
#ifndef HUIYING_STORE_REDIS_WALK_H
#define HUIYING_STORE_REDIS_WALK_H

#include "store/redis/redis.h"

struct redis_walk {
    const char *kind;
    struct buf set;      /* name past the prefix */
    struct buf from, to; /* bounds; the first one moves on. redis_walk_free() it */
    bool falling, ended;
};

/* From one end of the set to the other; then fill `from` or `to` with other bounds. */
void redis_walk_start(struct redis_walk *w, const char *kind, const char *set, bool falling);
/* '[' or '(', and n bytes. */
void redis_walk_bound(struct buf *bound, char type, const void *p, size_t n);
/* Up to `max` rows, each a value and more, of which the first is the member: until `row` gives
 * something else than 0, which is the result, or ERR_*. The walk is freed. */
int redis_walk_each(struct redis *r, struct redis_walk *w, size_t max,
                    int (*row)(const redisReply *row, void *to), void *to);
void redis_walk_free(struct redis_walk *w);

#endif
