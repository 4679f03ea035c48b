/* The cues' words are in every text, and most of them speak for several cues at once, as all words
 * of their lists do. So what a term says for all cues is one row, which many terms share, and a hit
 * is one sum over it. */
#include "classifiers/rules_voices.h"

#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

typedef float voices_four __attribute__((vector_size(16)));

enum { LANES = 4, FOURS = 2 };
_Static_assert(LANES * FOURS >= BLOCK_CUES, "a row has a place for each cue");

struct row { /* weights for the cues, in their order */
    voices_four four[FOURS];
};

struct voices {
    const struct rules *rules;
    struct row *rows; /* the first: no word of a cue */
    uint32_t nrows;
    uint32_t *of;    /* of each term: its row */
    uint64_t *heard; /* of each term a bit: the text had it already */
    size_t nheard;   /* words of it */
    bool open[BLOCK_CUES]; /* nothing can silence the cue */
};

bool voices_takes(const struct voices *v, const struct block_use *use)
{
    uint32_t cue = use->set - v->rules->head->ntopics;

    return use->what == BLOCK_ANY && use->role == ROLE_ANY && use->field == BLOCK_BOTH &&
           !use->scope && cue < BLOCK_CUES && v->open[cue];
}

static void find_open(struct voices *v)
{
    const struct rules *r = v->rules;

    memset(v->open, true, sizeof v->open);
    for (uint32_t i = 0; i < r->head->uses.count; i++) {
        const struct block_use *use = &r->uses[i];
        if (use->what != BLOCK_PLACE && use->set - r->head->ntopics < BLOCK_CUES &&
            (use->what == BLOCK_NONE || use->role == ROLE_NONE))
            v->open[use->set - r->head->ntopics] = false;
    }
    for (uint32_t cue = 0; cue < BLOCK_CUES; cue++)
        v->open[cue] &= !r->sets[r->head->ntopics + cue].scope;
}

static struct row row_of(const struct voices *v, const struct block_term *term)
{
    struct row row = {0};

    for (uint32_t k = term->first_use; k < term->first_use + term->nuses; k++) {
        const struct block_use *use = &v->rules->uses[k];
        uint32_t cue = use->set - v->rules->head->ntopics;
        if (voices_takes(v, use))
            row.four[cue / LANES][cue % LANES] += use->weight;
    }
    return row;
}

/* Number of the row, which may be new. `slots`, 2^bits: 1 + the rows' numbers by their hash. */
static uint32_t number_row(struct voices *v, const struct row *row, uint32_t *slots, unsigned bits)
{
    size_t at = (size_t)(XXH3_64bits(row, sizeof *row) >> (64 - bits));

    while (slots[at] && memcmp(&v->rows[slots[at] - 1], row, sizeof *row) != 0)
        at = (at + 1) & (((size_t)1 << bits) - 1);
    if (!slots[at]) {
        v->rows[v->nrows++] = *row;
        slots[at] = v->nrows;
    }
    return slots[at] - 1;
}

static bool fill(struct voices *v)
{
    const struct rules *r = v->rules;
    const struct row none = {0};
    unsigned bits = 4;

    while ((size_t)1 << bits < 2 * (r->head->terms.count + (size_t)1))
        bits++;
    uint32_t *slots = calloc((size_t)1 << bits, sizeof *slots);
    if (!slots)
        return false;
    find_open(v);
    number_row(v, &none, slots, bits);
    for (uint32_t i = 0; i < r->head->terms.count; i++) {
        struct row row = row_of(v, &r->terms[i]);
        v->of[i] = number_row(v, &row, slots, bits);
    }
    free(slots);
    return true;
}

struct voices *voices_new(const struct rules *rules)
{
    size_t terms = rules->head->terms.count;
    struct voices *v = calloc(1, sizeof *v);

    if (!v)
        return NULL;
    v->rules = rules;
    v->nheard = terms / 64 + 1;
    v->rows = calloc(terms + 1, sizeof *v->rows);
    v->of = calloc(terms + 1, sizeof *v->of);
    v->heard = calloc(v->nheard, sizeof *v->heard);
    if (v->rows && v->of && v->heard && fill(v))
        return v;
    voices_free(v);
    return NULL;
}

void voices_free(struct voices *v)
{
    if (!v)
        return;
    free(v->rows);
    free(v->of);
    free(v->heard);
    free(v);
}

/* No branch on which words are voices, or are there again: that cannot be guessed. */
void voices_sum(struct voices *v, const struct matcher_hits *hits, size_t title,
                float title_factor, float sum[static BLOCK_CUES])
{
    const struct row *const rows = v->rows;
    const uint32_t *const of = v->of;
    uint64_t *const heard = v->heard;
    struct row all = {0};

    memset(heard, 0, v->nheard * sizeof *heard);
    for (size_t i = 0; i < hits->n; i++) {
        const struct matcher_hit *hit = &hits->list[i];
        const struct row *row = &rows[of[hit->term]];
        uint64_t *word = &heard[hit->term / 64], again = *word >> hit->term % 64 & 1;
        const float factors[] = {1, title_factor, 0, 0};
        float factor = factors[2 * again + (hit->start < title)];
        *word |= UINT64_C(1) << hit->term % 64;
        for (int k = 0; k < FOURS; k++)
            all.four[k] += row->four[k] * factor;
    }
    for (int cue = 0; cue < BLOCK_CUES; cue++)
        sum[cue] = all.four[cue / LANES][cue % LANES];
}
