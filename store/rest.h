/* store/rest.h - the members of events and concerns that most of them do not have, as one value of
 * bytes: every backend keeps it as it is. Private to this folder. */
#ifndef HUIYING_STORE_REST_H
#define HUIYING_STORE_REST_H

#include "store/store.h"

/* Appends nothing when all of them are 0 or empty. Check buf_ok(). Members are written in a fixed
 * order to which new ones are only added at the end: what an older writer did not write is read as
 * 0. */
void rest_write_event(const struct event *e, struct buf *out);
void rest_write_concern(const struct concern *c, struct buf *out);
/* Fill in the members; false when no writer of ours wrote these bytes. A concern's state is known
 * by then: a closed one of which nothing is written was answered. Which of its clocks are shelved
 * is told here, and filled in whether the clocks are read yet or not. */
bool rest_read_event(struct str bytes, struct event *e);
bool rest_read_concern(struct str bytes, struct concern *c);

#endif
