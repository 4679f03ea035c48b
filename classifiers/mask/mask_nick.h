/* classifiers/mask/mask_nick.h - people as their neighbours call them. Texts and offsets as in
 * mask_scan.h. */
#ifndef HUIYING_CLASSIFIERS_MASK_NICK_H
#define HUIYING_CLASSIFIERS_MASK_NICK_H

#include "classifiers/mask/mask_scan.h"

enum { NICK_FIRSTS = 0x10000 };

extern uint64_t nick_firsts[NICK_FIRSTS / 64]; /* a bit for each code point that begins one */

/* Before the first use, in one thread. `tell` hears of the two code points each begins with. */
void nick_prepare(void (*tell)(uint32_t first, uint32_t second));

/* Hide 老王, 小李, 王姐 and the 周 of 周大爷 at i, whose first two code points are these.
 * The byte to go on from, or 0. */
size_t nick_mask(struct scan *s, size_t i, uint32_t first, uint32_t second);

/* Is nick_mask() to be asked at all? Mostly not. */
static inline bool nick_begins(uint32_t first)
{
    return first < NICK_FIRSTS && nick_firsts[first / 64] >> first % 64 & 1;
}

#endif
