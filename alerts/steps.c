/* The table of a concern's life. What is not in it is refused. */
#include "alerts/steps.h"

#include "alerts/clocks.h"
#include "alerts/duty.h"
#include "alerts/gate.h"
#include "alerts/parties.h"
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
    DECIDES = COORDINATOR | OPERATOR,
    PARTY = LEAD | ASSISTANT,
    LEADS = LEAD | DECIDES, /* in the lead's place, too: 代办 */
    SIGNS = APPROVER | DECIDES,
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
    SIGNING,       /* a text waits for 审签 */
    ON_LEDGER,     /* the reply that answered it is the ledger's own */
    WHENS
};

enum { /* what the act must have, beside what command_check() looks at */
    URL = 1,           /* a public address */
    ASSESSED = 2,      /* 研判 was done */
    NOTHING_ASKED = 4, /* one request at a time */
    IN_TIME = 8,       /* the original due time is not past */
    LATER = 16,        /* until: later than it, and than an earlier extension */
    UNITS = 32,        /* known, none twice */
    ONE = 64,          /* unit */
    NEW_LEAD = 128,    /* not the one that leads already */
    BELOW = 256,       /* units below the one that acts */
    NEW = 512,         /* units that do not have to do with it yet */
    ROOM = 1024,       /* for as many parties */
    PART = 2048,       /* something is published already */
    ANSWERED = 4096,   /* closed by a published reply */
    UNMERGED = 8192,   /* not closed by 并单 */
    OTHER = 16384,     /* another concern that there is */
    OTHER_LIVE = 32768, /* and that is not closed */
    AS_FAR = 65536,    /* which is dispatched, if this one is */
    OWN = 131072,      /* items of the concern, none twice */
    LEFT = 262144,     /* of which one stays at least */
    PUBLISHED = 524288, /* not withheld */
    OTHER_UNMERGED = 1 << 20, /* which did not go into a third one */
    REASON = 1 << 21,  /* a note, where only this row asks for it */
    SECOND = 1 << 22,  /* another one than wrote the text */
    NAMED = 1 << 23    /* draft: the very text that waits, for another may have taken its place */
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

    {TOLD, COMMAND_PROGRESS, PARTY, ALWAYS, URL, EFFECT_PROGRESS, STAYS},
    {LIVE, COMMAND_PROGRESS, DECIDES, ALWAYS, URL, EFFECT_PROGRESS, STAYS},

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

    {IN_HAND, COMMAND_EXTEND, DECIDES, ALWAYS, NOTHING_ASKED | IN_TIME | LATER, EFFECT_EXTEND,
     STAYS},
    {IN_HAND, COMMAND_EXTEND, LEAD, ALWAYS, NOTHING_ASKED | IN_TIME | LATER, EFFECT_ASK_EXTENSION,
     STAYS},
    {IN_HAND, COMMAND_APPROVE, DECIDES, EXTENSION, 0, EFFECT_APPROVE_EXTENSION, STAYS},
    {IN_HAND, COMMAND_DENY, DECIDES, EXTENSION, 0, EFFECT_DENY_EXTENSION, STAYS},

    {LIVE, COMMAND_DISMISS, DECIDES, ALWAYS, 0, EFFECT_DISMISS, CONCERN_CLOSED},
    {IN_HAND, COMMAND_DISMISS, LEAD, ALWAYS, NOTHING_ASKED, EFFECT_ASK_DISMISSAL, STAYS},
    {IN_HAND, COMMAND_APPROVE, DECIDES, DISMISSAL, 0, EFFECT_APPROVE_DISMISSAL, CONCERN_CLOSED},
    {IN_HAND, COMMAND_DENY, DECIDES, DISMISSAL, 0, EFFECT_DENY_DISMISSAL, STAYS},
    {IN_HAND, COMMAND_APPROVE, DECIDES, NEVER, 0, EFFECT_NONE, STAYS},
    {IN_HAND, COMMAND_DENY, DECIDES, NEVER, 0, EFFECT_NONE, STAYS},
    {LIVE, COMMAND_HAND_OUT, DECIDES, ALWAYS, URL, EFFECT_HAND_OUT, CONCERN_CLOSED},

    {CLOSED, COMMAND_RETURN, ABOVE | DECIDES, ALWAYS, ANSWERED, EFFECT_RETURN, CONCERN_OPEN},
    {CLOSED, COMMAND_REOPEN, DECIDES, ALWAYS, UNMERGED, EFFECT_REOPEN, CONCERN_OPEN},
    {CLOSED, COMMAND_REOPEN, PROGRAM, ALWAYS, ANSWERED, EFFECT_REOPEN, CONCERN_OPEN},

    {IN_HAND, COMMAND_DRAFT, LEAD, ALWAYS, NOTHING_ASKED, EFFECT_DRAFT, STAYS},
    {FOUND | IN_HAND, COMMAND_DRAFT, DECIDES, ALWAYS, NOTHING_ASKED, EFFECT_DRAFT, STAYS},
    {CLOSED, COMMAND_DRAFT, LEADS, ON_LEDGER, NOTHING_ASKED, EFFECT_DRAFT, STAYS},
    {LIVE, COMMAND_APPROVE, SIGNS, SIGNING, NAMED | SECOND, EFFECT_PUBLISH, CONCERN_CLOSED},
    {CLOSED, COMMAND_APPROVE, SIGNS, SIGNING, NAMED | SECOND, EFFECT_REPUBLISH, STAYS},
    {FOUND | IN_HAND | CLOSED, COMMAND_DENY, SIGNS, SIGNING, NAMED, EFFECT_DENY_DRAFT, STAYS},

    {LIVE, COMMAND_MERGE, DECIDES, INTO_CLOSED, OTHER_UNMERGED | REASON, EFFECT_MERGE_REOPENED,
     CONCERN_CLOSED},
    {LIVE, COMMAND_MERGE, DECIDES, ALWAYS, OTHER | AS_FAR, EFFECT_MERGE, CONCERN_CLOSED},
    {LIVE, COMMAND_SPLIT, DECIDES, ALWAYS, OWN | LEFT, EFFECT_SPLIT, STAYS},
    {LIVE, COMMAND_MOVE, DECIDES, ALWAYS, OTHER | OTHER_LIVE | OWN | LEFT, EFFECT_MOVE, STAYS},
};

/* Why a state does not know an act: the first that fits. */
static const struct {
    unsigned states, acts;
    const char *reason;
} refusals[] = {
#define ACT(act) (1u << COMMAND_##act)
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
    {ABOVE | DECIDES, "只有协调单位或上级单位可以办理 (only the coordinating unit or one above may)"},
    {LEAD, "只有主办单位可以办理 (only the lead unit may)"},
    {SIGNS, "只有协调单位或审签单位可以办理 (only the coordinating unit or the approver may)"},
    {LEADS, "只有主办单位或协调单位可以办理 (only the lead or the coordinating unit may)"},
    {PARTY, "只有主办或协办单位可以办理 (only the lead unit or an assisting one may)"},
    {PARTY | ABOVE | DECIDES | DEPUTY,
     "只有责任单位或协调单位可以办理 (only the responsible or the coordinating unit may)"},
};

static const struct concern_party *own_part(const struct concern *c, struct str by)
{
    for (size_t i = 0; i < c->nparties; i++)
        if (str_is(by, c->parties[i].unit))
            return &c->parties[i];
    return NULL;
}

/* Who wrote it, as the tree knows it: for the coordinating unit, who sits at the socket. */
static int hand(const struct units *units, struct str by)
{
    return by.n ? units_find(units, by) : units->coordinator;
}

static bool signs(const struct concern *c, struct str by, const struct units *units)
{
    int wrote = c->draft ? hand(units, str_from(c->drafter)) : -1;

    return wrote >= 0 && units->list[wrote].approver >= 0 &&
           str_is(by, units->list[units->list[wrote].approver].id);
}

static unsigned who_is(const struct concern *c, struct str by, const struct units *units,
                       const struct calendar *calendar, int64_t now)
{
    const struct concern_party *part = own_part(c, by);
    unsigned who = 0;

    if (!by.n)
        return OPERATOR;
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

static bool holds(enum when when, const struct concern *c, const struct concern *other,
                  const struct command *command)
{
    const struct concern_party *part = own_part(c, command->by);

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
    case PROMISED: return clocks_running(c, ACT_PROMISE) != NULL;
    case SIGNING: return c->draft != 0;
    case ON_LEDGER: return c->outcome == OUTCOME_ANSWERED && c->edition;
    case NEVER:
    case WHENS: break;
    }
    return false;
}

static bool known_once(const struct command *command, const struct units *units)
{
    for (size_t i = 0; i < command->nunits; i++) {
        if (units_find(units, command->units[i]) < 0)
            return false;
        for (size_t k = 0; k < i; k++)
            if (str_eq(command->units[i], command->units[k]))
                return false;
    }
    return true;
}

static bool all_below(const struct command *command, const struct units *units)
{
    for (size_t i = 0; i < command->nunits; i++)
        if (!units_below(units, command->units[i], command->by))
            return false;
    return true;
}

static bool all_new(const struct concern *c, const struct command *command)
{
    for (size_t i = 0; i < command->nunits; i++) {
        const struct concern_party *part = own_part(c, command->units[i]);
        if (str_is(command->units[i], c->unit) || (part && concern_party_active(part)))
            return false;
    }
    return true;
}

static bool has_room(const struct concern *c, const struct command *command)
{
    size_t active = c->nparties ? parties_active(c) : 1;

    return active + command->nunits <= PARTIES_MAX;
}

static bool has(unsigned need, const struct concern *c, const struct concern *other,
                const struct command *command, const struct units *units, int64_t now,
                const char **reason)
{
    const struct command_found *found = command->found;

    switch (need) {
    case URL:
        if (command->scope == SCOPE_WITHHELD && c->state != CONCERN_CLOSED)
            return true;
        return gate_reply_url(command->url, reason) == 0; /* says itself what is wrong */
    case ASSESSED: return c->assessed != 0;
    case NOTHING_ASKED:
        return !c->extension_asked && c->dismissal == DISMISSAL_NONE && !c->draft;
    case IN_TIME: return now <= c->due;
    case LATER: return command->until > c->due && command->until > c->extended;
    case UNITS: return known_once(command, units);
    case ONE: return command->nunits == 1;
    case NEW_LEAD: return !str_is(command->units[0], c->unit);
    case BELOW: return all_below(command, units);
    case NEW: return all_new(c, command);
    case ROOM: return has_room(c, command);
    case PART: return c->reply_url != NULL;
    case ANSWERED: return c->outcome == OUTCOME_ANSWERED;
    case PUBLISHED: return command->scope != SCOPE_WITHHELD;
    case UNMERGED: return c->outcome != OUTCOME_MERGED;
    case OTHER: return other && other != c;
    case OTHER_LIVE: return other->state != CONCERN_CLOSED;
    case OTHER_UNMERGED: return other->outcome != OUTCOME_MERGED;
    case REASON: return command->note.n != 0;
    case AS_FAR: return other->state != CONCERN_FOUND || c->state == CONCERN_FOUND;
    case OWN: return found && found->items == command->nitems;
    case LEFT: return found->items < c->items;
    case SECOND: return hand(units, command->by) != hand(units, str_from(c->drafter));
    case NAMED: return command->draft == c->draft;
    }
    return false;
}

/* In the order in which they are looked at. */
static const struct {
    unsigned need;
    int err;
    const char *reason;
} lacking[] = {
    {URL, ERR_INVALID, NULL},
    {UNITS, ERR_INVALID, "单位不存在或重复 (a unit is unknown, or named twice)"},
    {ONE, ERR_INVALID, "只能指定一个单位 (name one unit)"},
    {ASSESSED, ERR_REFUSED, "须先研判再派单 (to be assessed before it is dispatched)"},
    {NOTHING_ASKED, ERR_REFUSED, "已有申请待协调单位决定 (another request waits for its decision)"},
    {IN_TIME, ERR_REFUSED, "原时限已过，不能再延期 (the original due time is past)"},
    {LATER, ERR_INVALID, "延至时间应晚于现有时限 (until must be later than the due time in force)"},
    {NEW_LEAD, ERR_REFUSED, "该单位已是主办单位 (that unit leads already)"},
    {BELOW, ERR_REFUSED, "只能转派给下级单位 (only to a unit below one's own)"},
    {NEW, ERR_REFUSED, "该单位已在办理 (that unit has to do with it already)"},
    {ROOM, ERR_REFUSED, "办理单位最多 8 个 (at most 8 units)"},
    {PART, ERR_REFUSED, "还没有公开的答复 (no reply is published yet)"},
    {ANSWERED, ERR_REFUSED, "不是因答复而办结，可以重开 (not closed by a reply: reopen it)"},
    {UNMERGED, ERR_REFUSED,
     "已并入另一件关切，可从那一件拆分 (merged into another concern: split it off from that)"},
    {OTHER, ERR_INVALID, "没有另一件关切 other (no such other concern)"},
    {OTHER_LIVE, ERR_REFUSED,
     "另一件已办结，可并单并说明理由，即重开那一件 (the other one is closed: merge with a note, which "
     "reopens it)"},
    {OTHER_UNMERGED, ERR_REFUSED,
     "另一件已并入别的关切，应并入那一件 (the other one went into a third: merge into that)"},
    {REASON, ERR_REFUSED,
     "另一件已办结：说明理由即重开并入，或用其答复网址答复本件 (it is closed: a note reopens it, or "
     "answer with its address)"},
    {AS_FAR, ERR_REFUSED,
     "另一件尚未派单，应把那一件并入本件 (the other one waits for its dispatch: merge it into this)"},
    {OWN, ERR_INVALID, "条目不属于这件关切或重复 (an item is not of this concern, or named twice)"},
    {LEFT, ERR_REFUSED, "至少要留一个条目，可以并单 (one item has to stay: merge instead)"},
    {PUBLISHED, ERR_REFUSED,
     "协办单位的答复须公开，不公开由主办单位决定 (only the lead's answer may be withheld)"},
    {NAMED, ERR_INVALID, "draft 应为现在待审这份的送审序号 (draft: the seq of the text that waits)"},
    {SECOND, ERR_REFUSED, "须由另一人审签 (somebody else than who wrote it has to approve)"},
};

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
    unsigned who = command->why ? PROGRAM : who_is(c, command->by, units, calendar, now);
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
    for (size_t i = 0; i < sizeof lacking / sizeof *lacking; i++) {
        const char *reason = lacking[i].reason;
        if ((step->needs & lacking[i].need) &&
            !has(lacking[i].need, c, other, command, units, now, &reason)) {
            refuse(out, lacking[i].err, reason);
            return;
        }
    }
    out->effect = step->effect;
    if (step->next != STAYS)
        out->next = step->next;
}
