/* tests/unit/same.h - events and concerns compared field by field: padding says nothing, and a
 * difference is shown as text. */
#ifndef HUIYING_TESTS_SAME_H
#define HUIYING_TESTS_SAME_H

#include "alerts/concern.h"
#include "alerts/event.h"

void same_event(const struct event *a, const struct event *b);
/* Without `sources`, which may lag after a restart. */
void same_concern(const struct concern *a, const struct concern *b);

#endif
