#include "feeds/schedule/known.h"

#include <stdlib.h>
#include <xxhash.h>
#if defined(__x86_64__) && __has_include(<xxh_x86dispatch.h>)
#include <xxh_x86dispatch.h> /* the same hash, by the widest registers there are */
#endif

#include "base/err.h"

enum { CHUNK = 4096, CHUNKS = ROSTER_MAX / CHUNK };

_Static_assert(sizeof(struct known) == 32 || sizeof(void *) != 8, "a million of them");

struct knowns {
    uint32_t count;
    struct known *chunks[CHUNKS];
};

/* 0, or ERR_NOMEM (there are none then). */
static int set_validators(struct known *k, struct str etag, struct str modified)
{
    const char *was = k->validators;

    if (was && strlen(was) == etag.n && memcmp(was, etag.p ? etag.p : "", etag.n) == 0 &&
        str_is(modified, was + etag.n + 1))
        return 0;
    free(k->validators);
    k->validators = NULL;
    if (!etag.n && !modified.n)
        return 0;
    k->validators = calloc(1, etag.n + modified.n + 2);
    if (!k->validators)
        return ERR_NOMEM;
    if (etag.n)
        memcpy(k->validators, etag.p, etag.n);
    if (modified.n)
        memcpy(k->validators + etag.n + 1, modified.p, modified.n);
    return 0;
}

static const char *or_none(const char *text)
{
    return text && *text ? text : NULL;
}

const char *known_etag(const struct known *k)
{
    return or_none(k->validators);
}

const char *known_last_modified(const struct known *k)
{
    return k->validators ? or_none(k->validators + strlen(k->validators) + 1) : NULL;
}

int known_recall(struct known *k, const struct fetch_memory *memory)
{
    k->baseline = !memory->polled;
    return set_validators(k, memory->etag, memory->last_modified);
}

void known_compare(struct known *k, struct fetched *f)
{
    uint64_t hash = XXH3_64bits(f->body.data ? f->body.data : "", f->body.len);
    bool same = k->hashed && k->hash == hash;

    /* Without memory the next answer is a whole one. */
    set_validators(k, str_from(f->etag), str_from(f->last_modified));
    k->hash = hash;
    k->hashed = true;
    if (same) {
        f->outcome = FETCH_UNCHANGED;
        buf_free(&f->body);
        return;
    }
    k->delivered = k->baseline;
    k->baseline = false;
}

void known_forget(struct known *k)
{
    set_validators(k, STR_NONE, STR_NONE);
    k->hashed = false;
    k->baseline |= k->delivered;
    k->forgotten = k->under_way;
}

void known_ask_whole(struct known *k)
{
    set_validators(k, STR_NONE, STR_NONE);
    k->hashed = false;
}

void known_clear(struct known *k)
{
    free(k->validators);
    k->validators = NULL;
}

struct knowns *knowns_new(void)
{
    return calloc(1, sizeof(struct knowns));
}

void knowns_free(struct knowns *all)
{
    if (!all)
        return;
    for (uint32_t i = 0; i < all->count; i++)
        known_clear(knowns_at(all, i));
    for (size_t i = 0; i < CHUNKS; i++)
        free(all->chunks[i]);
    free(all);
}

int knowns_reach(struct knowns *all, uint32_t source)
{
    for (; all->count <= source; all->count++) {
        size_t at = all->count / CHUNK;
        if (at >= CHUNKS)
            return ERR_LIMIT;
        if (!all->chunks[at] && !(all->chunks[at] = calloc(CHUNK, sizeof(struct known))))
            return ERR_NOMEM;
        all->chunks[at][all->count % CHUNK].baseline = true;
    }
    return 0;
}

uint32_t knowns_count(const struct knowns *all)
{
    return all->count;
}

struct known *knowns_at(const struct knowns *all, uint32_t source)
{
    return source < all->count ? &all->chunks[source / CHUNK][source % CHUNK] : NULL;
}
