#include "alerts/group/faces.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/memory.h"

enum { LINE = 64, PAGE = MEMORY_HUGE / sizeof(struct face) };
_Static_assert(MEMORY_HUGE % sizeof(struct face) == 0, "a power of two: found by shifts");
_Static_assert(offsetof(struct face, sketch) % LINE == 0, "both fill lines of the cache");

struct faces {
    struct face **pages;
    uint32_t npages, cap;
};

struct faces *faces_new(void)
{
    return calloc(1, sizeof(struct faces));
}

void faces_free(struct faces *f)
{
    if (!f)
        return;
    for (uint32_t i = 0; i < f->npages; i++)
        free(f->pages[i]);
    free(f->pages);
    free(f);
}

/* The first takes of the machine only what it uses: most houses never need another. */
static struct face *new_page(bool first)
{
    return first ? aligned_alloc(LINE, MEMORY_HUGE) : memory_table(MEMORY_HUGE);
}

int faces_reserve(struct faces *f, uint32_t end)
{
    while ((uint64_t)f->npages * PAGE < end) {
        if (f->npages == f->cap) {
            uint32_t cap = f->cap ? 2 * f->cap : 16;
            struct face **pages = reallocarray(f->pages, cap, sizeof *pages);
            if (!pages)
                return ERR_NOMEM;
            f->pages = pages;
            f->cap = cap;
        }
        f->pages[f->npages] = new_page(!f->npages);
        if (!f->pages[f->npages])
            return ERR_NOMEM;
        f->npages++;
    }
    return 0;
}

void faces_set(struct faces *f, uint32_t slot, const uint32_t sketch[static VERDICT_SKETCH],
               const uint32_t traits[static VERDICT_TRAITS])
{
    struct face *face = &f->pages[slot / PAGE][slot % PAGE];

    memcpy(face->sketch, sketch, sizeof face->sketch);
    memcpy(face->traits, traits, sizeof face->traits);
}

const struct face *faces_at(const struct faces *f, uint32_t slot)
{
    return &f->pages[slot / PAGE][slot % PAGE];
}
