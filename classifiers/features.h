/* classifiers/features.h - what a linear model sees of a text: its character 1- to 3-grams. */
#ifndef HUIYING_CLASSIFIERS_FEATURES_H
#define HUIYING_CLASSIFIERS_FEATURES_H

#include "base/buf.h"
#include "classifiers/fold.h"

struct feature {
    uint64_t key; /* up to three code points of 21 bits; the top bit: it stands in the title */
    float count;
};

struct features { /* scratch, reused from text to text; zero-initialise */
    struct fold fold;
    struct buf whole;
    struct feature *list; /* by rising key, each once */
    size_t n, cap;
    float *sums; /* of who looks grams up by themselves: of `nsums` things, all 0 between texts */
    size_t nsums;
};

/* Take title and text, both masked valid UTF-8, apart: folded, digits all alike, no gram across
 * punctuation or with a masked character in it. What the title says counts as often as four times
 * in the text, and again as the title's own. 0 or ERR_NOMEM. */
int features_take(struct features *f, struct str title, struct str text);
/* The same without gathering them: `gram` is called with each gram as often as it stands there, and
 * with what it counts each time. 0 or ERR_NOMEM. */
int features_each(struct features *f, struct str title, struct str text,
                  void (*gram)(void *arg, uint64_t key, float count), void *arg);
void features_free(struct features *f);

#endif
