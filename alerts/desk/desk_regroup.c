/* Items that people put together otherwise than they were found: 并单, 拆分, 移出. Nothing here moves
 * a due time later, and all of it can be undone: what was merged is split off as it went in. */
#define _GNU_SOURCE
#include <stdlib.h>

#include "alerts/deadlines/clocks.h"
#include "alerts/desk/desk_acts.h"
#include "alerts/desk/desk_state.h"
#include "alerts/desk/parties.h"
#include "base/err.h"

/* The coordinating unit hears of whatever anybody does. */
static struct event *emit(struct desk_act *a, uint32_t at, enum event_type type, uint64_t other)
{
    struct desk *d = a->desk;
    struct slot *slot = slots_at(d->slots, at);
    struct str by = a->command->by;

    desk_state_touch(slot, a->out);
    struct event *e =
        outbox_emit(&d->outbox, d->conf.units, &slot->concern, type, a->now, a->out);
    outbox_address(&d->outbox, e, d->conf.units->list[d->conf.units->coordinator].id);
    if (by.n && by.n < SLUG_MAX)
        memcpy(e->by, by.p, by.n);
    e->other = other;
    return e;
}

/* Items have come to it by hand. `said` is EMERGENCY_YES or _NO where they bear on that. */
static int tell_joined(struct desk_act *a, uint32_t at, enum emergency said)
{
    struct concern *c = &slots_at(a->desk->slots, at)->concern;

    if (c->updated < a->now)
        c->updated = a->now;
    struct event *e = emit(a, at, EVENT_JOINED, a->c->id);
    e->likeness.by = LIKE_HAND;
    e->code = (uint8_t)said;
    return desk_state_schedule(a->desk, at);
}

/* As many as the desk has seen; only the store knows how many there are. */
static int join_sources(const struct slot *from, struct slot *to, uint32_t joint)
{
    int err = slots_count_source(to, from->source);

    for (size_t i = 0; i < from->nsources && !err; i++)
        err = slots_count_source(to, from->sources[i]);
    if (to->concern.sources < from->concern.sources)
        to->concern.sources = from->concern.sources;
    if (to->concern.sources < joint)
        to->concern.sources = joint;
    return err;
}

/* What 研判 held to be an emergency stays one; a grave one of its topic does where nobody has held
 * that this is none. Whether it is one by now, where that was in question. */
static enum emergency join_emergency(struct concern *to, const struct concern *from,
                                     const struct rules *rules)
{
    bool grave = clocks_grade(from) >= GRADE_MAJOR && !clocks_no_emergency(from, rules);

    if (!clocks_no_emergency(to, rules) || (!grave && from->emergency != EMERGENCY_YES))
        return EMERGENCY_UNSAID;
    if (from->emergency == EMERGENCY_YES)
        to->emergency = EMERGENCY_YES;
    else if (to->emergency == EMERGENCY_UNSAID)
        to->emergency = EMERGENCY_MERGED;
    return to->emergency == EMERGENCY_NO ? EMERGENCY_NO : EMERGENCY_YES;
}

/* The higher grade holds, with whether anybody has decided it. */
static void join_grades(struct concern *to, const struct concern *from)
{
    if (from->grade > to->grade) {
        to->grade = from->grade;
        to->assessed = from->assessed;
    }
    if (from->proposed > to->proposed)
        to->proposed = from->proposed;
}

int desk_state_merge(struct desk_act *a)
{
    struct slot *from = slots_at(a->desk->slots, a->at);
    struct slot *into = slots_at(a->desk->slots, a->other);
    struct concern *c = &into->concern;
    const struct desk_conf *conf = &a->desk->conf;
    bool reopened = a->ruling.effect == EFFECT_MERGE_REOPENED;
    int err = join_sources(from, into, a->command->found ? a->command->found->joint_sources : 0);

    if (err)
        return err;
    if (reopened)
        desk_state_new_round(a->desk, c, a->now, a->out);
    clocks_join(c, a->c);
    clocks_join_promises(c, a->c, a->now);
    enum emergency said = join_emergency(c, a->c, conf->rules);
    join_grades(c, a->c);
    clocks_regroup(c, conf->deadlines, conf->rules, a->now);
    c->items += a->c->items;
    if (a->c->opened < c->opened)
        c->opened = a->c->opened;
    if (a->c->misses > c->misses)
        c->misses = a->c->misses;
    c->registered = c->registered || a->c->registered;
    desk_state_end(a, OUTCOME_MERGED);
    a->c->merged = c->id;
    emit(a, a->at, EVENT_MERGED, c->id);
    a->c->items = a->c->sources = 0; /* they are counted where they are */
    emit(a, a->at, EVENT_CLOSED, 0);
    if (reopened)
        emit(a, a->other, EVENT_REOPENED, 0);
    err = tell_joined(a, a->other, said);
    desk_acts_tell_missed(a, c);
    return err;
}

static bool same(const uint32_t a[static VERDICT_SKETCH], const uint32_t b[static VERDICT_SKETCH])
{
    return !group_blank(a) && group_equal(a, b) == VERDICT_SKETCH;
}

/* A concern that went into this one and is found by the sketch, or this one itself, or SLOTS_NONE.
 */
static uint32_t face_of(const struct desk_act *a, const uint32_t sketch[static VERDICT_SKETCH],
                        bool merged)
{
    const struct desk *d = a->desk;
    uint32_t candidates[GROUP_CANDIDATES];
    size_t n = group_find(d->group, sketch, candidates);

    for (size_t i = 0; i < n; i++)
        if (same(slots_at(d->slots, candidates[i])->concern.sketch, sketch) &&
            desk_state_lead(d, candidates[i]) == a->at && (!merged || candidates[i] != a->at))
            return candidates[i];
    return SLOTS_NONE;
}

/* Of an item the sketch is stored; its traits are known where a concern began with it. */
static void traits_of(const struct desk_act *a, const uint32_t sketch[static VERDICT_SKETCH],
                      uint32_t traits[static VERDICT_TRAITS])
{
    uint32_t at = face_of(a, sketch, false);

    memset(traits, 0, VERDICT_TRAITS * sizeof *traits);
    if (at != SLOTS_NONE)
        memcpy(traits, slots_at(a->desk->slots, at)->concern.traits,
               VERDICT_TRAITS * sizeof *traits);
}

/* What went into the concern with these items goes with them: its copies join the other one. */
static void lead_elsewhere(struct desk_act *a, uint64_t to)
{
    const struct command_found *found = a->command->found;

    for (size_t i = 0; i < found->items; i++) {
        uint32_t at = face_of(a, found->sketches[i], true);
        if (at == SLOTS_NONE)
            continue;
        struct slot *slot = slots_at(a->desk->slots, at);
        slot->concern.merged = to;
        desk_state_touch(slot, a->out);
    }
}

/* The items are no more this one's. */
static void let_go(struct desk_act *a)
{
    const struct command_found *found = a->command->found;
    uint32_t traits[VERDICT_TRAITS];

    a->c->items -= (uint32_t)found->items;
    a->c->sources = found->rest_sources;
    if (!found->first)
        return;
    traits_of(a, found->rest, traits);
    desk_state_face(a->desk, a->at, found->rest, traits);
}

/* Of what begins with these items nothing has been answered, asked for or missed by now. */
static void begin(const struct desk_act *a, struct concern *c, uint64_t id)
{
    c->id = id;
    c->reply_url = NULL;
    c->outcome = OUTCOME_NONE;
    c->merged = 0;
    c->answered = c->extension_asked = 0;
    c->round = c->misses = 0;
    c->dismissal = DISMISSAL_NONE;
    c->draft = 0;
    c->draft_person = 0;
    memset(c->drafter, 0, sizeof c->drafter);
    c->edition = 0;
    c->late_items = c->nlate_sources = 0;
    memset(c->late_sources, 0, sizeof c->late_sources);
    c->updated = a->now;
    c->items = (uint32_t)a->command->found->items;
    c->sources = a->command->found->sources;
}

/* The new one is owed when the other is, to the same units, who have to accept it (签收): what was
 * done and announced by then stays so. Nothing was published for it yet. */
static void inherit(const struct desk_act *a, struct concern *c)
{
    struct concern_party parties[PARTIES_MAX];
    const struct concern *from = a->c;
    size_t n = from->nparties ? concern_parties(from, parties) : 0;
    uint64_t id = c->id;

    *c = *from;
    begin(a, c, id);
    c->state = from->state == CONCERN_FOUND ? CONCERN_FOUND : CONCERN_OPEN;
    clocks_drop_promises(c);
    c->accepted = c->extended = 0;
    c->registered = false;
    c->nparties = 0;
    memset(c->parties, 0, sizeof c->parties);
    for (size_t i = 0; i < n; i++)
        if (concern_party_active(&parties[i]))
            parties_tell(c, str_from(parties[i].unit), parties[i].lead, a->now);
    memcpy(c->sketch, a->command->found->sketches[0], sizeof c->sketch);
    traits_of(a, c->sketch, c->traits);
}

/* The concern that the first of the items was, before it went into this one; or NULL. What the desk
 * has forgotten the store has looked up. */
static const struct concern *was_merged(const struct desk_act *a)
{
    const struct command_found *found = a->command->found;
    uint32_t at = face_of(a, found->sketches[0], true);

    return at != SLOTS_NONE ? &slots_at(a->desk->slots, at)->concern : found->was;
}

static enum concern_state state_before(const struct concern *was)
{
    if (!was->nparties) /* see desk_state_end() */
        return CONCERN_FOUND;
    for (size_t i = 0; i < was->nparties; i++)
        if (was->parties[i].lead && was->parties[i].state == PARTY_DECLINED)
            return CONCERN_DECLINED;
    return was->accepted ? CONCERN_ACCEPTED : CONCERN_OPEN;
}

/* A merge is undone: the matter, its units with what they did, and its clocks, as they went in. */
static int restore(const struct desk_act *a, const struct concern *was, struct concern *c)
{
    uint64_t id = c->id;
    char *url = was->reply_url ? strdup(was->reply_url) : NULL;

    if (was->reply_url && !url)
        return ERR_NOMEM;
    *c = *was;
    begin(a, c, id);
    c->reply_url = url;
    c->state = state_before(was);
    clocks_part(c, a->c);
    clocks_part_promises(c, a->c);
    return 0;
}

int desk_state_split(struct desk_act *a)
{
    const struct concern *was = was_merged(a);
    struct desk *d = a->desk;
    int err = slots_reserve(d->slots);

    if (!err)
        err = desk_state_reserve(d);
    if (err)
        return err;
    uint32_t at = slots_add(d->slots, d->outbox.head + 2); /* its opening follows the splitting */
    struct concern *c = &slots_at(d->slots, at)->concern;
    if (was)
        err = restore(a, was, c);
    else
        inherit(a, c);
    if (!err)
        err = desk_state_schedule(d, at);
    if (err) {
        slots_drop(d->slots, at);
        return err;
    }
    lead_elsewhere(a, c->id);
    let_go(a);
    desk_state_index(d, at);
    emit(a, a->at, EVENT_SPLIT, c->id);
    emit(a, at, EVENT_OPENED, a->c->id);
    if (c->state != CONCERN_FOUND)
        emit(a, at, EVENT_DISPATCHED, 0);
    return 0;
}

int desk_state_move(struct desk_act *a)
{
    struct slot *other = slots_at(a->desk->slots, a->other);

    lead_elsewhere(a, other->concern.id);
    let_go(a);
    other->concern.items += (uint32_t)a->command->found->items;
    if (other->concern.sources < a->command->found->joint_sources)
        other->concern.sources = a->command->found->joint_sources;
    emit(a, a->at, EVENT_MOVED, other->concern.id);
    return tell_joined(a, a->other, EMERGENCY_UNSAID);
}
