/* alerts/group/likeness.h - are two posts one matter? Two answers: copies by their sketches, and
 * other words for the same matter by what their traits share. Pure. */
#ifndef HUIYING_ALERTS_LIKENESS_H
#define HUIYING_ALERTS_LIKENESS_H

#include "alerts/event.h"
#include "classifiers/verdict.h"

struct likeness_text { /* borrowed */
    const uint32_t *sketch; /* VERDICT_SKETCH */
    const uint32_t *traits; /* VERDICT_TRAITS */
};

enum {
    LIKENESS_TABLE = 128, /* a power of two, well above VERDICT_TRAITS */
    LIKENESS_CLASSES = 32 /* of traits: five bits */
};

/* A text made ready to be compared with many; its traits must outlive it. */
struct likeness_probe {
    struct likeness_text text;
    uint32_t values[VERDICT_TRAITS];  /* of its traits, each once */
    uint32_t classes[VERDICT_TRAITS]; /* bits 1 << enum trait_class that the value has */
    uint8_t at[LIKENESS_TABLE];       /* by hash: place in values[], from 1 */
    uint8_t has[LIKENESS_CLASSES];    /* how many values each class has */
    uint32_t cut;                     /* what lies above may be in the text, and not held */
    uint8_t n;
};

void likeness_prepare(struct likeness_probe *p, const struct likeness_text *text);

/* Ask for the memory of a text that is compared soon. */
static inline void likeness_prefetch(const uint32_t *traits)
{
    enum { LINE = 16 }; /* numbers in a line of the cache */

    for (size_t i = 0; i < VERDICT_TRAITS; i += LINE)
        __builtin_prefetch(traits + i);
}

/* Copies: LIKE_COPY with the share of equal slots (score, per cent) and their number (shared), when
 * at least GROUP_THRESHOLD are. Two texts that each have a number, date or rare pair which the
 * other lacks, or that name different places of the same class, are no copies however alike they
 * are: a daily bulletin, a form filled in elsewhere. Else LIKE_NONE. */
struct event_likeness likeness_copy(const struct likeness_probe *a, const struct likeness_text *b);

/* Other words for the same matter: LIKE_MATTER with its score (50 to 100: how far above what is
 * asked the evidence is) and the number of traits shared, else LIKE_NONE. Place and time are the
 * caller's to compare. */
struct event_likeness likeness_matter(const struct likeness_probe *a,
                                      const struct likeness_text *b, bool same_topic);

enum { LIKENESS_EVEN = 50 };
struct likeness_near {
    uint8_t score;    /* LIKENESS_EVEN to 100: held for one matter; 0: nothing in common */
    bool copy;        /* nearly the same text */
    uint8_t names, pairs, subjects, words, numbers; /* in common; names and rare pairs of a spot */
};
/* How near two texts are, for people to look at: the score of likeness_copy() or likeness_matter(),
 * and below LIKENESS_EVEN how near they come to it. */
struct likeness_near likeness_near(const struct likeness_probe *a, const struct likeness_text *b,
                                   bool same_topic);

enum { /* what two texts have in common, or have not */
    LIKENESS_SPOT,     /* how surely it is one spot: names and rare pairs */
    LIKENESS_NAMES,    /* names of places and firms in common */
    LIKENESS_SUBJECTS, /* the same trouble, which both are about; */
    LIKENESS_MENTIONS, /* … which one of them only mentions */
    LIKENESS_CONTRARY, /* each has a trouble, and none in common */
    LIKENESS_BESIDE,   /* troubles that each has and the other lacks */
    LIKENESS_SILENT,   /* one says what the trouble is, the other does not */
    LIKENESS_WORDS, LIKENESS_SPARE, LIKENESS_CHARS, /* words, rare pairs, characters */
    LIKENESS_TOPIC,    /* one rule topic */
    LIKENESS_COUNT,    /* the same amount of money, the same count */
    LIKENESS_EVIDENCE
};

/* What it is worth, by its class, that two texts have the trait in common: for whom to compare
 * first. 0: alone it says nothing. That a rare one tells more is the caller's to see. */
unsigned likeness_worth(uint32_t trait);

/* What likeness_matter() weighs; false when a rule keeps the two apart whatever it weighs. */
bool likeness_evidence(const struct likeness_probe *a, const struct likeness_text *b,
                       bool same_topic, int8_t e[LIKENESS_EVIDENCE]);

#endif
