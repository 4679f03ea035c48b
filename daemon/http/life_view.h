/* daemon/http/life_view.h - how far a concern's life is, as members of its JSON. */
#ifndef HUIYING_DAEMON_HTTP_LIFE_VIEW_H
#define HUIYING_DAEMON_HTTP_LIFE_VIEW_H

#include "alerts/concern.h"
#include "alerts/units/units.h"
#include "base/buf.h"

/* outcome, dismissal, merged, proposed grade, 研判, parties, rounds, extension, 交办: members onto
 * the open object. */
void life_view(struct buf *b, const struct units *units, const struct concern *c);

#endif
