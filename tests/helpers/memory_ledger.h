/* tests/helpers/memory_ledger.h - a ledger in memory with a thread of its own. */
#ifndef HUIYING_TESTS_MEMORY_LEDGER_H
#define HUIYING_TESTS_MEMORY_LEDGER_H

#include "alerts/bus/bus.h"

struct memory_ledger;

struct memory_ledger *memory_ledger_new(void);
void memory_ledger_free(struct memory_ledger *m); /* after the bus is stopped */
/* What the bus reads and asks. */
struct bus_ledger memory_ledger_face(struct memory_ledger *m);
/* The bus to tell of commits, results and acks; NULL before it stops. */
void memory_ledger_attach(struct memory_ledger *m, struct bus *b);

/* Commit one event of `topic` for unit and, when not NULL, a second unit; its seq. */
uint64_t memory_ledger_add(struct memory_ledger *m, const char *topic, const char *unit,
                           const char *second);
/* Commit `count` of them at once. */
uint64_t memory_ledger_add_many(struct memory_ledger *m, const char *topic, const char *unit,
                                size_t count);
/* While held, acks and commands wait undone. */
void memory_ledger_hold(struct memory_ledger *m, bool held);
/* While full, acks and commands meet ERR_AGAIN. */
void memory_ledger_fill(struct memory_ledger *m, bool full);
/* While blind, cursors cannot be read. */
void memory_ledger_blind(struct memory_ledger *m, bool blind);
/* Lose the acks that wait, as a transaction that fails does. */
void memory_ledger_lose(struct memory_ledger *m);
/* Wait until `count` acks and commands were accepted in all; false after 60 s. */
bool memory_ledger_await(struct memory_ledger *m, size_t count);
/* How often an item's text was asked for. */
size_t memory_ledger_briefs(struct memory_ledger *m);
/* Key of the last command that was done. */
void memory_ledger_last_key(struct memory_ledger *m, char out[static 160]);

#endif
