/* classifiers/learn/learn_model.h - a linear model as it lies in memory. */
#ifndef HUIYING_CLASSIFIERS_LEARN_MODEL_H
#define HUIYING_CLASSIFIERS_LEARN_MODEL_H

#include "classifiers/learn/learn.h"

struct learn_label {
    struct str name;
    struct learn_score score;
    float bias;
    float slope, offset; /* probability = 1 / (1 + exp(slope * margin + offset)) */
};

enum { LEARN_COUNTS = 64, LEARN_BEYOND = 4 };

struct learn_model {
    struct arena *arena; /* owns everything, itself too */
    int64_t date;
    uint32_t nsamples, nsources;
    struct learn_label labels[SAMPLES_LABELS_MAX];
    uint32_t nlabels, nfeatures;
    uint64_t *keys; /* rising */
    float *idf;
    uint32_t *slots; /* hash of keys: 1 + index, 0 free; slots_bits of the hash */
    unsigned slots_bits;
    struct features_sieve sieve; /* of the keys */
    float tf[LEARN_COUNTS]; /* learn_model_tf() of such counts */
    float *weights; /* of feature f for label l: weights[f * nlabels + l]; LEARN_BEYOND more may be
                       read */
};

/* An empty model with room; NULL when memory is exhausted. */
struct learn_model *learn_model_new(uint32_t nlabels, uint32_t nfeatures);

/* Its keys are there: they can be looked up. ERR_NOMEM. */
int learn_model_index(struct learn_model *m);

/* How a feature's count enters its value, before idf. */
float learn_model_tf(float count);
/* Platt's sigmoid. */
float learn_model_sigmoid(const struct learn_label *l, double margin);

#endif
