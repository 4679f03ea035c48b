#include "alerts/desk/slots.h"

#include <stdlib.h>

#include "base/err.h"
#include "base/memory.h"

enum { PAGE = MEMORY_HUGE / sizeof(struct slot) }; /* slots in a page, which is a huge one */

struct slots {
    struct slot **pages;
    uint32_t npages, pages_cap;
    uint32_t *spare; /* dropped indices */
    uint32_t nspare, end, used;
    uint32_t *map; /* open addressing: index + 1, 0 free; the number is in the slot */
    uint32_t map_size;
};

struct slots *slots_new(void)
{
    return calloc(1, sizeof(struct slots));
}

static void slot_clear(struct slot *slot)
{
    concern_clear(&slot->concern);
    free(slot->sources);
    memset(slot, 0, sizeof *slot);
}

void slots_free(struct slots *s)
{
    if (!s)
        return;
    for (uint32_t i = 0; i < s->end; i++)
        slot_clear(slots_at(s, i));
    for (uint32_t i = 0; i < s->npages; i++)
        free(s->pages[i]);
    free(s->pages);
    free(s->spare);
    free(s->map);
    free(s);
}

struct slot *slots_at(const struct slots *s, uint32_t at)
{
    return &s->pages[at / PAGE][at % PAGE];
}

uint32_t slots_end(const struct slots *s)
{
    return s->end;
}

static uint32_t home(const struct slots *s, uint64_t id)
{
    return (uint32_t)((id * UINT64_C(0x9E3779B97F4A7C15)) >> 32) & (s->map_size - 1);
}

/* Where the number is, or the free place where it would go. */
static uint32_t probe(const struct slots *s, uint64_t id)
{
    uint32_t i = home(s, id);

    while (s->map[i] && slots_at(s, s->map[i] - 1)->concern.id != id)
        i = (i + 1) & (s->map_size - 1);
    return i;
}

static int grow_map(struct slots *s)
{
    uint32_t size = s->map_size ? s->map_size * 2 : 1024;
    uint32_t *map = size ? calloc(size, sizeof *map) : NULL;

    if (!map)
        return ERR_NOMEM;
    free(s->map);
    s->map = map;
    s->map_size = size;
    for (uint32_t i = 0; i < s->end; i++)
        if (slots_at(s, i)->concern.id)
            s->map[probe(s, slots_at(s, i)->concern.id)] = i + 1;
    return 0;
}

/* Zeroed. The first takes of the machine only what it uses: most houses never need another. */
static struct slot *new_page(bool first)
{
    if (first)
        return calloc(PAGE, sizeof(struct slot));
    struct slot *page = memory_table(MEMORY_HUGE);
    if (page)
        memset(page, 0, MEMORY_HUGE);
    return page;
}

/* The spare list always has room for every index, so that dropping cannot fail. */
static int grow_pages(struct slots *s)
{
    if (s->npages == s->pages_cap) {
        uint32_t cap = s->pages_cap ? s->pages_cap * 2 : 16;
        struct slot **pages = reallocarray(s->pages, cap, sizeof *pages);
        if (!pages)
            return ERR_NOMEM;
        s->pages = pages;
        uint32_t *spare = reallocarray(s->spare, (size_t)cap * PAGE, sizeof *spare);
        if (!spare)
            return ERR_NOMEM;
        s->spare = spare;
        s->pages_cap = cap;
    }
    s->pages[s->npages] = new_page(!s->npages);
    if (!s->pages[s->npages])
        return ERR_NOMEM;
    s->npages++;
    return 0;
}

int slots_reserve(struct slots *s)
{
    int err = 0;

    if (s->map_size / 2 <= s->used)
        err = grow_map(s);
    if (!err && !s->nspare && s->end == s->npages * PAGE)
        err = grow_pages(s);
    return err;
}

uint32_t slots_add(struct slots *s, uint64_t id)
{
    uint32_t at = s->nspare ? s->spare[--s->nspare] : s->end++;

    s->map[probe(s, id)] = at + 1;
    slots_at(s, at)->concern.id = id;
    s->used++;
    return at;
}

/* Linear probing without tombstones: what follows the gap moves up into it (Knuth 6.4, R). */
static void unmap(struct slots *s, uint64_t id)
{
    uint32_t mask = s->map_size - 1, gap = probe(s, id);

    for (uint32_t i = (gap + 1) & mask; s->map[i]; i = (i + 1) & mask) {
        uint32_t want = home(s, slots_at(s, s->map[i] - 1)->concern.id);
        if (((i - want) & mask) >= ((i - gap) & mask)) {
            s->map[gap] = s->map[i];
            gap = i;
        }
    }
    s->map[gap] = 0;
}

void slots_drop(struct slots *s, uint32_t at)
{
    unmap(s, slots_at(s, at)->concern.id);
    slot_clear(slots_at(s, at));
    s->spare[s->nspare++] = at;
    s->used--;
}

uint32_t slots_find(const struct slots *s, uint64_t id)
{
    if (!s->map_size || !id)
        return SLOTS_NONE;
    return s->map[probe(s, id)] - 1; /* a free place holds 0: SLOTS_NONE */
}

int slots_count_source(struct slot *slot, uint64_t source)
{
    size_t known = (slot->source != 0) + slot->nsources;

    if (!source || slot->source == source)
        return 0;
    for (size_t i = 0; i < slot->nsources; i++)
        if (slot->sources[i] == source)
            return 0;
    if (known == SLOT_SOURCES)
        return 0;
    if (!slot->source) {
        slot->source = source;
    } else {
        size_t n = slot->nsources;
        if ((n & (n - 1)) == 0) { /* full at 0, 1, 2, 4 …: double */
            uint64_t *more = reallocarray(slot->sources, n ? 2 * n : 1, sizeof *more);
            if (!more)
                return ERR_NOMEM;
            slot->sources = more;
        }
        slot->sources[slot->nsources++] = source;
    }
    if (slot->concern.sources < known + 1)
        slot->concern.sources = (uint32_t)known + 1;
    return 0;
}
