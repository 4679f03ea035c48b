#include "store/search/grams.h"

#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "base/err.h"
#include "classifiers/text/fold.h"

enum {
    DIGIT_BITS = 11,
    DIGITS = (GRAMS_BITS + DIGIT_BITS - 1) / DIGIT_BITS,
    DIGIT_VALUES = 1 << DIGIT_BITS,
    PAIR_BITS = 21
};
#define WORD_MARK (UINT64_C(1) << (GRAMS_BITS - 1))

/* A letter of any other script: what is written without spaces, or seldom. Marks, punctuation and
 * signs are left to the text. */
static bool is_letter(uint32_t cp)
{
    return fold_is_han(cp) || cp == 0x3005 || (cp >= 0x3041 && cp < 0x3400) ||
           (cp >= 0x370 && cp < 0x2000) || (cp >= 0xA000 && cp < 0xD7B0) ||
           (cp >= 0xF900 && cp < 0xFB00);
}

int grams_put(struct grams *g, uint64_t gram, uint32_t doc)
{
    if (g->n == g->cap) {
        size_t cap = g->cap ? 2 * g->cap : 1024;
        uint64_t *list = reallocarray(g->list, cap, sizeof *list);
        if (!list)
            return ERR_NOMEM;
        g->list = list;
        g->cap = cap;
    }
    g->list[g->n++] = gram << GRAMS_DOC_BITS | doc;
    return 0;
}

static uint64_t word_gram(const uint32_t *cp, size_t n)
{
    return WORD_MARK | (XXH3_64bits(cp, n * sizeof *cp) & (WORD_MARK - 1));
}

int grams_add(struct grams *g, const uint32_t *cp, size_t n, uint32_t doc)
{
    bool before = false; /* was cp[i - 1] a letter? */
    int err = 0;

    for (size_t i = 0; i < n && !err;) {
        size_t word = i;
        while (word < n && fold_is_latin(cp[word]))
            word++;
        bool latin = word > i, letter = latin || is_letter(cp[i]);
        if (letter && before)
            err = grams_put(g, (uint64_t)cp[i - 1] << PAIR_BITS | cp[i], doc);
        if (latin && !err)
            err = grams_put(g, word_gram(cp + i, word - i), doc);
        before = letter;
        i = latin ? word : i + 1;
    }
    return err;
}

static void drop_repeats(struct grams *g)
{
    size_t kept = 0;

    for (size_t i = 0; i < g->n; i++)
        if (!kept || g->list[i] != g->list[kept - 1])
            g->list[kept++] = g->list[i];
    g->n = kept;
}

/* By one digit, from list to spare, which then change places. */
static void sort_digit(struct grams *g, unsigned shift, size_t count[static DIGIT_VALUES])
{
    size_t at = 0;

    for (size_t d = 0; d < DIGIT_VALUES; d++) {
        size_t n = count[d];
        count[d] = at;
        at += n;
    }
    for (size_t i = 0; i < g->n; i++)
        g->spare[count[g->list[i] >> shift & (DIGIT_VALUES - 1)]++] = g->list[i];
    uint64_t *sorted = g->spare;
    size_t cap = g->spare_cap;
    g->spare = g->list;
    g->spare_cap = g->cap;
    g->list = sorted;
    g->cap = cap;
}

int grams_sort(struct grams *g)
{
    static const size_t none[DIGIT_VALUES];
    size_t count[DIGIT_VALUES];

    if (g->spare_cap < g->n) {
        uint64_t *spare = reallocarray(g->spare, g->cap, sizeof *spare);
        if (!spare)
            return ERR_NOMEM;
        g->spare = spare;
        g->spare_cap = g->cap;
    }
    for (unsigned d = 0; d < DIGITS && g->n; d++) {
        unsigned shift = GRAMS_DOC_BITS + d * DIGIT_BITS;
        memcpy(count, none, sizeof count);
        for (size_t i = 0; i < g->n; i++)
            count[g->list[i] >> shift & (DIGIT_VALUES - 1)]++;
        if (count[g->list[0] >> shift & (DIGIT_VALUES - 1)] != g->n)
            sort_digit(g, shift, count);
    }
    drop_repeats(g);
    return 0;
}

void grams_free(struct grams *g)
{
    free(g->list);
    free(g->spare);
    *g = GRAMS_INIT;
}
