/* daemon/cli/try_show.h - a trial of selectors (feeds/pages/trial.h) for people, in two columns. */
#ifndef HUIYING_DAEMON_CLI_TRY_SHOW_H
#define HUIYING_DAEMON_CLI_TRY_SHOW_H

#include <stdbool.h>

#include <jansson.h>

/* Print it: left what the page shows, right what was taken; then what to look at again. */
void try_show(const json_t *found, bool detail);
/* Items that were kept. */
size_t try_show_kept(const json_t *found);

#endif
