/* classifiers/lint/lint_draft.h - what the lints share. */
#ifndef HUIYING_CLASSIFIERS_LINT_DRAFT_H
#define HUIYING_CLASSIFIERS_LINT_DRAFT_H

#include "classifiers/lint/lint.h"
#include "classifiers/rules/draft.h"

struct lint_run {
    struct draft *d;
    const struct lint *options;
    /* 1 + index of the latest use of each node, of each group, and of the one before it: 0: none */
    uint32_t *node_use, *group_use, *next_use;
    int32_t today; /* days since 1970 in China; INT32_MIN: not told */
};

/* A term that stands inside of another one. */
struct lint_inner {
    uint32_t term;
    size_t at;
};

/* Every term that stands in each text in which `term` does, `term` itself too: call fn until it
 * says false. */
void lint_each_inner(const struct draft *d, uint32_t term,
                     bool (*fn)(void *arg, struct lint_inner inner), void *arg);

/* Does a hit of `inner` count wherever one of `outer` does, by field and scope? */
bool lint_covers(const struct draft *d, const struct block_use *inner,
                 const struct block_use *outer);
/* The veto that stands in every sentence in which this use's term does, or NULL. */
const struct draft_use *lint_veto(const struct draft *d, const struct draft_use *use);
/* What is said of a scope that can never hold within another one; NULL when it can. */
const char *lint_scope(const struct lint_run *l, uint32_t scope, uint32_t within);

static inline struct str lint_text(const struct draft *d, const struct draft_use *use)
{
    return DRAFT_AT(d, terms, struct draft_term, use->term)->text;
}

/* The weight from which evidence alone makes the topic apply. */
double lint_need(const struct draft *d, uint32_t set);

/* lint_reach.c: what can never be met, and what all evidence comes to. */
void lint_reach(struct lint_run *l);
/* lint_contained.c: terms that add nothing to others. */
void lint_contained(struct lint_run *l);
/* lint_common.c: terms that hit too many items. */
void lint_common(struct lint_run *l, const struct rules *rules);

/* lint.c: all of them, as warnings. `rules`: compiled from the draft, or NULL when it has
 * mistakes. */
void lint_draft(struct draft *d, const struct lint *options, const struct rules *rules);

#endif
