/* daemon/http/route_view.h - where the routes in force send a concern, and why, as JSON. */
#ifndef HUIYING_DAEMON_HTTP_ROUTE_VIEW_H
#define HUIYING_DAEMON_HTTP_ROUTE_VIEW_H

#include "alerts/concern.h"
#include "alerts/units/units.h"
#include "base/buf.h"
#include "classifiers/rules/rules.h"

/* Append "route": {"by","role","units","candidates"} onto an open object. */
void route_view(struct buf *b, const struct rules *rules, const struct units *units,
                const struct concern *c);

#endif
