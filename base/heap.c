#define _GNU_SOURCE
#include "base/heap.h"

#include <stdlib.h>

#include "base/err.h"

#define ABSENT UINT32_MAX

/* Four children a node: half the levels of two, and their keys lie in one cache line. 16 bytes an
 * id. Whatever id there is room for has its slot kept while it is out. */
enum { WIDTH = 4 };

struct heap {
    int64_t *keys;   /* in heap order */
    uint32_t *ids;   /* beside them */
    uint32_t *where; /* id -> index of the two above, or ABSENT */
    size_t count, cap;
};

struct heap *heap_new(void)
{
    return calloc(1, sizeof(struct heap));
}

void heap_free(struct heap *h)
{
    if (!h)
        return;
    free(h->keys);
    free(h->ids);
    free(h->where);
    free(h);
}

static void place(struct heap *h, size_t i, int64_t key, uint32_t id)
{
    h->keys[i] = key;
    h->ids[i] = id;
    h->where[id] = (uint32_t)i;
}

/* The child of i that comes first, or count when it has none. */
static size_t least_child(const struct heap *h, size_t i)
{
    size_t first = WIDTH * i + 1, end = first + WIDTH;

    if (first >= h->count)
        return h->count;
    end = end < h->count ? end : h->count;
    for (size_t child = first + 1; child < end; child++)
        if (h->keys[child] < h->keys[first])
            first = child;
    return first;
}

static void sift(struct heap *h, size_t i, int64_t key, uint32_t id)
{
    size_t child;

    for (; i && h->keys[(i - 1) / WIDTH] > key; i = (i - 1) / WIDTH)
        place(h, i, h->keys[(i - 1) / WIDTH], h->ids[(i - 1) / WIDTH]);
    for (; (child = least_child(h, i)) < h->count && h->keys[child] < key; i = child)
        place(h, i, h->keys[child], h->ids[child]);
    place(h, i, key, id);
}

static int make_room(struct heap *h, uint32_t id)
{
    size_t cap = h->cap ? h->cap : 64;

    if (id < h->cap)
        return 0;
    while (cap <= id)
        cap += cap / 2;
    int64_t *keys = reallocarray(h->keys, cap, sizeof *keys);
    h->keys = keys ? keys : h->keys;
    uint32_t *ids = keys ? reallocarray(h->ids, cap, sizeof *ids) : NULL;
    h->ids = ids ? ids : h->ids;
    uint32_t *where = ids ? reallocarray(h->where, cap, sizeof *where) : NULL;
    if (!where)
        return ERR_NOMEM;
    h->where = where;
    for (size_t i = h->cap; i < cap; i++)
        where[i] = ABSENT;
    h->cap = cap;
    return 0;
}

int heap_set(struct heap *h, uint32_t id, int64_t key)
{
    int err = id == ABSENT ? ERR_INVALID : make_room(h, id);

    if (err)
        return err;
    size_t i = h->where[id] == ABSENT ? h->count++ : h->where[id];
    sift(h, i, key, id);
    return 0;
}

void heap_remove(struct heap *h, uint32_t id)
{
    if (id >= h->cap || h->where[id] == ABSENT)
        return;
    size_t i = h->where[id], last = --h->count;
    h->where[id] = ABSENT;
    if (i != last)
        sift(h, i, h->keys[last], h->ids[last]);
}

bool heap_peek(const struct heap *h, uint32_t *id, int64_t *key)
{
    if (!h->count)
        return false;
    *id = h->ids[0];
    *key = h->keys[0];
    return true;
}

size_t heap_count(const struct heap *h)
{
    return h->count;
}
