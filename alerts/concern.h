/* alerts/concern.h - one matter that people raised: its state, its units, its clocks. */
#ifndef HUIYING_ALERTS_CONCERN_H
#define HUIYING_ALERTS_CONCERN_H

#include "alerts/desk/scope.h"
#include "alerts/event.h"
#include "alerts/heat/heat.h"
#include "classifiers/verdict.h"

enum concern_state { /* stored as numbers: new ones stand at the end */
    CONCERN_OPEN,     /* dispatched, waits for 签收 */
    CONCERN_ACCEPTED, /* 签收, in hand */
    CONCERN_CLOSED,   /* 办结: see `outcome` */
    CONCERN_FOUND,    /* 发现: waits for 研判 before it is dispatched */
    CONCERN_DECLINED, /* 退单: waits for the coordinator to reassign it, or to deny */
    CONCERN_STATES
};

enum concern_outcome { /* law 3: the only ones */
    OUTCOME_NONE,
    OUTCOME_ANSWERED,   /* a published reply */
    OUTCOME_MERGED,     /* into `merged` */
    OUTCOME_DISMISSED,  /* nothing to answer: `dismissal`, confirmed by the coordinator */
    OUTCOME_HANDED_OUT, /* to a listed body outside; reply_url is its public channel */
    OUTCOMES
};

enum { CLOCKS_MAX = 8, PARTIES_MAX = 8, CONCERN_LATE_SOURCES = 8 };

enum clock_stage { /* what has been announced of a clock; each exactly once */
    STAGE_RUNNING,
    STAGE_HALF,      /* reminded at 50 % */
    STAGE_MOST,      /* reminded at 80 % */
    STAGE_OVERDUE    /* overdue */
};

struct concern_clock {
    char rule[SLUG_MAX];
    enum act act;
    int64_t started, due; /* ms; due never moves but by EVENT_RECOMPUTED, or to the earlier one of
                             a merge or of a corrected request */
    int64_t met;          /* ms; 0 while running */
    enum clock_stage stage;
    uint8_t level;        /* of 督办: how often it was escalated, up the tree */
    bool provisional;     /* counted on a year without published holidays, or on a grade that
                             nobody has decided yet */
    bool shelved;         /* the grade is lower by now: `met` is when it stopped, undone. One that
                             was not missed by then goes on from `started` when it is raised.
                             Or `met` is when it was done there: clocks_done_aside() */
};

enum party_state { PARTY_TOLD, PARTY_ACCEPTED, PARTY_DECLINED, PARTY_ANSWERED, PARTY_LEFT };

/* A unit that has to do with it: 主办 (the lead; its id is also concern.unit) or 协办. */
struct concern_party {
    char unit[SLUG_MAX];
    bool lead;
    enum party_state state;
    int64_t told, accepted, answered; /* ms, 0 not yet */
};

struct concern {
    uint64_t id; /* number, see event.h */
    enum concern_state state;
    enum grade grade;    /* decided; until `assessed` the topic's, or the proposed one */
    enum grade proposed; /* highest that heat or a rule proposed */
    enum emergency emergency; /* decided by 研判, or merged; unsaid: as its topic has it */
    enum verdict_request request;
    char topic[SLUG_MAX];
    char unit[SLUG_MAX]; /* of the lead */
    char region[REGION_MAX];
    int64_t opened, accepted, answered; /* ms, 0 not yet; accepted and answered of this round */
    int64_t assessed;                   /* 研判, ms, 0 not yet */
    int64_t updated;                    /* last item or act of a person; timers do not count */
    int64_t due;      /* of the reply in this round: the original one, which rates count by */
    int64_t extended; /* approved later time, or 0 */
    int64_t extension_asked; /* time that is asked for and not decided, or 0 */
    uint16_t round;   /* 0 is the first */
    uint16_t misses;  /* rounds before this one that were answered late or not at all */
    enum concern_outcome outcome;
    uint8_t scope, article;  /* enum scope and scope_article, of its answer */
    uint8_t dismissal;       /* enum dismissal: of the outcome, or proposed while it is open */
    uint64_t merged;         /* concern that it went into, or 0 */
    uint64_t related;        /* closed one, older, that its first item raised again, or 0 */
    bool registered;         /* 交办 */
    uint8_t kind;            /* enum source_kind: where its first item was found */
    uint32_t items, sources;
    struct heat heat;
    uint16_t late_items;     /* that raised it again since this round's answer, copies apart;
                                they have their place in concerns `related` to it */
    uint8_t nlate_sources;
    uint64_t late_sources[CONCERN_LATE_SOURCES]; /* they came from: keyed hashes */
    uint64_t draft;          /* seq of the EVENT_DRAFTED of a text that waits for 审签, or 0 */
    char drafter[SLUG_MAX];  /* unit that wrote it; "": who sits at the socket */
    uint64_t draft_person;   /* and who did it for that unit, see command_person(); 0 not known */
    uint16_t edition;        /* of this round's reply, when the ledger publishes it: from 1; or 0 */
    char *reply_url; /* owned; of this round's latest published reply, also an interim one or that
                        of an assisting unit; NULL: none */
    struct concern_party parties[PARTIES_MAX];
    size_t nparties; /* 0: the unit alone, as it was dispatched at the opening */
    struct concern_clock clocks[CLOCKS_MAX];
    size_t nclocks;
    uint32_t sketch[VERDICT_SKETCH]; /* of its first item */
    uint32_t traits[VERDICT_TRAITS]; /* the same */
};

/* open accepted closed found declined; 待签收 办理中 已办结 待研判 待改派 */
const char *concern_state_name(enum concern_state state);
const char *concern_state_zh(enum concern_state state);
int concern_state_find(struct str name); /* or -1 */
const char *concern_outcome_name(enum concern_outcome outcome); /* answered …; "" of NONE */
const char *concern_outcome_zh(enum concern_outcome outcome);

/* The parties that are listed, or else the one that follows from its being dispatched to its unit
 * alone; none while it waits for its dispatch. Their number. */
size_t concern_parties(const struct concern *c, struct concern_party out[static PARTIES_MAX]);
/* The party has to do with it still: it was told and has neither left nor declined, or it leads and
 * waits for what becomes of its 退单. */
bool concern_party_active(const struct concern_party *p);
/* The unit leads it (or would, once it is dispatched) or assists. */
bool concern_involves(const struct concern *c, const char *unit);

/* "c123" <-> 123. Parsing: 0 when not of the form. */
size_t concern_format_id(uint64_t id, char out[static 24]);
uint64_t concern_parse_id(struct str text);

/* Deep copy / release of what a concern points to (reply_url). */
int concern_copy(struct concern *to, const struct concern *from);
void concern_clear(struct concern *c);

#endif
