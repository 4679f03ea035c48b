/* tests/unit/naive_match.h - the matcher against a search that cannot be wrong. */
#ifndef HUIYING_TESTS_UNIT_NAIVE_MATCH_H
#define HUIYING_TESTS_UNIT_NAIVE_MATCH_H

#include <stdlib.h>
#include <string.h>

#include "classifiers/match/matcher_tables.h"
#include "classifiers/text/fold.h"

struct naive { /* zero-initialise; kept from case to case */
    struct matcher_hits found, expected;
    uint64_t hits;
};

static inline void naive_free(struct naive *w)
{
    free(w->found.list);
    free(w->expected.list);
}

static inline bool naive_at(const struct matcher_term *t, const uint32_t *text, size_t n, size_t at)
{
    size_t end = at + t->n;

    if (t->n > n - at || t->cp[0] != text[at] ||
        memcmp(t->cp, text + at, t->n * sizeof *text) != 0)
        return false;
    if (fold_is_latin(t->cp[0]) && at && fold_is_latin(text[at - 1]))
        return false;
    return !(fold_is_latin(t->cp[t->n - 1]) && end < n && fold_is_latin(text[end]));
}

static inline void naive_search(const struct matcher_term *terms, size_t nterms,
                                const uint32_t *text, size_t n, struct matcher_hits *out)
{
    for (size_t at = 0; at < n; at++)
        for (size_t t = 0; t < nterms; t++) {
            if (!naive_at(&terms[t], text, n, at))
                continue;
            if (out->n == out->cap) {
                out->cap = 2 * out->cap + 64;
                out->list = realloc(out->list, out->cap * sizeof *out->list);
            }
            out->list[out->n++] =
                (struct matcher_hit){(uint32_t)t, (uint32_t)at, (uint32_t)(at + terms[t].n)};
        }
}

static inline int naive_order(const void *a, const void *b)
{
    const struct matcher_hit *x = a, *y = b;

    if (x->start != y->start)
        return x->start < y->start ? -1 : 1;
    return (x->term > y->term) - (x->term < y->term);
}

/* Do both ways of gathering give the same? */
static inline bool naive_gathers(const struct matcher_tables *t, const uint32_t *text, size_t n)
{
    uint32_t quick[MATCHER_BATCH], plain[MATCHER_BATCH];
    size_t at = 0, plain_at = 0, end = 0;

    while (at + 1 < n) { /* their batches may end elsewhere: compare what both have looked at */
        size_t nquick = matcher_pairs(matcher_bitmap(t), t->bits, text, n, &at, quick), nplain = 0;
        plain_at = end;
        end = at;
        for (size_t i = 0; plain_at + 1 < n && plain_at < end;) {
            size_t stop = end + 1 < n ? end + 1 : n;
            nplain = matcher_pairs_plain(matcher_bitmap(t), t->bits, text, stop, &plain_at, plain);
            for (size_t k = 0; k < nplain; k++)
                if (i >= nquick || quick[i++] != plain[k])
                    return false;
            if (plain_at >= end && i != nquick)
                return false;
        }
    }
    return true;
}

/* What is wrong with what matcher_scan() finds in the text; NULL: nothing. */
static inline const char *naive_differs(struct naive *w, const void *tables,
                                        const struct matcher_term *terms, size_t nterms,
                                        const uint32_t *text, size_t n)
{
    bool ones = false;

    w->found.n = w->expected.n = 0;
    if (!naive_gathers(tables, text, n))
        return "the two ways of gathering differ";
    if (matcher_scan(tables, text, n, &w->found))
        return "out of memory";
    naive_search(terms, nterms, text, n, &w->expected);
    w->hits += w->found.n;
    if (w->found.n != w->expected.n)
        return "another number of hits";
    for (size_t i = 1; i < w->found.n; i++) {
        const struct matcher_hit *hit = &w->found.list[i];
        bool one = hit->end - hit->start == 1;
        bool turns = one && !ones && hit[-1].end - hit[-1].start > 1;
        ones |= one;
        if ((ones && !one) || (!turns && hit->start < hit[-1].start))
            return "not in order";
    }
    if (w->found.n)
        qsort(w->found.list, w->found.n, sizeof *w->found.list, naive_order);
    for (size_t i = 0; i < w->found.n; i++)
        if (memcmp(&w->found.list[i], &w->expected.list[i], sizeof *w->found.list) != 0)
            return "another hit";
    return NULL;
}

#endif
