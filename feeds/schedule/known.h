/* feeds/schedule/known.h - what the fetch thread knows of each source between two polls, beside the
 * timetable: 32 bytes and the validators. */
#ifndef HUIYING_FEEDS_KNOWN_H
#define HUIYING_FEEDS_KNOWN_H

#include <stdbool.h>

#include "feeds/fetch/fetch.h"

struct known {
    char *validators; /* ETag and Last-Modified, each with its NUL; NULL: neither */
    uint64_t hash;    /* of the last body */
    const char *problem; /* static, of the last poll or, when that went well, of its body;
                            written under the round's lock */
    uint32_t place;      /* in the timetable + 1, 0: none yet; likewise */
    uint16_t cached;     /* s that the server's cache headers ask to leave */
    bool noted : 1;      /* problem is about the body */
    bool held : 1;       /* quarantined and not polled since; a byte of these two, written under
                            the lock */
    bool : 0;
    bool there : 1;      /* scheduled */
    bool paused : 1;     /* not to be, until it is added again */
    bool hashed : 1;
    bool baseline : 1;  /* nothing was ever delivered of it */
    bool delivered : 1; /* the last body was delivered as a baseline */
    bool under_way : 1;
    bool forgotten : 1; /* while under way */
    bool lost : 1;      /* the last body never was committed */
};

/* Validators for the next request; NULL: none. */
const char *known_etag(const struct known *k);
const char *known_last_modified(const struct known *k);
/* Take in what the store remembers: 0 or ERR_NOMEM. */
int known_recall(struct known *k, const struct fetch_memory *memory);
/* Take in the validators and hash of a FETCH_BODY, which becomes FETCH_UNCHANGED when the same
 * bytes were delivered before. */
void known_compare(struct known *k, struct fetched *f);
/* The last body never arrived: ask for all of it again. */
void known_forget(struct known *k);
/* Ask for all of it the next time: it was delivered, but is to be read again. */
void known_ask_whole(struct known *k);
void known_clear(struct known *k);

/* One for each number of the roster, all zero at first, in chunks that never move: a reader in
 * another thread needs the writer's lock only against a number that is being added. */
struct knowns;
struct knowns *knowns_new(void);
void knowns_free(struct knowns *all);
/* Room up to and with this number: 0 or ERR_NOMEM. */
int knowns_reach(struct knowns *all, uint32_t source);
uint32_t knowns_count(const struct knowns *all);
/* NULL past what was reached. */
struct known *knowns_at(const struct knowns *all, uint32_t source);

#endif
