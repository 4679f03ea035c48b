/* tests/unit/store_dump.h - a store as text, to be compared. */
#ifndef HUIYING_TESTS_STORE_DUMP_H
#define HUIYING_TESTS_STORE_DUMP_H

#include "store/store.h"

/* Everything that the views of a store show, as text: equal stores give equal text. */
void store_dump(struct store *store, struct buf *out);

#endif
