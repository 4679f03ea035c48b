/* daemon/routes/mark_view.h - the names that marks of items have in the API. */
#ifndef HUIYING_DAEMON_ROUTES_MARK_VIEW_H
#define HUIYING_DAEMON_ROUTES_MARK_VIEW_H

#include "store/store.h"

/* {"mark"|"topic"|"request"|"kind": value} as a name and a value: false when there is no such. */
bool mark_view_read(struct str name, struct str value, struct store_mark *out);
const char *mark_view_aspect(const struct store_mark *mark);
const char *mark_view_value(const struct store_mark *mark);

/* "aspect", "value", "topic" (of the item when its verdict was marked; null: it had none), "rules",
 * "at" onto an open object. */
void mark_view_members(struct buf *b, const struct store_mark *mark);

#endif
