/* classifiers/likeness/fingerprint.h - min-hash sketch of a text for finding near-exact copies. */
#ifndef HUIYING_CLASSIFIERS_FINGERPRINT_H
#define HUIYING_CLASSIFIERS_FINGERPRINT_H

#include <stddef.h>
#include <stdint.h>

#include "classifiers/verdict.h"

/* Sketch of the 3-grams of `n` folded code points (punctuation and white space already dropped):
 * the share of equal slots of two sketches estimates their Jaccard similarity (Broder 1997). */
void fingerprint_sketch(const uint32_t *folded, size_t n, uint32_t sketch[static VERDICT_SKETCH]);

/* The same, for processors that have nothing better. */
void fingerprint_plain(const uint32_t *folded, size_t n, uint32_t sketch[static VERDICT_SKETCH]);

/* Equal slots of two sketches, 0 to VERDICT_SKETCH. */
int fingerprint_equal(const uint32_t a[static VERDICT_SKETCH],
                      const uint32_t b[static VERDICT_SKETCH]);

#endif
