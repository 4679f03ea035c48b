#define _GNU_SOURCE
#include "base/named.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_ROOM = 32 };

size_t named_place(const void *list, size_t count, size_t size, const char *name, bool *there)
{
    size_t low = 0, high = count;

    *there = false;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = strcmp((const char *)list + middle * size, name);
        *there |= order == 0;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

void *named_insert(void *list, size_t *count, size_t *cap, size_t size, size_t at,
                   const char *name)
{
    assert(at <= *count && strlen(name) < size);
    if (*count == *cap) {
        size_t room = *cap ? *cap * 2 : FIRST_ROOM;
        void *grown = reallocarray(list, room, size);
        if (!grown)
            return NULL;
        list = grown;
        *cap = room;
    }
    char *here = (char *)list + at * size;
    memmove(here + size, here, (*count - at) * size);
    ++*count;
    memset(here, 0, size);
    memcpy(here, name, strlen(name) + 1);
    return list;
}
