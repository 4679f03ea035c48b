/* feeds/pages/tree.h - an HTML page as a tree, within limits: build, walk, look into. */
#ifndef HUIYING_FEEDS_TREE_H
#define HUIYING_FEEDS_TREE_H

#include <stdbool.h>

#include "feeds/formats/draft.h"

struct _xmlDoc;
struct _xmlNode;

/* The tree of clean UTF-8 html; release with xmlFreeDoc(). NULL when there is nothing in it, or
 * when memory is exhausted (then d->failed). Authors are still in it: feeds/people/prune.h. */
struct _xmlDoc *tree_build(struct draft *d, struct str html);
/* How many nodes it was built with; 0 for another's tree. */
size_t tree_size(const struct _xmlDoc *doc);
/* The next node of a walk in document order below `from`; NULL at its end. `down`: into the node.
 */
struct _xmlNode *tree_next(struct _xmlNode *node, const struct _xmlNode *from, bool down);
/* Its value, pointing into the tree; STR_NONE when it has none or holds what no item may. */
struct str tree_attribute(const struct _xmlNode *node, const char *name);
/* Is an element of this (lower-case) name? */
bool tree_is(const struct _xmlNode *node, const char *name);
/* The first element of a name below `from`, or NULL. */
struct _xmlNode *tree_find(struct _xmlNode *from, const char *name);

#endif
