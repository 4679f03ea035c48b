/* classifiers/mask/mask_counts.h - numbers that count something, and are nobody's. */
#ifndef HUIYING_CLASSIFIERS_MASK_COUNTS_H
#define HUIYING_CLASSIFIERS_MASK_COUNTS_H

#include "classifiers/mask/mask_scan.h"
#include "classifiers/text/codes.h"

enum { COUNTS_CODES = 0x10000 };

/* A bit for each code point that after a number in ASCII may make more of it than a count: digits,
 * what parts them, units of an address. */
extern uint64_t counts_goes_on[COUNTS_CODES / 64];

void counts_prepare(void); /* before the first use, after address_prepare() and spoken_prepare() */

/* Do digits stand at code point k, CODES_DIGITS before the last or more, that are too few for a
 * phone or an account, and is what follows none of these? Then number_mask() has to
 * look only where a cue lets it take any number, number_spoken() and address_mask(ADDRESS_ANY) need
 * not. */
static inline bool counts_only(const struct scan *s, size_t k)
{
    unsigned digits = codes_digits(s->cp + k);
    uint32_t cp = s->cp[k + digits], at = cp % COUNTS_CODES;
    return (digits != 0) & (cp < COUNTS_CODES) & ~(counts_goes_on[at / 64] >> at % 64) & 1;
}

#endif
