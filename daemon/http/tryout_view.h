/* daemon/http/tryout_view.h - the JSON form of what a source's selectors found. */
#ifndef HUIYING_DAEMON_HTTP_TRYOUT_VIEW_H
#define HUIYING_DAEMON_HTTP_TRYOUT_VIEW_H

#include "daemon/workers/tryout.h"

/* One object: id, problems[{line, detail}], refused {outcome, status, detail} or null, list and
 * detail (struct trial_write's) or null. */
void tryout_view(struct buf *b, const struct tryout_found *found);

#endif
