/* store/search/grams.h - what an index of words is made of: pairs of neighbouring characters, and
 * whole Latin words. Private to this folder.
 *
 * Every Chinese word of two characters is one pair, so it is found without looking at a text; of a
 * longer word the pairs are necessary, and the text decides. */
#ifndef HUIYING_STORE_GRAMS_H
#define HUIYING_STORE_GRAMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    GRAMS_BITS = 43,     /* of a gram: a pair of code points, or the hash of a word and a mark */
    GRAMS_DOC_BITS = 13, /* below it in a list: which document */
    GRAMS_DOCS = 1 << GRAMS_DOC_BITS
};

/* Grams, each above the number of its document. */
struct grams {
    uint64_t *list;
    size_t n, cap;
    uint64_t *spare; /* of sorting */
    size_t spare_cap;
};

#define GRAMS_INIT ((struct grams){0})

/* Append the grams of a folded text (fold.h): 0 or ERR_NOMEM. doc < GRAMS_DOCS. */
int grams_add(struct grams *g, const uint32_t *cp, size_t n, uint32_t doc);
/* Append one gram, of GRAMS_BITS: the same. */
int grams_put(struct grams *g, uint64_t gram, uint32_t doc);
/* Sort by gram (those of one gram stay as they were added) and leave neighbours that are equal out:
 * 0 or ERR_NOMEM. */
int grams_sort(struct grams *g);
void grams_free(struct grams *g);

#endif
