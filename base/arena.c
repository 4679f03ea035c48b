#include "base/arena.h"

#include <stdint.h>
#include <stdlib.h>

/* Blocks double from the first to the largest: a short page costs little, a long one few of them.
 */
enum { FIRST = 4 * 1024, BLOCK = 64 * 1024, ALIGN = 16 };

struct block {
    struct block *next;
    size_t used;
    size_t cap;
    _Alignas(ALIGN) char data[];
};

struct arena {
    struct block *head; /* the block that is being filled; older ones follow */
};

static struct block *block_new(size_t cap, struct block *next)
{
    struct block *b = malloc(sizeof *b + cap);

    if (b)
        *b = (struct block){next, 0, cap};
    return b;
}

struct arena *arena_new(void)
{
    struct arena *a = malloc(sizeof *a);

    if (!a)
        return NULL;
    a->head = block_new(FIRST, NULL);
    if (!a->head) {
        free(a);
        return NULL;
    }
    return a;
}

void arena_reset(struct arena *a)
{
    struct block *kept = a->head;

    /* The largest of the usual ones serves the next round; one made for a giant is given back. */
    for (struct block *b = a->head; b; b = b->next)
        if (b->cap <= BLOCK && (kept->cap > BLOCK || b->cap > kept->cap))
            kept = b;
    while (a->head) {
        struct block *gone = a->head;
        a->head = gone->next;
        if (gone != kept)
            free(gone);
    }
    kept->next = NULL;
    kept->used = 0;
    a->head = kept;
}

void arena_free(struct arena *a)
{
    if (!a)
        return;
    arena_reset(a);
    free(a->head);
    free(a);
}

/* n bytes as they come. */
static void *take(struct arena *a, size_t n)
{
    if (n > SIZE_MAX - BLOCK)
        return NULL;
    n = (n + ALIGN - 1) & ~(size_t)(ALIGN - 1);
    if (n > a->head->cap - a->head->used) {
        size_t cap = a->head->cap < BLOCK / 2 ? 2 * a->head->cap : BLOCK;
        struct block *b = block_new(n > cap ? n : cap, a->head);
        if (!b)
            return NULL;
        a->head = b;
    }
    void *p = a->head->data + a->head->used;
    a->head->used += n;
    return p;
}

void *arena_alloc(struct arena *a, size_t count, size_t size)
{
    size_t n;

    if (__builtin_mul_overflow(count, size, &n))
        return NULL;
    void *p = take(a, n);
    return p && n ? memset(p, 0, n) : p;
}

struct str arena_str(struct arena *a, struct str s)
{
    char *p = s.n < SIZE_MAX ? take(a, s.n + 1) : NULL;

    if (!p)
        return STR_NONE;
    if (s.n)
        memcpy(p, s.p, s.n);
    p[s.n] = '\0';
    return (struct str){p, s.n};
}
