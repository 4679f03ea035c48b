/* tests/bench/duties.h - what the product's contract asks of any pipeline, done in the least honest
 * way that does it: personal numbers and names after cue words masked by a dozen regexes, all
 * shipped terms and names of places down to counties found (as they are written: nothing is
 * folded), GUIDs kept as keyed hashes. Vectorscan does the finding. */
#ifndef HUIYING_BENCH_DUTIES_H
#define HUIYING_BENCH_DUTIES_H

#include <stddef.h>

enum { DUTIES_HASH = 16 };

struct duties;

/* Compiles the shipped rules for their terms; NULL when that fails. */
struct duties *duties_new(void);
void duties_free(struct duties *d);

/* Overwrite what is personal in the n bytes of UTF-8 at p by asterisks: 0 or ERR_*. */
int duties_mask(struct duties *d, char *p, size_t n);
/* Find every term in the n bytes at p, with its place: 0 or ERR_*. *hits grows by their number. */
int duties_find(struct duties *d, const char *p, size_t n, size_t *hits);
void duties_hash(const char *p, size_t n, unsigned char out[static DUTIES_HASH]);

#endif
