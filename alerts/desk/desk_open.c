/* How a concern begins: with its units and clocks, or answered already. */
#define _GNU_SOURCE
#include "alerts/deadlines/clocks.h"
#include "alerts/desk/desk_state.h"
#include "alerts/units/routes.h"
#include "base/err.h"

/* Copy into a zero-filled array; false when it does not fit with its NUL. */
static bool fill(char *to, size_t size, struct str s)
{
    if (s.n >= size)
        return false;
    memcpy(to, s.p ? s.p : "", s.n);
    return true;
}

void desk_state_route(const struct desk *d, const struct routes_case *asked, int64_t now,
                      struct concern *c)
{
    struct routes_way way;

    routes_decide(d->conf.units, asked, &way);
    memcpy(c->unit, d->conf.units->list[way.units[0]].id, SLUG_MAX);
    for (size_t i = 0; way.count > 1 && c->state != CONCERN_FOUND && i < way.count; i++) {
        struct concern_party *p = &c->parties[c->nparties++];
        memcpy(p->unit, d->conf.units->list[way.units[i]].id, SLUG_MAX);
        p->lead = i == 0;
        p->told = now;
    }
}

void desk_state_new_clocks(const struct desk *d, struct concern *c, int64_t now)
{
    if (rules_find(d->conf.rules, str_from(c->topic)) >= 0) {
        clocks_start(c, d->conf.deadlines, d->conf.rules, now, true);
        return;
    }
    clocks_drop_over(c);
    for (size_t i = 0; i < c->nclocks; i++) {
        struct concern_clock *k = &c->clocks[i];
        if (k->act == ACT_PROMISE)
            continue;
        const struct deadline_rule *rule = deadline_find(d->conf.deadlines, str_from(k->rule));
        k->due = rule ? deadline_due(d->conf.deadlines, rule, now, &k->provisional)
                      : now + (k->due - k->started);
        k->started = now;
        k->met = 0;
        k->stage = STAGE_RUNNING;
        k->level = 0;
    }
    const struct concern_clock *reply = clocks_find(c, ACT_REPLY);
    c->due = reply ? reply->due : c->due;
}

static void fill_concern(const struct desk *d, const struct verdict *v,
                         const struct rules_topic *topic, struct str place, enum source_kind kind,
                         int64_t opened, int64_t now, struct concern *c)
{
    int grade = event_grade_find(topic->grade);
    struct routes_case asked = {topic->id, topic->role, place, GRADE_ORDINARY};

    fill(c->topic, sizeof c->topic, topic->id);
    fill(c->region, sizeof c->region, place);
    c->state = topic->assess ? CONCERN_FOUND : CONCERN_OPEN;
    c->grade = asked.grade = grade < 0 ? GRADE_ORDINARY : (enum grade)grade;
    desk_state_route(d, &asked, now, c);
    c->request = v->request;
    c->opened = opened;
    c->updated = now;
    c->items = 1;
    memcpy(c->sketch, v->sketch, sizeof c->sketch);
    memcpy(c->traits, v->traits, sizeof c->traits);
    c->kind = (uint8_t)kind;
    c->proposed = c->grade;
    clocks_start(c, d->conf.deadlines, d->conf.rules, opened, c->state != CONCERN_FOUND);
}

/* A slot with a new concern whose number is that of the next event: 0 or ERR_NOMEM. */
static int add_concern(struct desk *d, const struct verdict *v, const struct rules_topic *topic,
                       const struct desk_origin *from, int64_t opened, int64_t now,
                       struct changes *out, uint32_t *at)
{
    int err = desk_state_prepare(d, out, 4 + PARTIES_MAX);

    if (!err)
        err = slots_reserve(d->slots);
    if (!err)
        err = desk_state_reserve(d);
    if (err)
        return err;
    *at = slots_add(d->slots, d->outbox.head + 1);
    struct slot *slot = slots_at(d->slots, *at);
    fill_concern(d, v, topic, desk_state_place(d, v, from->place), from->kind, opened, now,
                 &slot->concern);
    err = slots_count_source(slot, from->source);
    if (!err)
        err = desk_state_schedule(d, *at);
    if (err) {
        slots_drop(d->slots, *at);
        return err;
    }
    desk_state_index(d, *at);
    desk_state_touch(slot, out);
    return 0;
}

static int open_concern(struct desk *d, const struct verdict *v, const struct rules_topic *topic,
                        const struct desk_origin *from, int64_t now, struct changes *out,
                        uint64_t *concern)
{
    uint32_t at;
    int err = add_concern(d, v, topic, from, now, now, out, &at);

    if (err)
        return err;
    struct slot *slot = slots_at(d->slots, at);
    outbox_emit(&d->outbox, d->conf.units, &slot->concern, EVENT_OPENED, now, out);
    if (slot->concern.state != CONCERN_FOUND)
        outbox_emit(&d->outbox, d->conf.units, &slot->concern, EVENT_DISPATCHED, now, out);
    for (size_t i = 1; i < slot->concern.nparties; i++)
        memcpy(outbox_emit(&d->outbox, d->conf.units, &slot->concern, EVENT_ASSISTED, now, out)->to,
               slot->concern.parties[i].unit, SLUG_MAX);
    desk_state_heat(d, at, v, true, now, out);
    *concern = slot->concern.id;
    return 0;
}

static void drop_concern(struct desk *d, uint32_t at, struct changes *out)
{
    out->nconcerns--; /* the last that was touched */
    heap_remove(d->timers, at);
    desk_state_unindex(d, at);
    slots_drop(d->slots, at);
}

/* It was raised and answered before it was seen: both times are kept, nobody is called. */
static int record_answered(struct desk *d, const struct verdict *v, const struct rules_topic *topic,
                           const struct desk_origin *from, int64_t now, struct changes *out,
                           uint64_t *concern)
{
    static const enum event_type types[] = {EVENT_OPENED, EVENT_ANSWERED, EVENT_CLOSED};
    int64_t replied = v->reply_time > 0 && v->reply_time < now ? v->reply_time : now;
    int64_t opened = v->published > 0 && v->published < replied ? v->published : replied;
    uint32_t at;
    int err = add_concern(d, v, topic, from, opened, now, out, &at);

    if (err)
        return err;
    if (desk_state_close(d, at, desk_state_reply_url(v), replied, now, out)) {
        drop_concern(d, at, out);
        return ERR_NOMEM;
    }
    heap_remove(d->timers, at);
    const struct concern *c = &slots_at(d->slots, at)->concern;
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        struct event *e = outbox_record(&d->outbox, c, types[i], now, out);
        fill(e->source, sizeof e->source, from->id);
        if (types[i] == EVENT_ANSWERED) {
            e->act = ACT_REPLY;
            e->late = replied > c->due;
        }
    }
    *concern = c->id;
    return 0;
}

int desk_state_open(struct desk *d, const struct verdict *v, const struct rules_topic *topic,
                    const struct desk_origin *from, int64_t now, struct changes *out,
                    uint64_t *concern)
{
    if (desk_state_reply_url(v).n)
        return record_answered(d, v, topic, from, now, out, concern);
    return open_concern(d, v, topic, from, now, out, concern);
}
