/* daemon/house.h - every actor of the daemon, started from the ground up and stopped in reverse. */
#ifndef HUIYING_DAEMON_HOUSE_H
#define HUIYING_DAEMON_HOUSE_H

#include "daemon/config.h"

struct house;

/* Open the store, restore the ledger and start bus, HTTP, workers and fetching, in this order. NULL
 * on failure (logged), with everything stopped again. config must outlive it. */
struct house *house_open(const struct config *config);
/* Read the bus keys again, and load the rules again (SIGHUP). `done` (may be NULL) is called when
 * the rules are in force or refused, from another thread. */
void house_reload(struct house *h, void (*done)(void));
/* Stop taking, commit what was taken, stop. Harmless on NULL. */
void house_close(struct house *h);

#endif
