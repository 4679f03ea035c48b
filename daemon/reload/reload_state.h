/* daemon/reload/reload_state.h - inside of a reload, for its own files only. */
#ifndef HUIYING_DAEMON_RELOAD_STATE_H
#define HUIYING_DAEMON_RELOAD_STATE_H

#include <pthread.h>
#include <stdatomic.h>

#include "base/queue.h"
#include "daemon/reload/reload.h"
#include "daemon/reload/staged_rules.h"
#include "daemon/reload/topic_edits.h"
#include "daemon/reload/town_rules.h"

struct reload_request {
    struct reload_order order; /* its texts are its own */
    char *folder, *stage, *reason, *version, *name;
    char *base;             /* of another machine's load: see struct reload_read */
    struct buf pack, edits; /* of it, in the place of a folder */
    bool follow;           /* what is in the store, whoever put it there */
    reload_done *done;
    ledger_done *answer;   /* of another machine's; then done is NULL */
    void *arg;
    reload_check_done *checked; /* a check, which changes nothing; else NULL */
    struct buf topic, text;     /* of a check, or an edit */
};

/* What was read for a load. */
struct reload_read {
    struct rules *rules;
    struct town *town;
    struct rulebook_where where;
    char *laid[2];   /* what that borrows of a block that was laid out */
    struct buf pack; /* of it, where it goes into the store, or edits are over files */
    struct topic_edits edits; /* those in it; not read: as they are in the store */
    char base[RULES_PACK_NAME]; /* of everybody's block that both were made of, or "" */
};

/* Of several machines that have no block yet. */
#define RELOAD_NO_BASE "none"

struct reload {
    struct reload_conf conf;
    struct store *reader; /* the thread's */
    char pack[RULES_PACK_NAME], failed[RULES_PACK_NAME]; /* in force, if everybody's; never to be */
    /* Of one machine: the block in force, and its name when edits are over its folder, or "". */
    struct buf force;
    char laid[RULES_PACK_NAME];
    int behind; /* ERR_* that was told last of what is everybody's and is not in force here; or 0 */
    atomic_bool following, halting;
    struct queue *asked;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t moved;
    bool idle, leave; /* nothing more will be asked for; the thread may end */
    bool waits;                 /* something waits for a second person */
    int unread;                 /* ERR_* of the last look at that: it is not known; or 0 */
    char stage[RULEBOOK_STAGE]; /* what was staged last */
    /* Of the load under way: */
    struct rule_set *set;
    const struct rulebook_where *where;
    bool committed;
    int status;
    uint64_t seq;
};

/* reload_force.c: what was read is in force then */
/* Put it in force, here and, of several machines, at all of them; takes rules and town over: 0, or
 * as struct reload_outcome. What waits does so no longer when it was `approved`, or others come in
 * force. */
int reload_swap(struct reload *r, struct reload_read *read, struct rule_set *old, bool approved,
                struct reload_outcome *out);
/* The same of this machine alone. *changed: they were not in force before. */
int reload_adopt(struct reload *r, struct reload_read *read, struct rule_set *old, bool *changed);
/* Is this what the set has? */
bool reload_in_force(const struct rules *rules, const struct town *town,
                     const struct rule_set *set);
/* Drop what was read. */
void reload_read_clear(struct reload_read *read);

/* reload_stage.c: what waits for a second person */
/* 0, ERR_REFUSED, or as store_commit(). */
int reload_stage(struct reload *r, const struct reload_request *q, struct reload_read *read,
                 struct reload_outcome *out);
int reload_approve(struct reload *r, const struct reload_request *q, struct rule_set *old,
                   struct problems *problems, struct reload_outcome *out);
int reload_deny(struct reload *r, const struct reload_request *q);
/* The rows by which nothing waits: their number; and once they are committed. */
size_t reload_stage_rows(struct store_shared out[static STAGED_RULES_ROWS]);
void reload_stage_settled(struct reload *r);
/* What is in the store is shown here. */
void reload_stage_follow(struct reload *r);

/* reload_edit.c: topics that were changed on the page */
/* Append the block in force, which has the edits over its files: 0, ERR_AGAIN (another one takes
 * its place just now), or as rules_pack_write(). */
int reload_edit_force(struct reload *r, struct buf *pack);
/* The edits, and the name of everybody's block that they are in: as a reading call. */
int reload_edit_known(struct reload *r, struct reload_read *read);
/* Of one machine: this is in force now, as at the start. */
void reload_edit_in_force(struct reload *r, const struct reload_read *read);
/* Keep these edits in the store: 0 or as reload_town_share(). */
int reload_edit_keep(struct reload *r, const struct topic_edits *edits);
/* Read what is in force with what was asked for: 0, or as struct reload_outcome. */
int reload_edit_read(struct reload *r, const struct reload_request *q, struct problems *problems,
                     struct reload_read *read);

/* reload_town.c: of several machines */
/* Compile a block, of which `read` then has all but the block itself and its edits: 0, or as
 * town_rules_read(). */
int reload_town_read(struct reload *r, struct str pack, const struct lint *lint,
                     struct problems *problems, struct reload_read *read);
/* Commit rows of the store, which all machines see: 0, ERR_CLOSED (the thread is to end), or as
 * store_commit(). */
int reload_town_share(struct reload *r, const struct store_shared *rows, size_t n);
/* Among several machines the rules in force are those of this block: everybody's, from its commit
 * on. With `settled` nothing waits for a second person from then on, of one machine too. 0 or as
 * reload_town_share(). */
int reload_town_publish(struct reload *r, const struct reload_read *read, bool settled);
/* Who leads cannot commit now. */
bool reload_town_stalled(const struct reload *r);
/* Have the leader do it, and put in force here what is everybody's then; `read`: what was read here
 * for it, or NULL. */
void reload_town_forward(struct reload *r, const struct reload_request *q,
                         const struct reload_read *read, struct reload_outcome *out);
/* What is in the store takes the place of what is in force here, unless it is that. */
void reload_town_follow(struct reload *r);

#endif
