/* store/check.h - what every backend refuses alike: a batch that does not continue the ledger. */
#ifndef HUIYING_STORE_CHECK_H
#define HUIYING_STORE_CHECK_H

#include "store/store.h"

struct check_head {
    char unit[SLUG_MAX];
    uint64_t head; /* after the batch */
    bool offline;  /* of a stored one; not the batch's to say */
};

/* Sorted by unit. */
struct check_heads {
    struct check_head *list;
    size_t count, cap;
};

/* May the batch be committed on top of s? 0 with the heads of the units it touches, or the error
 * store_commit() documents. check_free() either way. */
int check_batch(struct store *s, const struct store_batch *batch, struct check_heads *heads);
void check_free(struct check_heads *heads);

#endif
