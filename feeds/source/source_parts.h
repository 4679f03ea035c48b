/* feeds/source/source_parts.h - the parts of a source entry, for feeds/source/source*.c only. */
#ifndef HUIYING_FEEDS_SOURCE_PARTS_H
#define HUIYING_FEEDS_SOURCE_PARTS_H

#include "feeds/source/source.h"

/* Read one entry into the zeroed *s, whose texts are copies for source_parts_clear(): 0 with
 * problems noted, or ERR_NOMEM. */
int source_parts_read(const struct conf_node *map, struct source *s, struct problems *problems);
void source_parts_clear(struct source *s);

/* The maps `headers` and the text `proxy`: 0 with problems noted, or ERR_NOMEM. */
int source_parts_headers(const struct conf_node *map, struct source_extras *x,
                         struct problems *problems);
int source_parts_proxy(const struct conf_node *node, struct source_extras *x,
                       struct problems *problems);

#endif
