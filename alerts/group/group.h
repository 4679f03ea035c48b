/* alerts/group/group.h - finds copies: an index of sketches whose look-up does not grow with the
 * number of concerns (locality-sensitive hashing by bands; Leskovec, Mining of Massive Datasets,
 * 3.4). */
#ifndef HUIYING_ALERTS_GROUP_H
#define HUIYING_ALERTS_GROUP_H

#include <stdbool.h>
#include <stddef.h>

#include "classifiers/verdict.h"

enum {
    GROUP_THRESHOLD = 11,   /* equal slots of 16 that make a near-exact copy */
    GROUP_CANDIDATES = 1024 /* what one look-up may return */
};

struct group;

struct group *group_new(void);
void group_free(struct group *g);
/* Make group_add() of slots below `end` succeed: 0 or ERR_NOMEM. */
int group_reserve(struct group *g, uint32_t end);
/* Index a sketch under a slot that holds none. One that says nothing (group_blank) is left out. */
void group_add(struct group *g, uint32_t slot, const uint32_t sketch[static VERDICT_SKETCH]);
/* Take the slot out; harmless when it holds none. */
void group_remove(struct group *g, uint32_t slot);

/* Ask for the memory that group_find() of the same will look at first. */
void group_prefetch(const struct group *g, const uint32_t sketch[static VERDICT_SKETCH]);
/* Slots that share a band with the sketch, newest first in each band, exact copies first; a slot
 * may come several times. Every sketch with at least GROUP_THRESHOLD equal slots shares a band;
 * of a band that thousands of texts share only the newest are given. Returns how many. */
size_t group_find(const struct group *g, const uint32_t sketch[static VERDICT_SKETCH],
                  uint32_t out[static GROUP_CANDIDATES]);

/* Equal slots of two sketches, 0 to VERDICT_SKETCH. */
int group_equal(const uint32_t a[static VERDICT_SKETCH], const uint32_t b[static VERDICT_SKETCH]);
/* All slots alike: a text too short for a sketch, which is nobody's copy. */
bool group_blank(const uint32_t sketch[static VERDICT_SKETCH]);

#endif
