/* base/arena.h - bump allocation: many small things that die together. Not thread-shared. */
#ifndef HUIYING_BASE_ARENA_H
#define HUIYING_BASE_ARENA_H

#include <stddef.h>

#include "base/str.h"

struct arena;

/* NULL when memory is exhausted. */
struct arena *arena_new(void);
/* Harmless on NULL; everything allocated from it is gone. */
void arena_free(struct arena *a);
/* Forget all allocations but keep the first block for reuse. */
void arena_reset(struct arena *a);
/* Zeroed memory for count things of size bytes, aligned for any type; NULL on overflow or
 * exhaustion. */
void *arena_alloc(struct arena *a, size_t count, size_t size);
/* A copy that ends in NUL (not counted); {NULL,0} on exhaustion. An empty str stays empty. */
struct str arena_str(struct arena *a, struct str s);

#endif
