/* store/definition.h - a source that was added, in columns. Private to this folder. */
#ifndef HUIYING_STORE_DEFINITION_H
#define HUIYING_STORE_DEFINITION_H

#include "base/arena.h"
#include "store/sqlite/row.h"

/* Append what few sources have; nothing for NULL: 0 or ERR_NOMEM. */
int definition_write_extras(const struct source_extras *extras, struct buf *out);
/* What that wrote: 0, ERR_CORRUPT or ERR_NOMEM. */
int definition_read_extras(struct str blob, struct arena *arena, struct source_extras **out);
/* Read the columns of `added` in their order; what out points to lies in the arena: 0, ERR_CORRUPT
 * or ERR_NOMEM. */
int definition_read(struct row *row, struct arena *arena, struct source *out);

#endif
