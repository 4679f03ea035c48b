/* daemon/cluster/forward.h - what a machine that follows is asked for goes to the one that leads,
 * as mail (store/cluster.h), and its outcome comes back to who waits here. One thread, the ledger's
 * that follows; the other side is answers.h. */
#ifndef HUIYING_DAEMON_FORWARD_H
#define HUIYING_DAEMON_FORWARD_H

#include "daemon/ledger/ledger_state.h"

struct forward;

enum {
    FORWARD_MAX = 256,      /* that wait */
    FORWARD_WAIT_MS = 10000, /* then its outcome is not known */
    FORWARD_PAGE_MS = 55000  /* of a page, which is fetched first */
};

/* NULL without memory. */
struct forward *forward_new(struct ledger *l);
/* Hand it on: 0, and it is kept until its `done` was called; ERR_UNSUPPORTED (it has to be asked
 * for there), ERR_AGAIN (nobody leads, or this machine is about to), ERR_LIMIT (so many wait),
 * ERR_NOMEM, or as cluster_mail() but for ERR_TIMEOUT, with which it is waited for: it stays the
 * caller's. */
int forward_ask(struct forward *f, struct message *m);
/* Tell those whose outcome came, or whose time is over. */
void forward_settle(struct forward *f);
/* Both harmless on NULL. */
size_t forward_waiting(const struct forward *f);
/* Those that wait are told ERR_TIMEOUT. Harmless on NULL. */
void forward_free(struct forward *f);

#endif
