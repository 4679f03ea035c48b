/* classifiers/text/fold.h - one spelling for texts and terms: width, case, Simplified, no gaps. */
#ifndef HUIYING_CLASSIFIERS_FOLD_H
#define HUIYING_CLASSIFIERS_FOLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

struct fold {
    uint32_t *cp;    /* folded code points */
    uint32_t *start; /* of each: its first byte in the text that was folded */
    size_t n, cap;
    size_t title; /* cp[0 .. title) come from the title */
};

#define FOLD_INIT ((struct fold){0})

/* Fold s into *out (its memory is reused): NFKC forms that are one code point, full width to half,
 * lower case, Traditional to Simplified by single characters. Zero-width code points vanish, and
 * between Chinese characters white space, one line break, and a bracketed pinyin gloss. The byte
 * at title_n, a '\n' after a title, is never folded away; SIZE_MAX: no title. 0 or ERR_NOMEM. */
int fold_text(struct str s, size_t title_n, struct fold *out);

/* The two steps of fold_text(). After the first cp[] are the code points of s as they are, and both
 * may be changed as long as they begin at the same bytes. */
int fold_read(struct str s, struct fold *out); /* 0 or ERR_NOMEM */
void fold_over(struct str s, size_t title_n, struct fold *f);
/* Index of the first code point that begins at the byte or after it. */
size_t fold_place(const struct fold *f, size_t byte);

void fold_free(struct fold *f);

/* Where code points of a set stand: indices into places[], which has room for n; count. The set is
 * of such below FOLD_SET, a bit each, without 0. */
enum { FOLD_SET = 0x10000 };
size_t fold_among(const uint32_t *cp, size_t n, const uint32_t set[static FOLD_SET / 32],
                  uint32_t *places);

/* Where sentences end: indices of stops (fold_is_stop()) into stops[], which has room for f->n;
 * count. */
size_t fold_stops(const struct fold *f, uint32_t *stops);

/* Its Chinese characters, Latin letters and digits into words[], which has room for f->n; count. */
size_t fold_words(const struct fold *f, uint32_t *words);

/* The byte after folded code point i in the text s that was folded. */
size_t fold_end(const struct fold *f, struct str s, size_t i);

static inline bool fold_is_han(uint32_t cp)
{
    return (cp >= 0x3400 && cp < 0xA000) || cp >= 0x20000 || cp == 0x3007;
}

/* Letters and digits that make words with spaces around them. */
static inline bool fold_is_latin(uint32_t cp)
{
    return (cp >= 'a' && cp <= 'z') || (cp >= '0' && cp <= '9') || (cp >= 0xDF && cp < 0x250);
}

/* Ends a sentence: what follows is another statement. */
static inline bool fold_is_stop(uint32_t cp)
{
    return cp == 0x3002 || cp == '!' || cp == '?' || cp == ';' || cp == '\n' || cp == 0xFF61;
}

#endif
