/* daemon/reload/reload_check.h - what a folder of rules would say with another text of one
 * topic. */
#ifndef HUIYING_DAEMON_RELOAD_CHECK_H
#define HUIYING_DAEMON_RELOAD_CHECK_H

#include "daemon/reload/reload.h"

struct reload_text {
    struct str topic, text; /* as reload_check() has them */
};
/* Do it, and tell `done`, before it returns. Any thread; reload_check() has it done by the reload
 * thread, one after the other. */
void reload_check_text(const struct config *config, struct rulebook *book,
                       const struct reload_text *what, reload_check_done *done, void *arg);

#endif
