#include "classifiers/mask/mask_counts.h"

uint64_t counts_goes_on[COUNTS_CODES / 64];

void counts_prepare(void)
{
    /* What number_mask() takes for part of a number, blanks, and letters of a house number. */
    static const char all[] = " \t\u00A0　-‐–—－)）._·．/*＊×xXＸｘABCDEFGH0123456789０１２３４５６７８９";
    struct str s = {all, sizeof all - 1};

    for (size_t at = 0; at < s.n;) {
        uint32_t cp = utf8_next(s, &at);
        counts_goes_on[cp / 64] |= UINT64_C(1) << cp % 64;
    }
    spoken_figures(counts_goes_on);
    address_units(counts_goes_on);
}
