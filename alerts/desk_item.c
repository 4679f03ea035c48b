/* What a new item does: joins the concern whose copy it is, or opens one. */
#define _GNU_SOURCE
#include <assert.h>

#include "alerts/clocks.h"
#include "alerts/desk_state.h"
#include "alerts/place.h"
#include "base/err.h"

/* Copy into a zero-filled array; false when it does not fit with its NUL. */
static bool fill(char *to, size_t size, struct str s)
{
    if (s.n >= size)
        return false;
    memcpy(to, s.p ? s.p : "", s.n);
    return true;
}

static struct str place_of(const struct verdict *v, struct str source_place)
{
    struct str best = STR_NONE;

    for (size_t i = 0; i < v->nregions; i++) {
        struct str code = v->regions[i].code;
        if (code.n < REGION_MAX && place_stem(code).n > place_stem(best).n)
            best = code;
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

/* Which of two concerns an item joins: an open one, then the nearer copy, then the older. */
static bool better(const struct concern *a, int equal_a, const struct concern *b, int equal_b)
{
    bool closed_a = a->state == CONCERN_CLOSED, closed_b = b->state == CONCERN_CLOSED;

    if (closed_a != closed_b)
        return closed_b;
    return equal_a != equal_b ? equal_a > equal_b : a->id < b->id;
}

static uint32_t find_copy(const struct desk *d, const struct verdict *v, struct str place,
                          int64_t now)
{
    uint32_t candidates[GROUP_CANDIDATES];
    size_t n = group_find(d->group, v->sketch, candidates);
    const struct concern *best = NULL;
    uint32_t best_at = SLOTS_NONE;
    int best_equal = 0;

    for (size_t i = 0; i < n; i++) {
        const struct concern *c = &slots_at(d->slots, candidates[i])->concern;
        int equal = group_equal(c->sketch, v->sketch);
        bool recent = now - c->updated <= d->conf.group_window;
        bool exact = equal == VERDICT_SKETCH && c->state != CONCERN_CLOSED;
        if (equal < GROUP_THRESHOLD || (!recent && !exact) || !has_topic(v, c->topic) ||
            !place_compatible(str_from(c->region), place))
            continue;
        if (!best || better(c, equal, best, best_equal)) {
            best = c;
            best_at = candidates[i];
            best_equal = equal;
        }
    }
    return best_at;
}

static int join(struct desk *d, uint32_t at, uint64_t source, int64_t now, struct changes *out)
{
    struct slot *slot = slots_at(d->slots, at);
    int err = desk_state_prepare(d, out, 1);

    if (!err)
        err = slots_count_source(slot, source);
    if (err)
        return err;
    slot->concern.items++;
    if (slot->concern.updated < now) /* the clock may step back, the window never shrinks */
        slot->concern.updated = now;
    desk_state_touch(slot, out);
    outbox_emit(&d->outbox, d->conf.units, &slot->concern, EVENT_JOINED, now, out);
    return 0;
}

static void start_clocks(const struct desk *d, const struct rules_topic *topic, struct concern *c)
{
    const struct concern_clock *reply;

    for (size_t i = 0; i < topic->ndeadlines && c->nclocks < CLOCKS_MAX; i++) {
        const struct deadline_rule *rule = deadline_find(d->conf.deadlines, topic->deadlines[i]);
        struct concern_clock *clock = &c->clocks[c->nclocks];
        if (!rule)
            continue;
        memcpy(clock->rule, rule->id, SLUG_MAX);
        clock->act = rule->act;
        clock->started = c->opened;
        clock->due = deadline_due(d->conf.deadlines, rule, c->opened, &clock->provisional);
        c->nclocks++;
    }
    reply = clocks_find(c, ACT_REPLY);
    assert(reply); /* desk_check() lets no topic in without one */
    c->due = reply->due;
}

static void fill_concern(const struct desk *d, const struct verdict *v,
                         const struct rules_topic *topic, struct str place, int64_t now,
                         struct concern *c)
{
    int grade = event_grade_find(topic->grade);
    int unit = units_route(d->conf.units, topic->role, place, NULL);

    fill(c->topic, sizeof c->topic, topic->id);
    fill(c->region, sizeof c->region, place);
    memcpy(c->unit, d->conf.units->list[unit].id, SLUG_MAX);
    c->state = CONCERN_OPEN;
    c->grade = grade < 0 ? GRADE_ORDINARY : (enum grade)grade;
    c->request = v->request;
    c->opened = c->updated = now;
    c->items = 1;
    memcpy(c->sketch, v->sketch, sizeof c->sketch);
    start_clocks(d, topic, c);
}

static int open_concern(struct desk *d, const struct verdict *v, const struct rules_topic *topic,
                        struct str place, uint64_t source, int64_t now, struct changes *out,
                        uint64_t *concern)
{
    uint64_t id = d->outbox.head + 1;
    int err = desk_state_prepare(d, out, 2);
    uint32_t at;

    if (!err)
        err = slots_reserve(d->slots);
    if (!err)
        err = group_reserve(d->group, slots_end(d->slots) + 1);
    if (err)
        return err;
    at = slots_add(d->slots, id);
    struct slot *slot = slots_at(d->slots, at);
    fill_concern(d, v, topic, place, now, &slot->concern);
    err = slots_count_source(slot, source);
    if (!err)
        err = desk_state_schedule(d, at);
    if (err) {
        slots_drop(d->slots, at);
        return err;
    }
    group_add(d->group, at, slot->concern.sketch);
    desk_state_touch(slot, out);
    outbox_emit(&d->outbox, d->conf.units, &slot->concern, EVENT_OPENED, now, out);
    outbox_emit(&d->outbox, d->conf.units, &slot->concern, EVENT_DISPATCHED, now, out);
    *concern = id;
    return 0;
}

/* The best tag whose topic these rules know: a verdict may have been made under older ones. */
static bool known_topic(const struct desk *d, const struct verdict *v, struct rules_topic *topic)
{
    for (size_t i = 0; i < v->ntags; i++) {
        int at = rules_find(d->conf.rules, v->tags[i].topic);
        if (at >= 0) {
            *topic = rules_topic(d->conf.rules, (size_t)at);
            return topic->id.n < SLUG_MAX;
        }
    }
    return false;
}

int desk_item_at(struct desk *d, const struct verdict *v, struct str place, uint64_t source,
                 int64_t now, struct changes *out, uint64_t *concern)
{
    struct str where = place_of(v, place);
    struct rules_topic topic;
    uint32_t at;

    *concern = 0;
    desk_state_forget(d, now);
    if (!v->ntags)
        return 0;
    at = find_copy(d, v, where, now);
    if (at != SLOTS_NONE) {
        int err = join(d, at, source, now, out);
        if (!err)
            *concern = slots_at(d->slots, at)->concern.id;
        return err;
    }
    bool replied = v->reply.n || v->reply_url.n;
    if (v->kind != VERDICT_RAISED || replied || !known_topic(d, v, &topic))
        return 0;
    return open_concern(d, v, &topic, where, source, now, out, concern);
}

int desk_item(struct desk *d, const struct verdict *v, uint64_t source, int64_t now,
              struct changes *out, uint64_t *concern)
{
    return desk_item_at(d, v, STR_NONE, source, now, out, concern);
}
