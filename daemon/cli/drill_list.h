/* daemon/cli/drill_list.h - where days were recorded to by this account: paths and the ledger's
 * epoch, a line each, and no words of any, so that what is erased leaves them without being told
 * which they are. Copies that were made of them are not known. */
#ifndef HUIYING_DAEMON_CLI_DRILL_LIST_H
#define HUIYING_DAEMON_CLI_DRILL_LIST_H

#include <stdbool.h>
#include <stddef.h>

/* A day of the ledger `epoch` was recorded to this file. That it cannot be noted is told. */
void drill_list_add(const char *path, const char *epoch);

/* Hold all that are still there and of the daemon's ledger against it, by drill_update_file();
 * *known of them. What is there no more is forgotten. 0, or an exit status after the reason was
 * told. */
int drill_list_update(size_t *known);

#endif
