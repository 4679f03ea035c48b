/* alerts/group/kin.h - finds concerns that may be the same matter in other words: an inverted index
 * of names and rare pairs by city. A look-up costs the same however many concerns are held, and the
 * memory follows the number of concerns: a key keeps only its newest ones, a full bucket forgets
 * its oldest. */
#ifndef HUIYING_ALERTS_KIN_H
#define HUIYING_ALERTS_KIN_H

#include <stddef.h>
#include <stdint.h>

#include "base/str.h"
#include "classifiers/verdict.h"

enum { KIN_CANDIDATES = 16 }; /* what one look-up may return */

struct kin;

struct kin *kin_new(void);
void kin_free(struct kin *k);
/* Room for so many concerns: 0 or ERR_NOMEM. */
int kin_reserve(struct kin *k, uint32_t concerns);
/* Index traits (sorted, as in a verdict) of a concern, which may have those of several posts.
 * A slot that is given out for a slot dropped since must be checked by the caller. */
void kin_add(struct kin *k, uint32_t slot, struct str place,
             const uint32_t traits[static VERDICT_TRAITS]);
/* Take them out again, whether all of them are still there or not. Another post of the same slot
 * that had some of them is found by its others, until it is added anew. */
void kin_remove(struct kin *k, uint32_t slot, struct str place,
                const uint32_t traits[static VERDICT_TRAITS]);
/* Ask for the memory that kin_find() of the same will look at. */
void kin_prefetch(const struct kin *k, struct str place,
                  const uint32_t traits[static VERDICT_TRAITS]);
/* Slots in the same city, or at a place that is not known, that share a name or two rare pairs
 * with these traits, those that share the most first; each once. For a place that names no city:
 * those of any. Returns how many. */
size_t kin_find(const struct kin *k, struct str place,
                const uint32_t traits[static VERDICT_TRAITS], uint32_t out[static KIN_CANDIDATES]);

#endif
