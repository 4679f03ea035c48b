/* store/redis/redis_plain.h - the new items of a batch on their way past the script. Private to
 * redis_plain.c, which sends them, and redis_new.c, which writes them. */
#ifndef HUIYING_STORE_REDIS_PLAIN_H
#define HUIYING_STORE_REDIS_PLAIN_H

#include "store/redis/redis.h"

enum { REDIS_JUDGED_BY = 2 }; /* marks, of the first aspects, that end an item's doubt */

/* The new items one after the other, each with its record (redis_plain_begin()). */
struct redis_new {
    const struct store_batch *batch;
    const struct redis *r;
    size_t at, count; /* in the batch; of those that were handed out */
    struct str record;
    const struct store_item *item;
};
bool redis_new_next(struct redis_new *w); /* false: there is no further one */
void redis_put_item_key(struct redis *r, struct redis_args *a, const unsigned char *ident);

/* What is known ahead of the transaction. */
struct redis_ahead {
    uint64_t items;
    size_t marks;         /* values of that answer */
    const redisReply *of; /* it */
};

/* Number them, and append the commands that store them: how many. */
size_t redis_put_new(struct redis *r, const struct store_batch *batch,
                     const struct redis_ahead *ahead, struct redis_args *a);

#endif
