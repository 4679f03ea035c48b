/* store/cluster.h - several machines on one Redis: which of them leads the ledger, and which
 * domains each of them polls.
 *
 * Each machine beats: one script (store/redis/beat.lua) that renews its lease, a third of it apart.
 * Who beats while nobody leads, leads from then on; but after a failover of Redis who led before
 * has the first claim, for two leases: its spool may hold what is missing. The leader becomes the
 * store's writer by store_lead(), which raises the fence that every writing script checks: one that
 * was paused and wakes after its lease changes nothing.
 *
 * Sources are parted by their registrable domains, and those by CLUSTER_SLOTS slots, each of which
 * one living machine holds: its sources are polled by nobody else, at the domain's own pace. The
 * slots of a machine that is gone are taken by the others after one lease; who holds more than its
 * share stops polling what is too much, and gives it up with its next beat. */
#ifndef HUIYING_STORE_CLUSTER_H
#define HUIYING_STORE_CLUSTER_H

#include "base/str.h"
#include "store/store.h"

enum {
    CLUSTER_SLOTS = 256,
    CLUSTER_NODE = 65,   /* name of a machine, with its NUL */
    CLUSTER_REACH = 200, /* where people reach it, with its NUL */
    CLUSTER_SERVER = 48, /* id of a server, with its NUL */
    CLUSTER_TOKEN = CLUSTER_NODE + 17
};

struct cluster; /* used by one thread at a time */

struct cluster_conf {
    const char *address; /* of the store: in Redis */
    const char *node;    /* its name: another one for each machine */
    const char *reach;   /* shown to who must go to the leader */
    int64_t lease;       /* ms */
};

/* What a beat tells. */
struct cluster_beat {
    bool leads;                /* this machine does */
    char leader[CLUSTER_NODE]; /* its name */
    char token[CLUSTER_TOKEN]; /* its cluster_token() */
    char reach[CLUSTER_REACH];
    uint32_t machines, share;  /* living ones; slots that each should hold */
    int64_t began;             /* ms, of Redis' clock: when the first machine ever beat */
    bool holds[CLUSTER_SLOTS]; /* as Redis has it, with what was taken now */
    char epoch[STORE_EPOCH];   /* of the ledger, or "": there is none yet */
    uint32_t replicas; /* of Redis, that are online and were heard lately */
    uint64_t shown, head; /* the last event of it that a machine has shown, by cluster_shown(), and
                             the last that there is: behind, until who leads next has put back what
                             a failover took; where it cannot, or other events have those
                             numbers (`shown` is out of reach then), the epoch ends */
    char server[CLUSTER_SERVER]; /* changes with each start of Redis, and when a replica has
                                    taken its master's place */
};

/* Is the server of the later of two beats that of the earlier one, as far as their ids say? */
bool cluster_same_server(const char *then, const char *now);

/* Connect: 0; ERR_UNSUPPORTED (not in Redis), ERR_INVALID, or as store_open(). conf is copied. */
int cluster_open(const struct cluster_conf *conf, struct cluster **out);
/* Until when (ms of Redis' clock) another machine of this name lives, as its last beat has it; 0:
 * there is none. One that was killed seems to live until then. 0, or as a reading call of store.h.
 */
int cluster_namesake(struct cluster *c, int64_t *until);
/* Beat, giving up the slots of `gives` (NULL: none): 0, or as a reading call of store.h; then
 * *out is left alone, and the lease may run out. */
int cluster_beat(struct cluster *c, const bool *gives, struct cluster_beat *out);
/* Up to this event of this epoch this machine has shown the ledger: its beats tell of it from here
 * on. Redis may forget it with a failover, as it may forget the events: while a machine is there
 * that has shown them, nobody goes on as if they had never been; nor when others have their numbers
 * already, once a beat has seen one of them. */
void cluster_shown(struct cluster *c, const char *epoch, uint64_t head);
/* Go: another machine leads, and polls what this one did, with its next beat. 0 or as above. */
int cluster_leave(struct cluster *c);
void cluster_close(struct cluster *c); /* harmless on NULL; leaves nothing by itself */
/* By which the leader is known to store_lead(): its name and a number drawn by cluster_open(). */
const char *cluster_token(const struct cluster *c);

/* What was judged by a machine that follows goes to the leader through a stream, which keeps it
 * until the leader has committed it. */
enum {
    CLUSTER_ENTRY = 48,       /* id of an entry, with its NUL */
    CLUSTER_WAITING = 2000,   /* entries that may wait */
    CLUSTER_ATTEMPTS = 5      /* how often one is taken before it is given up */
};
/* Of a source when it was polled last, and is to be polled next: ms of the clock that all machines
 * share. It is kept with the slot, for who takes that over. */
struct cluster_due {
    unsigned slot;
    struct str source; /* its id */
    int64_t at, due;   /* not negative */
};
/* Offer one, and keep `due` (NULL: it is not a source's) with it, both or neither: 0; ERR_LIMIT (so
 * many wait); or as a reading call of store.h, and then it may be there all the same: what is
 * offered twice changes nothing. */
int cluster_offer(struct cluster *c, const struct cluster_due *due, struct str meta,
                  struct str verdicts);
/* Where the leader stands: zeroed at first, and then it begins with what was taken before. */
struct cluster_place {
    bool begun;
    char from[CLUSTER_ENTRY];
};
/* Take up to max: how many `each` was called with (strings are borrowed for the call), or ERR_*;
 * ERR_REFUSED: the holder of this token does not lead. Where the answer was lost *place is as at
 * first: what it held comes with the next call, and some that came before come twice. `verdicts`
 * NULL: it was taken too often, and is given up; it comes again until cluster_done() names it. */
int cluster_take(struct cluster *c, const char *token, struct cluster_place *place, size_t max,
                 void (*each)(void *arg, const char *entry, struct str meta,
                              const struct str *verdicts),
                 void *arg);
/* These are committed; ERR_REFUSED as above: what the ledger of another leader lacks, if Redis has
 * lost it, is still there to be taken. */
int cluster_done(struct cluster *c, const char *token, const char (*entries)[CLUSTER_ENTRY],
                 size_t n);

/* What the leader tells all who poll; those who are not there miss it. ERR_REFUSED: the holder of
 * this token does not lead, and nobody is told; what it meant may have been undone since. */
int cluster_say(struct cluster *c, const char *token, const struct str *letters, size_t n);
/* What was said since the last call, in order; with an empty `last`: nothing, and from now on. How
 * many `each` was called with; ERR_STALE: some of it is there no longer (10,000 letters are kept,
 * and a failover may lose some), and what they would have told is to be read from the store once an
 * empty `last` has begun anew; or as a reading call of store.h. */
int cluster_hear(struct cluster *c, char last[CLUSTER_ENTRY], size_t max,
                 void (*each)(void *arg, struct str letter), void *arg);

/* Keep these, of polls that were not offered: 0, or as a reading call of store.h. */
int cluster_polled(struct cluster *c, const struct cluster_due *list, size_t n);
/* What is kept with these slots (of CLUSTER_SLOTS), in any order; one for which `each` returns
 * false is kept no longer. 0, or as a reading call of store.h: then there may have been more.
 * Strings are borrowed for the call. */
int cluster_dues(struct cluster *c, const bool *slots,
                 bool (*each)(void *arg, const struct cluster_due *due), void *arg);
/* For who shows them: fill in when each source of the list was polled and is to be polled, 0 where
 * nothing is kept; all of them in one exchange. `s` is any store that store_lead(), store_follow()
 * or a reader of theirs opened. 0, ERR_UNSUPPORTED (another store), or as a reading call. */
int store_next_polls(struct store *s, struct cluster_due *list, size_t n);
/* A letter to whoever holds this slot: kept for CLUSTER_OWED_MS after the last one until a holder
 * has obeyed it, since a slot that passes on is nobody's between two beats; and all are told, in
 * words that stay longer and name no page. What is owed twice is owed once. ERR_REFUSED as
 * cluster_say(). */
enum { CLUSTER_OWED_MS = 60000 };
int cluster_owe(struct cluster *c, const char *token, unsigned slot, struct str letter,
                struct str told);
/* What is owed to this slot, in any order; what `each` returns true for is owed no longer. To be
 * looked at by who has taken the slot, and by its holder when he hears such a letter. 0, or as a
 * reading call of store.h; then what was obeyed may be owed still. */
int cluster_owed(struct cluster *c, unsigned slot, bool (*each)(void *arg, struct str letter),
                 void *arg);

/* How long a domain is left alone that was asked for what belongs to a slot, for who takes that. It
 * is kept until it is over. */
struct cluster_rest {
    unsigned slot;
    struct str domain;
    int64_t until; /* ms of the clock that all machines share */
    int64_t rest;  /* real ms that are left of it; of cluster_rests(): 0 */
};
/* Keep these, unless a longer one is kept: 0, or as a reading call of store.h. */
int cluster_rest(struct cluster *c, const struct cluster_rest *list, size_t n, int64_t now);
/* Those of these slots (of CLUSTER_SLOTS) that are not over at `now`; borrowed for the call. A
 * non-zero return of `each` stops and is returned. 0, or as a reading call of store.h. */
int cluster_rests(struct cluster *c, const bool *slots, int64_t now,
                  int (*each)(void *arg, const struct cluster_rest *rest), void *arg);

/* Wait at most ms until events with seq > *head are committed and, so that a failover does not take
 * them back, as many replicas have them: 0, and *head is the last of them, or as it was; ERR_AGAIN:
 * not so many have them yet; or as a reading call of store.h. Nothing else is done over this
 * connection meanwhile. */
int cluster_follow(struct cluster *c, unsigned replicas, int ms, uint64_t *head);

/* Mail from any machine to another one, by its name: it is kept for CLUSTER_MAIL_MS, and read once
 * or never. 0; ERR_LIMIT (CLUSTER_MAIL wait there, and it does not) or ERR_TIMEOUT (the connection
 * ended before its answer), after which it may be there all the same; or as a reading call of
 * store.h. */
enum { CLUSTER_MAIL = 1000, CLUSTER_MAIL_MS = 10000 };
int cluster_mail(struct cluster *c, const char *node, struct str text);
/* Take what came for this machine, in order: how many `each` was called with, or ERR_*. */
int cluster_collect(struct cluster *c, size_t max, void (*each)(void *arg, struct str text),
                    void *arg);

/* What any machine keeps for all of them for a while, by a name that nobody can guess: gone once
 * nobody has looked at it for `idle` ms, and `last` ms after it was kept; of an owner those
 * CLUSTER_KEPT_EACH that were kept last. Not in the ledger, nor in a backup; a failover may lose
 * it. Times are Redis'. */
enum { CLUSTER_KEPT_EACH = 8 };
struct cluster_kept {
    const char *name, *owner;
    struct str value;
    int64_t idle, last;
};
/* 0 or as a reading call of store.h. */
int cluster_keep(struct cluster *c, const struct cluster_kept *kept);
/* Append its value; its idle time begins anew (`idle` 0: it goes on). *left is what it has of
 * either from now on. 0, ERR_NOTFOUND, or the same. */
struct cluster_left {
    int64_t idle, last;
};
int cluster_look(struct cluster *c, const char *name, int64_t idle, struct cluster_left *left,
                 struct buf *out);
/* Its owner has room for one more then. */
int cluster_forget(struct cluster *c, const char *name, const char *owner);

/* As store_open(), for who leads by this token, whoever was the writer before: ERR_REFUSED also
 * when another machine leads. A store_open() without one is refused while any machine leads.
 * store_commit() returns 0 once as many replicas have the batch (WAIT), and before that ERR_AGAIN,
 * with which the outcome is unknown as with ERR_NET. It returns ERR_REFUSED for good when Redis has
 * lost what was committed, and begun a new epoch: the store is to be opened again. */
int store_lead(const char *address, const char *token, unsigned replicas, struct store **out);
/* The same with a spool, the file of this path: each batch that a failover could take back is
 * written there first, and stays until enough servers have it on their disks. A Redis that comes
 * back without some of them gets them again, each event under its number, and the epoch goes on;
 * only where others have written meanwhile, or the spool does not go back so far, a new one begins.
 * The file may hold texts of the last hour; ERR_AGAIN also when another process has it open. */
int store_lead_spooled(const char *address, const char *token, unsigned replicas,
                       const char *spool, struct store **out);
/* For who does not lead: what the spool of this path still has from when this machine led. What is
 * older than an hour goes, and all of it once others have written since. *holds: there may be some
 * to be looked at again. 0; ERR_AGAIN as above; or as a reading call of store.h, of `c`. */
int cluster_rest_spool(struct cluster *c, const char *path, bool *holds);
/* A reader that may open readers of itself, of a store whose writer is elsewhere: 0; ERR_NOTFOUND
 * (nobody has led yet); or as store_open(). */
int store_follow(const char *address, struct store **out);

#endif
