/* The items of a concern, and what moves them, in the memory twin. */
#include <stdlib.h>

#include "base/arena.h"
#include "base/err.h"
#include "store/memory/memory.h"

void memory_apply_move(struct memory_state *m, const struct store_move *move)
{
    for (size_t i = 0; i < m->nitems; i++) {
        struct store_item *item = &m->items[i].item;
        if (item->concern == move->from &&
            (move->all || !memcmp(item->ident, move->ident, STORE_IDENT)))
            item->concern = move->to;
    }
}

static int first_found(const void *a, const void *b)
{
    const struct memory_item *x = *(const struct memory_item *const *)a;
    const struct memory_item *y = *(const struct memory_item *const *)b;

    if (x->item.found != y->item.found)
        return x->item.found < y->item.found ? -1 : 1;
    return (x > y) - (x < y); /* both of one array, in the order in which they were stored */
}

const struct memory_item **memory_members(const struct memory_state *m, uint64_t concern,
                                          int (*order)(const void *a, const void *b), size_t *n)
{
    const struct memory_item **of = calloc(m->nitems + 1, sizeof *of);

    *n = 0;
    for (size_t i = 0; of && i < m->nitems; i++)
        if (m->items[i].item.concern == concern)
            of[(*n)++] = &m->items[i];
    if (of)
        qsort(of, *n, sizeof *of, order);
    return of;
}

int memory_each_member(struct store *s, uint64_t concern,
                       int (*each)(void *arg, const struct store_item *item), void *arg)
{
    struct memory_state *m = memory_lock(s);
    size_t n;
    const struct memory_item **of = memory_members(m, concern, first_found, &n);
    struct store_item *copies = calloc(n + 1, sizeof *copies);
    struct arena *arena = arena_new();
    int err = of && copies && arena ? 0 : ERR_NOMEM;

    for (size_t i = 0; i < n && !err; i++) {
        const struct store_item *from = &of[i]->item;
        copies[i] = (struct store_item){.concern = concern, .found = from->found};
        memcpy(copies[i].ident, from->ident, STORE_IDENT);
        memcpy(copies[i].sketch, from->sketch, sizeof from->sketch);
        copies[i].source = arena_str(arena, from->source);
    }
    memory_unlock(m);
    for (size_t i = 0; i < n && !err; i++)
        err = each(arg, &copies[i]);
    arena_free(arena);
    free(copies);
    free(of);
    return err;
}
