#include "feeds/known.h"

#include <stdlib.h>

static void set_text(char **to, const char *text)
{
    char *copy = text ? strdup(text) : NULL;

    free(*to);
    *to = copy;
}

int known_recall(struct known *k, const char *url, const struct fetch_memory *memory)
{
    k->baseline = !memory || !memory->polled;
    if (memory) {
        set_text(&k->etag, memory->etag);
        set_text(&k->last_modified, memory->last_modified);
        k->failures = memory->failures;
    }
    return address_parse(url, &k->page);
}

void known_compare(struct known *k, struct fetched *f)
{
    XXH128_hash_t hash = XXH3_128bits(f->body.data, f->body.len);
    bool same = k->hashed && XXH128_isEqual(k->hash, hash);

    set_text(&k->etag, f->etag);
    set_text(&k->last_modified, f->last_modified);
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
    set_text(&k->etag, NULL);
    set_text(&k->last_modified, NULL);
    k->hashed = false;
    k->baseline |= k->delivered;
    k->forgotten = k->under_way;
}

void known_clear(struct known *k)
{
    address_clear(&k->page);
    set_text(&k->etag, NULL);
    set_text(&k->last_modified, NULL);
}
