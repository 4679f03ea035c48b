/* daemon/reload/reload_log.h - what a load of rules leaves in the log. */
#ifndef HUIYING_DAEMON_RELOAD_LOG_H
#define HUIYING_DAEMON_RELOAD_LOG_H

#include "base/problems.h"

/* Its warnings, and why it was refused: the first of each. `folder`: where the rules were read. */
void reload_log_warnings(const char *folder, const struct problems *problems);
void reload_log_problems(const char *folder, const struct problems *problems);

#endif
