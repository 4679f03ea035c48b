/* Items whose texts are kept, of the memory twin. */
#include <stdlib.h>

#include "base/arena.h"
#include "base/err.h"
#include "store/memory.h"

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

int memory_texts(struct store *s, uint64_t *out)
{
    struct memory_state *m = memory_lock(s);

    *out = 0;
    for (size_t i = 0; i < m->nitems; i++)
        *out += has_text(&m->items[i].item);
    memory_unlock(m);
    return 0;
}
