/* tests/bench/judge_learned.h - the rules of a folder with a model beside them, for measuring. */
#ifndef HUIYING_BENCH_JUDGE_LEARNED_H
#define HUIYING_BENCH_JUDGE_LEARNED_H

#include "classifiers/rules/rules.h"

enum { JUDGE_LABELS = 7 }; /* as many as the labelled board has */

/* Learn a model of n texts, whose labels go round (what they are changes no cost), for topics of
 * the folder, and compile the folder with it. NULL, told, on failure. */
struct rules *judge_learned_make(const char *dir, const struct rules *plain,
                                 const struct str *texts, size_t n);

#endif
