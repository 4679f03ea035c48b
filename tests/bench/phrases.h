/* tests/bench/phrases.h - Chinese texts of about 2 KB, and terms to look for in them. */
#ifndef HUIYING_BENCH_PHRASES_H
#define HUIYING_BENCH_PHRASES_H

#include "base/buf.h"

enum { PHRASE_MAX = 4 };

struct phrase { /* Chinese characters only, so that word edges and folding change nothing */
    uint32_t cp[PHRASE_MAX], n;
    uint32_t count; /* in the texts, when it is a frequent one */
};

struct phrases {
    struct buf texts; /* UTF-8, folded already */
    size_t *end;      /* of each text in it */
    size_t ntexts;
    struct phrase *rare;     /* drawn from all there are, frequent or not */
    struct phrase *frequent; /* the most frequent first */
    size_t nrare, nfrequent;
};

/* Words made up of characters, and texts made up of words, each by its rank as in Chinese; the
 * same at every call. 0 or ERR_NOMEM. */
int phrases_make(struct phrases *p);

/* The boards' posts and replies under `dir` as texts; two to four characters next to each other
 * are terms: rare ones out of the news titles there, frequent ones out of the texts. 0 or ERR_*. */
int phrases_read(const char *dir, struct phrases *p);
void phrases_free(struct phrases *p);

#endif
