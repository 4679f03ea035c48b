/* daemon/cli/due.h - the deadline rules of a rules folder. */
#ifndef HUIYING_DAEMON_CLI_DUE_H
#define HUIYING_DAEMON_CLI_DUE_H

#include "alerts/deadlines/deadline.h"

/* Load dir/deadlines.yaml and the calendars beside it; NULL after every problem was told. */
struct deadlines *due_load(const char *dir);

#endif
