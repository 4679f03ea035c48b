/* store/snapshot.h - a store in Redis as it is at one moment, while its daemons go on.
 *
 * Redis itself is asked for a snapshot, as a replica asks for one (SYNC): it forks, and sends what
 * it holds at that moment. A server of our own on a Unix socket loads that, and the store is read
 * from there by the code that reads every store. So nothing of the town is held, locked or written:
 * a copy made while the ledger moves would have to be mended and then verified under a stopped
 * ledger, and a writer's place may not be taken in a town that lives.
 *
 * A replica is asked where there is one, once it has all that the master had when it began: it
 * spares the master, and Sentinels, which take whoever asks the master for a replica to be watched,
 * do not see it. A server that would first write the snapshot to its own disk is not asked, for the
 * file would stay there, with words that are to expire. Ours is in a file without a name, in a
 * server that writes none, which a process of its own ends with us, however we end. */
#ifndef HUIYING_STORE_SNAPSHOT_H
#define HUIYING_STORE_SNAPSHOT_H

#include "store/store.h"

struct snapshot;

enum snapshot_phase { SNAPSHOT_TAKEN, SNAPSHOT_LOADED };

struct snapshot_watch {
    /* Of the taking, a guess at the total. */
    void (*step)(void *arg, enum snapshot_phase phase, size_t done, size_t total);
    void *arg;
};

/* What is in the way of it, and nothing else in the way of the store. */
enum snapshot_trouble {
    SNAPSHOT_FINE,
    SNAPSHOT_NO_SERVER,  /* no redis-server is installed here */
    SNAPSHOT_NO_RIGHT,   /* the user of this address may not take it */
    SNAPSHOT_TO_DISK,    /* repl-diskless-sync is no */
    SNAPSHOT_NOT_LOADED, /* our server did not take it: older than Redis, or without memory */
    SNAPSHOT_TROUBLES
};

/* Take one of the store at this address, by way of `folder`, where there is room for it. 0 or an
 * error with *why; ERR_NET, ERR_AGAIN, ERR_UNSUPPORTED (not in Redis), ERR_IO, ERR_NOMEM. */
int snapshot_take(const char *address, const char *folder, const struct snapshot_watch *watch,
                  struct snapshot **out, enum snapshot_trouble *why);
/* As its writer: what is changed there is gone with it. NULL before that. */
struct store *snapshot_store(const struct snapshot *s);
/* Harmless on NULL. */
void snapshot_free(struct snapshot *s);

#endif
