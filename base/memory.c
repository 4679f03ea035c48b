#define _GNU_SOURCE
#include "base/memory.h"

#include <malloc.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>

/* A body of 113 KB is a mapping of its own by glibc's defaults, and a thread's arena grows by one
 * mprotect a page and shrinks as soon as its end is free: together a tenth of the daemon's time. */
enum {
    MAPPED_FROM = 8 * 1024 * 1024,
    GROW_BY = 1024 * 1024,
    SHRINK_PAST = 16 * 1024 * 1024,
    ARENAS = 4 /* two a core by default: each keeps SHRINK_PAST */
};

void memory_tune(void)
{
    mallopt(M_MMAP_THRESHOLD, MAPPED_FROM);
    mallopt(M_TOP_PAD, GROW_BY);
    mallopt(M_TRIM_THRESHOLD, SHRINK_PAST);
    mallopt(M_ARENA_MAX, ARENAS);
}

void *memory_table(size_t bytes)
{
    size_t unit = bytes < MEMORY_HUGE ? 64 : MEMORY_HUGE;

    if (!bytes || bytes > SIZE_MAX - unit)
        return NULL;
    bytes = (bytes + unit - 1) / unit * unit;
    void *table = aligned_alloc(unit, bytes);
    if (table && unit == MEMORY_HUGE)
        madvise(table, bytes, MADV_HUGEPAGE); /* refused: it is slower, no more */
    return table;
}
