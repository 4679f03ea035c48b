/* classifiers/rules_eval.h - hits of terms to the evidence that they are for each set. */
#ifndef HUIYING_CLASSIFIERS_RULES_EVAL_H
#define HUIYING_CLASSIFIERS_RULES_EVAL_H

#include "classifiers/fold.h"
#include "classifiers/matcher.h"
#include "classifiers/rules_block.h"

struct eval; /* scratch over one set of rules; one per thread */

struct eval *eval_new(const struct rules *rules); /* rules must outlive it */
void eval_free(struct eval *e);

/* Weigh hits (sorted by start) of the text f: 0 or ERR_NOMEM. Each distinct term counts its
 * weight once and each satisfied pattern its own; in the title half as much again. A veto term
 * silences its set within its sentence. */
int eval_run(struct eval *e, const struct fold *f, const struct matcher_hits *hits);

/* Of the last run: the evidence for a set, >= 0. */
float eval_evidence(const struct eval *e, uint32_t set);
/* Indices of the hits that made it, rising, at most max: count written. */
size_t eval_why(const struct eval *e, uint32_t set, uint32_t *hits, size_t max);

#endif
