/* feeds/source/roster.h - every source of the daemon, those of huiying.yaml and those added while
 * it runs, each under a number that stays its own for the life of the process. One thread writes
 * (the ledger thread, once it runs); any thread reads. */
#ifndef HUIYING_FEEDS_ROSTER_H
#define HUIYING_FEEDS_ROSTER_H

#include "feeds/source/source.h"

struct roster;

enum { ROSTER_MAX = 1 << 24 };

struct roster *roster_new(void);
/* Frees all sources, removed and replaced ones too. Harmless on NULL. */
void roster_free(struct roster *r);

/* Keep a copy of s under a new number, its url in the normal form of feeds/fetch/address.h: 0 and
 * *index; ERR_EXISTS when a live source has its id or its address (*index is that one's);
 * ERR_SYNTAX (no address); ERR_LIMIT; ERR_NOMEM. Writer only. */
int roster_add(struct roster *r, const struct source *s, uint32_t *index);
/* Put a copy of s (same id) in the place of the source there: one that moved, or whose settings
 * changed. 0, ERR_EXISTS (the address is another's), ERR_SYNTAX or ERR_NOMEM. Writer only. */
int roster_replace(struct roster *r, uint32_t index, const struct source *s);
/* It is a source no longer; roster_get() goes on answering for what is under way. Writer only. */
void roster_remove(struct roster *r, uint32_t index);

/* Numbers given so far: they are 0 to roster_count() - 1. */
uint32_t roster_count(const struct roster *r);
/* How many of them are live. */
uint32_t roster_size(const struct roster *r);
/* Never NULL for a number given, removed or not. The pointer lives as long as the roster, after a
 * roster_replace() too. */
const struct source *roster_get(const struct roster *r, uint32_t index);
bool roster_live(const struct roster *r, uint32_t index);
/* The live source of this id: true and *index. */
bool roster_find(const struct roster *r, struct str id, uint32_t *index);
/* The same by its address, in the normal form of feeds/fetch/address.h. */
bool roster_find_url(const struct roster *r, struct str url, uint32_t *index);

#endif
