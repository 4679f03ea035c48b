/* alerts/desk/steps.h - the table of a concern's life: which act each state allows, who may take
 * it, what it needs and what it leads to. */
#ifndef HUIYING_ALERTS_STEPS_H
#define HUIYING_ALERTS_STEPS_H

#include "alerts/command.h"
#include "alerts/concern.h"
#include "alerts/deadlines/calendar.h"
#include "alerts/units/units.h"

/* What a step does to the concern; see desk_acts.c. */
enum steps_effect {
    EFFECT_NONE, /* was done before: succeeds without an event */
    EFFECT_ASSESS,
    EFFECT_DISPATCH,
    EFFECT_ACCEPT,
    EFFECT_ACCEPT_PART,   /* of an assisting unit */
    EFFECT_PROGRESS,
    EFFECT_ANSWER,
    EFFECT_ANSWER_PART,   /* of an assisting unit: does not close */
    EFFECT_DECLINE,
    EFFECT_DECLINE_PART,  /* of an assisting unit: it helps no more */
    EFFECT_REASSIGN,
    EFFECT_HAND_ON,
    EFFECT_ASSIST,
    EFFECT_REMIND,
    EFFECT_ASK_EXTENSION,
    EFFECT_EXTEND,
    EFFECT_APPROVE_EXTENSION,
    EFFECT_DENY_EXTENSION,
    EFFECT_DENY_DECLINE,
    EFFECT_ASK_DISMISSAL,
    EFFECT_DISMISS,
    EFFECT_APPROVE_DISMISSAL,
    EFFECT_DENY_DISMISSAL,
    EFFECT_HAND_OUT,
    EFFECT_CLOSE,
    EFFECT_RETURN,
    EFFECT_REOPEN,
    EFFECT_MERGE,
    EFFECT_MERGE_REOPENED, /* into one that was closed */
    EFFECT_SPLIT,
    EFFECT_MOVE,
    EFFECT_KEEP_PROMISE,
    EFFECT_DRAFT,
    EFFECT_PUBLISH,    /* answers and closes */
    EFFECT_REPUBLISH,  /* a correction */
    EFFECT_DENY_DRAFT,
    STEPS_EFFECTS
};

struct steps_ruling {
    enum steps_effect effect;
    enum concern_state next; /* the concern's state afterwards */
    int err;                 /* 0, ERR_REFUSED or ERR_INVALID */
    const char *reason;      /* static "zh (en)" text of the refusal, or NULL */
};

/* Decide on a command that command_check() passed against a concern; `other` is the concern that it
 * names besides, NULL when there is none of that number; the calendar (may be NULL) tells who is on
 * duty. Pure. */
void steps_decide(const struct concern *concern, const struct concern *other,
                  const struct command *command, const struct units *units,
                  const struct calendar *calendar, int64_t now, struct steps_ruling *out);

#endif
