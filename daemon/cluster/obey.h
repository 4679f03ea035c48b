/* daemon/cluster/obey.h - what the leader's letters ask of a machine that follows. */
#ifndef HUIYING_DAEMON_OBEY_H
#define HUIYING_DAEMON_OBEY_H

#include "alerts/event.h"
#include "daemon/cluster/node.h"
#include "feeds/fetch/fetch.h"

struct ledger;

enum { OBEY_MAX = 256 }; /* letters heard in one go */

/* Of which sources letters came that only the store can explain, and what was read of it. Zeroed at
 * first. */
struct obey_sources {
    char ids[OBEY_MAX][SLUG_MAX]; /* added, paused, changed, removed; read with the next reread */
    size_t count;
    int64_t rest; /* clock_mono() before which they are not all read again */
    uint64_t leaders; /* how many had led when all were read from the store last */
    bool again;       /* some may not be as the store has them */
    int64_t once_more; /* clock_mono() at which they are read once more; 0: they are not */
};
/* Gather one that came; true: it is none of those, and to be obeyed after obey_reread(). */
bool obey_gather(struct obey_sources *s, const struct roster *roster, struct ledger *ledger,
                 struct str text);
/* Obey one of the others, on the ledger's thread: the slot that a page is owed to, or -1. One that
 * cannot be read is logged. */
int obey_letter(const struct roster *roster, struct ledger *ledger, struct fetch *f,
                struct str text);
/* May letters be heard? Not so soon after all sources were read that this thread, which answers
 * people too, would do nothing else: they wait where they are. */
bool obey_listens(const struct obey_sources *s);
/* Read the sources that were gathered: all with one walk when there are several. And all where
 * some may not be as the store has them, or another one leads: who led before may have gone between
 * a commit and what it would have told of it; and once more a lease (ms) after, for until the new
 * one has claimed the store the old one may commit. The same thread. */
void obey_reread(struct obey_sources *s, struct node *node, struct ledger *ledger, int64_t lease);

#endif
