#include "alerts/group.h"

#include <stdlib.h>

#include "base/err.h"
#include "base/memory.h"

/* With five slots unequal at most (16 - 11), one of six bands is untouched. Band 0 is the whole
 * sketch: it brings exact copies to the front. */
enum {
    BANDS = 7,
    NEAR_MAX = 32,
    EXACT_MAX = GROUP_CANDIDATES - (BANDS - 1) * NEAR_MAX,
    WALK_MAX = 4096 /* a chain may also hold thousands of a band that only collides */
};
_Static_assert(VERDICT_SKETCH - GROUP_THRESHOLD < BANDS - 1, "a copy must share a band");

static const struct {
    unsigned from, to;
} bands[BANDS] = {{0, 16}, {0, 3}, {3, 6}, {6, 9}, {9, 12}, {12, 14}, {14, 16}};

#define NONE UINT32_MAX

struct entry { /* number: slot * BANDS + band */
    uint32_t hash, next, prev;
};

struct group {
    struct entry *entries;
    bool *held; /* by slot */
    uint32_t slots_cap, count;
    uint32_t *heads;
    uint32_t nheads; /* power of two */
};

struct group *group_new(void)
{
    return calloc(1, sizeof(struct group));
}

void group_free(struct group *g)
{
    if (!g)
        return;
    free(g->entries);
    free(g->held);
    free(g->heads);
    free(g);
}

static uint32_t band_hash(const uint32_t *sketch, unsigned band)
{
    uint64_t h = band + 1;

    for (unsigned i = bands[band].from; i < bands[band].to; i++) {
        h = (h ^ sketch[i]) * UINT64_C(0x9FB21C651E98DF25);
        h ^= h >> 32;
    }
    return (uint32_t)h;
}

static void link_entry(struct group *g, uint32_t e)
{
    uint32_t *head = &g->heads[g->entries[e].hash & (g->nheads - 1)];

    g->entries[e].prev = NONE;
    g->entries[e].next = *head;
    if (*head != NONE)
        g->entries[*head].prev = e;
    *head = e;
}

/* Chains keep their order: each old one is walked from its end, so that its oldest goes in
 * first. */
static int grow_heads(struct group *g)
{
    uint32_t size = g->nheads ? g->nheads * 2 : 4096, old_size = g->nheads;
    uint32_t *heads = memory_table((size_t)size * sizeof *heads);
    uint32_t *old = g->heads;

    if (!heads)
        return ERR_NOMEM;
    memset(heads, 0xff, size * sizeof *heads);
    g->heads = heads;
    g->nheads = size;
    for (uint32_t i = 0; i < old_size; i++) {
        uint32_t e = old[i];
        while (e != NONE && g->entries[e].next != NONE)
            e = g->entries[e].next;
        while (e != NONE) {
            uint32_t before = g->entries[e].prev;
            link_entry(g, e);
            e = before;
        }
    }
    free(old);
    return 0;
}

int group_reserve(struct group *g, uint32_t end)
{
    if (end > g->slots_cap) {
        uint32_t cap = g->slots_cap ? g->slots_cap : 256;
        while (cap < end && cap < NONE / BANDS / 2)
            cap *= 2;
        if (cap < end)
            return ERR_NOMEM;
        struct entry *entries = reallocarray(g->entries, (size_t)cap * BANDS, sizeof *entries);
        if (!entries)
            return ERR_NOMEM;
        g->entries = entries;
        bool *held = reallocarray(g->held, cap, sizeof *held);
        if (!held)
            return ERR_NOMEM;
        memset(held + g->slots_cap, 0, cap - g->slots_cap);
        g->held = held;
        g->slots_cap = cap;
    }
    while ((uint64_t)(g->count + 1) * BANDS > g->nheads) {
        int err = grow_heads(g);
        if (err)
            return err;
    }
    return 0;
}

void group_add(struct group *g, uint32_t slot, const uint32_t sketch[static VERDICT_SKETCH])
{
    if (group_blank(sketch))
        return;
    for (unsigned band = 0; band < BANDS; band++) {
        uint32_t e = slot * BANDS + band;
        g->entries[e].hash = band_hash(sketch, band);
        link_entry(g, e);
    }
    g->held[slot] = true;
    g->count++;
}

void group_remove(struct group *g, uint32_t slot)
{
    if (slot >= g->slots_cap || !g->held[slot])
        return;
    for (unsigned band = 0; band < BANDS; band++) {
        const struct entry *e = &g->entries[slot * BANDS + band];
        if (e->prev == NONE)
            g->heads[e->hash & (g->nheads - 1)] = e->next;
        else
            g->entries[e->prev].next = e->next;
        if (e->next != NONE)
            g->entries[e->next].prev = e->prev;
    }
    g->held[slot] = false;
    g->count--;
}

size_t group_find(const struct group *g, const uint32_t sketch[static VERDICT_SKETCH],
                  uint32_t out[static GROUP_CANDIDATES])
{
    uint32_t hashes[BANDS];
    size_t n = 0;

    if (!g->nheads || group_blank(sketch))
        return 0;
    /* All lines of memory are asked for before the first is looked at. */
    for (unsigned band = 0; band < BANDS; band++) {
        hashes[band] = band_hash(sketch, band);
        __builtin_prefetch(&g->heads[hashes[band] & (g->nheads - 1)]);
    }
    for (unsigned band = 0; band < BANDS; band++) {
        uint32_t head = g->heads[hashes[band] & (g->nheads - 1)];
        if (head != NONE)
            __builtin_prefetch(&g->entries[head]);
    }
    for (unsigned band = 0; band < BANDS; band++) {
        uint32_t hash = hashes[band];
        size_t left = band ? NEAR_MAX : EXACT_MAX, walk = WALK_MAX;
        for (uint32_t e = g->heads[hash & (g->nheads - 1)]; e != NONE && left && walk--;
             e = g->entries[e].next)
            if (g->entries[e].hash == hash && e % BANDS == band) {
                out[n++] = e / BANDS;
                left--;
            }
    }
    return n;
}

int group_equal(const uint32_t a[static VERDICT_SKETCH], const uint32_t b[static VERDICT_SKETCH])
{
    int equal = 0;

    for (int i = 0; i < VERDICT_SKETCH; i++)
        equal += a[i] == b[i];
    return equal;
}

bool group_blank(const uint32_t sketch[static VERDICT_SKETCH])
{
    for (int i = 1; i < VERDICT_SKETCH; i++)
        if (sketch[i] != sketch[0])
            return false;
    return true;
}
