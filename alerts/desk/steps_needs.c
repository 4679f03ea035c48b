/* What acts need, and the reasons by which they are refused without it. */
#include "alerts/desk/steps_needs.h"

#include "alerts/desk/parties.h"
#include "alerts/gate/gate.h"
#include "base/clock.h"
#include "base/err.h"

#define YEAR (366 * CLOCK_DAY)

const struct concern_party *steps_part(const struct concern *c, struct str unit)
{
    for (size_t i = 0; i < c->nparties; i++)
        if (str_is(unit, c->parties[i].unit))
            return &c->parties[i];
    return NULL;
}

int steps_hand(const struct units *units, struct str by)
{
    return by.n ? units_find(units, by) : units->coordinator;
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
        const struct concern_party *part = steps_part(c, command->units[i]);
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

static bool has_answer(const struct concern *c)
{
    for (size_t i = 0; i < c->nparties; i++)
        if (c->parties[i].state == PARTY_ANSWERED)
            return true;
    return false;
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
    case LISTED: return outside_find(units, command->url) != NULL;
    case ASSESSED: return c->assessed != 0;
    case NOTHING_ASKED:
        return !c->extension_asked && c->dismissal == DISMISSAL_NONE && !c->draft;
    case IN_TIME: return now <= c->due || command->until < c->extended;
    case LATER: return command->until > c->due && command->until > c->extended;
    case MENDED:
        return command->until > c->due && command->until > now && command->until != c->extended;
    case BOUNDED: return command->until <= now + YEAR;
    case UNITS: return known_once(command, units);
    case ONE: return command->nunits == 1;
    case NEW_LEAD: return !str_is(command->units[0], c->unit);
    case BELOW: return all_below(command, units);
    case NEW: return all_new(c, command);
    case ROOM: return has_room(c, command);
    case PART: return c->reply_url && has_answer(c);
    case ANSWERED: return c->outcome == OUTCOME_ANSWERED;
    case PUBLISHED: return command->scope != SCOPE_WITHHELD;
    case UNMERGED: return c->outcome != OUTCOME_MERGED;
    case DECIDER: return !command->grouping;
    case OTHER: return other && other != c;
    case OTHER_LIVE: return other->state != CONCERN_CLOSED;
    case OTHER_UNMERGED: return other->outcome != OUTCOME_MERGED;
    case REASON: return command->note.n != 0;
    case AS_FAR: return other->state != CONCERN_FOUND || c->state == CONCERN_FOUND;
    case OWN: return found && found->items == command->nitems;
    case LEFT: return found->items < c->items;
    case SECOND: return steps_hand(units, command->by) != steps_hand(units, str_from(c->drafter));
    case PERSON: return !c->draft_person || (command->person && command->person != c->draft_person);
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
    {LISTED, ERR_INVALID,
     "不是单位表 outside 所列机构的公开渠道 (no public channel of a body that units.yaml lists under "
     "outside)"},
    {UNITS, ERR_INVALID, "单位不存在或重复 (a unit is unknown, or named twice)"},
    {ONE, ERR_INVALID, "只能指定一个单位 (name one unit)"},
    {ASSESSED, ERR_REFUSED, "须先研判再派单 (to be assessed before it is dispatched)"},
    {NOTHING_ASKED, ERR_REFUSED, "已有申请待协调单位决定 (another request waits for its decision)"},
    {IN_TIME, ERR_REFUSED, "原时限已过，不能再延期 (the original due time is past)"},
    {LATER, ERR_INVALID, "延至时间应晚于现有时限 (until must be later than the due time in force)"},
    {MENDED, ERR_INVALID,
     "延至时间应晚于原时限和现在，且不同于已延至的时间 (until must be later than the original due time "
     "and than now, and another than the extension)"},
    {BOUNDED, ERR_INVALID, "最多延至一年以内 (until must be within a year from now)"},
    {NEW_LEAD, ERR_REFUSED, "该单位已是主办单位 (that unit leads already)"},
    {BELOW, ERR_REFUSED, "只能转派给下级单位 (only to a unit below one's own)"},
    {NEW, ERR_REFUSED, "该单位已在办理 (that unit has to do with it already)"},
    {ROOM, ERR_REFUSED, "办理单位最多 8 个 (at most 8 units)"},
    {PART, ERR_REFUSED,
     "还没有公开的答复，阶段性答复不算 (no reply is published yet; first information is none)"},
    {ANSWERED, ERR_REFUSED, "不是因答复而办结，可以重开 (not closed by a reply: reopen it)"},
    {UNMERGED, ERR_REFUSED,
     "已并入另一件关切，可从那一件拆分 (merged into another concern: split it off from that)"},
    {DECIDER, ERR_REFUSED,
     "另一件已办结，并入即重开，由协调单位决定 (the other one is closed: to merge into it reopens it, which "
     "the coordinating unit decides)"},
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
    {PERSON, ERR_REFUSED,
     "须由另一人审签：拟稿的账号或本机用户换个单位名义也不能自审 (somebody else has to approve: the "
     "account or user that wrote it may not under another unit's name)"},
};

int steps_needs(unsigned needs, const struct concern *c, const struct concern *other,
                const struct command *command, const struct units *units, int64_t now,
                const char **reason)
{
    for (size_t i = 0; i < sizeof lacking / sizeof *lacking; i++) {
        *reason = lacking[i].reason;
        if ((needs & lacking[i].need) &&
            !has(lacking[i].need, c, other, command, units, now, reason))
            return lacking[i].err;
    }
    return 0;
}
