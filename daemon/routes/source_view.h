/* daemon/routes/source_view.h - one source as the API shows it: what it is, and how it fares. */
#ifndef HUIYING_DAEMON_ROUTES_SOURCE_VIEW_H
#define HUIYING_DAEMON_ROUTES_SOURCE_VIEW_H

#include "daemon/http/exchange.h"

/* The first that holds, in this order. */
enum source_state {
    SOURCE_RETIRED,     /* gone for good (410) */
    SOURCE_PAUSED,      /* by the operator */
    SOURCE_QUARANTINED, /* its bodies killed workers, or it is one or two people's page */
    SOURCE_SILENT,      /* answers, but nothing is found in it any more */
    SOURCE_FAILING,     /* its last poll failed */
    SOURCE_ACTIVE,
    SOURCE_STATES
};
/* "retired", "paused", …; NULL-ended. */
extern const char *const source_view_states[SOURCE_STATES + 1];

struct source_facts {
    uint32_t index;
    enum source_state state;
    struct fetch_state fetch;
    int64_t since;            /* when it became what it is; 0: nothing is wrong, or not known */
    int64_t moved_at;         /* 0: it did not move, or not known when */
    int64_t quarantine_until; /* 0: not quarantined */
    struct buf reason;        /* why quarantined */
    struct buf moved_from;    /* the address that it had before */
    bool configured;          /* by huiying.yaml, not added by an operator */
};

/* Gather them: 0 or ERR_* of the store. source_view_clear() them. */
int source_view_facts(struct exchange *x, uint32_t index, struct source_facts *out);
void source_view_clear(struct source_facts *facts);

/* Of several machines: when those are polled next that another one polls, of all in the list with
 * one reading of the store. 0 or ERR_* of the store. */
int source_view_elsewhere(struct exchange *x, struct source_facts *list, size_t n);

/* The members that a list shows of it, onto an open object. */
void source_view_members(struct buf *b, struct exchange *x, const struct source_facts *facts);
/* "history": its last polls, latest first. */
void source_view_history(struct buf *b, const struct source_facts *facts);

#endif
