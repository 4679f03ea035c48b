/* store/shared.h - what all machines of a town go by, beside the ledger: few rows, each replaced
 * whole. Written by store_commit(). */
#ifndef HUIYING_STORE_SHARED_H
#define HUIYING_STORE_SHARED_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

struct store;

enum store_shared_kind { /* stored as numbers: new ones stand at the end */
    STORE_SHARED_KEY,    /* "units/NAME", "dashboards/NAME": a public key, or empty: revoked */
    STORE_SHARED_RULES,  /* files of the rules in force, and what names them */
    STORE_SHARED_STAGED, /* the same of those that wait for a second person */
    STORE_SHARED_EDITS,  /* topics that were changed on the page, over the files of their folder */
    STORE_SHARED_KINDS
};

enum { STORE_SHARED_NAME = 129 }; /* with its NUL */

struct store_shared {
    uint8_t kind;
    char name[STORE_SHARED_NAME]; /* not empty */
    int64_t at;                   /* ms: since when it has this value */
    struct str value;             /* any bytes, or none; borrowed */
    bool drop;                    /* on input: forget it */
};

/* The row of this kind and name: `each` is called once, or ERR_NOTFOUND. With an empty name all of
 * this kind, by name in byte order. As the other views of store.h. */
int store_each_shared(struct store *s, enum store_shared_kind kind, const char *name,
                      int (*each)(void *arg, const struct store_shared *row), void *arg);

#endif
