#include "feeds/fetch/cache.h"

#include <stdlib.h>
#include <xxhash.h>

#include "base/err.h"
#include "base/heap.h"

#define NONE UINT32_MAX

struct slot {
    char *name;
    size_t length;
    void *thing; /* NULL: a free slot */
    int64_t until;
    uint32_t next; /* in its bucket, or the next free slot */
};

struct cache {
    void (*drop)(void *thing);
    struct heap *ends; /* slots by until */
    struct slot *slots;
    uint32_t *buckets; /* as many as slots; a power of two */
    size_t cap, count, max;
    uint32_t unused;
};

struct cache *cache_new(size_t max, void (*drop)(void *thing))
{
    struct cache *c = calloc(1, sizeof *c);

    if (!c)
        return NULL;
    c->ends = heap_new();
    if (!c->ends) {
        free(c);
        return NULL;
    }
    c->drop = drop;
    c->max = max;
    c->unused = NONE;
    return c;
}

void cache_free(struct cache *c)
{
    if (!c)
        return;
    for (size_t i = 0; i < c->cap; i++) {
        if (c->slots[i].thing)
            c->drop(c->slots[i].thing);
        free(c->slots[i].name);
    }
    heap_free(c->ends);
    free(c->slots);
    free(c->buckets);
    free(c);
}

static uint32_t *bucket(struct cache *c, struct str name)
{
    return &c->buckets[XXH3_64bits(name.p, name.n) & (c->cap - 1)];
}

static uint32_t *find(struct cache *c, struct str name)
{
    if (!c->cap)
        return NULL;
    for (uint32_t *at = bucket(c, name); *at != NONE; at = &c->slots[*at].next)
        if (str_eq((struct str){c->slots[*at].name, c->slots[*at].length}, name))
            return at;
    return NULL;
}

static void remove_at(struct cache *c, uint32_t *at)
{
    uint32_t i = *at;
    struct slot *s = &c->slots[i];

    *at = s->next;
    heap_remove(c->ends, i);
    c->drop(s->thing);
    free(s->name);
    *s = (struct slot){.next = c->unused};
    c->unused = i;
    c->count--;
}

static int grow(struct cache *c)
{
    size_t cap = c->cap ? c->cap * 2 : 64;
    uint32_t *buckets = reallocarray(NULL, cap, sizeof *buckets);
    struct slot *slots = buckets ? reallocarray(c->slots, cap, sizeof *slots) : NULL;

    if (!slots) {
        free(buckets);
        return ERR_NOMEM;
    }
    free(c->buckets);
    c->buckets = buckets;
    c->slots = slots;
    memset(slots + c->cap, 0, (cap - c->cap) * sizeof *slots);
    c->cap = cap;
    memset(buckets, 0xff, cap * sizeof *buckets);
    c->unused = NONE;
    for (size_t i = cap; i-- > 0;) {
        struct slot *s = &slots[i];
        uint32_t *at =
            s->thing ? bucket(c, (struct str){s->name, s->length}) : &c->unused;
        s->next = *at;
        *at = (uint32_t)i;
    }
    return 0;
}

/* Things past their time go two at a time, so that none is waited for and none stays long. */
static void make_room(struct cache *c, int64_t now)
{
    uint32_t id;
    int64_t until;

    for (int i = 0; i < 2 && heap_peek(c->ends, &id, &until); i++) {
        if (until > now && (c->count < c->max || until == INT64_MAX))
            return;
        remove_at(c, find(c, (struct str){c->slots[id].name, c->slots[id].length}));
    }
}

void *cache_get(struct cache *c, struct str name, int64_t now)
{
    uint32_t *at = find(c, name);

    return at && c->slots[*at].until > now ? c->slots[*at].thing : NULL;
}

uint32_t cache_place(struct cache *c, struct str name)
{
    const uint32_t *at = find(c, name);

    return at ? *at : NONE;
}

void cache_until_at(struct cache *c, uint32_t place, int64_t until)
{
    /* Moving an id that is in the heap needs no memory. */
    c->slots[place].until = until;
    heap_set(c->ends, place, until);
}

void cache_until(struct cache *c, struct str name, int64_t until)
{
    uint32_t place = cache_place(c, name);

    if (place != NONE)
        cache_until_at(c, place, until);
}

int cache_put(struct cache *c, struct str name, void *thing, int64_t now, int64_t until)
{
    uint32_t *at = find(c, name);
    char *copy = NULL;

    if (at) {
        if (c->slots[*at].thing != thing)
            c->drop(c->slots[*at].thing);
        c->slots[*at].thing = thing;
        cache_until_at(c, *at, until);
        return 0;
    }
    make_room(c, now);
    if (c->unused == NONE && grow(c))
        return ERR_NOMEM;
    copy = strndup(name.p, name.n);
    uint32_t i = c->unused;
    if (!copy || heap_set(c->ends, i, until)) {
        free(copy);
        return ERR_NOMEM;
    }
    c->unused = c->slots[i].next;
    uint32_t *head = bucket(c, name);
    c->slots[i] = (struct slot){copy, name.n, thing, until, *head};
    *head = i;
    c->count++;
    return 0;
}

size_t cache_count(const struct cache *c)
{
    return c->count;
}
