/* store/trail.h - the audit trail: who changed, exported or was let in, each row chained to the one
 * before by its hash. Nothing of a visitor who is not logged in, no address, no text. */
#ifndef HUIYING_STORE_TRAIL_H
#define HUIYING_STORE_TRAIL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "alerts/event.h"

struct store;

enum { TRAIL_HASH = 32, TRAIL_ROLE = 16, TRAIL_ACT = 40, TRAIL_PAGE = 1000 };

/* The act of the row that a drill's daemon begins with: what comes after it is a drill's. */
#define TRAIL_DRILL "drill"

struct trail_row {
    uint64_t seq;             /* from 1, without a gap; given by the store */
    int64_t at;               /* ms */
    char who[SLUG_MAX];       /* account; "" : whoever may use the daemon's own socket */
    char role[TRAIL_ROLE];
    char act[TRAIL_ACT];      /* "concern.accept", "login", … */
    char target[SLUG_MAX];    /* "c12", a source's, unit's or account's id; "" */
    unsigned char hash[TRAIL_HASH]; /* of the row before and this one; given by the store */
};

/* Rows with seq > after, at most max (TRAIL_PAGE), by rising seq; as store_each_source(). */
int trail_after(struct store *s, uint64_t after, size_t max,
                int (*each)(void *arg, const struct trail_row *row), void *arg);
/* The last row's seq and hash; 0 and zeroes when there is none. Kept beside the rows, so that rows
 * that went missing at the end are missed. 0 or ERR_*. */
int trail_head(struct store *s, uint64_t *seq, unsigned char hash[TRAIL_HASH]);

/* The hash of a row after the one with the hash `before` (the first one's: zeroes): BLAKE2b-256 of
 * before, seq and at (8 bytes, big-endian), then who, role, act and target, each with its length in
 * 2 bytes before it. */
void trail_hash(const unsigned char before[TRAIL_HASH], const struct trail_row *row,
                unsigned char out[TRAIL_HASH]);

/* Follows a chain, row by row. */
struct trail_check {
    uint64_t seq;                   /* of the row before; 0: none */
    unsigned char hash[TRAIL_HASH]; /* its own */
    bool unknown;                   /* on input: the first row is taken as it is */
};
enum trail_fault {
    TRAIL_SOUND,
    TRAIL_CHANGED, /* its content is not what its hash says */
    TRAIL_MISSING, /* rows before it are missing, *from is the first of them */
    TRAIL_ORDER    /* it stands after a row that is not before it */
};
enum trail_fault trail_check(struct trail_check *c, const struct trail_row *row, uint64_t *from);

#endif
