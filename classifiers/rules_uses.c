/* Terms have many uses, and most are words of patterns that stand in texts which lack the
 * pattern's other groups. So the groups that are there are noted first, and only uses whose pattern
 * is whole are written down. What is asked of a use lies closed up in a table of its own: texts
 * touch it all over, and what it costs is the lines of memory that are fetched. */
#include "classifiers/rules_uses.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"

/* uses_use.part: which group of which pattern a use is. After the patterns comes one more that is
 * always whole, of what waits for no other words. */
enum {
    PART_BITS = 3, /* enough for BLOCK_PATTERN_GROUPS */
    FEW = 4        /* uses; most terms have no more */
};

/* Bit of uses.first, below where the uses begin: some are not for all fields or texts. */
enum { CAREFUL = 1, CAREFUL_BITS = 1 };

struct noted {
    uint32_t use, hit;
};

struct uses {
    const struct rules *rules;
    struct uses_use *uses;
    uint32_t *whole;   /* of each use: its number in the block */
    uint32_t *first;   /* of each term, and one more: where its uses begin, above CAREFUL */
    struct aim {
        uint32_t first, root;
    } *aims; /* of each pattern: its first group and its tree; one more of zeros */
    uint64_t *counted; /* of each use a bit */
    size_t ncounted;   /* words of it */
    uint64_t *found, *all; /* of each pattern: groups that are in the text, and all: a byte each */
    struct uses_run *runs;
    uint32_t *sets; /* with marks */
    size_t nsets;
    struct noted *noted, *kept; /* kept: those whose patterns are whole */
    struct tree_mark *marks;
    size_t cap; /* of these three */
    bool conditions;
};

static uint32_t part_of(const struct rules *r, const struct block_use *u)
{
    if (u->what != BLOCK_GROUP)
        return r->head->patterns.count << PART_BITS;
    uint32_t pattern = r->groups[u->target].pattern;
    return pattern << PART_BITS | (u->target - r->patterns[pattern].first_group);
}

static uint8_t traits_of(const struct block_use *u)
{
    return (u->role == ROLE_NONE ? USES_VETO : 0) | (u->what != BLOCK_ANY ? USES_CONDITION : 0);
}

/* The uses of a term, from `at` on: where those of the next begin. */
static uint32_t add_term(struct uses *u, const struct voices *voices, uint32_t term, uint32_t at)
{
    const struct rules *r = u->rules;
    const struct block_term *t = &r->terms[term];

    u->first[term] = at << CAREFUL_BITS;
    for (uint32_t k = t->first_use; k < t->first_use + t->nuses; k++) {
        const struct block_use *b = &r->uses[k];
        if (b->what == BLOCK_PLACE || voices_takes(voices, b))
            continue;
        u->uses[at] = (struct uses_use){.part = part_of(r, b), .set = b->set, .weight = b->weight,
                                        .what = b->what, .role = (uint8_t)b->role,
                                        .traits = traits_of(b)};
        u->whole[at++] = k;
        if (b->field != BLOCK_BOTH || b->scope)
            u->first[term] |= CAREFUL;
    }
    return at;
}

static void fill(struct uses *u, const struct voices *voices)
{
    const struct rules *r = u->rules;
    uint32_t n = 0;

    for (uint32_t i = 0; i < r->head->terms.count; i++)
        n = add_term(u, voices, i, n);
    memset(&u->all[r->head->patterns.count], 1, 1);
    u->first[r->head->terms.count] = n << CAREFUL_BITS;
    for (uint32_t i = 0; i < r->head->patterns.count; i++) {
        memset(&u->all[i], 1, r->patterns[i].ngroups);
        u->aims[i] = (struct aim){r->patterns[i].first_group,
                                  r->nodes[r->patterns[i].node].root};
    }
}

struct uses *uses_new(const struct rules *rules, const struct voices *voices)
{
    const struct block_header *h = rules->head;
    size_t room = h->uses.count + (size_t)FEW, patterns = h->patterns.count + (size_t)1;
    struct uses *u = calloc(1, sizeof *u);

    if (!u)
        return NULL;
    u->rules = rules;
    u->ncounted = room / 64 + 1;
    u->uses = calloc(room, sizeof *u->uses);
    u->whole = calloc(room, sizeof *u->whole);
    u->first = calloc(h->terms.count + (size_t)1, sizeof *u->first);
    u->counted = calloc(u->ncounted, sizeof *u->counted);
    u->aims = calloc(patterns, sizeof *u->aims);
    u->found = calloc(patterns, sizeof *u->found);
    u->all = calloc(patterns, sizeof *u->all);
    u->runs = calloc(h->sets.count + 1, sizeof *u->runs);
    u->sets = calloc(h->sets.count + 1, sizeof *u->sets);
    if (!u->uses || !u->whole || !u->first || !u->aims || !u->counted || !u->found || !u->all ||
        !u->runs || !u->sets) {
        uses_free(u);
        return NULL;
    }
    fill(u, voices);
    return u;
}

void uses_free(struct uses *u)
{
    if (!u)
        return;
    free(u->uses);
    free(u->whole);
    free(u->first);
    free(u->aims);
    free(u->counted);
    free(u->found);
    free(u->all);
    free(u->runs);
    free(u->sets);
    free(u->noted);
    free(u->kept);
    free(u->marks);
    free(u);
}

/* A term's uses. */
struct range {
    uint32_t first, n;
    bool careful;
};

static inline struct range uses_of(const uint32_t *first, uint32_t term)
{
    uint32_t at = first[term] >> CAREFUL_BITS;

    return (struct range){at, (first[term + 1] >> CAREFUL_BITS) - at, first[term] & CAREFUL};
}

/* Some more than asked: what is not kept is written all the same, over the end. */
static int reserve(struct uses *u, size_t n)
{
    size_t cap = 2 * n + 256;

    if (n + FEW < u->cap)
        return 0;
    free(u->noted);
    free(u->kept);
    free(u->marks);
    u->noted = malloc(cap * sizeof *u->noted);
    u->kept = malloc(cap * sizeof *u->kept);
    u->marks = malloc(cap * sizeof *u->marks);
    u->cap = u->noted && u->kept && u->marks ? cap : 0;
    return u->cap ? 0 : ERR_NOMEM;
}

bool uses_in_field(const struct block_use *use, const struct matcher_hit *h, const struct fold *f)
{
    return use->field == BLOCK_BOTH || (use->field == BLOCK_TITLE) == (h->start < f->title);
}

/* Each hit's uses lie somewhere else: all are asked for before the first is looked at. How many
 * there are. */
static size_t fetch(const struct uses *u, const struct matcher_hits *hits)
{
    size_t n = 0;

    for (size_t i = 0; i < hits->n; i++) {
        struct range r = uses_of(u->first, hits->list[i].term);
        __builtin_prefetch(&u->uses[r.first]);
        n += r.n;
    }
    return n;
}

/* Is the use, of a careful term, for this hit? */
static bool fits(const struct uses *u, uint32_t at, const struct matcher_hit *h,
                 const struct fold *f, struct trees *trees)
{
    const struct block_use *b = &u->rules->uses[u->whole[at]];

    return uses_in_field(b, h, f) && trees_scope(trees, b->scope);
}

static struct noted *note_careful(struct uses *u, const struct fold *f, uint32_t hit,
                                 const struct matcher_hit *h, struct range r, struct trees *trees,
                                 struct noted *noted)
{
    uint8_t *found = (uint8_t *)u->found;

    for (uint32_t k = r.first; k < r.first + r.n; k++)
        if (fits(u, k, h, f, trees)) {
            *noted++ = (struct noted){k, hit};
            found[u->uses[k].part] = 1;
        }
    return noted;
}

/* Write down the uses that are for their hits, and note which groups of patterns are there. No
 * branch on how many uses a term has, unless many: that cannot be guessed. Here and below what does
 * not change is kept in variables, since a stored byte could be any of it. */
static size_t note(struct uses *u, const struct fold *f, const struct matcher_hits *hits,
                   struct trees *trees)
{
    const struct uses_use *const uses = u->uses;
    const struct matcher_hit *const list = hits->list;
    const uint32_t *const first = u->first, nhits = (uint32_t)hits->n;
    const uint32_t always = u->rules->head->patterns.count << PART_BITS;
    uint8_t *const found = (uint8_t *)u->found;
    struct noted *noted = u->noted;

    found[always] = 1;
    for (uint32_t i = 0; i < nhits; i++) {
        const struct range r = uses_of(first, list[i].term);
        const struct uses_use *use = uses + r.first;
        if (r.careful) {
            noted = note_careful(u, f, i, &list[i], r, trees, noted);
            continue;
        }
#pragma GCC unroll 4
        for (uint32_t k = 0; k < FEW; k++) {
            noted[k] = (struct noted){r.first + k, i};
            found[k < r.n ? use[k].part : always] = 1;
        }
        for (uint32_t k = FEW; k < r.n; k++) {
            noted[k] = (struct noted){r.first + k, i};
            found[use[k].part] = 1;
        }
        noted += r.n;
    }
    return (size_t)(noted - u->noted);
}

/* Keep those whose pattern is whole, and count them for their sets: how many. Only the sets with a
 * use are touched: there may be a thousand others. No branch on which are whole. */
static size_t keep(struct uses *u, size_t n)
{
    const struct uses_use *const uses = u->uses;
    const struct noted *const noted = u->noted;
    const uint64_t *const found = u->found, *const all = u->all;
    struct uses_run *const runs = u->runs;
    struct noted *const kept = u->kept;
    uint32_t *const sets = u->sets;
    size_t nkept = 0, nsets = 0;

    for (size_t i = 0; i < n; i++) {
        const struct noted one = noted[i];
        const struct uses_use use = uses[one.use];
        struct uses_run *run = &runs[use.set];
        uint32_t pattern = use.part >> PART_BITS, count = run->count;
        bool whole = found[pattern] == all[pattern];
        kept[nkept] = one;
        nkept += whole;
        sets[nsets] = use.set;
        nsets += whole & !count;
        run->count = count + whole;
        run->traits |= use.traits & -(unsigned)whole;
    }
    u->nsets = nsets;
    return nkept;
}

static void forget(struct uses *u, size_t n)
{
    const struct uses_use *const uses = u->uses;
    const struct noted *const noted = u->noted;
    uint8_t *const found = (uint8_t *)u->found;

    for (size_t i = 0; i < n; i++)
        found[uses[noted[i].use].part] = 0;
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
        u->conditions |= run->traits & USES_CONDITION;
    }
}

static void write_marks(struct uses *u, size_t n)
{
    const struct uses_use *const uses = u->uses;
    const struct noted *const kept = u->kept;
    const struct aim *const aims = u->aims;
    struct uses_run *const runs = u->runs;
    struct tree_mark *const marks = u->marks;

    for (size_t i = 0; i < n; i++) {
        const struct noted one = kept[i];
        const struct uses_use use = uses[one.use];
        const struct aim aim = aims[use.part >> PART_BITS];
        struct uses_run *run = &runs[use.set];
        struct tree_mark *mark = &marks[run->first + run->count++];
        *mark = (struct tree_mark){.hit = one.hit, .use = one.use,
                                   .target = aim.first + use.part % (1u << PART_BITS),
                                   .root = aim.root, .what = use.what, .role = use.role};
        if (__builtin_expect(use.what == BLOCK_LEAF || use.what == BLOCK_NEEDS, false)) {
            mark->target = u->rules->uses[u->whole[one.use]].target;
            mark->root = u->rules->uses[u->whole[one.use]].root;
        }
    }
}

int uses_gather(struct uses *u, const struct fold *f, const struct matcher_hits *hits,
                struct trees *trees)
{
    for (size_t i = 0; i < u->nsets; i++)
        u->runs[u->sets[i]] = (struct uses_run){0};
    u->nsets = 0;
    u->conditions = false;
    if (reserve(u, fetch(u, hits)))
        return ERR_NOMEM;
    size_t noted = note(u, f, hits, trees), n = keep(u, noted);
    forget(u, noted);
    part_runs(u);
    memset(u->counted, 0, u->ncounted * sizeof *u->counted);
    write_marks(u, n);
    return 0;
}

const struct uses_use *uses_table(const struct uses *u)
{
    return u->uses;
}

uint64_t *uses_counted(const struct uses *u)
{
    return u->counted;
}

uint32_t uses_number(const struct uses *u, uint32_t use)
{
    return u->whole[use];
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
