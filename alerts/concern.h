/* alerts/concern.h - one matter that people raised: its state, its clocks. */
#ifndef HUIYING_ALERTS_CONCERN_H
#define HUIYING_ALERTS_CONCERN_H

#include "alerts/event.h"
#include "classifiers/verdict.h"

enum concern_state {
    CONCERN_OPEN,     /* found, dispatched, waits for 签收 */
    CONCERN_ACCEPTED, /* 签收, in hand */
    CONCERN_CLOSED    /* 办结: answered */
};

enum { CLOCKS_MAX = 4 };

enum clock_stage { /* what has been announced of a clock; each exactly once */
    STAGE_RUNNING,
    STAGE_HALF,      /* reminded at 50 % */
    STAGE_MOST,      /* reminded at 80 % */
    STAGE_OVERDUE    /* overdue and escalated: no timer is left */
};

struct concern_clock {
    char rule[SLUG_MAX];
    enum act act;
    int64_t started, due; /* ms; due never moves */
    int64_t met;          /* ms; 0 while running */
    enum clock_stage stage;
    bool provisional;     /* counted on a year without published holidays */
};

struct concern {
    uint64_t id; /* number, see event.h */
    enum concern_state state;
    enum grade grade;
    enum verdict_request request;
    char topic[SLUG_MAX];
    char unit[SLUG_MAX];
    char region[REGION_MAX];
    int64_t opened, accepted, answered; /* ms, 0 not yet */
    int64_t updated;                    /* last item or act of a person; timers do not count */
    int64_t due; /* of the reply */
    uint32_t items, sources;
    char *reply_url; /* owned; NULL until answered */
    struct concern_clock clocks[CLOCKS_MAX];
    size_t nclocks;
    uint32_t sketch[VERDICT_SKETCH]; /* of its first item */
};

const char *concern_state_name(enum concern_state state); /* open accepted closed */
const char *concern_state_zh(enum concern_state state);   /* 待签收 办理中 已办结 */
int concern_state_find(struct str name);

/* "c123" <-> 123. Parsing: 0 when not of the form. */
size_t concern_format_id(uint64_t id, char out[static 24]);
uint64_t concern_parse_id(struct str text);

/* Deep copy / release of what a concern points to (reply_url). */
int concern_copy(struct concern *to, const struct concern *from);
void concern_clear(struct concern *c);

#endif
