/* daemon/cli/explain_show.h - an explanation (classifiers/explain.h) for programs and people. */
#ifndef HUIYING_DAEMON_CLI_EXPLAIN_SHOW_H
#define HUIYING_DAEMON_CLI_EXPLAIN_SHOW_H

#include <stdbool.h>

#include "classifiers/explain.h"

/* One JSON object and a line's end; `id` is the item's own, or empty. */
void explain_show_json(struct buf *out, struct str id, const struct explanation *e,
                       const struct rules *rules);
/* For people, coloured where stdout is a terminal; `all`: also what only came near. */
void explain_show_text(struct buf *out, const struct explanation *e, bool all);

#endif
