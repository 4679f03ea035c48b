/* classifiers/rules/rules_parts.h - what is asked of the uses of terms, closed up in tables of its
 * own: texts touch it all over, and what that costs is the lines of memory that are fetched. */
#ifndef HUIYING_CLASSIFIERS_RULES_PARTS_H
#define HUIYING_CLASSIFIERS_RULES_PARTS_H

#include "classifiers/rules/rules_block.h"
#include "classifiers/rules/rules_voices.h"
#include "classifiers/rules/rules_words.h"

enum parts_traits {
    PARTS_VETO = 1,     /* the role is ROLE_NONE */
    PARTS_CONDITION = 2 /* more than evidence by itself */
};

/* parts_use.part: which group of which pattern a use is, the pattern above PARTS_BITS. After the
 * rules' patterns come more of one group: of what waits for no other words, and one for each use
 * with an aim of its own. */
enum {
    PARTS_BITS = 3, /* enough for BLOCK_PATTERN_GROUPS */
    PARTS_FEW = 4   /* uses; most terms have no more, and each has room for so many */
};

struct parts_use {
    uint32_t set;
    float weight;
    uint8_t what, role, traits;
};

struct parts_aim {
    uint32_t target, root; /* of a use of the first group; that of each next is one more */
};

struct parts {
    /* words_about.uses: where those of a term begin, a multiple of PARTS_FEW. What is left up to
     * PARTS_FEW is `always`, so that these may be noted whatever a term has. */
    struct parts_use *uses;
    uint32_t *part;         /* of each; by itself, since most are asked for nothing else */
    uint32_t *number;       /* of each in the block */
    size_t nuses;
    struct parts_aim *aims; /* of each pattern */
    uint64_t *all;          /* of each pattern: a byte 1 for each of its groups */
    uint32_t npatterns, always; /* always: part of what waits for no other words */
};

/* All uses but places and what `voices` counts; fills what `words` tells of each term. 0 or
 * ERR_NOMEM; parts_free() in either case. */
int parts_fill(struct parts *p, const struct rules *r, const struct voices *voices,
               struct words *words);
void parts_free(struct parts *p);

#endif
