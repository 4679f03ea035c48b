#include <stdlib.h>

#include "base/err.h"
#include "store/memory/memory.h"

void memory_touch(struct memory_state *m, size_t item)
{
    m->touched[m->ntouched++] = item + 1;
}

void memory_forget_touched(struct memory_state *m)
{
    size_t gone = m->ntouched > CHANGES_KEPT ? m->ntouched - CHANGES_KEPT : 0;

    if (!gone)
        return;
    memmove(m->touched, m->touched + gone, CHANGES_KEPT * sizeof *m->touched);
    m->ntouched = CHANGES_KEPT;
    m->touched_before += gone;
}

int memory_numbered(struct store *s, uint64_t number,
                    int (*each)(void *arg, const struct store_item *item), void *arg)
{
    struct memory_state *m = memory_lock(s);
    struct arena *arena = arena_new();
    struct store_item copy;
    bool there = number >= 1 && number <= m->nitems && !m->items[number - 1].gone;

    if (arena && there)
        memory_copy_item(&copy, &m->items[number - 1].item, arena);
    memory_unlock(m);
    int err = !arena ? ERR_NOMEM : there ? each(arg, &copy) : ERR_NOTFOUND;
    arena_free(arena);
    return err;
}

/* 1, or 0: it is forgotten. */
static size_t copy_words(struct store_words *to, const struct memory_state *m, uint64_t number,
                         struct arena *arena)
{
    const struct store_item *from = &m->items[number - 1].item;

    if (m->items[number - 1].gone)
        return 0;
    *to = (struct store_words){number, from->expires, arena_str(arena, from->title),
                               arena_str(arena, from->text)};
    return 1;
}

int memory_words_after(struct store *s, struct store_tail *tail, size_t max,
                       int (*each)(void *arg, const struct store_words *words), void *arg)
{
    struct memory_state *m = memory_lock(s);
    struct arena *arena = arena_new();
    struct store_words *list = arena ? arena_alloc(arena, max, sizeof *list) : NULL;
    uint64_t last = m->touched_before + m->ntouched;
    struct store_tail to = *tail;
    size_t n = 0;
    int err = list ? 0 : ERR_NOMEM;

    if (!to.item)
        to.change = last;
    if (!err && (to.change < m->touched_before || to.change > last || to.item > m->nitems))
        err = ERR_STALE;
    while (!err && n < max && to.item < m->nitems)
        n += copy_words(&list[n], m, ++to.item, arena);
    while (!err && n < max && to.change < last)
        n += copy_words(&list[n], m, m->touched[to.change++ - m->touched_before], arena);
    memory_unlock(m);
    for (size_t i = 0; i < n && !err; i++)
        err = each(arg, &list[i]);
    if (!err)
        *tail = to;
    arena_free(arena);
    return err ? err : (int)n;
}
