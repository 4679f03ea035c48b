#include "feeds/source/roster.h"

#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <xxhash.h>

#include "base/err.h"
#include "feeds/fetch/address.h"

enum { CHUNK = 4096, CHUNKS = ROSTER_MAX / CHUNK, NUMBER_BITS = 25 };

struct chunk {
    _Atomic(struct source *) sources[CHUNK];
    atomic_bool live[CHUNK];
};

/* Open addressing over numbers; what is removed keeps its slot until the table grows. */
struct table {
    uint32_t *slots; /* number + 1 and, above NUMBER_BITS, bits of the text's hash: most texts that
                        are not the one that is looked for need not be read. 0: empty */
    size_t size;     /* power of two */
    size_t used;
};

_Static_assert(ROSTER_MAX < 1 << NUMBER_BITS, "a slot holds number + 1");

struct roster {
    _Atomic(struct chunk *) chunks[CHUNKS]; /* never moved, so that readers need no lock */
    atomic_uint count, size;
    pthread_rwlock_t lock; /* of the tables */
    struct table ids, urls;
    struct source **replaced; /* kept for readers that hold them */
    size_t nreplaced, cap_replaced;
};

static const char *id_of(const struct source *s)
{
    return s->id;
}

static const char *url_of(const struct source *s)
{
    return s->url;
}

static size_t hash(struct str text)
{
    return (size_t)XXH3_64bits(text.p ? text.p : "", text.n);
}

static uint32_t number_of(uint32_t slot)
{
    return (slot & ((1U << NUMBER_BITS) - 1)) - 1;
}

static uint32_t tag_of(size_t hash)
{
    return (uint32_t)(hash >> 57) << NUMBER_BITS;
}

/* The live source whose text this is: its number, or -1. */
static int64_t find(const struct roster *r, const struct table *t, struct str text,
                    const char *(*text_of)(const struct source *))
{
    size_t at = hash(text);
    uint32_t slot, tag = tag_of(at);

    for (; t->size && (slot = t->slots[at & (t->size - 1)]); at++) {
        uint32_t number = number_of(slot);
        if ((slot ^ tag) >> NUMBER_BITS == 0 && roster_live(r, number) &&
            str_is(text, text_of(roster_get(r, number))))
            return number;
    }
    return -1;
}

static void insert(struct table *t, struct str text, uint32_t index)
{
    size_t at = hash(text);
    uint32_t slot = tag_of(at) | (index + 1);

    while (t->slots[at & (t->size - 1)])
        at++;
    t->slots[at & (t->size - 1)] = slot;
    t->used++;
}

/* Room for one more; live ones only are carried over. */
static int make_room(struct roster *r, struct table *t,
                     const char *(*text_of)(const struct source *))
{
    struct table wider = {0};

    if (t->size && t->used + 1 <= t->size / 4 * 3)
        return 0;
    size_t live = 0;
    for (size_t i = 0; i < t->size; i++)
        live += t->slots[i] && roster_live(r, number_of(t->slots[i]));
    for (wider.size = 16; wider.size < 2 * (live + 1); wider.size *= 2)
        ;
    wider.slots = calloc(wider.size, sizeof *wider.slots);
    if (!wider.slots)
        return ERR_NOMEM;
    for (size_t i = 0; i < t->size; i++) {
        uint32_t slot = t->slots[i];
        if (slot && roster_live(r, number_of(slot)))
            insert(&wider, str_from(text_of(roster_get(r, number_of(slot)))), number_of(slot));
    }
    free(t->slots);
    *t = wider;
    return 0;
}

struct roster *roster_new(void)
{
    struct roster *r = calloc(1, sizeof *r);

    if (r && pthread_rwlock_init(&r->lock, NULL)) {
        free(r);
        return NULL;
    }
    return r;
}

void roster_free(struct roster *r)
{
    if (!r)
        return;
    for (uint32_t i = 0; i < r->count; i++)
        free(r->chunks[i / CHUNK]->sources[i % CHUNK]);
    for (size_t i = 0; i < CHUNKS; i++)
        free(r->chunks[i]);
    for (size_t i = 0; i < r->nreplaced; i++)
        free(r->replaced[i]);
    free(r->replaced);
    free(r->ids.slots);
    free(r->urls.slots);
    pthread_rwlock_destroy(&r->lock);
    free(r);
}

/* A packed copy under its normal address: 0, ERR_SYNTAX or ERR_NOMEM. */
static int copy(const struct source *s, struct source **out)
{
    struct address a;
    int err = address_parse(s->url, &a);

    if (err)
        return err == ERR_NOMEM ? err : ERR_SYNTAX;
    *out = source_copy(s, a.url);
    if (*out)
        (*out)->domain_at = address_domain_at(&a);
    address_clear(&a);
    return *out ? 0 : ERR_NOMEM;
}

static int grow(struct roster *r)
{
    struct chunk *chunk;

    if (r->count == ROSTER_MAX)
        return ERR_LIMIT;
    if (!r->chunks[r->count / CHUNK]) {
        if (!(chunk = calloc(1, sizeof *chunk)))
            return ERR_NOMEM;
        r->chunks[r->count / CHUNK] = chunk;
    }
    int err = make_room(r, &r->ids, id_of);
    return err ? err : make_room(r, &r->urls, url_of);
}

static int add(struct roster *r, struct source *s, uint32_t *index)
{
    int64_t other = find(r, &r->ids, str_from(s->id), id_of);

    if (other < 0)
        other = find(r, &r->urls, str_from(s->url), url_of);
    if (other >= 0) {
        *index = (uint32_t)other;
        return ERR_EXISTS;
    }
    int err = grow(r);
    if (err)
        return err;
    uint32_t at = r->count;
    r->chunks[at / CHUNK]->sources[at % CHUNK] = s;
    r->chunks[at / CHUNK]->live[at % CHUNK] = true;
    r->count = at + 1;
    r->size++;
    insert(&r->ids, str_from(s->id), at);
    insert(&r->urls, str_from(s->url), at);
    *index = at;
    return 0;
}

int roster_add(struct roster *r, const struct source *s, uint32_t *index)
{
    struct source *mine = NULL;
    int err = copy(s, &mine);

    if (err)
        return err;
    pthread_rwlock_wrlock(&r->lock);
    err = add(r, mine, index);
    pthread_rwlock_unlock(&r->lock);
    if (err)
        free(mine);
    return err;
}

static int replace(struct roster *r, uint32_t index, struct source *s)
{
    _Atomic(struct source *) *place = &r->chunks[index / CHUNK]->sources[index % CHUNK];
    int64_t other = find(r, &r->urls, str_from(s->url), url_of);

    if (other >= 0 && other != index)
        return ERR_EXISTS;
    if (r->nreplaced == r->cap_replaced) {
        size_t cap = r->cap_replaced ? 2 * r->cap_replaced : 16;
        struct source **more = reallocarray(r->replaced, cap, sizeof *more);
        if (!more)
            return ERR_NOMEM;
        r->replaced = more;
        r->cap_replaced = cap;
    }
    if (other < 0 && make_room(r, &r->urls, url_of))
        return ERR_NOMEM;
    r->replaced[r->nreplaced++] = *place;
    *place = s;
    if (other < 0)
        insert(&r->urls, str_from(s->url), index);
    return 0;
}

int roster_replace(struct roster *r, uint32_t index, const struct source *s)
{
    struct source *mine = NULL;
    int err = copy(s, &mine);

    if (err)
        return err;
    assert(strcmp(mine->id, roster_get(r, index)->id) == 0);
    pthread_rwlock_wrlock(&r->lock);
    err = replace(r, index, mine);
    pthread_rwlock_unlock(&r->lock);
    if (err)
        free(mine);
    return err;
}

void roster_remove(struct roster *r, uint32_t index)
{
    assert(index < r->count);
    if (atomic_exchange(&r->chunks[index / CHUNK]->live[index % CHUNK], false))
        r->size--;
}

uint32_t roster_count(const struct roster *r)
{
    return r->count;
}

uint32_t roster_size(const struct roster *r)
{
    return r->size;
}

const struct source *roster_get(const struct roster *r, uint32_t index)
{
    assert(index < r->count);
    return r->chunks[index / CHUNK]->sources[index % CHUNK];
}

bool roster_live(const struct roster *r, uint32_t index)
{
    return index < r->count && r->chunks[index / CHUNK]->live[index % CHUNK];
}

static bool look_up(const struct roster *r, const struct table *t, struct str text,
                    const char *(*text_of)(const struct source *), uint32_t *index)
{
    struct roster *locked = (struct roster *)r;

    pthread_rwlock_rdlock(&locked->lock);
    int64_t at = find(r, t, text, text_of);
    pthread_rwlock_unlock(&locked->lock);
    if (at >= 0)
        *index = (uint32_t)at;
    return at >= 0;
}

bool roster_find(const struct roster *r, struct str id, uint32_t *index)
{
    return look_up(r, &r->ids, id, id_of, index);
}

bool roster_find_url(const struct roster *r, struct str url, uint32_t *index)
{
    return look_up(r, &r->urls, url, url_of, index);
}
