/* classifiers/workbench/evaluate.h - rules measured on labelled samples: who is right how often,
 * why not. */
#ifndef HUIYING_CLASSIFIERS_EVALUATE_H
#define HUIYING_CLASSIFIERS_EVALUATE_H

#include "classifiers/judge.h"
#include "classifiers/workbench/samples.h"

enum { EVALUATE_WORST = 10 };

struct evaluate_counts { /* of one label */
    size_t right, wrong, missed; /* true positives, false positives, false negatives */
};

struct evaluate_worst {
    size_t sample;
    int label;               /* missed, or given wrongly */
    int other;               /* given in its place; missed: or -1, nothing was */
    float score;             /* of what was given */
    struct verdict_tag *tag; /* why it was given; NULL when nothing was */
};

struct evaluation {
    struct arena *arena; /* owns everything */
    const struct samples *samples;
    bool single; /* one label each: only the strongest tag counts; else every tag does */
    uint64_t *found; /* of each sample: the labels given */
    struct evaluate_counts labels[SAMPLES_LABELS_MAX], all;
    uint64_t known; /* labels that a topic stands for or a sample has: the macro mean is theirs */
    /* When single: [true][given]; given nlabels is "none". */
    size_t confusion[SAMPLES_LABELS_MAX][SAMPLES_LABELS_MAX + 1];
    /* Where samples tell what they should be: raised (else reported), and each type of request. */
    struct evaluate_counts raised, requests[REQUEST_REPORT + 1];
    size_t kinds_told, requests_told;
    struct evaluate_worst misses[EVALUATE_WORST], alarms[EVALUATE_WORST];
    size_t nmisses, nalarms;
};

double evaluate_precision(struct evaluate_counts c); /* 0 when nothing was given */
double evaluate_recall(struct evaluate_counts c);
double evaluate_f1(struct evaluate_counts c);
double evaluate_macro_f1(const struct evaluation *e);

/* Add to the counts of each of nlabels labels what one sample, which has `labels` and was `given`
 * others, says. */
void evaluate_count_one(uint64_t labels, uint64_t given, size_t nlabels,
                        struct evaluate_counts counts[SAMPLES_LABELS_MAX]);

/* Judge every sample; samples and map must outlive the result. `progress` may be NULL. 0 and *out
 * for evaluate_free(), or ERR_NOMEM. */
int evaluate_rules(const struct rules *rules, const struct samples *s,
                   const struct samples_map *map, void (*progress)(size_t done, size_t total),
                   struct evaluation **out);
/* The same where the rules differ from those of `before`, of the same samples and map, by something
 * that touches[i] says may matter to sample i: the others are given what they were given there.
 * What the misses and alarms are, and what is told of kinds and requests, is not looked at. */
int evaluate_again(const struct rules *rules, const struct samples_map *map,
                   const struct evaluation *before, const bool *touches, struct evaluation **out);
void evaluate_free(struct evaluation *e);

#endif
