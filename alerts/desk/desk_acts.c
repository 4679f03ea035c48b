/* What each step of a concern's life does to it: by enum steps_effect. */
#include <stdlib.h>

#include "alerts/deadlines/clocks.h"
#include "alerts/desk/desk_acts.h"
#include "alerts/desk/desk_answers.h"
#include "alerts/desk/desk_publish.h"
#include "alerts/desk/desk_state.h"
#include "alerts/desk/parties.h"
#include "base/err.h"

void desk_acts_note_update(struct concern *c, int64_t now)
{
    if (c->updated < now)
        c->updated = now;
}

struct event *desk_acts_emit(struct desk_act *a, enum event_type type)
{
    struct desk *d = a->desk;
    struct str by = a->command->by;

    desk_state_touch(slots_at(d->slots, a->at), a->out);
    struct event *e = outbox_emit(&d->outbox, d->conf.units, a->c, type, a->now, a->out);
    outbox_address(&d->outbox, e, d->conf.units->list[d->conf.units->coordinator].id);
    if (by.n && by.n < SLUG_MAX)
        memcpy(e->by, by.p, by.n);
    return e;
}

static void name_unit(struct event *e, struct str unit)
{
    memcpy(e->to, unit.p, unit.n); /* a known one's id */
}

void desk_acts_name_clock(struct event *e, const struct concern_clock *clock, int64_t now)
{
    if (!clock)
        return;
    e->act = clock->act;
    e->due = clock->due;
    e->late = now > clock->due;
}

void desk_acts_drop_requests(struct concern *c, struct changes *out)
{
    c->extension_asked = 0;
    c->dismissal = DISMISSAL_NONE;
    desk_publish_drop(c, out);
}

void desk_acts_tell_missed(struct desk_act *a, struct concern *c)
{
    for (size_t i = 0; i < c->nclocks; i++) {
        struct concern_clock *k = &c->clocks[i];
        if (k->met != a->now || a->now <= k->due || k->stage == STAGE_OVERDUE ||
            k->act == ACT_ASSESS)
            continue;
        k->stage = STAGE_OVERDUE;
        struct event *e = outbox_emit_clock(&a->desk->outbox, a->desk->conf.units, c, k,
                                            EVENT_OVERDUE, a->now, a->out);
        e->act = k->act;
        e->due = k->due;
    }
}

static int assess(struct desk_act *a)
{
    const struct desk_conf *conf = &a->desk->conf;

    if (a->command->emergency != EMERGENCY_UNSAID)
        a->c->emergency = a->command->emergency;
    clocks_regrade(a->c, conf->deadlines, conf->rules, a->command->grade, a->now);
    clocks_trigger(a->c, conf->deadlines, conf->rules, DEADLINE_ASSESSED, a->now);
    struct event *e = desk_acts_emit(a, EVENT_ASSESSED);
    e->before = a->command->criteria;
    e->code = (uint8_t)a->command->emergency;
    desk_acts_tell_missed(a, a->c);
    return 0;
}

/* 分办: each assisting unit is told with an event of its own. */
static void tell_assistants(struct desk_act *a, size_t from)
{
    for (size_t i = from; i < a->command->nunits; i++)
        name_unit(desk_acts_emit(a, EVENT_ASSISTED), a->command->units[i]);
}

/* The units that the routes name for its grade by now, when the command names none. */
static void route(const struct desk_act *a, struct command *cmd)
{
    const struct desk_conf *conf = &a->desk->conf;
    int topic = rules_find(conf->rules, str_from(a->c->topic));
    struct routes_way way;

    if (cmd->nunits || topic < 0)
        return;
    struct rules_topic of = rules_topic(conf->rules, (size_t)topic);
    routes_decide(conf->units,
                  &(struct routes_case){of.id, of.role, str_from(a->c->region), a->c->grade}, &way);
    for (size_t i = 0; i < way.count && i < COMMAND_UNITS; i++)
        cmd->units[cmd->nunits++] = str_from(conf->units->list[way.units[i]].id);
}

static int dispatch(struct desk_act *a)
{
    const struct desk_conf *conf = &a->desk->conf;
    const struct command *asked = a->command;
    struct command routed = *asked, *cmd = &routed;

    route(a, cmd);
    a->command = cmd;
    a->c->state = a->ruling.next;
    parties_tell(a->c, cmd->nunits ? cmd->units[0] : str_from(a->c->unit), true, a->now);
    for (size_t i = 1; i < cmd->nunits; i++)
        parties_tell(a->c, cmd->units[i], false, a->now);
    struct event *e = desk_acts_emit(a, EVENT_DISPATCHED);
    memcpy(e->to, a->c->unit, SLUG_MAX);
    tell_assistants(a, 1);
    a->command = asked;
    clocks_trigger(a->c, conf->deadlines, conf->rules, DEADLINE_DISPATCHED, a->now);
    return 0;
}

static int accept(struct desk_act *a)
{
    const struct concern_clock *clock = clocks_running(a->c, ACT_ACCEPT);

    a->c->state = a->ruling.next;
    a->c->accepted = a->now;
    parties_lead(a->c, PARTY_ACCEPTED, a->now);
    desk_acts_name_clock(desk_acts_emit(a, EVENT_ACCEPTED), clock, a->now);
    clocks_meet(a->c, ACT_ACCEPT, a->now);
    clocks_trigger(a->c, a->desk->conf.deadlines, a->desk->conf.rules, DEADLINE_ACCEPTED, a->now);
    return 0;
}

static int accept_part(struct desk_act *a)
{
    parties_mark(parties_find(a->c, a->command->by), PARTY_ACCEPTED, a->now);
    desk_acts_emit(a, EVENT_ACCEPTED);
    return 0;
}

/* The state in which it ends stands in the row; pending requests have come to nothing. */
void desk_state_end(struct desk_act *a, enum concern_outcome outcome)
{
    if (a->c->state != CONCERN_FOUND)
        parties_list(a->c);
    a->c->state = a->ruling.next;
    a->c->outcome = outcome;
    desk_acts_drop_requests(a->c, a->out);
    clocks_meet(a->c, ACT_NONE, a->now);
}

static int decline(struct desk_act *a)
{
    parties_list(a->c);
    desk_acts_drop_requests(a->c, a->out);
    parties_lead(a->c, PARTY_DECLINED, a->now);
    a->c->state = a->ruling.next;
    desk_acts_emit(a, EVENT_DECLINED);
    return 0;
}

static int decline_part(struct desk_act *a)
{
    struct concern_party *part = parties_find(a->c, a->command->by);

    parties_mark(part, PARTY_DECLINED, a->now);
    outbox_address(&a->desk->outbox, desk_acts_emit(a, EVENT_DECLINED), part->unit);
    return 0;
}

/* Who led hears that another does. Its acceptance goes with it, but what it met stays met. */
static int pass(struct desk_act *a)
{
    char before[SLUG_MAX];

    memcpy(before, a->c->unit, sizeof before);
    parties_list(a->c);
    desk_acts_drop_requests(a->c, a->out);
    parties_pass(a->c, a->command->units[0], a->now);
    a->c->state = a->ruling.next;
    a->c->accepted = 0;
    bool handed_on = a->ruling.effect == EFFECT_HAND_ON;
    struct event *e = desk_acts_emit(a, handed_on ? EVENT_HANDED_ON : EVENT_REASSIGNED);
    name_unit(e, a->command->units[0]);
    outbox_address_known(&a->desk->outbox, a->desk->conf.units, e, before);
    return 0;
}

static int assist(struct desk_act *a)
{
    parties_list(a->c);
    for (size_t i = 0; i < a->command->nunits; i++)
        parties_tell(a->c, a->command->units[i], false, a->now);
    tell_assistants(a, 0);
    return 0;
}

static int remind(struct desk_act *a)
{
    desk_acts_emit(a, EVENT_REMINDED);
    return 0;
}

static int ask_extension(struct desk_act *a)
{
    a->c->extension_asked = a->command->until;
    desk_acts_emit(a, EVENT_EXTENSION_ASKED)->due = a->command->until;
    return 0;
}

/* Said by the coordinator, or what the lead had asked for. */
static int extend(struct desk_act *a)
{
    a->c->extended = a->command->until ? a->command->until : a->c->extension_asked;
    a->c->extension_asked = 0;
    desk_acts_emit(a, EVENT_EXTENDED)->due = a->c->extended;
    return 0;
}

/* The lead asked, and learns that it may not. */
static struct event *deny(struct desk_act *a)
{
    struct event *e = desk_acts_emit(a, EVENT_DENIED);

    memcpy(e->to, a->c->unit, SLUG_MAX);
    return e;
}

static int deny_extension(struct desk_act *a)
{
    int64_t asked = a->c->extension_asked;

    a->c->extension_asked = 0;
    deny(a)->due = asked;
    return 0;
}

static int deny_decline(struct desk_act *a)
{
    parties_lead(a->c, PARTY_TOLD, a->now);
    a->c->state = a->ruling.next;
    deny(a);
    return 0;
}

static int ask_dismissal(struct desk_act *a)
{
    a->c->dismissal = (uint8_t)a->command->code;
    desk_acts_emit(a, EVENT_DISMISSAL_ASKED)->code = a->c->dismissal;
    return 0;
}

/* As for extend(). */
static int dismiss(struct desk_act *a)
{
    uint8_t code = a->command->code ? (uint8_t)a->command->code : a->c->dismissal;

    desk_state_end(a, OUTCOME_DISMISSED);
    a->c->dismissal = code;
    desk_acts_emit(a, EVENT_DISMISSED)->code = code;
    desk_acts_emit(a, EVENT_CLOSED);
    return 0;
}

static int deny_dismissal(struct desk_act *a)
{
    uint8_t code = a->c->dismissal;

    a->c->dismissal = DISMISSAL_NONE;
    deny(a)->code = code;
    return 0;
}

static int deny_draft(struct desk_act *a)
{
    const struct units *units = a->desk->conf.units;
    char wrote[SLUG_MAX];

    memcpy(wrote, *a->c->drafter ? a->c->drafter : units->list[units->coordinator].id, SLUG_MAX);
    desk_publish_drop(a->c, a->out);
    struct event *e = desk_acts_emit(a, EVENT_DENIED);
    memcpy(e->to, wrote, SLUG_MAX);
    e->act = ACT_REPLY;
    outbox_address_known(&a->desk->outbox, units, e, wrote);
    return 0;
}

static int hand_out(struct desk_act *a)
{
    int err = desk_answers_keep_url(a);

    if (err)
        return err;
    desk_state_end(a, OUTCOME_HANDED_OUT);
    desk_acts_emit(a, EVENT_HANDED_OUT);
    desk_acts_emit(a, EVENT_CLOSED);
    return 0;
}

/* The round that is over counts as missed unless it was answered in time: what was dismissed or
 * handed out and has to be answered after all was not answered. */
void desk_state_new_round(const struct desk *d, struct concern *c, int64_t now,
                          struct changes *out)
{
    c->misses += c->outcome != OUTCOME_ANSWERED || c->answered > c->due;
    c->round++;
    parties_list(c);
    if (c->nparties)
        parties_renew(c, now);
    else
        parties_tell(c, str_from(c->unit), true, now); /* it was never dispatched */
    desk_acts_drop_requests(c, out);
    free(c->reply_url);
    c->reply_url = NULL;
    c->accepted = c->answered = c->extended = 0;
    c->heat.effect = 0; /* of an answer that was none, nothing is told */
    c->outcome = OUTCOME_NONE;
    c->scope = SCOPE_FULL;
    c->article = SCOPE_ARTICLE_NONE;
    c->edition = 0;
    c->late_items = c->nlate_sources = 0;
    memset(c->late_sources, 0, sizeof c->late_sources);
    c->state = CONCERN_OPEN;
    desk_state_new_clocks(d, c, now);
}

static int new_round(struct desk_act *a)
{
    desk_state_new_round(a->desk, a->c, a->now, a->out);
    struct event *e =
        desk_acts_emit(a, a->ruling.effect == EFFECT_RETURN ? EVENT_RETURNED : EVENT_REOPENED);
    e->code = (uint8_t)a->command->why;
    if (a->other != SLOTS_NONE)
        e->other = slots_at(a->desk->slots, a->other)->concern.id;
    e->before = a->before;
    e->after = a->after;
    return 0;
}

static int (*const effects[STEPS_EFFECTS])(struct desk_act *a) = {
    [EFFECT_ASSESS] = assess,
    [EFFECT_DISPATCH] = dispatch,
    [EFFECT_ACCEPT] = accept,
    [EFFECT_ACCEPT_PART] = accept_part,
    [EFFECT_PROGRESS] = desk_answers_progress,
    [EFFECT_ANSWER] = desk_answers_give,
    [EFFECT_ANSWER_PART] = desk_answers_part,
    [EFFECT_DECLINE] = decline,
    [EFFECT_DECLINE_PART] = decline_part,
    [EFFECT_REASSIGN] = pass,
    [EFFECT_HAND_ON] = pass,
    [EFFECT_ASSIST] = assist,
    [EFFECT_REMIND] = remind,
    [EFFECT_ASK_EXTENSION] = ask_extension,
    [EFFECT_EXTEND] = extend,
    [EFFECT_APPROVE_EXTENSION] = extend,
    [EFFECT_DENY_EXTENSION] = deny_extension,
    [EFFECT_DENY_DECLINE] = deny_decline,
    [EFFECT_ASK_DISMISSAL] = ask_dismissal,
    [EFFECT_DISMISS] = dismiss,
    [EFFECT_APPROVE_DISMISSAL] = dismiss,
    [EFFECT_DENY_DISMISSAL] = deny_dismissal,
    [EFFECT_HAND_OUT] = hand_out,
    [EFFECT_CLOSE] = desk_answers_close,
    [EFFECT_RETURN] = new_round,
    [EFFECT_REOPEN] = new_round,
    [EFFECT_MERGE] = desk_state_merge,
    [EFFECT_MERGE_REOPENED] = desk_state_merge,
    [EFFECT_SPLIT] = desk_state_split,
    [EFFECT_MOVE] = desk_state_move,
    [EFFECT_KEEP_PROMISE] = desk_answers_keep_promise,
    [EFFECT_DRAFT] = desk_publish_draft,
    [EFFECT_PUBLISH] = desk_publish_answer,
    [EFFECT_REPUBLISH] = desk_publish_correction,
    [EFFECT_DENY_DRAFT] = deny_draft,
};

int desk_state_act(struct desk_act *a)
{
    int err = effects[a->ruling.effect](a);

    if (err)
        return err;
    desk_acts_note_update(a->c, a->now);
    return desk_state_schedule(a->desk, a->at);
}
