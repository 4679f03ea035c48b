/* feeds/people/prune.h - take authors out of an HTML page before anything reads it (law 1). */
#ifndef HUIYING_FEEDS_PRUNE_H
#define HUIYING_FEEDS_PRUNE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"

struct _xmlNode;
struct people;

#define PRUNE_LOOSE "data-loose"

/* Cut all author subtrees (feeds/people/person.h) below root. A date inside one stays, rewritten
 * as an RFC 3339 time, so that a board that prints it beside the poster's name can still be read,
 * with the attribute PRUNE_LOOSE when it was told from the day of reading.
 * A cell that only says 来信人, 姓名 … takes the one behind it along, or its whole column. Who wrote is
 * noted in `people`, which may be NULL. */
void prune_authors(struct _xmlNode *root, int zone_minutes, int64_t now, struct people *people);
/* Its part for labels and table columns, which goes first. */
void prune_cells(struct _xmlNode *root, struct people *people);

/* Append html without what makes tree builders slow: start tags past a depth of 200, attributes
 * of a tag that has more than 100, and all after 300,000 elements (*cut). 0 or ERR_NOMEM. */
int prune_limits(struct str html, struct buf *out, bool *cut);

#endif
