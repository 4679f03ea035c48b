/* The table of a concern's life. What is not in it is refused. */
#include "alerts/desk/steps.h"

#include "alerts/deadlines/clocks.h"
#include "alerts/desk/steps_needs.h"
#include "alerts/units/duty.h"
#include "base/err.h"

enum { /* states that a row holds in */
    FOUND = 1 << CONCERN_FOUND,
    OPEN = 1 << CONCERN_OPEN,
    ACCEPTED = 1 << CONCERN_ACCEPTED,
    DECLINED = 1 << CONCERN_DECLINED,
    CLOSED = 1 << CONCERN_CLOSED,
    IN_HAND = OPEN | ACCEPTED,
    TOLD = IN_HAND | DECLINED, /* dispatched and not closed */
    LIVE = FOUND | TOLD,
    ANY = LIVE | CLOSED
};

enum { /* who may */
    LEAD = 1,        /* the unit that leads (主办); none before the dispatch */
    ASSISTANT = 2,   /* one that assists (协办) */
    ABOVE = 4,       /* a unit above the lead in the tree */
    COORDINATOR = 8,
    OPERATOR = 16,   /* who sits at the Unix socket */
    DEPUTY = 32,           /* who is on duty for the lead now (值守) */
    APPROVER = 64,   /* that units.yaml names for the unit whose text waits for 审签 */
    PROGRAM = 128,   /* a rule of deadlines.yaml */
    GROUPER = 256,   /* an operator's account: what belongs together, not what becomes of it */
    DECIDES = COORDINATOR | OPERATOR,
    PARTY = LEAD | ASSISTANT,
    LEADS = LEAD | DECIDES, /* in the lead's place, too: 代办 */
    SIGNS = APPROVER | DECIDES,
    GROUPS = GROUPER | DECIDES,
    TAKES = LEADS | DEPUTY  /* 签收 at night: what is more waits for the lead */
};

enum when { /* rows of the same state and act that are told apart by more */
    ALWAYS,
    NEVER,         /* the right one asks, at the wrong time: `refusals` says why */
    SELF_TOLD,     /* the unit's own part: told, nothing done yet */
    SELF_DONE,     /* accepted or answered */
    EXTENSION,     /* an extension is asked for */
    DISMISSAL,     /* a dismissal is asked for */
    SAME_URL,      /* the address that answered it */
    INTO_CLOSED,   /* the other concern is closed */
    PROMISED,      /* its reply promised a date, and nothing was published of it yet */
    KEEPS_PROMISE, /* the same of an earlier round's, and that is what was published */
    INTERIM,       /* it is no promise that was kept */
    SIGNING,       /* a text waits for 审签 */
    ON_LEDGER,     /* the reply that answered it is the ledger's own */
    WHENS
};

/* The state stays as it is. */
#define STAYS CONCERN_STATES

/* 退单: a unit declines while it has not accepted (签收), as the 12345 hotlines have it: what is not
 * within a unit's duties it gives back with the reason soon after it was received, within two
 * working days by 山东省政务服务热线管理办法 (published in January 2020); what it accepted is its own,
 * and goes elsewhere by the coordinator's 改派 only. There is no second limit here: the accept clock
 * runs on from 发现 until somebody accepts, so a late 退单 is announced and counted as what it is,
 * and no concern is stuck with a unit that may neither accept nor decline it.
 *
 * 退回重办 opens a new round, as 重开 does: an answer closes, so the round is over, and counts as
 * missed if that answer was late. Were its clock reopened, an answer that answers nothing would
 * have stopped it in time all the same.
 *
 * 并单 into one that is closed reopens that one in the same act: it is 重开, with the reason that 重开
 * asks for, and the earliest of both due times holds. Where the published reply answers this one,
 * too, nothing is reopened: this one is answered with its address, in time or late as it is. */
static const struct step {
    unsigned states;
    enum command_act act;
    unsigned who;
    enum when when;
    unsigned needs;
    enum steps_effect effect;
    enum concern_state next;
} table[] = {
    {LIVE, COMMAND_ASSESS, DECIDES, ALWAYS, 0, EFFECT_ASSESS, STAYS},
    {FOUND, COMMAND_DISPATCH, DECIDES, ALWAYS, ASSESSED | UNITS, EFFECT_DISPATCH, CONCERN_OPEN},

    {TOLD, COMMAND_ACCEPT, ASSISTANT, SELF_TOLD, 0, EFFECT_ACCEPT_PART, STAYS},
    {TOLD, COMMAND_ACCEPT, ASSISTANT, SELF_DONE, 0, EFFECT_NONE, STAYS},
    {OPEN, COMMAND_ACCEPT, TAKES, ALWAYS, 0, EFFECT_ACCEPT, CONCERN_ACCEPTED},
    {ACCEPTED, COMMAND_ACCEPT, TAKES, ALWAYS, 0, EFFECT_NONE, STAYS},
    {DECLINED, COMMAND_ACCEPT, TAKES, NEVER, 0, EFFECT_NONE, STAYS},

    {TOLD, COMMAND_PROGRESS, PARTY, KEEPS_PROMISE, URL, EFFECT_KEEP_PROMISE, STAYS},
    {LIVE, COMMAND_PROGRESS, DECIDES, KEEPS_PROMISE, URL, EFFECT_KEEP_PROMISE, STAYS},
    {TOLD, COMMAND_PROGRESS, PARTY, INTERIM, URL, EFFECT_PROGRESS, STAYS},
    {LIVE, COMMAND_PROGRESS, DECIDES, INTERIM, URL, EFFECT_PROGRESS, STAYS},
    {CLOSED, COMMAND_PROGRESS, PARTY | DECIDES, PROMISED, URL, EFFECT_KEEP_PROMISE, STAYS},

    {TOLD, COMMAND_ANSWER, LEAD, ALWAYS, URL, EFFECT_ANSWER, CONCERN_CLOSED},
    {TOLD, COMMAND_ANSWER, ASSISTANT, ALWAYS, URL | PUBLISHED, EFFECT_ANSWER_PART, STAYS},
    {LIVE, COMMAND_ANSWER, DECIDES, ALWAYS, URL, EFFECT_ANSWER, CONCERN_CLOSED},
    {CLOSED, COMMAND_ANSWER, LEADS, SAME_URL, URL, EFFECT_NONE, STAYS},
    {CLOSED, COMMAND_ANSWER, LEADS, NEVER, 0, EFFECT_NONE, STAYS},
    {IN_HAND, COMMAND_CLOSE, LEADS, ALWAYS, PART, EFFECT_CLOSE, CONCERN_CLOSED},

    {OPEN, COMMAND_DECLINE, LEAD, ALWAYS, 0, EFFECT_DECLINE, CONCERN_DECLINED},
    {TOLD, COMMAND_DECLINE, ASSISTANT, SELF_TOLD, 0, EFFECT_DECLINE_PART, STAYS},
    {ACCEPTED | DECLINED, COMMAND_DECLINE, LEAD, NEVER, 0, EFFECT_NONE, STAYS},
    {DECLINED, COMMAND_DENY, DECIDES, ALWAYS, 0, EFFECT_DENY_DECLINE, CONCERN_OPEN},
    {TOLD, COMMAND_REASSIGN, DECIDES, ALWAYS, UNITS | ONE | NEW_LEAD, EFFECT_REASSIGN,
     CONCERN_OPEN},
    {IN_HAND, COMMAND_HAND_ON, LEAD, ALWAYS, UNITS | ONE | NEW_LEAD | BELOW, EFFECT_HAND_ON,
     CONCERN_OPEN},
    {IN_HAND, COMMAND_ASSIST, DECIDES, ALWAYS, UNITS | NEW | ROOM, EFFECT_ASSIST, STAYS},
    {IN_HAND, COMMAND_REMIND, ABOVE | DECIDES, ALWAYS, 0, EFFECT_REMIND, STAYS},

    {IN_HAND, COMMAND_EXTEND, DECIDES, ALWAYS, NOTHING_ASKED | IN_TIME | MENDED | BOUNDED,
     EFFECT_EXTEND, STAYS},
    {IN_HAND, COMMAND_EXTEND, LEAD, ALWAYS, NOTHING_ASKED | IN_TIME | LATER | BOUNDED,
     EFFECT_ASK_EXTENSION, STAYS},
    {IN_HAND, COMMAND_APPROVE, DECIDES, EXTENSION, 0, EFFECT_APPROVE_EXTENSION, STAYS},
    {IN_HAND, COMMAND_DENY, DECIDES, EXTENSION, 0, EFFECT_DENY_EXTENSION, STAYS},

    {LIVE, COMMAND_DISMISS, DECIDES, ALWAYS, 0, EFFECT_DISMISS, CONCERN_CLOSED},
    {IN_HAND, COMMAND_DISMISS, LEAD, ALWAYS, NOTHING_ASKED, EFFECT_ASK_DISMISSAL, STAYS},
    {IN_HAND, COMMAND_APPROVE, DECIDES, DISMISSAL, 0, EFFECT_APPROVE_DISMISSAL, CONCERN_CLOSED},
    {IN_HAND, COMMAND_DENY, DECIDES, DISMISSAL, 0, EFFECT_DENY_DISMISSAL, STAYS},
    {IN_HAND, COMMAND_APPROVE, DECIDES, NEVER, 0, EFFECT_NONE, STAYS},
    {IN_HAND, COMMAND_DENY, DECIDES, NEVER, 0, EFFECT_NONE, STAYS},
    {LIVE, COMMAND_HAND_OUT, DECIDES, ALWAYS, URL | LISTED, EFFECT_HAND_OUT, CONCERN_CLOSED},

    {CLOSED, COMMAND_RETURN, ABOVE | DECIDES, ALWAYS, ANSWERED, EFFECT_RETURN, CONCERN_OPEN},
    {CLOSED, COMMAND_REOPEN, DECIDES, ALWAYS, UNMERGED, EFFECT_REOPEN, CONCERN_OPEN},
    {CLOSED, COMMAND_REOPEN, PROGRAM, ALWAYS, ANSWERED, EFFECT_REOPEN, CONCERN_OPEN},

    {IN_HAND, COMMAND_DRAFT, LEAD, ALWAYS, NOTHING_ASKED, EFFECT_DRAFT, STAYS},
    {FOUND | IN_HAND, COMMAND_DRAFT, DECIDES, ALWAYS, NOTHING_ASKED, EFFECT_DRAFT, STAYS},
    {CLOSED, COMMAND_DRAFT, LEADS, ON_LEDGER, NOTHING_ASKED, EFFECT_DRAFT, STAYS},
    {LIVE, COMMAND_APPROVE, SIGNS, SIGNING, NAMED | SECOND | PERSON, EFFECT_PUBLISH,
     CONCERN_CLOSED},
    {CLOSED, COMMAND_APPROVE, SIGNS, SIGNING, NAMED | SECOND | PERSON, EFFECT_REPUBLISH, STAYS},
    {FOUND | IN_HAND | CLOSED, COMMAND_DENY, SIGNS, SIGNING, NAMED, EFFECT_DENY_DRAFT, STAYS},

    {LIVE, COMMAND_MERGE, GROUPS, INTO_CLOSED, DECIDER | OTHER_UNMERGED | REASON,
     EFFECT_MERGE_REOPENED, CONCERN_CLOSED},
    {LIVE, COMMAND_MERGE, GROUPS, ALWAYS, OTHER | AS_FAR, EFFECT_MERGE, CONCERN_CLOSED},
    {LIVE, COMMAND_SPLIT, GROUPS, ALWAYS, OWN | LEFT, EFFECT_SPLIT, STAYS},
    {LIVE, COMMAND_MOVE, GROUPS, ALWAYS, OTHER | OTHER_LIVE | OWN | LEFT, EFFECT_MOVE, STAYS},
};

/* Why a state does not know an act: the first that fits. */
static const struct {
    unsigned states, acts;
    const char *reason;
} refusals[] = {
#define ACT(act) (1u << COMMAND_##act)
    {LIVE, ACT(PROGRESS), "没有待兑现的承诺 (nothing that was promised waits to be done)"},
    {LIVE, ACT(RETURN) | ACT(REOPEN), "尚未办结 (not closed yet)"},
    {FOUND | CLOSED, ACT(APPROVE) | ACT(DENY), "没有待决定的申请 (nothing is asked for)"},
    {CLOSED, ACT(DRAFT),
     "已办结，只有本台账刊登的答复可以更正 (closed: only a reply that the ledger published is corrected)"},
    {CLOSED, ACT(ANSWER), "已办结，不能再答复 (already closed)"},
    {CLOSED, ~0u, "已办结，须先重开 (already closed: reopen it first)"},
    {FOUND, ~0u, "尚未派单 (not dispatched yet)"},
    {DECLINED, ~0u, "已退单，待协调单位改派 (declined: waits for the coordinating unit to reassign it)"},
    {IN_HAND, ACT(DISPATCH), "已派单，可改派或增加协办单位 (dispatched already: reassign it, or add units)"},
    {IN_HAND, ACT(DECLINE),
     "已签收，不能再退单，可请协调单位改派 (accepted already: only the coordinating unit can reassign it)"},
    {IN_HAND, ACT(APPROVE) | ACT(DENY), "没有待决定的申请 (nothing is asked for)"},
    {ANY, ~0u, "当前状态不能办理 (not in this state)"},
#undef ACT
};

/* Who may, in words, by all who may take the act in the state. */
static const struct {
    unsigned who;
    const char *reason;
} permitted[] = {
    {DECIDES, "只有协调单位可以办理 (only the coordinating unit may)"},
    {GROUPS, "只有协调单位或操作员可以办理 (only the coordinating unit or an operator may)"},
    {ABOVE | DECIDES, "只有协调单位或上级单位可以办理 (only the coordinating unit or one above may)"},
    {LEAD, "只有主办单位可以办理 (only the lead unit may)"},
    {SIGNS, "只有协调单位或审签单位可以办理 (only the coordinating unit or the approver may)"},
    {LEADS, "只有主办单位或协调单位可以办理 (only the lead or the coordinating unit may)"},
    {PARTY, "只有主办或协办单位可以办理 (only the lead unit or an assisting one may)"},
    {PARTY | ABOVE | DECIDES | DEPUTY,
     "只有责任单位或协调单位可以办理 (only the responsible or the coordinating unit may)"},
};

static bool signs(const struct concern *c, struct str by, const struct units *units)
{
    int wrote = c->draft ? steps_hand(units, str_from(c->drafter)) : -1;

    return wrote >= 0 && units->list[wrote].approver >= 0 &&
           str_is(by, units->list[units->list[wrote].approver].id);
}

static unsigned who_is(const struct concern *c, const struct command *command,
                       const struct units *units, const struct calendar *calendar, int64_t now)
{
    struct str by = command->by;
    const struct concern_party *part = steps_part(c, by);
    unsigned who = 0;

    if (!by.n)
        return command->grouping ? GROUPER : OPERATOR;
    if (c->state != CONCERN_FOUND && str_is(by, c->unit))
        who |= LEAD;
    if (c->state != CONCERN_FOUND && duty_stands_in(units, str_from(c->unit), by, calendar, now))
        who |= DEPUTY;
    if (part && !part->lead && concern_party_active(part))
        who |= ASSISTANT;
    if (units_below(units, str_from(c->unit), by))
        who |= ABOVE;
    if (str_is(by, units->list[units->coordinator].id))
        who |= COORDINATOR;
    if (signs(c, by, units))
        who |= APPROVER;
    return who;
}

static bool keeps_promise(const struct command *command)
{
    return command->stepped && command->step == ACT_PROMISE;
}

static bool holds(enum when when, const struct concern *c, const struct concern *other,
                  const struct command *command)
{
    const struct concern_party *part = steps_part(c, command->by);

    switch (when) {
    case ALWAYS: return true;
    case SELF_TOLD: return part && part->state == PARTY_TOLD;
    case SELF_DONE:
        return part && (part->state == PARTY_ACCEPTED || part->state == PARTY_ANSWERED);
    case EXTENSION: return c->extension_asked != 0;
    case DISMISSAL: return c->dismissal != DISMISSAL_NONE;
    case SAME_URL:
        return c->outcome == OUTCOME_ANSWERED && c->reply_url && str_is(command->url, c->reply_url);
    case INTO_CLOSED: return other && other->state == CONCERN_CLOSED;
    case KEEPS_PROMISE: return keeps_promise(command) && clocks_running(c, ACT_PROMISE) != NULL;
    case INTERIM: return !keeps_promise(command);
    case PROMISED: return clocks_running(c, ACT_PROMISE) != NULL;
    case SIGNING: return c->draft != 0;
    case ON_LEDGER: return c->outcome == OUTCOME_ANSWERED && c->edition;
    case NEVER:
    case WHENS: break;
    }
    return false;
}

static bool fits(const struct step *step, const struct concern *c, enum command_act act)
{
    return step->act == act && (step->states & (1u << c->state));
}

static void refuse(struct steps_ruling *out, int err, const char *reason)
{
    out->err = err;
    out->reason = reason;
}

/* No row applies: because of who asks, or because of the state. */
static void say_why(const struct concern *c, enum command_act act, unsigned who,
                    struct steps_ruling *out)
{
    unsigned may = 0;
    size_t i = 0;

    for (size_t k = 0; k < sizeof table / sizeof *table; k++)
        if (fits(&table[k], c, act))
            may |= table[k].who & ~(unsigned)PROGRAM;
    if (may && !(may & who)) {
        while (i + 1 < sizeof permitted / sizeof *permitted && (may & ~permitted[i].who))
            i++;
        refuse(out, ERR_REFUSED, permitted[i].reason);
        return;
    }
    while (!(refusals[i].states & (1u << c->state)) || !(refusals[i].acts & (1u << act)))
        i++;
    refuse(out, ERR_REFUSED, refusals[i].reason);
}

void steps_decide(const struct concern *c, const struct concern *other,
                  const struct command *command, const struct units *units,
                  const struct calendar *calendar, int64_t now, struct steps_ruling *out)
{
    unsigned who = command->why ? PROGRAM : who_is(c, command, units, calendar, now);
    const struct step *step = NULL;

    *out = (struct steps_ruling){.next = c->state};
    for (size_t i = 0; i < sizeof table / sizeof *table && !step; i++)
        if (fits(&table[i], c, command->act) && (table[i].who & who) &&
            holds(table[i].when, c, other, command))
            step = &table[i];
    if (!step) {
        say_why(c, command->act, who, out);
        return;
    }
    out->err = steps_needs(step->needs, c, other, command, units, now, &out->reason);
    if (out->err)
        return;
    out->reason = NULL;
    out->effect = step->effect;
    if (step->next != STAYS)
        out->next = step->next;
}
