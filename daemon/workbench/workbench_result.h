/* daemon/workbench/workbench_result.h - what a command of the workbench says, kept without what
 * items say: a stored item's title is looked up when it is shown, and is gone when the item's
 * is. */
#ifndef HUIYING_DAEMON_WORKBENCH_RESULT_H
#define HUIYING_DAEMON_WORKBENCH_RESULT_H

#include "daemon/workbench/workbench.h"

/* Under this name the command reads the map of labels. */
#define WORKBENCH_MAP "/proc/self/fd/5"

/* The JSON object `said` onto out, with null in place of the title of each object in it that has
 * the id of a stored item. ERR_SYNTAX when it is no JSON object; ERR_NOMEM. */
int workbench_result_keep(struct str said, struct buf *out);

/* Append the title of the item with this id and return true; false: it has none any more. */
typedef bool workbench_title(void *arg, struct str id, struct buf *out);
/* What workbench_result_keep() kept, onto out, with such titles. Errors as there. */
int workbench_result_fill(struct str kept, workbench_title *title, void *arg, struct buf *out);

/* An object that is left open: id, verb, state, by, topic, edited, began, ended, done, total,
 * share, why, problems[{file, line, detail}]. */
void workbench_result_open(struct buf *b, const struct workbench_view *view);

#endif
