/* feeds/prune.h - take authors out of an HTML page before anything reads it (DESIGN.md §1.1). */
#ifndef HUIYING_FEEDS_PRUNE_H
#define HUIYING_FEEDS_PRUNE_H

#include <stdint.h>

#include "base/buf.h"

struct _xmlNode;

/* Cut all author subtrees (feeds/person.h) below root. A date inside one stays, rewritten as an
 * RFC 3339 time, so that a board that prints it beside the poster's name can still be read. */
void prune_authors(struct _xmlNode *root, int zone_minutes, int64_t now);

/* Append html without what makes tree builders slow: start tags past a depth of 200, attributes
 * of a tag that has more than 100. 0 or ERR_NOMEM. */
int prune_limits(struct str html, struct buf *out);

#endif
