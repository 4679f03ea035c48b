/* Items whose texts are kept, of the memory twin. */
#include <stdlib.h>

#include "base/arena.h"
#include "base/err.h"
#include "store/memory/memory.h"

static bool has_text(const struct store_item *item)
{
    return item->title.n || item->text.n;
}

/* An item's place: its id is its number in the order of storing, from 1. */
static struct store_place place_of(const struct memory_state *m, size_t i)
{
    return (struct store_place){m->items[i].item.expires, i + 1};
}

static bool before(struct store_place a, struct store_place b)
{
    return a.expires != b.expires ? a.expires < b.expires : a.id < b.id;
}

/* The first item with a text behind the place: false when there is none. */
static bool next(const struct memory_state *m, struct store_place *place)
{
    struct store_place best = {0};

    for (size_t i = 0; i < m->nitems; i++) {
        struct store_place here = place_of(m, i);
        if (has_text(&m->items[i].item) && before(*place, here) &&
            (!best.id || before(here, best)))
            best = here;
    }
    if (best.id)
        *place = best;
    return best.id != 0;
}

int memory_each_text(struct store *s, struct store_place *place, size_t max,
                     int (*each)(void *arg, const struct store_item *item), void *arg)
{
    struct arena *arena = arena_new();
    int err = arena ? 0 : ERR_NOMEM;
    bool more = true;

    while (!err && more && max--) {
        struct memory_state *m = memory_lock(s);
        struct store_item copy;
        arena_reset(arena);
        more = next(m, place);
        if (more)
            memory_copy_item(&copy, &m->items[place->id - 1].item, arena);
        memory_unlock(m);
        err = more ? each(arg, &copy) : 0;
    }
    arena_free(arena);
    return err;
}

static bool is_marked(const struct memory_state *m, const struct store_item *item)
{
    for (size_t i = 0; i < m->nmarks; i++)
        if (m->marks[i].aspect <= STORE_MARK_TOPIC &&
            !memcmp(m->marks[i].ident, item->ident, STORE_IDENT))
            return true;
    return false;
}

static int most_doubtful(const void *a, const void *b)
{
    const struct memory_item *x = *(const struct memory_item *const *)a;
    const struct memory_item *y = *(const struct memory_item *const *)b;

    if (x->item.doubt != y->item.doubt)
        return x->item.doubt > y->item.doubt ? -1 : 1;
    return (x < y) - (x > y); /* later stored stands later */
}

int memory_each_doubt(struct store *s, size_t max,
                      int (*each)(void *arg, const struct store_item *item), void *arg)
{
    struct memory_state *m = memory_lock(s);
    const struct memory_item **of = calloc(m->nitems + 1, sizeof *of);
    struct store_item *copies = calloc(max + 1, sizeof *copies);
    struct arena *arena = arena_new();
    int err = of && copies && arena ? 0 : ERR_NOMEM;
    size_t n = 0;

    for (size_t i = 0; i < m->nitems && !err; i++) {
        const struct store_item *item = &m->items[i].item;
        if (item->doubt && has_text(item) && !is_marked(m, item))
            of[n++] = &m->items[i];
    }
    if (n)
        qsort(of, n, sizeof *of, most_doubtful);
    n = n < max ? n : max;
    for (size_t i = 0; i < n; i++)
        memory_copy_item(&copies[i], &of[i]->item, arena);
    memory_unlock(m);
    for (size_t i = 0; i < n && !err; i++)
        err = each(arg, &copies[i]);
    free(of);
    free(copies);
    arena_free(arena);
    return err;
}

int memory_texts(struct store *s, uint64_t *out)
{
    struct memory_state *m = memory_lock(s);

    *out = 0;
    for (size_t i = 0; i < m->nitems; i++)
        *out += has_text(&m->items[i].item);
    memory_unlock(m);
    return 0;
}
