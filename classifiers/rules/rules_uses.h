/* classifiers/rules/rules_uses.h - the uses of a text's hits, by the set that they are for. */
#ifndef HUIYING_CLASSIFIERS_RULES_USES_H
#define HUIYING_CLASSIFIERS_RULES_USES_H

#include "classifiers/match/matcher.h"
#include "classifiers/rules/rules_block.h"
#include "classifiers/rules/rules_parts.h"
#include "classifiers/rules/rules_tree.h"
#include "classifiers/text/fold.h"

struct uses_run { /* of a set: its marks */
    uint32_t first, count;
    enum block_grade grade; /* this and evidence: for the user; zero after uses_gather() of a set
                               that it finds or has found a text before */
    float evidence;
    unsigned traits; /* enum parts_traits of all its marks' uses */
};

struct uses; /* scratch over one set of rules; one per thread */

/* rules must outlive it; fills what `words` tells about each term. Without what `voices` counts. */
struct uses *uses_new(const struct rules *rules, struct words *words, const struct voices *voices);
void uses_free(struct uses *u);

struct uses_text {
    const struct fold *fold;
    const struct matcher_hits *hits;
    const struct words_found *words; /* of the hits */
    struct trees *trees;
};

/* Find what each hit is used for in its field and in the scope of this text (trees_scope()),
 * leaving out words of patterns of which another group stands nowhere in the text. 0 or
 * ERR_NOMEM. */
int uses_gather(struct uses *u, const struct uses_text *text);

/* Of the last text. */
struct uses_run *uses_run(const struct uses *u, uint32_t set);
const struct parts_use *uses_table(const struct uses *u);
/* Of each use of the table, for its user: false of those of marks after uses_gather(). Not a bit
 * each: marks of one set would wait for each other's word. */
bool *uses_counted(const struct uses *u);
/* Number in the block of a use of the table. */
uint32_t uses_number(const struct uses *u, uint32_t use);
/* By runs; in each by the start of the hits. */
struct tree_mark *uses_marks(const struct uses *u);
/* The sets with marks, in the order of their first hits: count. */
size_t uses_sets(const struct uses *u, const uint32_t **sets);
/* Is some mark more than evidence by itself? */
bool uses_conditions(const struct uses *u);

/* Does the use count in the part of the text where the hit stands? */
bool uses_in_field(const struct block_use *use, const struct matcher_hit *h, const struct fold *f);

#endif
