/* classifiers/learn/learn_fit.h - samples as rows of numbers, and a model fitted to some of
 * them. */
#ifndef HUIYING_CLASSIFIERS_LEARN_FIT_H
#define HUIYING_CLASSIFIERS_LEARN_FIT_H

#include "classifiers/learn/learn_model.h"

struct learn_fit; /* the rows of one set of samples; one thread */

/* samples must outlive it. NULL when memory is exhausted. */
struct learn_fit *learn_fit_new(const struct samples *s);
void learn_fit_free(struct learn_fit *f);

/* A model of the `labels` from rows train[0..n), its probabilities not yet calibrated: 0 or
 * ERR_NOMEM. */
int learn_fit_run(struct learn_fit *f, const uint32_t *train, size_t n, uint64_t labels,
                  struct learn_model **out);
/* The margins of a row, one a label, by the model of the latest learn_fit_run(). */
void learn_fit_margins(const struct learn_fit *f, const struct learn_model *m, uint32_t row,
                       double *margins);

/* Platt's sigmoid through n margins, of which `is` says whether the label holds. */
void learn_fit_sigmoid(const double *margins, const bool *is, size_t n, struct learn_label *l);

#endif
