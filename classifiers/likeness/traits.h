/* classifiers/likeness/traits.h - what tells one matter from another, as a few hashed words: names
 * of places and firms, numbers and dates, rare pairs of characters. No text can be read back from
 * them.
 *
 * A trait is a class in the upper five bits and 27 bits of a hash; a zero is none. */
#ifndef HUIYING_CLASSIFIERS_TRAITS_H
#define HUIYING_CLASSIFIERS_TRAITS_H

#include <uchar.h>

#include "classifiers/match/matcher.h"
#include "classifiers/text/fold.h"
#include "classifiers/verdict.h"

enum trait_class {
    TRAIT_NONE,
    TRAIT_ESTATE,   /* 阳光花园, 翠苑新村 */
    TRAIT_ROAD,     /* 湖滨西路 */
    TRAIT_SCHOOL,   /* 实验小学 */
    TRAIT_CLINIC,   /* 第二医院, 康民大药房 */
    TRAIT_FIRM,     /* 鼎盛公司, 夕阳红养老院 */
    TRAIT_VILLAGE,  /* 三兆村, 五山社区 */
    TRAIT_LINE,     /* 36路, 3号线 */
    TRAIT_WATER,    /* 胥江河 */
    TRAIT_SITE,     /* 和平里工地 */
    TRAIT_KEY,      /* a rare pair of neighbours in the title, or said again: part of a name */
    TRAIT_GRAM,     /* a rare pair that is said once */
    TRAIT_TERM,     /* a word, or a pair in a rule's term: what it is about */
    TRAIT_SUBJECT,  /* the trouble itself, whatever it is called: 停水, 断水, 没有自来水 */
    TRAIT_MENTION,  /* a subject that the text says once, beside those it is about */
    TRAIT_CHAR,     /* a character in the title, or said again: what it is about, in any words */
    TRAIT_CITY,     /* a市: places that the gazetteer does not hold, or that hide their names */
    TRAIT_COUNTY,   /* 清河县, a3区 */
    TRAIT_TOWN,     /* 大坪乡, 荷花街道 */
    TRAIT_NUMBER,   /* a count with its unit, the number of an issue */
    TRAIT_DATE,
    TRAIT_BULLETIN, /* it says that it is one of a row: 通报, 日报, 第12期 */
};

/* How many a verdict holds of these at most; of fewer it holds all there are. */
enum { TRAITS_KEYS = 9, TRAITS_GRAMS = 7, TRAITS_TERMS = 9 };

enum { TRAIT_SHIFT = 27 };

static inline enum trait_class trait_class(uint32_t trait)
{
    return (enum trait_class)(trait >> TRAIT_SHIFT);
}

static inline uint32_t trait_value(uint32_t trait) /* the hash: of a pair or name the same */
{
    return trait & ((1u << TRAIT_SHIFT) - 1);
}

/* A name: two matters that bear other names of the same class are two matters. */
static inline bool trait_is_name(uint32_t trait)
{
    return trait_class(trait) >= TRAIT_ESTATE && trait_class(trait) <= TRAIT_SITE;
}

static inline uint32_t trait_make(enum trait_class class, uint64_t value)
{
    value = (value ^ (value >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    value = (value ^ (value >> 27)) * UINT64_C(0x94D049BB133111EB);
    return (uint32_t)class << TRAIT_SHIFT | (uint32_t)(value >> 37);
}

struct rules;
struct traits; /* tables and scratch memory; one per thread */

struct traits *traits_new(void); /* NULL when memory is exhausted */
void traits_free(struct traits *t);

/* Fill v->traits, rising, zeroes last, from the folded text, the terms found in it (hits by rising
 * start) and v->regions: the names of places that the regions say already are no traits. How rare
 * a pair is, a shipped table says (traits_pairs.c). Of many pairs those are taken that come often
 * or stand in the title, then those of the least hashes, so that two texts about one matter take
 * the same. Only the beginning of a long text is looked at. */
void traits_take(struct traits *t, const struct rules *r, const struct fold *f,
                 const struct matcher_hits *hits, struct verdict *v);

/* For traits.c: the words of a subject, a space between two; NULL past the last. Returns how many
 * subjects there are. */
size_t traits_subject(size_t i, const char32_t **words);
/* For traits.c: the first character of a word that names end in, by which they are sorted. Returns
 * how many there are. */
size_t traits_ending(size_t i, uint32_t *first);
/* For traits.c: the trait of what begins at `at` and is the only one of its kind in a place
 * (车管所), with the end of the word; or 0. */
uint32_t traits_alone(const struct fold *f, size_t at, size_t *to);
/* For traits.c: the name whose last word begins at `at`, e.g. the 花园 of 阳光花园; `ending` is the
 * first of those that begin with that character. Returns its trait, or 0, with the half-open range
 * of its last words, without the name proper. */
uint32_t traits_name(const struct fold *f, size_t ending, size_t at, size_t *from, size_t *to);
/* For traits.c: the trait of the number that begins at *at, which is moved behind what was read of
 * it; or 0. `kinds`: CHAR_* of each code point (traits_words.h). */
uint32_t traits_number(const struct fold *f, const uint8_t *kinds, size_t *at);

#endif
