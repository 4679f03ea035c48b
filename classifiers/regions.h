/* classifiers/regions.h - which places a text speaks of, by division code. */
#ifndef HUIYING_CLASSIFIERS_REGIONS_H
#define HUIYING_CLASSIFIERS_REGIONS_H

#include "base/arena.h"
#include "classifiers/fold.h"
#include "classifiers/matcher.h"
#include "classifiers/rules_block.h"
#include "classifiers/verdict.h"

enum { REGIONS_MAX = 16 };

/* Digits of a division code that say something: 430000 -> 2, 430102 -> 6. */
size_t regions_prefix(struct str code);

/* Resolve the place names among hits (sorted by start). The longest name at a spot wins; a name
 * that several places bear counts for the one whose parent is named in the text, else the one in
 * `home` (the source's code, may be empty), else none. A place gives way to one within it.
 * Sets v->regions, in order of first mention; with no place named, home itself when known.
 * 0 or ERR_NOMEM. */
int regions_resolve(const struct rules *rules, const struct fold *f,
                    const struct matcher_hits *hits, struct str home, struct arena *arena,
                    struct verdict *v);

#endif
