/* feeds/fetch/outbox.h - what the fetch thread has finished, on its way to the queue out. To hand
 * something over wakes another thread, which costs a third of a poll: what is finished waits for a
 * few others, but not longer than anybody could see. Not thread-shared. */
#ifndef HUIYING_FEEDS_OUTBOX_H
#define HUIYING_FEEDS_OUTBOX_H

#include "base/queue.h"
#include "feeds/fetch/fetch.h"

struct outbox;

/* NULL without memory. out must outlive it. */
struct outbox *outbox_new(struct queue *out);
/* What was not handed over goes. Harmless on NULL. */
void outbox_free(struct outbox *o);

/* Takes f: 0, or ERR_NOMEM and it is still the caller's. now: clock_mono(). */
int outbox_put(struct outbox *o, struct fetched *f, int64_t now);
/* Look how much the queue will take; at the head of each turn of the loop. */
void outbox_look(struct outbox *o);
/* Hand over what is ripe, and, when nothing else is to come soon (idle), all there is. */
void outbox_send(struct outbox *o, bool idle);
/* Whether too much waits to be taken to begin anything. */
bool outbox_blocked(const struct outbox *o);
/* How long a loop_wait() may last, at most `most` ms. */
int outbox_wait_ms(const struct outbox *o, int most);

#endif
