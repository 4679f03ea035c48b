/* classifiers/rules/refuse.h - terms that no rule, list or search may hold (law 4). */
#ifndef HUIYING_CLASSIFIERS_REFUSE_H
#define HUIYING_CLASSIFIERS_REFUSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/problems.h"
#include "base/str.h"

struct refuse;

struct refuse_hit {
    struct str class_id; /* political-opinion, petition-assembly, religion, ethnicity, person */
    struct str zh, en;   /* the reason */
};

/* An empty set, which refuses nothing; NULL when memory is exhausted. */
struct refuse *refuse_new(void);
void refuse_free(struct refuse *r);

/* Add the classes of a refused.yaml: 0, ERR_SYNTAX when problems were added, ERR_NOMEM. */
int refuse_load(struct refuse *r, const char *path, struct problems *problems);

/* What a rules folder refuses, with the shipped classes, which always hold; NULL without memory.
 * Files that cannot be read are passed over: rules do not compile with them. */
struct refuse *refuse_open(const char *dir);

/* Is this folded term (fold.h) refused? `place`: it is the name of a place, which may hold the name
 * of a people or look like a person's. *why borrows from r. Any thread. */
bool refuse_check(const struct refuse *r, const uint32_t *cp, size_t n, bool place,
                  struct refuse_hit *why);
/* For what looks for texts without spelling them: does `finds`, asked of each refused word, say
 * yes? */
bool refuse_any(const struct refuse *r, bool (*finds)(void *, const uint32_t *, size_t), void *arg,
                struct refuse_hit *why);
/* The same as refuse_check() for plain text: ERR_REFUSED, 0 or ERR_NOMEM. */
int refuse_text(const struct refuse *r, struct str text, struct refuse_hit *why);

#endif
