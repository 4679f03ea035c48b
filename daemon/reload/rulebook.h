/* daemon/reload/rulebook.h - the rules in force: shared by threads while reloads replace them. */
#ifndef HUIYING_DAEMON_RULEBOOK_H
#define HUIYING_DAEMON_RULEBOOK_H

#include "alerts/event.h"
#include "base/problems.h"
#include "classifiers/rules/rules.h"
#include "daemon/config/town.h"

/* A compiled set and the town that it was checked against, which live as long as somebody holds
 * them. */
struct rule_set;

/* Takes *rules and *town over (nulled), or with `owned` false borrows them for its life: held once
 * by the caller. NULL without memory (then they are left alone). */
struct rule_set *rule_set_new(struct rules **rules, struct town **town, bool owned);
/* The rules of `with`, which is held as long, and another town, which is taken over. */
struct rule_set *rule_set_move(struct rule_set *with, struct town **town);
struct rule_set *rule_set_hold(struct rule_set *set); /* any thread; returns set */
void rule_set_release(struct rule_set *set);          /* any thread; harmless on NULL */
/* Drawn at random: no other set has it, of this process or another. */
uint64_t rule_set_mark(const struct rule_set *set);
const struct rules *rule_set_rules(const struct rule_set *set);
const struct town *rule_set_town(const struct rule_set *set);

struct rulebook;

/* Where rules were read: their folder, and the town's own gazetteer file, "" or NULL: it has none.
 */
struct rulebook_where {
    const char *folder, *places;
};

/* With the daemon's first rules and town, which must outlive it. NULL without memory. */
struct rulebook *rulebook_new(struct rules *first, struct town *town,
                              const struct rulebook_where *where);
void rulebook_free(struct rulebook *b); /* harmless on NULL */

/* The set in force, for rule_set_release(). Any thread. */
struct rule_set *rulebook_hold(struct rulebook *b);
/* This set, read from there, is in force from now on; what was refused before is forgotten.
 * The same set once more only does the latter. Any thread. */
void rulebook_adopt(struct rulebook *b, struct rule_set *set, const struct rulebook_where *where);
/* Rules were refused; *problems are taken over (nulled). Any thread. */
void rulebook_refuse(struct rulebook *b, const char *folder, struct problems **problems);

enum { RULEBOOK_STAGE = 48, RULEBOOK_REASON = 1024 };
/* Rules that wait for a second person, or did. */
struct rulebook_stage {
    char stage[RULEBOOK_STAGE];   /* its name: another for other rules or town; empty: nothing */
    char version[24];
    size_t topics;
    int64_t at;                   /* ms: when it was loaded, or denied */
    char by[SLUG_MAX];            /* account that loaded or denied it; empty: an OS user */
    char reason[RULEBOOK_REASON]; /* of a denial */
    char folder[4096];
};
/* These wait now; NULL: none, nor were any denied since. Any thread. */
void rulebook_stage(struct rulebook *b, const struct rulebook_stage *stage);
/* What waited was denied: it waits no more. Any thread. */
void rulebook_deny(struct rulebook *b, const struct rulebook_stage *denied);
/* Whether anything waits cannot be read from the store (ERR_*), or can again (0); what was known
 * before is shown until then. Any thread. */
void rulebook_unread(struct rulebook *b, int err);

struct rulebook_view {
    const struct rules *rules;
    struct rulebook_where where;
    int64_t since;                  /* ms: since when this process has had them in force */
    const struct problems *refused; /* of the last load, when it failed; else NULL */
    const char *refused_folder;
    int64_t refused_at;
    const struct rulebook_stage *staged, *denied; /* NULL: none; the last one since the last load */
    int unread; /* ERR_*: these two may have changed since, and cannot be read; or 0 */
};
/* `look` is called once, with what is so now, under a lock: it must not call back. Any thread. */
void rulebook_look(struct rulebook *b, void (*look)(void *arg, const struct rulebook_view *view),
                   void *arg);

#endif
