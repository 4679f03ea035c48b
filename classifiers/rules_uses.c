/* Terms have many uses, and most are words of patterns that stand in texts which lack the
 * pattern's other groups. So the groups that are there are noted first, and only uses whose pattern
 * is whole are written down. Both passes look at nothing but a narrow table of which group each use
 * is: the block's is seven times as wide, and texts touch it all over. */
#include "classifiers/rules_uses.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"

/* Which group of which pattern a use is. After the patterns come two more: one that is always
 * whole, of what waits for no other words, and one that never is. With the latter the uses of each
 * term are made up to a multiple of ROW: to guess how many there are costs more than to look. */
typedef uint32_t part;

enum {
    PART_BITS = 3, /* enough for BLOCK_PATTERN_GROUPS */
    ROW = 4,
    AHEAD = 8 /* hits, or uses: fetched while the ones before are looked at */
};

struct range { /* of a term: its uses */
    uint32_t first, end;
    bool careful; /* some are not for all fields or texts */
};

struct kept {
    uint32_t use, hit;
};

struct uses {
    const struct rules *rules;
    part *parts; /* of each use */
    struct uses_use *uses;
    struct range *terms;
    uint8_t *missing, *all; /* of each pattern: groups that are not in the text, a bit each */
    struct uses_run *runs;
    uint32_t *sets; /* with marks */
    size_t nsets;
    struct kept *kept;
    struct tree_mark *marks;
    size_t cap; /* of kept and marks */
    bool conditions;
};

static part part_of(const struct rules *r, const struct block_use *u)
{
    if (u->what != BLOCK_GROUP)
        return r->head->patterns.count << PART_BITS;
    uint32_t pattern = r->groups[u->target].pattern;
    return pattern << PART_BITS | (u->target - r->patterns[pattern].first_group);
}

static void add_use(struct uses *u, struct range *term, uint32_t use)
{
    const struct block_use *b = &u->rules->uses[use];

    u->parts[term->end] = part_of(u->rules, b);
    u->uses[term->end++] = (struct uses_use){
        .set = b->set, .use = use, .target = b->target, .root = b->root, .weight = b->weight,
        .what = b->what, .role = (uint8_t)b->role};
    term->careful |= b->field != BLOCK_BOTH || b->scope;
}

static void fill(struct uses *u)
{
    const struct rules *r = u->rules;
    uint32_t n = 0;

    for (uint32_t i = 0; i < r->head->terms.count; i++) {
        const struct block_term *t = &r->terms[i];
        u->terms[i].first = u->terms[i].end = n;
        for (uint32_t k = t->first_use; k < t->first_use + t->nuses; k++)
            if (r->uses[k].what != BLOCK_PLACE)
                add_use(u, &u->terms[i], k);
        for (n = u->terms[i].end; n % ROW; n++)
            u->parts[n] = (r->head->patterns.count + 1) << PART_BITS;
        u->terms[i].end = n;
    }
    u->all[r->head->patterns.count + 1] = UINT8_MAX; /* of which but one bit is ever found */
    for (uint32_t i = 0; i < r->head->patterns.count; i++)
        u->all[i] = (uint8_t)((1u << r->patterns[i].ngroups) - 1);
}

struct uses *uses_new(const struct rules *rules)
{
    const struct block_header *h = rules->head;
    size_t room = h->uses.count + h->terms.count * (size_t)(ROW - 1) + 1;
    size_t patterns = h->patterns.count + (size_t)2;
    struct uses *u = calloc(1, sizeof *u);

    if (!u)
        return NULL;
    u->rules = rules;
    u->parts = calloc(room, sizeof *u->parts);
    u->uses = calloc(room, sizeof *u->uses);
    u->terms = calloc(h->terms.count + 1, sizeof *u->terms);
    u->missing = calloc(patterns, sizeof *u->missing);
    u->all = calloc(patterns, sizeof *u->all);
    u->runs = calloc(h->sets.count + 1, sizeof *u->runs);
    u->sets = calloc(h->sets.count + 1, sizeof *u->sets);
    if (!u->parts || !u->uses || !u->terms || !u->missing || !u->all || !u->runs || !u->sets) {
        uses_free(u);
        return NULL;
    }
    fill(u);
    return u;
}

void uses_free(struct uses *u)
{
    if (!u)
        return;
    free(u->parts);
    free(u->uses);
    free(u->terms);
    free(u->missing);
    free(u->all);
    free(u->runs);
    free(u->sets);
    free(u->kept);
    free(u->marks);
    free(u);
}

/* One more than asked: what is not kept is written all the same, over the end. */
static int reserve(struct uses *u, size_t n)
{
    size_t cap = 2 * n + 256;

    if (n < u->cap)
        return 0;
    free(u->kept);
    free(u->marks);
    u->kept = malloc(cap * sizeof *u->kept);
    u->marks = malloc(cap * sizeof *u->marks);
    u->cap = u->kept && u->marks ? cap : 0;
    return u->cap ? 0 : ERR_NOMEM;
}

bool uses_in_field(const struct block_use *use, const struct matcher_hit *h, const struct fold *f)
{
    return use->field == BLOCK_BOTH || (use->field == BLOCK_TITLE) == (h->start < f->title);
}

/* Terms and uses lie far apart when there are many. */
static inline void fetch_ahead(const struct range *terms, const part *parts,
                               const struct matcher_hit *hit, const struct matcher_hit *end)
{
    if (end - hit <= 2 * AHEAD)
        return;
    __builtin_prefetch(&terms[hit[2 * AHEAD].term]);
    __builtin_prefetch(&parts[terms[hit[AHEAD].term].first]);
}

/* Is the use, of a careful term, for this hit? */
static bool fits(const struct uses *u, uint32_t at, const struct matcher_hit *h,
                 const struct fold *f, struct trees *trees)
{
    const struct block_use *b = &u->rules->uses[u->uses[at].use];

    return uses_in_field(b, h, f) && trees_scope(trees, b->scope);
}

static inline void find_group(uint8_t *missing, part p)
{
    missing[p >> PART_BITS] &= (uint8_t) ~(1u << p % (1u << PART_BITS));
}

/* Note which groups of patterns are there: how many uses there are to look at. */
static size_t note_groups(struct uses *u, const struct fold *f, const struct matcher_hits *hits,
                          struct trees *trees)
{
    const struct range *terms = u->terms;
    const part *parts = u->parts;
    const struct matcher_hit *end = hits->list + hits->n;
    uint8_t *missing = u->missing;
    size_t n = 0;

    memcpy(missing, u->all, u->rules->head->patterns.count + (size_t)2);
    for (const struct matcher_hit *h = hits->list; h < end; h++) {
        const struct range t = terms[h->term];
        fetch_ahead(terms, parts, h, end);
        n += t.end - t.first;
        for (uint32_t k = t.first; k < t.end && t.careful; k++)
            if (fits(u, k, h, f, trees))
                find_group(missing, parts[k]);
        for (uint32_t k = t.first; k < t.end && !t.careful; k += ROW)
#pragma GCC unroll 4
            for (uint32_t i = 0; i < ROW; i++)
                find_group(missing, parts[k + i]);
    }
    return n;
}

/* Write down the uses that are for their hits; no branch on which of their patterns are whole. */
static size_t keep(struct uses *u, const struct fold *f, const struct matcher_hits *hits,
                   struct trees *trees)
{
    const part *parts = u->parts;
    const uint8_t *missing = u->missing;
    struct kept *kept = u->kept;

    for (uint32_t i = 0; i < hits->n; i++) {
        const struct matcher_hit *h = &hits->list[i];
        const struct range t = u->terms[h->term];
        for (uint32_t k = t.first; k < t.end && t.careful; k++) {
            *kept = (struct kept){k, i};
            kept += !missing[parts[k] >> PART_BITS] && fits(u, k, h, f, trees);
        }
        for (uint32_t k = t.first; k < t.end && !t.careful; k += ROW)
#pragma GCC unroll 4
            for (uint32_t m = 0; m < ROW; m++) {
                *kept = (struct kept){k + m, i};
                kept += !missing[parts[k + m] >> PART_BITS];
            }
    }
    return (size_t)(kept - u->kept);
}

/* Only the sets with a use are touched: there may be a thousand others. */
static void count(struct uses *u, size_t n)
{
    uint32_t first = 0;

    for (size_t i = 0; i < n; i++) {
        struct uses_use *use = &u->uses[u->kept[i].use];
        if (i + AHEAD < n)
            __builtin_prefetch(&u->uses[u->kept[i + AHEAD].use]);
        use->counted = 0;
        struct uses_run *run = &u->runs[use->set];
        if (!run->count++)
            u->sets[u->nsets++] = use->set;
        run->veto |= use->role == ROLE_NONE;
        run->conditions |= use->what != BLOCK_ANY;
    }
    for (size_t i = 0; i < u->nsets; i++) {
        struct uses_run *run = &u->runs[u->sets[i]];
        run->first = first;
        first += run->count;
        run->count = 0;
        u->conditions |= run->conditions;
    }
}

int uses_gather(struct uses *u, const struct fold *f, const struct matcher_hits *hits,
                struct trees *trees)
{
    for (size_t i = 0; i < u->nsets; i++)
        u->runs[u->sets[i]] = (struct uses_run){0};
    u->nsets = 0;
    u->conditions = false;
    if (reserve(u, note_groups(u, f, hits, trees)))
        return ERR_NOMEM;
    size_t n = keep(u, f, hits, trees);
    count(u, n);
    for (size_t i = 0; i < n; i++) {
        const struct kept *kept = &u->kept[i];
        const struct uses_use *use = &u->uses[kept->use];
        struct uses_run *run = &u->runs[use->set];
        u->marks[run->first + run->count++] =
            (struct tree_mark){.hit = kept->hit, .use = kept->use, .target = use->target,
                               .root = use->root, .what = use->what, .role = use->role};
    }
    return 0;
}

struct uses_use *uses_table(const struct uses *u)
{
    return u->uses;
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
