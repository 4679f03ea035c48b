#define _GNU_SOURCE
#include "base/heap.h"

#include <stdlib.h>

#include "base/err.h"

#define ABSENT UINT32_MAX

struct slot {
    int64_t key;
    uint32_t id;
};

struct heap {
    struct slot *slots;
    uint32_t *where; /* id -> index in slots, or ABSENT */
    size_t count, cap, ids;
};

struct heap *heap_new(void)
{
    return calloc(1, sizeof(struct heap));
}

void heap_free(struct heap *h)
{
    if (!h)
        return;
    free(h->slots);
    free(h->where);
    free(h);
}

static void place(struct heap *h, size_t i, struct slot s)
{
    h->slots[i] = s;
    h->where[s.id] = (uint32_t)i;
}

static void sift(struct heap *h, size_t i, struct slot s)
{
    while (i && h->slots[(i - 1) / 2].key > s.key) {
        place(h, i, h->slots[(i - 1) / 2]);
        i = (i - 1) / 2;
    }
    for (;;) {
        size_t child = 2 * i + 1;
        if (child + 1 < h->count && h->slots[child + 1].key < h->slots[child].key)
            child++;
        if (child >= h->count || h->slots[child].key >= s.key)
            break;
        place(h, i, h->slots[child]);
        i = child;
    }
    place(h, i, s);
}

static int make_room(struct heap *h, uint32_t id)
{
    if (id < h->ids && h->where[id] != ABSENT)
        return 0;
    if (id >= h->ids) {
        size_t ids = h->ids ? h->ids : 64;
        while (ids <= id)
            ids *= 2;
        uint32_t *where = reallocarray(h->where, ids, sizeof *where);
        if (!where)
            return ERR_NOMEM;
        for (size_t i = h->ids; i < ids; i++)
            where[i] = ABSENT;
        h->where = where;
        h->ids = ids;
    }
    if (h->count == h->cap) {
        size_t cap = h->cap ? h->cap * 2 : 64;
        struct slot *slots = reallocarray(h->slots, cap, sizeof *slots);
        if (!slots)
            return ERR_NOMEM;
        h->slots = slots;
        h->cap = cap;
    }
    return 0;
}

int heap_set(struct heap *h, uint32_t id, int64_t key)
{
    int err = id == ABSENT ? ERR_INVALID : make_room(h, id);

    if (err)
        return err;
    size_t i = h->where[id] == ABSENT ? h->count++ : h->where[id];
    sift(h, i, (struct slot){key, id});
    return 0;
}

void heap_remove(struct heap *h, uint32_t id)
{
    if (id >= h->ids || h->where[id] == ABSENT)
        return;
    size_t i = h->where[id];
    struct slot last = h->slots[--h->count];
    h->where[id] = ABSENT;
    if (last.id != id)
        sift(h, i, last);
}

bool heap_peek(const struct heap *h, uint32_t *id, int64_t *key)
{
    if (!h->count)
        return false;
    *id = h->slots[0].id;
    *key = h->slots[0].key;
    return true;
}

size_t heap_count(const struct heap *h)
{
    return h->count;
}
