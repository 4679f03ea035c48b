/* base/heap.h - binary heap of due times with stable handles: add, move, remove in O(log n). */
#ifndef HUIYING_BASE_HEAP_H
#define HUIYING_BASE_HEAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct heap;

/* The heap orders dense ids 0..2^32-2 by a 64-bit key; an id is in it at most once.
 * NULL when memory is exhausted. */
struct heap *heap_new(void);
void heap_free(struct heap *h);
/* Insert id, or move it when present: 0, or ERR_NOMEM. An id that was in it before, or a smaller
 * one, finds its room kept. */
int heap_set(struct heap *h, uint32_t id, int64_t key);
/* Take id out; harmless when absent. */
void heap_remove(struct heap *h, uint32_t id);
/* Smallest key: false when empty. Ties: any order. */
bool heap_peek(const struct heap *h, uint32_t *id, int64_t *key);
size_t heap_count(const struct heap *h);

#endif
