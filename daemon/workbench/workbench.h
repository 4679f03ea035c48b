/* daemon/workbench/workbench.h - rules measured for who edits them: eval, backtest and suggest of
 * the command line, run as a program of their own beside the daemon, one at a time. */
#ifndef HUIYING_DAEMON_WORKBENCH_H
#define HUIYING_DAEMON_WORKBENCH_H

#include "base/buf.h"
#include "daemon/reload/rulebook.h"

struct workbench;

enum workbench_verb { WORKBENCH_EVAL, WORKBENCH_BACKTEST, WORKBENCH_SUGGEST, WORKBENCH_VERBS };
enum workbench_state { WORKBENCH_RUNNING, WORKBENCH_DONE, WORKBENCH_FAILED, WORKBENCH_CANCELLED };
enum { WORKBENCH_ID = 32, WORKBENCH_DAYS_MAX = 3650 };

struct workbench_conf {
    const char *program;   /* path of huiying */
    const char *socket;    /* where it asks the daemon */
    struct rulebook *book; /* whose folder in force is measured */
};

struct workbench_order {
    enum workbench_verb verb;
    struct str topic;     /* a slug, or empty */
    struct str text;      /* in the place of that topic's file; empty: the files as they are */
    struct str samples;   /* labelled, JSON Lines; empty: none */
    struct str map;       /* which of their labels topics stand for, YAML; empty: of their names */
    bool marks;           /* what operators said is taken as samples too */
    unsigned since_days;  /* only items, or marks, of so many days; 0: all */
    const char *by;       /* the account that asks, or ""; of the call only */
};

struct workbench_view { /* borrowed for the call */
    const char *id;
    enum workbench_verb verb;
    enum workbench_state state;
    const char *by, *topic; /* "": none */
    bool edited;
    int64_t began, ended;   /* ms; ended 0: not yet */
    size_t done, total;     /* of its work; total 0: not known yet */
    struct str told;        /* what it said on standard error */
    const char *why;        /* that it failed for a reason of its own, "zh (en)"; or NULL */
    struct str result;      /* as workbench_result_keep() leaves it; empty unless done */
};
typedef void workbench_look(void *arg, const struct workbench_view *view);

/* conf's texts are copied; its book must outlive it. NULL without memory. */
struct workbench *workbench_start(const struct workbench_conf *conf);
/* Harmless on NULL; ends what runs. */
void workbench_stop(struct workbench *w);

/* Would it be begun now? 0, ERR_AGAIN (one runs) or ERR_CLOSED. Any thread; never blocks. */
int workbench_ready(struct workbench *w);
/* Begin, and say by which name it is looked at. The outcome of the last one of its verb is
 * forgotten. 0, ERR_AGAIN (one runs), ERR_NOMEM or ERR_CLOSED. Any thread; never blocks. */
int workbench_begin(struct workbench *w, const struct workbench_order *order,
                    char id[static WORKBENCH_ID]);
/* End it, if it runs. 0 or ERR_NOTFOUND. Any thread; never blocks. */
int workbench_cancel(struct workbench *w, const char *id);
/* `look` is called under a lock, and must not call back. 0 or ERR_NOTFOUND. Any thread. */
int workbench_see(struct workbench *w, const char *id, workbench_look *look, void *arg);
/* The same of the latest of each verb, as far as they are remembered: an hour from their end. */
void workbench_each(struct workbench *w, workbench_look *look, void *arg);

const char *workbench_verb_name(enum workbench_verb verb);    /* "eval" … */
const char *workbench_state_name(enum workbench_state state); /* "running" … */

#endif
