/* classifiers/match/matcher.h - every overlapping occurrence of many terms in one pass. */
#ifndef HUIYING_CLASSIFIERS_MATCHER_H
#define HUIYING_CLASSIFIERS_MATCHER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

struct matcher_term {
    const uint32_t *cp; /* folded (fold.h), at least one */
    size_t n;           /* <= MATCHER_TERM_MAX */
};

enum { MATCHER_TERM_MAX = 64 };

struct matcher_hit {
    uint32_t term;       /* index as given to matcher_build() */
    uint32_t start, end; /* folded code points, half-open */
};

struct matcher_hits { /* zero-initialise; freed with free(list) */
    struct matcher_hit *list;
    size_t n, cap;
};

/* Append to out, whose length must be a multiple of 8, tables that hold no addresses and so may be
 * mapped anywhere at such alignment. A term that begins (ends) with a Latin letter or digit
 * only counts where no other stands before (after) it. 0 or ERR_NOMEM. */
int matcher_build(const struct matcher_term *terms, size_t n, struct buf *out);

/* Are these `size` bytes tables of matcher_build() over nterms terms? Afterwards matcher_scan()
 * reads within them, whatever they say. */
bool matcher_check(const void *tables, size_t size, size_t nterms);

/* Append every occurrence in cp[0..n), code points of Unicode, to *hits: by rising start and, where
 * that is equal, length; terms of one code point follow the others. 0 or ERR_NOMEM. */
int matcher_scan(const void *tables, const uint32_t *cp, size_t n, struct matcher_hits *hits);

#endif
