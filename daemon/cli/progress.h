/* daemon/cli/progress.h - a bar on a terminal's standard error, or lines for another
 * program. */
#ifndef HUIYING_DAEMON_CLI_PROGRESS_H
#define HUIYING_DAEMON_CLI_PROGRESS_H

#include <stddef.h>

/* What is being done, "zh (en)"; drawn anew at most ten times a second, and at the end. */
void progress_show(const char *what, size_t done, size_t total);
/* From here on write a line {"done","total"} to this descriptor instead, for a program that shows
 * it; when nobody reads it any more, the command ends. NULL: as before. 0, or EX_USAGE after it was
 * told that it is none. */
int progress_to(const char *fd);
/* Take the bar away, so that what is told next stands on a clean line. */
void progress_clear(void);

#endif
