/* tests/unit/town_ledger.h - a real desk over a real store: the town's ledger at work, without a
 * daemon around it. */
#ifndef HUIYING_TESTS_TOWN_LEDGER_H
#define HUIYING_TESTS_TOWN_LEDGER_H

#include "store/store.h"
#include "tests/unit/desk_fixture.h"

struct town_ledger {
    struct town town;
    struct desk *desk;
    struct store *store;
    struct changes changes;
    uint64_t random;     /* state of the generator */
    int64_t now;         /* ms; a step moves it on */
    unsigned items;      /* stored so far */
    int64_t keep;        /* ms that texts are kept */
};

/* Begin the ledger of a new store at this address. */
void town_ledger_open(struct town_ledger *l, const char *address, uint64_t seed);
/* Commit one transaction: some items, each with a text that holds its number as "text NUMBER.",
 * what units and time do meanwhile, acks, marks, pages. 0 or what store_commit() said; after an
 * error the ledger can only be closed. */
int town_ledger_step(struct town_ledger *l);
/* Close the store and open it again, as a restart of the daemon does. */
void town_ledger_reopen(struct town_ledger *l, const char *address);
void town_ledger_close(struct town_ledger *l);
uint32_t town_ledger_roll(struct town_ledger *l, uint32_t below);
/* The ident of the item that was stored as the number-th, from 0. */
void town_ledger_ident(unsigned number, unsigned char out[static STORE_IDENT]);

#endif
