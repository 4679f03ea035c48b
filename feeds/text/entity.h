/* feeds/text/entity.h - character references of HTML. */
#ifndef HUIYING_FEEDS_ENTITY_H
#define HUIYING_FEEDS_ENTITY_H

#include <stdint.h>

#include "base/str.h"

/* The code point of a name ("nbsp"), without '&' and ';'; 0 when unknown. Any thread. */
uint32_t entity_named(struct str name);
/* Read the reference at s.p[0] == '&'. Returns the bytes it takes, 0 when it is none and the '&'
 * is text; *cp is 0 when the reference means nothing that may stand in a text. Any thread. */
size_t entity_read(struct str s, uint32_t *cp);

#endif
