/* daemon/house.h - every actor of the daemon, started from the ground up and stopped in reverse. */
#ifndef HUIYING_DAEMON_HOUSE_H
#define HUIYING_DAEMON_HOUSE_H

#include "daemon/config/config.h"

struct house;
struct node;

/* Open the store, restore the ledger and start bus, HTTP, workers and fetching, in this order. NULL
 * on failure (logged), with everything stopped again. config must outlive it, and `node` too: this
 * machine among several, NULL: alone. One that does not lead serves what is read and the bus, polls
 * its domains for the leader, and hands on what it is asked for. */
struct house *house_open(const struct config *config, struct node *node);
/* Has the node another part than the house was opened for? Then it is to be closed, and another one
 * opened. */
bool house_outdated(const struct house *h);
/* Has another daemon taken the store, of one without a node? Then the daemon is to end. */
bool house_fenced(const struct house *h);
/* Read the bus keys again, and load the rules again (SIGHUP). `done` (may be NULL) is called when
 * the rules are in force or refused, from another thread. */
void house_reload(struct house *h, void (*done)(void));
/* Stop taking, commit what was taken, stop. Harmless on NULL. */
void house_close(struct house *h);

#endif
