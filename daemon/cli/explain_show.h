/* daemon/cli/explain_show.h - an explanation (classifiers/workbench/explain.h) for people. */
#ifndef HUIYING_DAEMON_CLI_EXPLAIN_SHOW_H
#define HUIYING_DAEMON_CLI_EXPLAIN_SHOW_H

#include <stdbool.h>

#include "classifiers/workbench/explain.h"

/* For people, coloured where stdout is a terminal; `all`: also what only came near. */
void explain_show_text(struct buf *out, const struct explanation *e, bool all);

#endif
