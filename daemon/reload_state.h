/* daemon/reload_state.h - inside of a reload, for its own files only. */
#ifndef HUIYING_DAEMON_RELOAD_STATE_H
#define HUIYING_DAEMON_RELOAD_STATE_H

#include <pthread.h>
#include <stdatomic.h>

#include "base/queue.h"
#include "daemon/reload.h"
#include "daemon/town_rules.h"

struct reload_request {
    struct reload_order order; /* its texts are its own */
    char *folder, *stage, *reason, *name;
    struct buf pack;       /* of another machine's load, in the place of a folder */
    bool follow;           /* what is in the store, whoever put it there */
    reload_done *done;
    ledger_done *answer;   /* of another machine's; then done is NULL */
    void *arg;
    reload_check_done *checked; /* a check, which changes nothing; else NULL */
    struct buf topic, text;     /* of a check */
};

/* What was read for a load. */
struct reload_read {
    struct rules *rules;
    struct town *town;
    const char *folder;
    struct buf pack; /* of it, where several machines go by it */
};

struct reload {
    struct reload_conf conf;
    struct store *reader; /* of several machines, the thread's; NULL: there is one */
    char pack[RULES_PACK_NAME], failed[RULES_PACK_NAME]; /* in force, if everybody's; never to be */
    int behind; /* ERR_* that was told last of what is everybody's and is not in force here; or 0 */
    atomic_bool following, halting;
    struct queue *asked;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t moved;
    bool idle, leave; /* nothing more will be asked for; the thread may end */
    /* What waits for a second person; rules NULL: nothing. */
    struct {
        struct rules *rules;
        struct town *town;
        struct buf pack;
        uint64_t person;
        struct rulebook_stage about;
    } staged;
    /* Of the load under way: */
    struct rule_set *set;
    const char *folder;
    bool committed;
    int status;
    uint64_t seq;
};

/* reload_force.c: what was read is in force then */
/* Put it in force, here and, of several machines, at all of them; takes rules and town over: 0, or
 * as struct reload_outcome. */
int reload_swap(struct reload *r, struct reload_read *read, struct rule_set *old,
                struct reload_outcome *out);
/* The same of this machine alone. *changed: they were not in force before. */
int reload_adopt(struct reload *r, struct reload_read *read, struct rule_set *old, bool *changed);
/* Is this what the set has? */
bool reload_in_force(const struct rules *rules, const struct town *town,
                     const struct rule_set *set);
/* Drop what was read. */
void reload_read_clear(struct reload_read *read);

/* reload_stage.c: what waits for a second person */
/* Takes rules, town and pack over: 0 or ERR_REFUSED. */
int reload_stage(struct reload *r, const struct reload_request *q, struct reload_read *read,
                 struct reload_outcome *out);
int reload_approve(struct reload *r, const struct reload_request *q, struct rule_set *old,
                   struct reload_outcome *out);
int reload_deny(struct reload *r, const struct reload_request *q);
void reload_drop_staged(struct reload *r);

/* reload_town.c: of several machines */
/* Compile a block, of which `read` then has all but the block itself: 0, or as town_rules_read().
 */
int reload_town_read(struct reload *r, struct str pack, struct problems *problems, char **folder,
                     struct reload_read *read);
/* The rules in force are those of this block: everybody's, from its commit on. 0 or as
 * store_commit(). */
int reload_town_publish(struct reload *r, struct str pack);
/* Have the leader do it, and put in force here what is everybody's then. */
void reload_town_forward(struct reload *r, const struct reload_request *q, struct str pack,
                         struct reload_outcome *out);
/* What is in the store takes the place of what is in force here, unless it is that. */
void reload_town_follow(struct reload *r);

#endif
