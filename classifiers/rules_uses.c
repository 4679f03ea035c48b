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

/* Beside uses.first of a term. */
enum {
    PATTERNED = 1, /* some of its uses are groups of patterns */
    CAREFUL = 2,   /* some are not for all fields or texts */
    FLAG_BITS = 2
};

struct kept {
    uint32_t use, hit;
};

struct uses {
    const struct rules *rules;
    struct uses_use *uses;
    uint32_t *whole;   /* of each use: its number in the block */
    uint32_t *first;   /* of each term, and one more: where its uses begin, above its flags */
    struct aim {
        uint32_t first, root;
    } *aims; /* of each pattern: its first group and its tree; one more of zeros */
    uint64_t *counted; /* of each use a bit */
    size_t ncounted;   /* words of it */
    uint8_t *missing, *all; /* of each pattern: groups that are not in the text, a bit each */
    struct uses_run *runs;
    uint32_t *sets; /* with marks */
    size_t nsets;
    struct kept *kept;
    struct tree_mark *marks;
    size_t cap; /* of kept and marks */
    bool conditions;
};

static uint32_t part_of(const struct rules *r, const struct block_use *u)
{
    if (u->what != BLOCK_GROUP)
        return r->head->patterns.count << PART_BITS;
    uint32_t pattern = r->groups[u->target].pattern;
    return pattern << PART_BITS | (u->target - r->patterns[pattern].first_group);
}

/* The uses of a term, from `at` on: where those of the next begin. */
static uint32_t add_term(struct uses *u, uint32_t term, uint32_t at)
{
    const struct rules *r = u->rules;
    const struct block_term *t = &r->terms[term];

    u->first[term] = at << FLAG_BITS;
    for (uint32_t k = t->first_use; k < t->first_use + t->nuses; k++) {
        const struct block_use *b = &r->uses[k];
        if (b->what == BLOCK_PLACE)
            continue;
        u->uses[at] = (struct uses_use){.part = part_of(r, b), .set = b->set, .weight = b->weight,
                                        .what = b->what, .role = (uint8_t)b->role};
        u->whole[at++] = k;
        if (b->field != BLOCK_BOTH || b->scope)
            u->first[term] |= CAREFUL;
        if (b->what == BLOCK_GROUP)
            u->first[term] |= PATTERNED;
    }
    return at;
}

static void fill(struct uses *u)
{
    const struct rules *r = u->rules;
    uint32_t n = 0;

    for (uint32_t i = 0; i < r->head->terms.count; i++)
        n = add_term(u, i, n);
    u->first[r->head->terms.count] = n << FLAG_BITS;
    for (uint32_t i = 0; i < r->head->patterns.count; i++) {
        u->all[i] = (uint8_t)((1u << r->patterns[i].ngroups) - 1);
        u->aims[i] = (struct aim){r->patterns[i].first_group,
                                  r->nodes[r->patterns[i].node].root};
    }
}

struct uses *uses_new(const struct rules *rules)
{
    const struct block_header *h = rules->head;
    size_t room = h->uses.count + (size_t)1, patterns = h->patterns.count + (size_t)1;
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
    u->missing = calloc(patterns, sizeof *u->missing);
    u->all = calloc(patterns, sizeof *u->all);
    u->runs = calloc(h->sets.count + 1, sizeof *u->runs);
    u->sets = calloc(h->sets.count + 1, sizeof *u->sets);
    if (!u->uses || !u->whole || !u->first || !u->aims || !u->counted || !u->missing || !u->all ||
        !u->runs || !u->sets) {
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
    free(u->uses);
    free(u->whole);
    free(u->first);
    free(u->aims);
    free(u->counted);
    free(u->missing);
    free(u->all);
    free(u->runs);
    free(u->sets);
    free(u->kept);
    free(u->marks);
    free(u);
}

/* A term's uses. */
struct range {
    uint32_t first, end;
    unsigned flags;
};

static inline struct range uses_of(const struct uses *u, uint32_t term)
{
    return (struct range){u->first[term] >> FLAG_BITS, u->first[term + 1] >> FLAG_BITS,
                          u->first[term] % (1u << FLAG_BITS)};
}

/* Some more than asked: what is not kept is written all the same, over the end. */
static int reserve(struct uses *u, size_t n)
{
    size_t cap = 2 * n + 256;

    if (n + FEW < u->cap)
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

/* Each hit's uses lie somewhere else: all are asked for before the first is looked at. */
static void fetch(const struct uses *u, const struct matcher_hits *hits)
{
    for (size_t i = 0; i < hits->n; i++)
        __builtin_prefetch(&u->uses[u->first[hits->list[i].term] >> FLAG_BITS]);
}

/* Is the use, of a careful term, for this hit? */
static bool fits(const struct uses *u, uint32_t at, const struct matcher_hit *h,
                 const struct fold *f, struct trees *trees)
{
    const struct block_use *b = &u->rules->uses[u->whole[at]];

    return uses_in_field(b, h, f) && trees_scope(trees, b->scope);
}

/* Note which groups of patterns are there: how many uses there are to look at. */
static size_t note_groups(struct uses *u, const struct fold *f, const struct matcher_hits *hits,
                          struct trees *trees)
{
    uint8_t *missing = u->missing;
    size_t n = 0;

    memcpy(missing, u->all, u->rules->head->patterns.count + (size_t)1);
    for (size_t i = 0; i < hits->n; i++) {
        const struct range r = uses_of(u, hits->list[i].term);
        n += r.end - r.first;
        for (uint32_t k = r.first; k < r.end && r.flags & PATTERNED; k++) {
            uint32_t part = u->uses[k].part;
            if (!(r.flags & CAREFUL) || fits(u, k, &hits->list[i], f, trees))
                missing[part >> PART_BITS] &= (uint8_t) ~(1u << part % (1u << PART_BITS));
        }
    }
    return n;
}

/* Write down the uses that are for their hits; no branch on which of their patterns are whole. */
static size_t keep(struct uses *u, const struct fold *f, const struct matcher_hits *hits,
                   struct trees *trees)
{
    const uint8_t *missing = u->missing;
    struct kept *kept = u->kept;

    for (uint32_t i = 0; i < hits->n; i++) {
        const struct range r = uses_of(u, hits->list[i].term);
        if (r.flags & CAREFUL) {
            for (uint32_t k = r.first; k < r.end; k++)
                if (!missing[u->uses[k].part >> PART_BITS] &&
                    fits(u, k, &hits->list[i], f, trees))
                    *kept++ = (struct kept){k, i};
        } else if (r.flags & PATTERNED) {
            for (uint32_t k = r.first; k < r.end; k++) {
                *kept = (struct kept){k, i};
                kept += !missing[u->uses[k].part >> PART_BITS];
            }
        } else { /* no branch on how many there are, unless many */
#pragma GCC unroll 4
            for (uint32_t k = 0; k < FEW; k++)
                kept[k] = (struct kept){r.first + k, i};
            for (uint32_t k = FEW; k < r.end - r.first; k++)
                kept[k] = (struct kept){r.first + k, i};
            kept += r.end - r.first;
        }
    }
    return (size_t)(kept - u->kept);
}

/* Only the sets with a use are touched: there may be a thousand others. */
static void count(struct uses *u, size_t n)
{
    uint32_t first = 0;

    for (size_t i = 0; i < n; i++) {
        const struct uses_use *use = &u->uses[u->kept[i].use];
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

static inline struct tree_mark mark_of(const struct uses *u, const struct kept *kept)
{
    const struct uses_use *use = &u->uses[kept->use];
    const struct aim *aim = &u->aims[use->part >> PART_BITS];
    uint32_t target = aim->first + use->part % (1u << PART_BITS), root = aim->root;

    if (__builtin_expect(use->what == BLOCK_LEAF || use->what == BLOCK_NEEDS, false)) {
        target = u->rules->uses[u->whole[kept->use]].target;
        root = u->rules->uses[u->whole[kept->use]].root;
    }
    return (struct tree_mark){.hit = kept->hit, .use = kept->use, .target = target, .root = root,
                              .what = use->what, .role = use->role};
}

int uses_gather(struct uses *u, const struct fold *f, const struct matcher_hits *hits,
                struct trees *trees)
{
    for (size_t i = 0; i < u->nsets; i++)
        u->runs[u->sets[i]] = (struct uses_run){0};
    u->nsets = 0;
    u->conditions = false;
    fetch(u, hits);
    if (reserve(u, note_groups(u, f, hits, trees)))
        return ERR_NOMEM;
    size_t n = keep(u, f, hits, trees);
    count(u, n);
    memset(u->counted, 0, u->ncounted * sizeof *u->counted);
    for (size_t i = 0; i < n; i++) {
        struct uses_run *run = &u->runs[u->uses[u->kept[i].use].set];
        u->marks[run->first + run->count++] = mark_of(u, &u->kept[i]);
    }
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
