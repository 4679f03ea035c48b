/* classifiers/rules/rules_eval.h - hits of terms to the evidence that they are for each set. */
#ifndef HUIYING_CLASSIFIERS_RULES_EVAL_H
#define HUIYING_CLASSIFIERS_RULES_EVAL_H

#include "classifiers/match/matcher.h"
#include "classifiers/rules/rules_block.h"
#include "classifiers/text/fold.h"
#include "classifiers/verdict.h"

struct eval; /* scratch over one set of rules; one per thread */

struct eval *eval_new(const struct rules *rules); /* rules must outlive it */
void eval_free(struct eval *e);

struct eval_about { /* what rules may ask of an item besides its text */
    unsigned source;   /* enum judge_source */
    struct str region; /* of the source's place, or empty */
    const struct verdict_region *regions; /* found in the item */
    size_t nregions;
    int64_t at; /* published, else now: ms; 0: unknown, and then every date fits */
};

/* Weigh hits (sorted by start) of the text f: 0 or ERR_NOMEM. Each distinct term counts its
 * weight once and each met condition its own; in the title half as much again. A veto silences
 * its set within its sentence: what stands there is not there for that set. */
int eval_run(struct eval *e, const struct fold *f, const struct matcher_hits *hits,
             const struct eval_about *about);

/* Of the last run: the topics that something was found for, and cues that it may be for. */
size_t eval_sets(const struct eval *e, const uint32_t **sets);
/* The evidence for a set, >= 0. */
float eval_evidence(const struct eval *e, uint32_t set);
/* Is the set for the item's source, place and time? */
bool eval_in_scope(const struct eval *e, uint32_t set);
/* Its own grade or the highest that a condition proposes. */
enum block_grade eval_grade(const struct eval *e, uint32_t set);

struct eval_reason {
    struct str rule;     /* the term, or the pattern of a regex; borrowed from the rules */
    uint32_t start, end; /* folded code points, half-open */
};
/* What made the evidence for a set (the hits of the run must still be there), by rising start, at
 * most max: count written. Of the cues only what waited for other words. */
size_t eval_why(const struct eval *e, uint32_t set, struct eval_reason *why, size_t max);
/* What became of one use of one hit. */
enum eval_fate {
    EVAL_COUNTS, /* it is part of the evidence */
    EVAL_VETO,   /* it vetoes, by itself or in a condition */
    EVAL_SILENT, /* something vetoes its set in its sentence */
    EVAL_UNMET,  /* the condition that it is part of was not met: the rest was missing or too far */
    EVAL_FIELD,  /* it only counts in the other one of title and text */
    EVAL_SCOPE   /* it, or its topic, is not for this source, place or time */
};
/* For explanations: it searches. The hits of the last run must still be there. */
enum eval_fate eval_fate(const struct eval *e, uint32_t hit, uint32_t use);
/* How often a regex gave up at a limit; it then counts as not found. */
uint32_t eval_limits(const struct eval *e);

#endif
