/* classifiers/text/features.h - what a linear model sees of a text: its character 1- to 3-grams. */
#ifndef HUIYING_CLASSIFIERS_FEATURES_H
#define HUIYING_CLASSIFIERS_FEATURES_H

#include "base/buf.h"
#include "classifiers/text/fold.h"

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
    uint64_t *met, *met_words; /* of them a bit each, and of each 64 of these; as sums */
    size_t nsums;
};

struct features_sieve { /* hashes of keys that are asked for; others may slip through */
    const uint64_t *bits;
    unsigned shift; /* 2^(64 - shift) bits */
};

static inline uint64_t features_hash(uint64_t key) /* the upper bits count */
{
    return key * UINT64_C(0x9E3779B97F4A7C15);
}

/* Take title and text, both masked valid UTF-8, apart: folded, digits all alike, no gram across
 * punctuation or with a masked character in it. What the title says counts as often as four times
 * in the text, and again as the title's own; counts are whole numbers. 0 or ERR_NOMEM. */
int features_take(struct features *f, struct str title, struct str text);
/* Fold title and text into f->fold: 0 or ERR_NOMEM. */
int features_fold(struct features *f, struct str title, struct str text);
/* The grams of a folded title and text that pass the sieve into f->list, each as often as it stands
 * there and in any order: 0 or ERR_NOMEM. */
int features_sift(struct features *f, const struct fold *fold, struct features_sieve sieve);
void features_free(struct features *f);

#endif
