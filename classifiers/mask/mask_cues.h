/* classifiers/mask/mask_cues.h - cue words of the masker. Texts and offsets as in mask_scan.h. */
#ifndef HUIYING_CLASSIFIERS_MASK_CUES_H
#define HUIYING_CLASSIFIERS_MASK_CUES_H

#include "classifiers/mask/mask_scan.h"

enum cue_kind { CUE_WORD, CUE_PLATE, CUE_STREET };

/* A number for two code points, below CUES_PAIRS. */
enum { CUES_PAIRS = 1 << 15 };
static inline uint32_t cues_pair(uint32_t first, uint32_t second)
{
    return (first * 0x9E3779B1u ^ second * 0x85EBCA6Bu) >> 17;
}

/* Hears of each cue's first three code points; 0: it has no more. */
typedef void cues_tell(enum cue_kind kind, uint32_t first, uint32_t second, uint32_t third);

void cues_prepare(cues_tell *tell); /* before the first use, in one thread */

/* Mask what the cues at i say that begin with these two code points, or are the first alone (after:
 * 0): the byte to go on from, or 0. */
size_t cues_mask(struct scan *s, size_t i, uint32_t cp, uint32_t after);

#endif
