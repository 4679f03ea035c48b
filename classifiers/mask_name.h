/* classifiers/mask_name.h - what the masker knows of personal names. Texts and offsets as in
 * mask_scan.h. */
#ifndef HUIYING_CLASSIFIERS_MASK_NAME_H
#define HUIYING_CLASSIFIERS_MASK_NAME_H

#include "classifiers/mask_scan.h"

enum family { FAMILY_NONE, FAMILY_RARE, FAMILY_COMMON, FAMILY_COMPOUND };
enum { GIVEN_WEAK = 1, GIVEN_STRONG };

/* Byte after a family name at i, else 0 and FAMILY_NONE. FAMILY_RARE: mostly an ordinary word. */
size_t name_family(const struct scan *s, size_t i, enum family *kind);
/* How much the character speaks for a given name: 0, GIVEN_WEAK or GIVEN_STRONG. */
unsigned name_given(uint32_t cp);
/* A word that begins like a name stands at i. */
bool name_is_word(const struct scan *s, size_t i);
/* What goes on a sentence after a name stands at i: 1, a single character; 2, a longer word. */
unsigned name_followed(const struct scan *s, size_t i);
/* [from, to) ends as the name of an office, a trade or a place does. */
bool name_is_office(const struct scan *s, size_t from, size_t to);
/* Byte after at most `max` Han characters, and how many. */
size_t name_run(const struct scan *s, size_t i, unsigned max, unsigned *n);
/* Byte after a name at i that the cue allows, else 0. */
size_t name_end(const struct scan *s, size_t i, enum name_cue cue);
/* Two or three Chinese characters by themselves, whatever the first, else 0. */
size_t name_apart(const struct scan *s, size_t i);

void family_prepare(void); /* before the first use */

#endif
