/* alerts/desk.h - the pure heart: (state, verdict | command | time) -> changes. No sockets, no
 * files, no clock of its own. The ledger thread owns it. */
#ifndef HUIYING_ALERTS_DESK_H
#define HUIYING_ALERTS_DESK_H

#include "alerts/concern.h"
#include "alerts/deadline.h"
#include "alerts/units.h"
#include "classifiers/rules.h"

struct desk;

struct desk_conf {
    const struct units *units;
    const struct deadlines *deadlines;
    const struct rules *rules; /* topics: role, grade, deadline ids */
    int64_t group_window;      /* ms: copies join a concern opened or joined within it */
};

/* What one step changed, in order; owned by the caller, reused between steps. */
struct changes {
    struct event *events; /* seq and unitseq are set */
    size_t nevents, events_cap;
    uint64_t *concerns;   /* numbers of the concerns touched, each once */
    size_t nconcerns, concerns_cap;
};
void desk_changes_reset(struct changes *c);
void desk_changes_free(struct changes *c);

/* Cross-checks of the configuration: a topic whose role no unit has and that names an unknown
 * deadline rule, a topic without a reply clock … become problems. */
void desk_check(const struct desk_conf *conf, const char *rules_dir, struct problems *problems);

/* A desk without concerns, whose next event is head + 1. conf must outlive it. */
struct desk *desk_new(const struct desk_conf *conf, uint64_t head);
void desk_free(struct desk *d);
/* Restoring from the store, before the first step: a concern (copied), the last unitseq of a unit,
 * the sketch of a further recent item of a concern. 0 or ERR_NOMEM. */
int desk_restore_concern(struct desk *d, const struct concern *c);
int desk_restore_unitseq(struct desk *d, const char *unit, uint64_t unitseq);
/* New topics, units or deadlines after a reload: running clocks keep their due times. */
void desk_reconfigure(struct desk *d, const struct desk_conf *conf);

/* A new item that rules tagged. Opens a concern when it raises one, or joins one of the same topic
 * and place; reports join but never open. *concern is its number, or 0 when it belongs to none.
 * `source` counts distinct sources (a stable 64-bit hash of its id). 0 or ERR_NOMEM. */
int desk_item(struct desk *d, const struct verdict *v, uint64_t source, int64_t now,
              struct changes *out, uint64_t *concern);

enum command_act { COMMAND_ACCEPT, COMMAND_ANSWER };

struct command {
    enum command_act act;
    uint64_t concern;
    struct str by;    /* unit id, or the coordinator's; empty: the local operator (Unix socket) */
    struct str url;   /* ANSWER: address of the published reply, required */
    struct str key;   /* idempotency key, <= 128 bytes; may be empty */
};

/* Do what a unit or operator asks. The table of allowed steps is in steps.c. 0; ERR_NOTFOUND;
 * ERR_REFUSED or ERR_INVALID with *reason set to static "zh (en)" text; ERR_NOMEM. A repeated
 * accept of the same unit succeeds without an event. */
int desk_command(struct desk *d, const struct command *c, int64_t now, struct changes *out,
                 const char **reason);

/* Fire every timer that is due: reminders, overdue, 督办. Each once. At most `max` events.
 * 0 or ERR_NOMEM. */
int desk_tick(struct desk *d, int64_t now, size_t max, struct changes *out);
/* When the next timer is due, or INT64_MAX. O(1). */
int64_t desk_next(const struct desk *d);

/* Borrowed until the next step; NULL when unknown. */
const struct concern *desk_concern(const struct desk *d, uint64_t id);
uint64_t desk_head(const struct desk *d);

#endif
