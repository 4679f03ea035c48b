/* classifiers/likeness/traits_words.h - words and characters that traits.c tells apart. */
#ifndef HUIYING_CLASSIFIERS_TRAITS_WORDS_H
#define HUIYING_CLASSIFIERS_TRAITS_WORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uchar.h>

enum { /* of a character of the language */
    CHAR_PLAIN = 1,
    CHAR_NUMERAL = 8,
};

enum { /* of two neighbours */
    PAIR_COMMON = 1,  /* every second complaint has it */
    PAIR_WORD = 2,    /* any text may have it */
    PAIR_SUBJECT = 4, /* begins a word of a subject */
    PAIR_CUE = 8,     /* says: one of a row of bulletins */
    PAIR_BITS = 17, PAIRS = 1 << PAIR_BITS
};

enum {
    CHARS_FROM = 0x3000, CHARS_TO = 0xA000,
    WORDS_MAX = 4096,
    FIRSTS = 8192 /* a power of two, well above the number of words */
};

struct traits_word { /* of a subject */
    const char32_t *text;
    uint16_t n, subject;
};

struct traits_words {
    uint8_t pairs[PAIRS / 2]; /* four bits a pair, by hash: a few say more than they should */
    uint8_t chars[CHARS_TO - CHARS_FROM];
    uint8_t endings[CHARS_TO - CHARS_FROM]; /* the first that begins so, from 1; 0: none */
    struct traits_word words[WORDS_MAX]; /* by their first two characters */
    size_t nwords;
    uint16_t firsts[FIRSTS]; /* by hash of those: the first such word's number, or 0; from 1 */
};

/* Fill a zeroed one. */
void traits_words_fill(struct traits_words *w);

/* CHAR_* of a code point. */
static inline uint8_t traits_words_flags(const struct traits_words *w, uint32_t cp)
{
    return cp >= CHARS_FROM && cp < CHARS_TO ? w->chars[cp - CHARS_FROM] : 0;
}

static inline uint32_t traits_words_hash(uint32_t a, uint32_t b)
{
    return (a * 0x9E3779B1u) ^ (b * 0x85EBCA6Bu + 0x7F4A7C15u);
}

/* The number, from 1, of the first word that names end in and that begins so; 0: none. */
static inline size_t traits_words_ending(const struct traits_words *w, uint32_t cp)
{
    return cp >= CHARS_FROM && cp < CHARS_TO ? w->endings[cp - CHARS_FROM] : 0;
}

/* PAIR_* of two neighbours. */
static inline unsigned traits_words_pair(const struct traits_words *w, uint32_t a, uint32_t b)
{
    uint32_t at = traits_words_hash(a, b) >> (32 - PAIR_BITS);

    return w->pairs[at >> 1] >> (4 * (at & 1)) & 15;
}

/* The first word of a subject that begins with these two, or NULL; those that do follow it. */
const struct traits_word *traits_words_first(const struct traits_words *w, uint32_t a, uint32_t b);

/* Pairs of each kind, two code points each (traits_pairs.c). */
extern const char32_t traits_pairs_common[], traits_pairs_word[];

#endif
