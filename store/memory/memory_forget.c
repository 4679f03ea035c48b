/* Items that are forgotten, of the memory twin. */
#include <stdlib.h>

#include "store/forget.h"
#include "store/memory/memory.h"

static bool hangs_on(const struct memory_state *m, const unsigned char *ident)
{
    for (size_t i = 0; i < m->nmarks; i++)
        if (!memcmp(m->marks[i].ident, ident, STORE_IDENT))
            return true;
    for (size_t i = 0; i < m->npages; i++)
        if (!memcmp(m->pages[i].ident, ident, STORE_IDENT))
            return true;
    return false;
}

static bool may_go(const struct memory_state *m, const struct store_item *item, int64_t older)
{
    return !item->concern && !item->title.n && !item->text.n && item->marked == STORE_DATED &&
           item->published > 0 && item->published < older && item->found < older &&
           !hangs_on(m, item->ident);
}

static void drop(struct memory_state *m, size_t i)
{
    struct memory_item *it = &m->items[i];
    size_t kept = 0;
    bool there;
    size_t at = memory_find_item(m, it->item.ident, &there);

    memmove(&m->by_ident[at], &m->by_ident[at + 1],
            (m->nitems - m->forgotten - at - 1) * sizeof *m->by_ident);
    for (size_t k = 0; k < m->naliases; k++)
        if (m->aliases[k].item != i)
            m->aliases[kept++] = m->aliases[k];
    m->naliases = kept;
    free(it->block);
    *it = (struct memory_item){.gone = true};
    m->forgotten++;
}

int memory_forget(struct store *s, int64_t before, int64_t older, size_t max)
{
    struct memory_state *m = memory_lock(s);
    uint64_t first = m->forget_at, to = first;

    if (!first)
        m->forget_round = before;
    for (uint64_t i = first; i < m->nitems && i - first < max; i++) {
        struct memory_item *it = &m->items[i];
        if (it->gone || it->item.found < older)
            to = i + 1;
        if (!it->gone && may_go(m, &it->item, older)) {
            const int64_t dated = it->item.published + STORE_FORGET_SLACK;
            if (dated >= m->forgotten_before)
                m->forgotten_before = dated + 1;
            drop(m, i);
        }
    }
    m->forget_at = to;
    if (to == first && before - m->forget_round >= STORE_FORGET_ROUND)
        m->forget_at = 0;
    memory_unlock(m);
    return (int)(to - first);
}
