/* classifiers/workbench/explain.h - why the rules say of a text what they say, and why not
 * something else. */
#ifndef HUIYING_CLASSIFIERS_EXPLAIN_H
#define HUIYING_CLASSIFIERS_EXPLAIN_H

#include "classifiers/judge.h"
#include "classifiers/rules/rules_eval.h"

struct explain_hit { /* one use of one term that stands in the text, or a regex that met */
    struct str rule;     /* the term as written, or the regex */
    uint32_t start, end; /* UTF-8 bytes in title + "\n" + text, half-open */
    float weight;        /* its own; of a condition's part, the condition's; of a veto 0 */
    enum eval_fate fate;
    bool condition; /* it is a part of one, which has the weight */
};

enum explain_outcome {
    EXPLAIN_GIVEN, /* score reaches threshold */
    EXPLAIN_LOW,   /* some evidence, not enough */
    EXPLAIN_VETO,  /* no evidence, since something vetoes it */
    EXPLAIN_SCOPE, /* the topic is not for this source, place or time */
    EXPLAIN_UNMET  /* no evidence: conditions of which only parts are met */
};

struct explain_set {
    struct str id, zh; /* of the topic; of a cue its English and Chinese names */
    float evidence, score, threshold; /* score and threshold of topics only */
    enum explain_outcome outcome;
    struct explain_hit *hits; /* by place */
    size_t nhits;
};

struct explanation { /* in the caller's arena */
    struct verdict verdict;
    struct explain_set *topics; /* with a hit: those given first, then by falling evidence */
    size_t ntopics;
    struct explain_set cues[BLOCK_CUES]; /* raised, reported, then requests as verdict_request */
    /* Evidence for raised less that for reported, and the prior: above 0 it is raised. */
    float lean;
    float prior;
    float request_prior[BLOCK_CUES - BLOCK_REQUESTS]; /* part of the evidence of each */
};

/* Explain title and text, masked or not; everything lies in `arena`. 0 or ERR_NOMEM. */
int explain_text(struct judge *j, struct str title, struct str text, int64_t published,
                 const struct judge_context *context, struct arena *arena,
                 struct explanation *out);
const char *explain_fate_name(enum eval_fate fate); /* "counts" … */
const char *explain_fate_zh(enum eval_fate fate);
const char *explain_outcome_name(enum explain_outcome outcome); /* "given" … */
const char *explain_outcome_zh(enum explain_outcome outcome);

#endif
