/* classifiers/likeness/identity.h - by what an item is known again: GUID, else normalised link,
 * else text; and by what else, where a feed changes its GUIDs. */
#ifndef HUIYING_CLASSIFIERS_IDENTITY_H
#define HUIYING_CLASSIFIERS_IDENTITY_H

#include "classifiers/verdict.h"

/* Fill identity, alt_link and alt_content of a verdict whose title, text, content and published are
 * set: 0 or ERR_NOMEM. Pure. */
int identity_fill(const struct feed_item *item, struct arena *arena, struct verdict *v);

/* A link as identities have it, without scheme and trackers, in the arena: 0 or ERR_NOMEM. */
int identity_link(struct str url, struct arena *arena, struct str *out);

/* Take an alternative from all items of the feed that share it, for it tells none of them: boards
 * link each post to the same page, people write the same line twice. 0 or ERR_NOMEM. */
int identity_part(struct verdicts *v);

#endif
