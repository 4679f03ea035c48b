#include "alerts/group/group.h"

#include <stdlib.h>

#include "base/err.h"
#include "base/memory.h"

/* With five slots unequal at most (16 - 11), one of six bands is untouched. Band 0 is the whole
 * sketch: it brings exact copies to the front. */
enum {
    BANDS = 7,
    NEAR_MAX = 32,
    EXACT_MAX = GROUP_CANDIDATES - (BANDS - 1) * NEAR_MAX,
    HEADS_MIN = 4096,
    SPARSE = 2 /* heads for an entry */
};
_Static_assert(VERDICT_SKETCH - GROUP_THRESHOLD < BANDS - 1, "a copy must share a band");

static const struct {
    unsigned from, to;
} bands[BANDS] = {{0, 16}, {0, 3}, {3, 6}, {6, 9}, {9, 12}, {12, 14}, {14, 16}};

#define NONE UINT32_MAX

struct entry { /* number: slot * BANDS + band; a list of those alike, newest first */
    uint32_t hash, next, prev;
};

/* Open addressing: what nobody shares, as most of a look-up's bands, is told by the one line of the
 * cache where it would be. */
struct head {
    uint32_t hash, first; /* entry, NONE: free */
};

struct group {
    struct entry *entries;
    bool *held; /* by slot */
    uint32_t slots_cap, count;
    struct head *heads;
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

/* Where the band of this hash is, or the free place where it would go. */
static struct head *find_head(const struct group *g, uint32_t hash, unsigned band)
{
    uint32_t i = hash & (g->nheads - 1);

    while (g->heads[i].first != NONE &&
           (g->heads[i].hash != hash || g->heads[i].first % BANDS != band))
        i = (i + 1) & (g->nheads - 1);
    return &g->heads[i];
}

static int grow_heads(struct group *g)
{
    uint32_t size = g->nheads ? g->nheads * 2 : HEADS_MIN, old_size = g->nheads;
    struct head *heads = memory_table((size_t)size * sizeof *heads), *old = g->heads;

    if (!heads)
        return ERR_NOMEM;
    memset(heads, 0xff, (size_t)size * sizeof *heads);
    g->heads = heads;
    g->nheads = size;
    for (uint32_t i = 0; i < old_size; i++)
        if (old[i].first != NONE)
            *find_head(g, old[i].hash, old[i].first % BANDS) = old[i];
    free(old);
    return 0;
}

/* Linear probing without tombstones: what follows the gap moves up into it (Knuth 6.4, R). */
static void free_head(struct group *g, struct head *head)
{
    uint32_t mask = g->nheads - 1, gap = (uint32_t)(head - g->heads);

    for (uint32_t i = (gap + 1) & mask; g->heads[i].first != NONE; i = (i + 1) & mask)
        if (((i - g->heads[i].hash) & mask) >= ((i - gap) & mask)) {
            g->heads[gap] = g->heads[i];
            gap = i;
        }
    g->heads[gap].first = NONE;
}

int group_reserve(struct group *g, uint32_t end)
{
    if (end > g->slots_cap) {
        uint32_t cap = g->slots_cap ? g->slots_cap : 256;
        while (cap < end && cap < NONE / BANDS / 2)
            cap *= 2;
        if (cap < end)
            return ERR_NOMEM;
        struct entry *entries = memory_table((size_t)cap * BANDS * sizeof *entries);
        if (!entries)
            return ERR_NOMEM;
        if (g->slots_cap)
            memcpy(entries, g->entries, (size_t)g->slots_cap * BANDS * sizeof *entries);
        free(g->entries);
        g->entries = entries;
        bool *held = reallocarray(g->held, cap, sizeof *held);
        if (!held)
            return ERR_NOMEM;
        memset(held + g->slots_cap, 0, cap - g->slots_cap);
        g->held = held;
        g->slots_cap = cap;
    }
    while ((uint64_t)(g->count + 1) * BANDS * SPARSE > g->nheads) {
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
        uint32_t hash = band_hash(sketch, band);
        struct head *head = find_head(g, hash, band);
        g->entries[e] = (struct entry){hash, head->first, NONE};
        if (head->first != NONE)
            g->entries[head->first].prev = e;
        *head = (struct head){hash, e};
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
        if (e->next != NONE)
            g->entries[e->next].prev = e->prev;
        if (e->prev != NONE) {
            g->entries[e->prev].next = e->next;
            continue;
        }
        struct head *head = find_head(g, e->hash, band);
        if (e->next != NONE)
            head->first = e->next;
        else
            free_head(g, head);
    }
    g->held[slot] = false;
    g->count--;
}

void group_prefetch(const struct group *g, const uint32_t sketch[static VERDICT_SKETCH])
{
    for (unsigned band = 0; g->nheads && band < BANDS; band++)
        __builtin_prefetch(&g->heads[band_hash(sketch, band) & (g->nheads - 1)]);
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
        size_t left = band ? NEAR_MAX : EXACT_MAX;
        for (uint32_t e = find_head(g, hashes[band], band)->first; e != NONE && left--;
             e = g->entries[e].next)
            out[n++] = e / BANDS;
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
