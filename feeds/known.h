/* feeds/known.h - what the fetch thread knows of a source between two polls. */
#ifndef HUIYING_FEEDS_KNOWN_H
#define HUIYING_FEEDS_KNOWN_H

#include <stdbool.h>
#include <xxhash.h>

#include "feeds/fetch.h"

struct known {
    char *etag, *last_modified;
    XXH128_hash_t hash; /* of the last body */
    bool hashed;
    bool baseline;  /* nothing was ever delivered of it */
    bool delivered; /* the last body was delivered as a baseline */
    bool under_way, forgotten; /* forgotten: while under way */
    int failures;
};

/* Take in what the store remembers: 0 or ERR_NOMEM. */
int known_recall(struct known *k, const struct fetch_memory *memory);
/* Take in the validators and hash of a FETCH_BODY, which becomes FETCH_UNCHANGED when the same
 * bytes were delivered before. */
void known_compare(struct known *k, struct fetched *f);
/* The last body never arrived: ask for all of it again. */
void known_forget(struct known *k);
void known_clear(struct known *k);

#endif
