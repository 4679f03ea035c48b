/* classifiers/rules/rules_voices.h - evidence for the cues from words that are it by themselves. */
#ifndef HUIYING_CLASSIFIERS_RULES_VOICES_H
#define HUIYING_CLASSIFIERS_RULES_VOICES_H

#include <stdbool.h>

#include "classifiers/match/matcher.h"
#include "classifiers/rules/rules_block.h"
#include "classifiers/rules/rules_words.h"

struct voices; /* over one set of rules; read-only once made */

/* rules must outlive it; fills what `words` tells about each term. */
struct voices *voices_new(const struct rules *rules, struct words *words);
void voices_free(struct voices *v);

/* Is this use counted here? Of cues that nothing can silence, what holds in every field and
 * text. */
bool voices_takes(const struct voices *v, const struct block_use *use);

/* The evidence for each cue: of each distinct term its weight, once, `title_factor` of that where
 * it stands first before the folded code point `title`. */
void voices_sum(const struct voices *v, const struct words_found *words,
                const struct matcher_hits *hits, size_t title, float title_factor,
                float sum[static BLOCK_CUES]);

#endif
