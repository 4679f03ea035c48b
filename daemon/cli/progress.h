/* daemon/cli/progress.h - a bar on a terminal's standard error; nothing anywhere else. */
#ifndef HUIYING_DAEMON_CLI_PROGRESS_H
#define HUIYING_DAEMON_CLI_PROGRESS_H

#include <stddef.h>

/* What is being done, "zh (en)"; drawn anew at most ten times a second, and at the end. */
void progress_show(const char *what, size_t done, size_t total);
/* Take the bar away, so that what is told next stands on a clean line. */
void progress_clear(void);

#endif
