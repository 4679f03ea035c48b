/* classifiers/mask_read.h - a text's code points, a stretch at a time. */
#ifndef HUIYING_CLASSIFIERS_MASK_READ_H
#define HUIYING_CLASSIFIERS_MASK_READ_H

#include "classifiers/mask_scan.h"

enum { READ_LONGEST = 256 };

struct stretch {
    uint32_t cp[READ_LONGEST], start[READ_LONGEST]; /* start: bytes from where the stretch begins */
    size_t n;
};

/* Ends a stretch: where it stands something is looked for whatever comes after it. */
static inline bool read_ends(uint32_t cp)
{
    return cp == '\n' || cp == '@' || cp == 0xFF20;
}

/* Read from byte i (< s->n) up to a code point that read_ends(), which it takes too, or as far as
 * it goes: the byte after it. */
size_t read_stretch(const struct scan *s, size_t i, struct stretch *out);

#endif
