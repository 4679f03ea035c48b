/* store/forget.h - old items that nothing hangs on go, so that a store's size has a bound. */
#ifndef HUIYING_STORE_FORGET_H
#define HUIYING_STORE_FORGET_H

#include "store/store.h"

enum {
    STORE_FORGET_PIECE = 1000, /* numbers looked at in one transaction */
    STORE_FORGET_SWEEP = 2000  /* aliases */
};
/* A date read once more, in another zone, may be so much later. */
#define STORE_FORGET_SLACK (2 * 24 * 3600 * INT64_C(1000))
/* An item that was passed over is looked at again after so long. */
#define STORE_FORGET_ROUND (30 * 24 * 3600 * INT64_C(1000))

/* Forget the items of which all of this holds: they are in no concern, have no words and no page
 * that is to be read; nobody marked, corrected or redacted them; their list tells when they were
 * published (STORE_DATED), after 1970, and that and their `found` lie more than STORE_FORGET_SLACK
 * before `before` (ms). Nothing of them is found from then on; their numbers are not given again. A
 * list may still show them: what is published before store_counts.forgotten_before, and is not
 * stored, may have been. That is STORE_FORGET_SLACK behind the youngest of them, and not behind
 * `before`.
 *
 * Looks at up to `max` numbers behind those of the last call, in transactions of
 * STORE_FORGET_PIECE. Gives how many it got past: 0 when those that follow are too young; past the
 * last old one it begins anew a STORE_FORGET_ROUND later. Or negative err, as store_expire().
 * Writer only. */
int store_forget(struct store *s, int64_t before, size_t max);

#endif
