/* Terms have many uses, and most are words of patterns that stand in texts which lack the
 * pattern's other groups. So the groups that are there are noted first, by the distinct terms, and
 * only uses whose pattern is whole are written down for each hit. */
#include "classifiers/rules/rules_uses.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"

struct noted {
    uint32_t use, word;
};

struct kept { /* a use that makes marks */
    struct tree_mark mark; /* but for the hit */
    uint32_t set;
};

struct range {
    uint32_t first, n;
};

enum { TOLD_KEPT = 32 }; /* a mark to be made: the hit, above this many bits, and the kept use */

struct uses {
    const struct rules *rules;
    struct parts parts;
    bool *counted;     /* of each use */
    uint64_t *found;   /* of each pattern: groups that are in the text, a byte each */
    struct uses_run *runs;
    uint32_t *sets; /* with marks */
    size_t nsets;
    struct noted *noted, *sifted; /* sifted: those whose patterns are whole */
    struct kept *kept;            /* the same */
    struct range *of_word;        /* of each word: what is kept */
    size_t cap;                   /* of these four */
    uint64_t *told;               /* by hit */
    struct tree_mark *marks;
    size_t marks_cap; /* of these two */
    bool conditions;
};

struct uses *uses_new(const struct rules *rules, struct words *words, const struct voices *voices)
{
    struct uses *u = calloc(1, sizeof *u);

    if (!u)
        return NULL;
    u->rules = rules;
    if (!parts_fill(&u->parts, rules, voices, words)) {
        u->counted = calloc(u->parts.nuses + 1, sizeof *u->counted);
        u->found = calloc(u->parts.npatterns, sizeof *u->found);
        u->runs = calloc(rules->head->sets.count + 1, sizeof *u->runs);
        u->sets = calloc(rules->head->sets.count + 1, sizeof *u->sets);
        if (u->counted && u->found && u->runs && u->sets)
            return u;
    }
    uses_free(u);
    return NULL;
}

static void free_noted(struct uses *u)
{
    free(u->noted);
    free(u->sifted);
    free(u->kept);
    free(u->of_word);
}

static void free_marks(struct uses *u)
{
    free(u->told);
    free(u->marks);
}

void uses_free(struct uses *u)
{
    if (!u)
        return;
    parts_free(&u->parts);
    free(u->counted);
    free(u->found);
    free(u->runs);
    free(u->sets);
    free_noted(u);
    free_marks(u);
    free(u);
}

/* Some more than asked, here and below: what is not kept is written all the same, over the end. */
static int reserve_noted(struct uses *u, size_t n)
{
    if (n + PARTS_FEW < u->cap)
        return 0;
    free_noted(u);
    u->cap = 2 * n + 256;
    u->noted = calloc(u->cap, sizeof *u->noted);
    u->sifted = calloc(u->cap, sizeof *u->sifted);
    u->kept = calloc(u->cap, sizeof *u->kept);
    u->of_word = calloc(u->cap, sizeof *u->of_word);
    if (!u->noted || !u->sifted || !u->kept || !u->of_word)
        u->cap = 0;
    return u->cap ? 0 : ERR_NOMEM;
}

static int reserve_marks(struct uses *u, size_t n)
{
    if (n + PARTS_FEW < u->marks_cap)
        return 0;
    free_marks(u);
    u->marks_cap = 2 * n + 256;
    u->told = calloc(u->marks_cap, sizeof *u->told);
    u->marks = calloc(u->marks_cap, sizeof *u->marks);
    if (!u->told || !u->marks)
        u->marks_cap = 0;
    return u->marks_cap ? 0 : ERR_NOMEM;
}

bool uses_in_field(const struct block_use *use, const struct matcher_hit *h, const struct fold *f)
{
    return use->field == BLOCK_BOTH || (use->field == BLOCK_TITLE) == (h->start < f->title);
}

/* Each word's uses lie somewhere else: all are asked for before the first is looked at. How many
 * there are. */
static size_t fetch(const struct uses *u, const struct words_found *words)
{
    size_t n = 0;

    for (size_t i = 0; i < words->n; i++) {
        __builtin_prefetch(&u->parts.part[words->abouts[i].uses]);
        n += words->abouts[i].nuses;
    }
    return n;
}

/* Note those uses of a word that are for its hit. */
static struct noted *note_apart(struct uses *u, const struct uses_text *text, uint32_t word,
                                struct noted *noted)
{
    const struct words_about about = text->words->abouts[word];
    const struct matcher_hit *hit = &text->hits->list[text->words->list[word].hit];
    uint8_t *found = (uint8_t *)u->found;

    for (uint32_t k = about.uses; k < about.uses + about.nuses; k++) {
        const struct block_use *b = &u->rules->uses[u->parts.number[k]];
        if (!uses_in_field(b, hit, text->fold) || !trees_scope(text->trees, b->scope))
            continue;
        *noted++ = (struct noted){k, word};
        found[u->parts.part[k]] = 1;
    }
    return noted;
}

/* Write down the uses of each word, and note which groups of patterns are there. No branch on how
 * many uses a term has, unless many: that cannot be guessed. Here and below what does not change is
 * kept in variables, since a stored byte could be any of it. */
static size_t note(struct uses *u, const struct uses_text *text)
{
    const uint32_t *const part = u->parts.part;
    const struct words_about *const abouts = text->words->abouts;
    const uint32_t nwords = (uint32_t)text->words->n;
    uint8_t *const found = (uint8_t *)u->found;
    struct noted *noted = u->noted;

    found[u->parts.always] = 1;
    for (uint32_t i = 0; i < nwords; i++) {
        const uint32_t first = abouts[i].uses, n = abouts[i].nuses;
        if (abouts[i].apart) {
            noted = note_apart(u, text, i, noted);
            continue;
        }
#pragma GCC unroll 4
        for (uint32_t k = 0; k < PARTS_FEW; k++) {
            noted[k] = (struct noted){first + k, i};
            found[part[first + k]] = 1;
        }
        for (uint32_t k = PARTS_FEW; k < n; k++) {
            noted[k] = (struct noted){first + k, i};
            found[part[first + k]] = 1;
        }
        noted += n;
    }
    return (size_t)(noted - u->noted);
}

/* Only those of the first n whose pattern is whole stay noted: how many. No branch on which. */
static size_t sift(struct uses *u, size_t n)
{
    const uint32_t *const part = u->parts.part;
    const uint64_t *const found = u->found, *const all = u->parts.all;
    struct noted *const noted = u->noted, *const whole = u->sifted;
    uint8_t *const parts = (uint8_t *)u->found;
    size_t nwhole = 0;

    for (size_t i = 0; i < n; i++) {
        uint32_t pattern = part[noted[i].use] >> PARTS_BITS;
        whole[nwhole] = noted[i];
        nwhole += found[pattern] == all[pattern];
    }
    for (size_t i = 0; i < n; i++)
        parts[part[noted[i].use]] = 0;
    for (size_t i = 0; i < nwhole; i++)
        __builtin_prefetch(&u->parts.uses[whole[i].use]);
    return nwhole;
}

/* Make those marks, but for the hits, and count the hits for their sets: how many marks that will
 * be. Only the sets with a use are touched: there may be a thousand others. */
static size_t keep(struct uses *u, const uint32_t *counts, size_t n)
{
    struct range *const of_word = u->of_word;
    size_t marks = 0;

    u->nsets = 0;
    for (size_t i = 0; i < n; i++) {
        const struct noted one = u->sifted[i];
        const struct parts_use *use = &u->parts.uses[one.use];
        const uint32_t part = u->parts.part[one.use];
        const struct parts_aim *aim = &u->parts.aims[part >> PARTS_BITS];
        struct uses_run *run = &u->runs[use->set];
        struct kept *kept = &u->kept[i];
        u->counted[one.use] = false; /* others are not looked at */
        kept->set = use->set;
        kept->mark.use = one.use;
        kept->mark.target = aim->target + part % (1u << PARTS_BITS);
        kept->mark.root = aim->root;
        kept->mark.what = use->what;
        kept->mark.role = use->role;
        of_word[one.word].first = (uint32_t)i - of_word[one.word].n++;
        u->sets[u->nsets] = use->set;
        u->nsets += !run->count;
        run->count += counts[one.word];
        run->traits |= use->traits;
        marks += counts[one.word];
    }
    return marks;
}

/* Where each set's marks begin. */
static void part_runs(struct uses *u)
{
    uint32_t first = 0;

    for (size_t i = 0; i < u->nsets; i++) {
        struct uses_run *run = &u->runs[u->sets[i]];
        run->first = first;
        first += run->count;
        run->count = 0;
        u->conditions |= run->traits & PARTS_CONDITION;
    }
}

/* Which kept uses each hit has, in the order of the hits; as note(), no branch on how many. */
static void tell(struct uses *u, const uint32_t *word_of, uint32_t nhits)
{
    const struct range *const of_word = u->of_word;
    uint64_t *told = u->told;

    for (uint32_t i = 0; i < nhits; i++) {
        const uint32_t first = of_word[word_of[i]].first, n = of_word[word_of[i]].n;
        const uint64_t one = (uint64_t)i << TOLD_KEPT | first;
#pragma GCC unroll 4
        for (uint32_t k = 0; k < PARTS_FEW; k++)
            told[k] = one + k;
        for (uint32_t k = PARTS_FEW; k < n; k++)
            told[k] = one + k;
        told += n;
    }
}

static void write_marks(struct uses *u, size_t n)
{
    const uint64_t *const told = u->told;
    const struct kept *const kept = u->kept;
    struct uses_run *const runs = u->runs;
    struct tree_mark *const marks = u->marks;

    for (size_t i = 0; i < n; i++) {
        const struct kept *one = &kept[(uint32_t)told[i]];
        struct uses_run *run = &runs[one->set];
        struct tree_mark *mark = &marks[run->first + run->count++];
        *mark = one->mark;
        mark->hit = (uint32_t)(told[i] >> TOLD_KEPT);
    }
}

int uses_gather(struct uses *u, const struct uses_text *text)
{
    const struct words_found *words = text->words;
    size_t nuses = fetch(u, words);

    for (size_t i = 0; i < u->nsets; i++)
        u->runs[u->sets[i]] = (struct uses_run){0};
    u->nsets = 0;
    u->conditions = false;
    if (reserve_noted(u, nuses > words->n ? nuses : words->n))
        return ERR_NOMEM;
    memset(u->of_word, 0, words->n * sizeof *u->of_word);
    size_t nmarks = keep(u, words->counts, sift(u, note(u, text)));
    if (reserve_marks(u, nmarks))
        return ERR_NOMEM;
    part_runs(u);
    tell(u, words->of, (uint32_t)text->hits->n);
    write_marks(u, nmarks);
    return 0;
}

const struct parts_use *uses_table(const struct uses *u)
{
    return u->parts.uses;
}

bool *uses_counted(const struct uses *u)
{
    return u->counted;
}

uint32_t uses_number(const struct uses *u, uint32_t use)
{
    return u->parts.number[use];
}

struct uses_run *uses_run(const struct uses *u, uint32_t set)
{
    return &u->runs[set];
}

struct tree_mark *uses_marks(const struct uses *u)
{
    return u->marks;
}

size_t uses_sets(const struct uses *u, const uint32_t **sets)
{
    *sets = u->sets;
    return u->nsets;
}

bool uses_conditions(const struct uses *u)
{
    return u->conditions;
}
