/* daemon/reload.h - new rules for the running daemon: built aside, checked, and put in force at one
 * point of the ledger; what is wrong with them leaves the old ones in force. */
#ifndef HUIYING_DAEMON_RELOAD_H
#define HUIYING_DAEMON_RELOAD_H

#include "daemon/config.h"
#include "daemon/ledger.h"
#include "daemon/rulebook.h"
#include "daemon/worker_pool.h"

struct reload;

struct reload_conf {
    const struct config *config; /* its places, and where its units and deadlines are read */
    struct rulebook *book;
    struct worker_pool *pool;
    struct ledger *ledger;
};

struct reload_outcome {
    int err; /* 0; ERR_INVALID: the rules have problems; ERR_AGAIN: the store cannot be written;
                ERR_IO: its workers do not start or answer; ERR_CLOSED, ERR_NOMEM. The old rules
                are in force then */
    const struct problems *problems;  /* sorted; empty unless ERR_INVALID */
    const struct rules *rules;        /* in force now */
    uint64_t previous;                /* version in force before */
    bool changed;                     /* false: they were in force already, the town's files too */
    uint64_t seq;                     /* of the event; 0: none, for the rules are the same */
};
/* Called once, from the reload thread; what outcome points to is borrowed for the call. */
typedef void reload_done(void *arg, const struct reload_outcome *outcome);

/* NULL without memory. What conf names must outlive it. */
struct reload *reload_start(const struct reload_conf *conf);
/* Load the folder (NULL: that of huiying.yaml) and the town's units, routes, deadlines and
 * calendars, all of them or none, after those that were asked for before. Never blocks: 0,
 * ERR_AGAIN (too many wait), ERR_CLOSED, ERR_NOMEM (done is not called then). `done` may be NULL.
 * Any thread. */
int reload_ask(struct reload *r, const char *folder, reload_done *done, void *arg);
/* Finish what was asked for and take no more. The thread stays: workers end with the thread that
 * started them (PR_SET_PDEATHSIG), and some are its. Harmless on NULL. */
void reload_halt(struct reload *r);
/* After worker_pool_stop(). Harmless on NULL. */
void reload_stop(struct reload *r);

#endif
