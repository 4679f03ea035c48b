#include "feeds/known.h"

#include <stdlib.h>

#include "base/err.h"

static void set_text(char **to, const char *text)
{
    char *copy = text ? strdup(text) : NULL;

    free(*to);
    *to = copy;
}

int known_recall(struct known *k, const struct fetch_memory *memory)
{
    struct str etag = memory->etag, modified = memory->last_modified;

    k->baseline = !memory->polled;
    k->failures = memory->failures;
    k->etag = etag.n ? strndup(etag.p, etag.n) : NULL;
    k->last_modified = modified.n ? strndup(modified.p, modified.n) : NULL;
    return (etag.n && !k->etag) || (modified.n && !k->last_modified) ? ERR_NOMEM : 0;
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
    set_text(&k->etag, NULL);
    set_text(&k->last_modified, NULL);
}
