/* classifiers/judge_scratch.h - what the files of the judge share. */
#ifndef HUIYING_CLASSIFIERS_JUDGE_SCRATCH_H
#define HUIYING_CLASSIFIERS_JUDGE_SCRATCH_H

#include "base/arena.h"
#include "classifiers/judge.h"
#include "classifiers/kind.h"
#include "classifiers/likeness/traits.h"
#include "classifiers/match/matcher.h"
#include "classifiers/rules/rules_eval.h"
#include "classifiers/text/fold.h"

/* Indices of block_header.prior. */
enum judge_source { JUDGE_NEWS, JUDGE_BOARD, JUDGE_OFFICIAL, JUDGE_UNKNOWN };

struct judge {
    const struct rules *rules;
    struct eval *eval;
    struct fold fold;
    struct matcher_hits hits;
    struct kind_form forms[BLOCK_FORMS];
    struct arena *arena; /* of one JSON line or example */
    uint32_t *plain;     /* folded text without punctuation */
    size_t plain_cap;
    float *scores; /* of each topic that the rules have evidence for in this text */
    struct judge_model *model; /* second opinion, judge_model.c; NULL: the rules have none */
    struct traits *traits;
};

struct judge_item { /* what is known of it */
    struct str title, text;
    enum judge_source source;
    struct str region; /* of the source's place, or empty */
    struct str home;   /* of the town, or empty */
    int64_t at;        /* published, else now; 0: unknown */
};

/* Judge one item; *out must be zeroed. 0 or ERR_NOMEM. */
int judge_one(struct judge *j, const struct judge_item *item, struct arena *arena,
              struct verdict *out);
/* Of the last item: the evidence of its words and of how it is built; of a request with its
 * prior. */
float judge_cue(const struct judge *j, enum block_cue cue);
/* judge_model.c: 0 and j->model where the rules have one; ERR_NOMEM, or ERR_CORRUPT. */
int judge_model_open(struct judge *j);
void judge_model_close(struct judge *j);
/* After the rules: proposals, and tags of topics that say `learned`, onto *out; its doubt. The
 * reasons that rules gave stay. 0 or ERR_NOMEM. */
int judge_model_run(struct judge *j, struct arena *arena, struct verdict *out);

/* By its name in rule files; JUDGE_UNKNOWN when it is none. */
enum judge_source judge_source_find(struct str name);

#endif
