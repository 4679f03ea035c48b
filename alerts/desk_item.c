/* What a new item does: joins the concern whose copy it is, opens one, or makes one that is
 * answered already. */
#define _GNU_SOURCE
#include "alerts/clocks.h"
#include "alerts/desk_state.h"
#include "alerts/likeness.h"
#include "alerts/place.h"
#include "alerts/routes.h"
#include "base/err.h"

/* Copy into a zero-filled array; false when it does not fit with its NUL. */
static bool fill(char *to, size_t size, struct str s)
{
    if (s.n >= size)
        return false;
    memcpy(to, s.p ? s.p : "", s.n);
    return true;
}

struct str desk_state_place(const struct desk *d, const struct verdict *v, struct str source_place)
{
    struct str best = STR_NONE;
    bool best_home = false;

    for (size_t i = 0; i < v->nregions; i++) {
        struct str code = v->regions[i].code;
        bool home = place_compatible(code, d->conf.home);
        if (code.n >= REGION_MAX || home < best_home)
            continue;
        if (home > best_home || place_stem(code).n > place_stem(best).n) {
            best = code;
            best_home = home;
        }
    }
    return best.n || source_place.n >= REGION_MAX ? best : source_place;
}

static bool has_topic(const struct verdict *v, const char *topic)
{
    for (size_t i = 0; i < v->ntags; i++)
        if (str_is(v->tags[i].topic, topic))
            return true;
    return false;
}

struct home { /* the concern that an item joins */
    uint32_t at; /* SLOTS_NONE: none */
    uint32_t via; /* that it is like: `at`, or one that went into it */
    struct event_likeness why;
};

/* Which of two concerns an item joins: an open one, then the nearer, then the older. */
static bool better(const struct desk *d, const struct home *a, const struct home *b)
{
    if (b->at == SLOTS_NONE)
        return true;
    const struct concern *x = &slots_at(d->slots, a->at)->concern;
    const struct concern *y = &slots_at(d->slots, b->at)->concern;
    bool closed_x = x->state == CONCERN_CLOSED, closed_y = y->state == CONCERN_CLOSED;

    if (closed_x != closed_y)
        return closed_y;
    return a->why.score != b->why.score ? a->why.score > b->why.score : x->id < y->id;
}

/* Its place and time allow it; how near it is, is another question. */
static bool may_join(const struct desk *d, const struct concern *c, struct str place, int64_t now,
                     bool exact)
{
    bool recent = now <= desk_state_joined_until(d, c);

    return c->id && !c->merged && (recent || (exact && c->state != CONCERN_CLOSED)) &&
           place_compatible(str_from(c->region), place);
}

static struct home find_copy(const struct desk *d, const struct verdict *v, struct str place,
                             int64_t now)
{
    uint32_t candidates[GROUP_CANDIDATES];
    size_t n = group_find(d->group, v->sketch, candidates);
    const struct likeness_text text = {v->sketch, v->traits};
    struct likeness_probe probe;
    struct home best = {.at = SLOTS_NONE};

    likeness_prepare(&probe, &text);
    for (size_t i = 0; i < n; i++) {
        const struct concern *c = &slots_at(d->slots, candidates[i])->concern;
        const struct likeness_text other = {c->sketch, c->traits};
        struct home home = {desk_state_lead(d, candidates[i]), candidates[i],
                            likeness_copy(&probe, &other)};
        bool exact = home.why.shared == VERDICT_SKETCH;
        const struct concern *lead = &slots_at(d->slots, home.at)->concern;
        if (home.why.by && has_topic(v, c->topic) && may_join(d, lead, place, now, exact) &&
            better(d, &home, &best))
            best = home;
    }
    return best;
}

static struct home find_matter(const struct desk *d, const struct verdict *v, struct str place,
                               int64_t now)
{
    uint32_t candidates[KIN_CANDIDATES];
    size_t n = kin_find(d->kin, place, v->traits, candidates);
    const struct likeness_text text = {v->sketch, v->traits};
    struct likeness_probe probe;
    struct home best = {.at = SLOTS_NONE};

    for (size_t i = 0; i < n; i++) {
        const struct concern *c = &slots_at(d->slots, candidates[i])->concern;
        __builtin_prefetch(c);
        likeness_prefetch(c->traits);
    }
    likeness_prepare(&probe, &text);
    for (size_t i = 0; i < n; i++) {
        const struct concern *c = &slots_at(d->slots, candidates[i])->concern;
        uint32_t at = desk_state_lead(d, candidates[i]);
        if (!may_join(d, &slots_at(d->slots, at)->concern, place, now, false))
            continue;
        const struct likeness_text other = {c->sketch, c->traits};
        struct home home = {at, candidates[i],
                            likeness_matter(&probe, &other, has_topic(v, c->topic))};
        if (home.why.by && better(d, &home, &best))
            best = home;
    }
    return best;
}

/* By what went into it it is found for as long as copies of that come. */
static void touch_way(struct desk *d, const struct home *home, int64_t now, struct changes *out)
{
    uint32_t at = home->via;

    while (at != home->at && out->nconcerns < out->concerns_cap - 1 - DESK_RELATED_MOST) {
        struct slot *slot = slots_at(d->slots, at);
        if (slot->concern.updated < now)
            slot->concern.updated = now;
        desk_state_touch(slot, out);
        at = slots_find(d->slots, slot->concern.merged);
    }
}

static int join(struct desk *d, const struct home *home, const struct verdict *v,
                const struct desk_origin *from, int64_t now, struct changes *out)
{
    struct slot *slot = slots_at(d->slots, home->at);
    struct event *e;
    bool replied = desk_state_reply_url(v).n != 0;
    int err = desk_state_prepare(d, out, 4);

    if (!err)
        err = slots_count_source(slot, from->source);
    if (err)
        return err;
    slot->concern.items++;
    if (slot->concern.updated < now) /* the clock may step back, the window never shrinks */
        slot->concern.updated = now;
    touch_way(d, home, now, out);
    desk_state_touch(slot, out);
    if (replied) /* an answered item calls nobody */
        e = outbox_record(&d->outbox, &slot->concern, EVENT_JOINED, now, out);
    else
        e = outbox_emit(&d->outbox, d->conf.units, &slot->concern, EVENT_JOINED, now, out);
    e->likeness = home->why;
    desk_state_heat(d, home->at, v, false, now, out);
    if (!replied)
        return desk_state_again(d, home->at, v, from, &home->why, now, out);
    if (v->reply_time && v->reply_time < slot->concern.opened)
        return 0;
    return desk_reply(d, slot->concern.id, v, from->id, now, out);
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
    clocks_drop_promises(c);
    for (size_t i = 0; i < c->nclocks; i++) {
        struct concern_clock *k = &c->clocks[i];
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

bool desk_state_topic(const struct desk *d, const struct verdict *v, struct rules_topic *topic)
{
    for (size_t i = 0; i < v->ntags; i++) {
        int at = rules_find(d->conf.rules, v->tags[i].topic);
        if (at >= 0) {
            *topic = rules_topic(d->conf.rules, (size_t)at);
            if (event_grade_find(v->tags[i].grade) > event_grade_find(topic->grade))
                topic->grade = v->tags[i].grade;
            return topic->id.n < SLUG_MAX;
        }
    }
    return false;
}

int desk_state_join(struct desk *d, const struct verdict *v, const struct desk_origin *from,
                    int64_t now, struct changes *out, uint64_t *concern)
{
    struct str place = desk_state_place(d, v, from->place);
    struct home home = {.at = SLOTS_NONE};

    *concern = 0;
    kin_prefetch(d->kin, place, v->traits);
    if (v->ntags)
        home = find_copy(d, v, place, now);
    if (home.at == SLOTS_NONE)
        home = find_matter(d, v, place, now);
    if (home.at == SLOTS_NONE)
        return 0;
    uint64_t id = slots_at(d->slots, home.at)->concern.id;
    int err = desk_state_anew(d, home.at, v, from, &home.why, now, out, concern);
    if (err || *concern)
        return err;
    err = join(d, &home, v, from, now, out);
    if (!err)
        *concern = id;
    return err;
}

static int take(struct desk *d, const struct verdict *v, const struct desk_origin *from,
                int64_t now, struct changes *out, uint64_t *concern)
{
    struct rules_topic topic;
    bool answered = desk_state_reply_url(v).n != 0;

    *concern = 0;
    desk_state_forget(d, now);
    if (v->elsewhere || (from->history && !answered))
        return 0;
    int err = from->history ? 0 : desk_state_join(d, v, from, now, out, concern);
    if (err || *concern)
        return err;
    if (v->kind != VERDICT_RAISED || !desk_state_topic(d, v, &topic) ||
        (!answered && (v->reply.n || v->reply_url.n)))
        return 0;
    return desk_state_open(d, v, &topic, from, now, out, concern);
}

int desk_item(struct desk *d, const struct verdict *v, const struct desk_origin *from, int64_t now,
              struct changes *out, uint64_t *concern)
{
    enum { MOST = 4 + PARTIES_MAX }; /* events of one item, besides bursts */
    int err = desk_state_prepare(d, out, MOST + 2 * v->ntags);

    *concern = 0;
    if (!err)
        err = burst_reserve(d->burst, v->ntags + DESK_TERMS_MAX);
    if (!err)
        err = take(d, v, from, now, out, concern);
    if (!err && !from->history && !v->elsewhere)
        desk_state_burst(d, v, now, out);
    return err;
}
