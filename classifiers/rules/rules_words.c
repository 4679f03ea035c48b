#include "classifiers/rules/rules_words.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"

struct term {
    uint32_t first; /* 1 + its first word; 0 between texts */
    struct words_about about;
};

enum { AHEAD = 48 }; /* hits */

struct words {
    struct term *terms;
    struct words_word *list;
    uint32_t *counts, *of;
    struct words_about *abouts;
    size_t n, cap; /* cap: hits */
};

static bool is_apart(const struct rules *r, const struct block_term *term)
{
    const struct block_use *use = &r->uses[term->first_use];

    for (uint32_t k = 0; k < term->nuses; k++)
        if (use[k].what != BLOCK_PLACE && (use[k].field != BLOCK_BOTH || use[k].scope))
            return true;
    return false;
}

struct words *words_new(const struct rules *rules)
{
    size_t terms = rules->head->terms.count;
    struct words *w = calloc(1, sizeof *w);

    if (!w)
        return NULL;
    w->terms = calloc(terms + 1, sizeof *w->terms);
    if (!w->terms) {
        words_free(w);
        return NULL;
    }
    for (size_t i = 0; i < terms; i++)
        w->terms[i].about.apart = is_apart(rules, &rules->terms[i]);
    return w;
}

static void free_lists(struct words *w)
{
    free(w->list);
    free(w->counts);
    free(w->of);
    free(w->abouts);
}

void words_free(struct words *w)
{
    if (!w)
        return;
    free(w->terms);
    free_lists(w);
    free(w);
}

struct words_about *words_about(struct words *w, uint32_t term)
{
    return &w->terms[term].about;
}

/* One more than asked: what is no new word is written all the same, behind the last. */
static int reserve(struct words *w, size_t hits)
{
    if (hits < w->cap)
        return 0;
    free_lists(w);
    w->cap = 2 * hits + 256;
    w->list = malloc(w->cap * sizeof *w->list);
    w->counts = malloc(w->cap * sizeof *w->counts);
    w->of = malloc(w->cap * sizeof *w->of);
    w->abouts = malloc(w->cap * sizeof *w->abouts);
    if (!w->list || !w->counts || !w->of || !w->abouts)
        w->cap = 0;
    return w->cap ? 0 : ERR_NOMEM;
}

/* The distinct terms and which hit is of which; no branch on what is again, since that cannot be
 * guessed. Each term lies somewhere else in a large table: it is asked for well before its turn. */
static uint32_t number(struct words *w, const struct matcher_hits *hits)
{
    struct term *const terms = w->terms;
    struct words_word *const list = w->list;
    uint32_t *const counts = w->counts, *const of = w->of, n = 0;

    memset(counts, 0, hits->n * sizeof *counts);
    for (size_t i = 0; i < hits->n && i < AHEAD; i++)
        __builtin_prefetch(&terms[hits->list[i].term], 1);
    for (uint32_t i = 0; i < hits->n; i++) {
        size_t ahead = i + (size_t)AHEAD < hits->n ? i + (size_t)AHEAD : i;
        __builtin_prefetch(&terms[hits->list[ahead].term], 1);
        struct term *term = &terms[hits->list[i].term];
        uint32_t known = term->first;
        list[n].term = hits->list[i].term;
        list[n].hit = i;
        n += !known;
        term->first = known = known ? known : n;
        if (term->about.apart && list[known - 1].hit != i) /* mostly no term is */
            known = ++n;
        counts[known - 1]++;
        of[i] = known - 1;
    }
    return n;
}

int words_gather(struct words *w, const struct matcher_hits *hits, struct words_found *out)
{
    struct term *const terms = w->terms;

    w->n = 0;
    if (reserve(w, hits->n))
        return ERR_NOMEM;
    w->n = number(w, hits);
    for (uint32_t i = 0; i < w->n; i++) {
        struct term *term = &terms[w->list[i].term];
        w->abouts[i] = term->about;
        if (term->about.apart && term->first != i + 1)
            w->abouts[i].voice = 0;
    }
    for (size_t i = 0; i < w->n; i++)
        terms[w->list[i].term].first = 0;
    *out = (struct words_found){w->list, w->counts, w->abouts, w->n, w->of};
    return 0;
}
