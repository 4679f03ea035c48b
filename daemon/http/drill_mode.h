/* daemon/http/drill_mode.h - what the API and the pages do differently in a drill (演练). */
#ifndef HUIYING_DAEMON_HTTP_DRILL_MODE_H
#define HUIYING_DAEMON_HTTP_DRILL_MODE_H

#include "base/buf.h"

/* A page of ours says that it is a drill's: in its title, above everything else on it, and to
 * search engines, which are not to keep it. Without effect on what is no such page, and in earnest;
 * memory that runs out is latched. */
void drill_mode_mark(struct buf *html);

/* Why this route (as in routes.c) is closed in a drill, as "zh (en)": what asks the net for
 * something, or a citizen. NULL: it is open, as all are in earnest. */
const char *drill_mode_refusal(const char *method, const char *path);

#endif
