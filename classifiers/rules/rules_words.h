/* classifiers/rules/rules_words.h - the distinct terms of a text's hits: half of its hits are
 * again. */
#ifndef HUIYING_CLASSIFIERS_RULES_WORDS_H
#define HUIYING_CLASSIFIERS_RULES_WORDS_H

#include "classifiers/match/matcher.h"
#include "classifiers/rules/rules_block.h"

struct words_about { /* what is asked of a term as soon as it is met; in one place */
    uint32_t uses, nuses; /* rules_uses.h: where its uses begin in their table */
    uint32_t voice : 31;  /* rules_voices.h: its row; 0: none */
    uint32_t apart : 1;   /* some uses are not for all fields or texts: each hit makes a word */
};

struct words; /* scratch over one set of rules; one per thread */

struct words *words_new(const struct rules *rules); /* rules need not outlive it */
void words_free(struct words *w);

/* Of each term: whoever uses it fills it, but for `apart`. */
struct words_about *words_about(struct words *w, uint32_t term);

struct words_word {
    uint32_t term, hit; /* hit: the first */
};

struct words_found { /* borrowed until the next text */
    const struct words_word *list; /* by hit */
    const uint32_t *counts;        /* of each its hits */
    const struct words_about *abouts; /* of each; the voice only of the first of its term */
    size_t n;
    const uint32_t *of; /* of each hit: its word */
};

/* Find those of a text, whose terms are all of the rules: 0 or ERR_NOMEM. */
int words_gather(struct words *w, const struct matcher_hits *hits, struct words_found *out);

#endif
