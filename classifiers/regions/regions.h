/* classifiers/regions/regions.h - which places a text speaks of, by division code. */
#ifndef HUIYING_CLASSIFIERS_REGIONS_H
#define HUIYING_CLASSIFIERS_REGIONS_H

#include "base/arena.h"
#include "classifiers/match/matcher.h"
#include "classifiers/rules/rules_block.h"
#include "classifiers/text/fold.h"
#include "classifiers/verdict.h"

enum { REGIONS_MAX = 16, REGIONS_MENTIONS = 64 };

/* A name in the text. */
struct region_mention {
    uint32_t term, start, end; /* term: UINT32_MAX for a street, which no term stands for */
    int64_t place;             /* -1: not resolved */
    bool word[2]; /* a word of not_before, of not_before_full comes after it */
};

/* Digits of a division code that say something: 430000 -> 2, 430102 -> 6. */
size_t regions_prefix(struct str code);
/* a lies above b, or is it. */
bool regions_above(struct str a, struct str b);
/* How near two codes are: 3 one lies in the other, 2 same city, 1 same province, 0 neither. */
unsigned regions_nearness(struct str a, struct str b);
bool regions_is_code(struct str s);
/* Digits that codes within the same city share: of a municipality two, of a county right under
 * its province six. */
size_t regions_city(struct str code);

/* Resolve the place names among hits (sorted by start). The longest name at a spot wins. A name
 * that several places bear counts for the one whose parent is named nearest to it, else the one
 * nearest to `home` (the source's code, may be empty), else none; a street counts within a city or
 * county that is named or is home's. A place gives way to one within it.
 * Sets v->regions, in order of first mention; with no place named, home itself when known.
 * 0 or ERR_NOMEM. */
int regions_resolve(const struct rules *rules, const struct fold *f,
                    const struct matcher_hits *hits, struct str home, struct arena *arena,
                    struct verdict *v);

/* Does the verdict speak of places, and all of them lie outside `home`, neither in it nor above
 * it? False for an empty home. */
bool regions_elsewhere(const struct verdict *v, struct str home);

/* regions_street.c */
/* Words that make the name before them another's: does one stand at f->cp[at]? `full`: of those
 * for full names. */
bool regions_word_at(const struct rules *r, const struct fold *f, uint32_t at, bool full);
static inline uint32_t regions_first(uint32_t cp)
{
    return cp * UINT32_C(0x9E3779B1) >> 20;
}
/* Add to all[0 .. n) the streets that lie in the resolved ones or near home: the new count, sorted
 * by start. */
size_t regions_find_streets(const struct rules *r, const struct fold *f, struct str home,
                            struct region_mention all[static REGIONS_MENTIONS], size_t n);
/* Of a name, read backwards: begin with 0, take each code point from its last on. */
static inline uint64_t regions_hash(uint64_t h, uint32_t cp)
{
    h = (h ^ cp) * UINT64_C(0x9E3779B97F4A7C15);
    return h ^ h >> 29;
}
/* Bits of rules.ends: three or more of a name's last characters, with this hash, are those of a
 * street's name; they are all of it (two of it also). A bit may be another's too. */
static inline uint32_t regions_end(uint64_t h)
{
    return (uint32_t)(h >> 20) % BLOCK_ENDS;
}
static inline uint32_t regions_whole(uint64_t h)
{
    return (uint32_t)(h >> 40 ^ h >> 8) % BLOCK_ENDS;
}

#endif
