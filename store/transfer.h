/* store/transfer.h - a whole store into another one, of whatever kind: a town moves to many
 * machines, and back. */
#ifndef HUIYING_STORE_TRANSFER_H
#define HUIYING_STORE_TRANSFER_H

#include "store/store.h"

enum transfer_kind {
    TRANSFER_META, /* identity, heads, counts, rules in force, what was published */
    TRANSFER_EVENTS,
    TRANSFER_NOTES,
    TRANSFER_MARKS, /* before the items, which may have been corrected again since */
    TRANSFER_ITEMS,
    TRANSFER_ALIASES,
    TRANSFER_PAGES,
    TRANSFER_CONCERNS,
    TRANSFER_REPLIES,
    TRANSFER_PUBLICATIONS,
    TRANSFER_SURVEYS,
    TRANSFER_CORRECTIONS,
    TRANSFER_SOURCES,
    TRANSFER_ADDED,
    TRANSFER_ARRIVALS,
    TRANSFER_CURSORS,
    TRANSFER_COMMANDS,
    TRANSFER_ACCOUNTS,
    TRANSFER_TOKENS, /* after their accounts */
    TRANSFER_TRAIL,
    TRANSFER_SHARED,
    TRANSFER_OUTBOX, /* which event each unit received as its nth */
    TRANSFER_KINDS
};

/* What a store holds: of each kind how many, and the sum of their hashes, which their order does
 * not change. */
struct transfer_census {
    struct {
        uint64_t count, sum;
    } of[TRANSFER_KINDS];
};

struct transfer_watch {
    void (*step)(void *arg, size_t done, size_t total); /* may be NULL */
    void *arg;
};

const char *transfer_name(enum transfer_kind kind); /* "events" … */

/* Read all of it; a row that no writer of ours stored, a gap in the ledger or in what a unit
 * received is ERR_CORRUPT, with the kind in *at. Nobody writes to it meanwhile. */
int transfer_census(struct store *s, const struct transfer_watch *watch,
                    struct transfer_census *out, enum transfer_kind *at);

/* Copy all of `from` into `to`, a new store, which takes on its epoch and hash key; then read both
 * and compare. Both are writers, which keeps others away. Texts whose time is over by `now` (ms)
 * are dropped first. 0; ERR_EXISTS (`to` holds something); ERR_CORRUPT (`from` contradicts itself,
 * or the copy differs: *at says in what); what the stores say. After an error `to` is to be thrown
 * away. Any thread. */
int transfer_copy(struct store *from, struct store *to, int64_t now,
                  const struct transfer_watch *watch, struct transfer_census *out,
                  enum transfer_kind *at);

#endif
