/* The cues' words are in every text, and most of them speak for several cues at once, as all words
 * of their lists do. So what a term says for all cues is one row, which many terms share, and a
 * word is one sum over it. */
#include "classifiers/rules/rules_voices.h"

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

static bool fill(struct voices *v, struct words *words)
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
        words_about(words, i)->voice = number_row(v, &row, slots, bits);
    }
    free(slots);
    return true;
}

struct voices *voices_new(const struct rules *rules, struct words *words)
{
    size_t terms = rules->head->terms.count;
    struct voices *v = calloc(1, sizeof *v);

    if (!v)
        return NULL;
    v->rules = rules;
    v->rows = calloc(terms + 1, sizeof *v->rows);
    if (v->rows && fill(v, words))
        return v;
    voices_free(v);
    return NULL;
}

void voices_free(struct voices *v)
{
    if (!v)
        return;
    free(v->rows);
    free(v);
}

void voices_sum(const struct voices *v, const struct words_found *words,
                const struct matcher_hits *hits, size_t title, float title_factor,
                float sum[static BLOCK_CUES])
{
    const float factors[] = {1, title_factor};
    struct row all = {0};

    for (size_t i = 0; i < words->n; i++) {
        const struct row *row = &v->rows[words->abouts[i].voice];
        float factor = factors[hits->list[words->list[i].hit].start < title]; /* no branch */
        for (int k = 0; k < FOURS; k++)
            all.four[k] += row->four[k] * factor;
    }
    for (int cue = 0; cue < BLOCK_CUES; cue++)
        sum[cue] = all.four[cue / LANES][cue % LANES];
}
