/* classifiers/learn/learn.h - a linear model learned from labelled samples: a second opinion.
 * It proposes, and ranks what people look at; the reason that a person can read is the rules'. */
#ifndef HUIYING_CLASSIFIERS_LEARN_H
#define HUIYING_CLASSIFIERS_LEARN_H

#include "classifiers/text/features.h"
#include "classifiers/workbench/samples.h"

enum { LEARN_SAMPLES_MAX = 20000, LEARN_FOLDS = 5, LEARN_FILE_MAX = 256 * 1024 * 1024 };

struct learn_model; /* read-only once made; any thread */

struct learn_score { /* of a label, on samples that the model had not seen */
    float precision, recall, f1;
};

/* Learn every label that at least SAMPLES_ITEMS_LEAST samples have and as many lack: one-vs-rest
 * support vectors (liblinear) over tf-idf of features.h scaled by naive Bayes log-count ratios
 * (Wang and Manning 2012), classes balanced, margins made probabilities by Platt's sigmoid (Lin,
 * Lin and Weng 2007) fitted on the margins of LEARN_FOLDS-fold cross-validation. A feature is kept
 * only when samples_common(). The same samples in the same order give the same model. `now` is its
 * date in ms.
 * 0, ERR_INVALID when fewer than two labels can be learned, ERR_LIMIT past LEARN_SAMPLES_MAX, or
 * ERR_NOMEM. */
int learn_train(const struct samples *s, int64_t now, struct learn_model **out);
void learn_free(struct learn_model *m);

/* Mean macro-F1 of `seeds` stratified splits, each learned on 80 % and asked about the other 20 %;
 * the likeliest label counts where samples have one each, else each from 0.5. *deviation is the
 * standard deviation between the splits. `progress` may be NULL. Errors as learn_train(). */
int learn_cross(const struct samples *s, unsigned seeds,
                void (*progress)(size_t done, size_t total), double *mean, double *deviation);

/* Append the model as a file's bytes to out: 0 or ERR_NOMEM. */
int learn_write(const struct learn_model *m, struct buf *out);
/* The model of such bytes, which may come from anybody: ERR_CORRUPT unless every one of them is
 * what learn_write() could have written, ERR_UNSUPPORTED when another version did, ERR_NOMEM. */
int learn_read(struct str bytes, struct learn_model **out);

/* How likely each label is: probabilities[i] for learn_label(m, i), each for itself in 0-1; they
 * need not sum to 1. Title and text are masked valid UTF-8; scratch is the calling thread's. The
 * same text gives the same bits. 0 or ERR_NOMEM. */
int learn_apply(const struct learn_model *m, struct features *scratch, struct str title,
                struct str text, float probabilities[SAMPLES_LABELS_MAX]);
/* The same of a title and text that are folded already. */
int learn_apply_folded(const struct learn_model *m, struct features *scratch,
                       const struct fold *fold, float probabilities[SAMPLES_LABELS_MAX]);

size_t learn_labels(const struct learn_model *m);
struct str learn_label(const struct learn_model *m, size_t i); /* borrowed */
struct learn_score learn_label_score(const struct learn_model *m, size_t i);
size_t learn_features(const struct learn_model *m);
size_t learn_samples(const struct learn_model *m); /* learned from so many */
size_t learn_sources(const struct learn_model *m); /* of so many told sources */
int64_t learn_date(const struct learn_model *m);   /* ms */

#endif
