/* tests/bench/judge_topics.h - many topics made up for measuring what evaluating them costs. */
#ifndef HUIYING_BENCH_JUDGE_TOPICS_H
#define HUIYING_BENCH_JUDGE_TOPICS_H

#include "base/str.h"
#include "classifiers/rules/rules.h"

enum { JUDGE_TOPICS = 1000 };

/* Rules of JUDGE_TOPICS topics in every form, of 60 terms each; one topic in `found_every` has
 * words that the text holds. NULL when they could not be made, which is told. */
struct rules *judge_topics_make(struct str text, int found_every);

#endif
