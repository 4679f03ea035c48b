/* feeds/known.h - what the fetch thread knows of a source between two polls. */
#ifndef HUIYING_FEEDS_KNOWN_H
#define HUIYING_FEEDS_KNOWN_H

#include <stdbool.h>
#include <xxhash.h>

#include "feeds/address.h"
#include "feeds/fetch.h"

struct known {
    struct address page;
    char *etag, *last_modified;
    XXH128_hash_t hash; /* of the last body */
    bool hashed;
    bool baseline;  /* nothing was ever delivered of it */
    bool delivered; /* the last body was delivered as a baseline */
    bool under_way, forgotten; /* forgotten: while under way */
    int failures;
};

/* From its address and what the store remembers (may be NULL): 0, or an address_parse() error. */
int known_recall(struct known *k, const char *url, const struct fetch_memory *memory);
/* Take in the validators and hash of a FETCH_BODY, which becomes FETCH_UNCHANGED when the same
 * bytes were delivered before. */
void known_compare(struct known *k, struct fetched *f);
/* The last body never arrived: ask for all of it again. */
void known_forget(struct known *k);
void known_clear(struct known *k);

#endif
