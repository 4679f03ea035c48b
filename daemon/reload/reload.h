/* daemon/reload/reload.h - new rules for the running daemon: built aside, checked, and put in force
 * at one point of the ledger; what is wrong with them leaves the old ones in force. */
#ifndef HUIYING_DAEMON_RELOAD_H
#define HUIYING_DAEMON_RELOAD_H

#include "daemon/config/config.h"
#include "daemon/ledger/ledger.h"
#include "daemon/reload/rulebook.h"
#include "daemon/workers/worker_pool.h"

struct reload;

struct reload_conf {
    const struct config *config; /* its places, and where its units and deadlines are read */
    struct rulebook *book;
    struct worker_pool *pool;
    struct ledger *ledger;
    struct store *store; /* to open a reader of it */
    /* Of several machines: */
    bool among, follows; /* there are such; another one leads, and is asked */
    const char *pack;    /* name of the block that the rules in force are of (rules_pack.h):
                            everybody's, or with edits over its folder; or "". Copied */
};

struct reload_outcome {
    int err; /* 0; ERR_INVALID: the rules have problems; ERR_AGAIN: the store cannot be written;
                ERR_IO: its workers do not start or answer; ERR_STALE: nothing of that name waits,
                or other rules are in force than those that were edited; ERR_EXISTS: it does wait,
                but another version of the program compiled it, to other rules than this one does;
                or, of an edit, rules wait already;
                ERR_REFUSED: not by this person; ERR_NOTFOUND: no such topic, or edit of one;
                ERR_LIMIT: too many edits; ERR_CLOSED, ERR_NOMEM. The old rules are in force then */
    const char *stage;                /* what waits for a second person now; or NULL */
    const struct problems *problems;  /* sorted; empty unless ERR_INVALID */
    const struct rules *rules;        /* in force now */
    uint64_t previous;                /* version in force before */
    bool changed;                     /* false: they were in force already, the town's files too */
    uint64_t seq;                     /* of the event; 0: none, for the rules are the same */
};
/* Called once, from the reload thread; what outcome points to is borrowed for the call. */
typedef void reload_done(void *arg, const struct reload_outcome *outcome);

/* What became of a check: nothing changes by it. */
struct reload_checked {
    int err; /* 0, also when there are problems; ERR_NOTFOUND: no such topic in the folder in force;
                ERR_NOMEM, ERR_CLOSED */
    const struct problems *problems; /* sorted, with warnings; those of the text name no folder */
    const struct rules *rules; /* the folder's with the text; NULL: it has problems */
    const struct rules *now;   /* in force */
    const char *file;          /* that the text stands for */
    size_t examples;           /* that were run */
};
typedef void reload_check_done(void *arg, const struct reload_checked *checked);

/* NULL without memory, or when the store does not open. What conf names must outlive it. */
struct reload *reload_start(const struct reload_conf *conf);
enum reload_verb {
    RELOAD_LOAD,
    RELOAD_APPROVE,
    RELOAD_DENY,
    RELOAD_EDIT,   /* a text in the place of a topic's, over the files (topic_edits.h) */
    RELOAD_RESTORE /* that topic's file is in its place again */
};
struct reload_order {
    enum reload_verb verb;
    const char *folder;  /* of RELOAD_LOAD; NULL: that of huiying.yaml */
    const char *stage;   /* of approving and denying: what they are about */
    const char *reason;  /* of RELOAD_DENY; it has passed gate_text() */
    const char *version; /* of edits: that was in force as the text was read; NULL: any */
    struct str topic;    /* of edits; empty: a new one */
    struct str text;     /* of RELOAD_EDIT: UTF-8, not empty; of the other: its file, or empty */
    uint64_t person;     /* who asks, see command_person(); 0: not known */
    const char *name;    /* his account's, or NULL */
};
/* Load the folder and the town's units, routes, deadlines and calendars, all of them or none, after
 * those that were asked for before. With rules_approval: two they are built and checked, and then
 * wait (in the store, one load at a time) until another person approves them; who is not known, as
 * the sender of a SIGHUP, can load nothing new then. Whoever is known may deny them, he who loaded
 * them too. Edits of topics are loads of the rules in force with that text, and go the same ways.
 * Never blocks: 0, ERR_AGAIN (too many wait), ERR_CLOSED, ERR_NOMEM (done is not called then). What
 * `order` names is copied. `done` may be NULL. Any thread. */
int reload_ask(struct reload *r, const struct reload_order *order, reload_done *done, void *arg);
/* The leader: what another machine was asked for, which sent on what it read (see ledger_load()).
 * As reload_ask(); `done` is called with what waits for a second person then, or NULL, as the
 * reason. */
int reload_forwarded(struct reload *r, const struct ledger_load *load, ledger_done *done,
                     void *arg);
/* Of several machines: other rules than those in force here may be everybody's now. Any thread;
 * never blocks. */
void reload_follow(struct reload *r);
/* Check the folder in force with the YAML text `text` in the place of its file of the topic `topic`
 * (empty: one topic more), examples run, against the town in force; nothing is written. Texts are
 * copied; as reload_ask() else. */
int reload_check(struct reload *r, struct str topic, struct str text, reload_check_done *done,
                 void *arg);
/* Finish what was asked for and take no more. The thread stays: workers end with the thread that
 * started them (PR_SET_PDEATHSIG), and some are its. Harmless on NULL. */
void reload_halt(struct reload *r);
/* After worker_pool_stop(). Harmless on NULL. */
void reload_stop(struct reload *r);

#endif
