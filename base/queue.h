/* base/queue.h - bounded queue of pointers between threads, with an eventfd for pollers. */
#ifndef HUIYING_BASE_QUEUE_H
#define HUIYING_BASE_QUEUE_H

#include <stdbool.h>
#include <stddef.h>

struct queue;

/* capacity >= 1; NULL when memory or descriptors are exhausted. */
struct queue *queue_new(size_t capacity);
/* The queue must be empty of what the caller still owns. Harmless on NULL. */
void queue_free(struct queue *q);
/* Hand item over. Waits while full: 0, or ERR_CLOSED (the caller keeps the item). Any thread. */
int queue_push(struct queue *q, void *item);
/* As queue_push(), but ERR_AGAIN when full instead of waiting. */
int queue_try_push(struct queue *q, void *item);
/* Hand over as many of n items as there is room for, the first ones: how many, all of them when the
 * queue is closed (*closed true, the caller keeps them). One lock and one wake for all. Any thread.
 */
size_t queue_try_push_all(struct queue *q, void *const *items, size_t n, bool *closed);
/* Take up to max items, waiting at most wait_ms (-1: for ever) for the first: count taken, 0 when
 * none came in time, ERR_CLOSED when closed and drained. Any thread. */
int queue_take(struct queue *q, void **items, size_t max, int wait_ms);
/* No more pushes; takers drain what is left. Idempotent. */
void queue_close(struct queue *q);
/* True when a push would wait: the sign for back-pressure. */
bool queue_full(struct queue *q);
size_t queue_count(struct queue *q);
/* How many pushes would not wait. */
size_t queue_room(struct queue *q);
/* Readable while items wait or the queue is closed; for poll(2) only, never read it. */
int queue_fd(const struct queue *q);

#endif
