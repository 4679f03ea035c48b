/* classifiers/workbench/backtest.h - two sets of rules over the same items: what would change, and
 * what the rules cost. */
#ifndef HUIYING_CLASSIFIERS_BACKTEST_H
#define HUIYING_CLASSIFIERS_BACKTEST_H

#include "classifiers/judge.h"

enum { BACKTEST_OLD, BACKTEST_NEW, BACKTEST_SIDES };
enum { BACKTEST_SAMPLES = 10, BACKTEST_TERMS = 20 };

/* An item alerts when it is raised, has a topic, and does not speak of elsewhere only. */
enum backtest_change {
    BACKTEST_SAME,
    BACKTEST_NEWLY, /* it would alert, and does not now */
    BACKTEST_STOPS, /* it would alert no more */
    BACKTEST_MOVES, /* it alerts, but its strongest topic would be another */
    BACKTEST_OTHER, /* weaker topics change, or those of what does not alert */
    BACKTEST_CHANGES
};

struct backtest_item { /* borrowed for the call */
    struct str id, title, text;
    const struct judge_context *context; /* of its source; NULL: unknown */
    int64_t published;
    int kind; /* enum verdict_kind when somebody corrected it, else -1 */
};

struct backtest_topic { /* of either set of rules; counts by side, 0 where it has no such topic */
    struct str id, zh;
    bool has[BACKTEST_SIDES];
    size_t given[BACKTEST_SIDES], alerts[BACKTEST_SIDES];
    size_t touched[BACKTEST_SIDES]; /* items that a term of it stands in */
    size_t hits[BACKTEST_SIDES];    /* of its terms */
    size_t newly, stops;            /* alerting items that get it, and lose it */
};

struct backtest_term { /* of the new rules */
    struct str topic, text;
    size_t items; /* that it stands in */
};

struct backtest_sample { /* owned by the backtest; drawn evenly from all of its change */
    struct str id, title;
    struct str topics[BACKTEST_SIDES]; /* strongest, or empty */
    float scores[BACKTEST_SIDES];
    struct str why; /* the terms behind the stronger opinion, at most a few */
};

struct backtest { /* read-only outside backtest.c */
    struct arena *arena; /* owns everything but scratch */
    struct backtest_topic *topics; /* by id */
    size_t ntopics;
    size_t items, alerts[BACKTEST_SIDES], changes[BACKTEST_CHANGES];
    uint64_t bytes;
    int64_t ms[BACKTEST_SIDES]; /* spent judging */
    struct backtest_sample samples[BACKTEST_CHANGES][BACKTEST_SAMPLES];
    struct backtest_term terms[BACKTEST_TERMS]; /* by falling items; see backtest_end() */
    size_t nterms;
    struct backtest_scratch *scratch;
};

/* Both sets must outlive it. NULL when memory is exhausted. */
struct backtest *backtest_new(const struct rules *old, const struct rules *new);
/* Judge items by both. 0 or ERR_NOMEM. */
int backtest_add(struct backtest *b, const struct backtest_item *items, size_t n);
/* All are added: fill in `terms`. */
void backtest_end(struct backtest *b);
void backtest_free(struct backtest *b); /* harmless on NULL */

const char *backtest_change_name(enum backtest_change change); /* "newly" … */
size_t backtest_samples(const struct backtest *b, enum backtest_change change); /* how many */

#endif
