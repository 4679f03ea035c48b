#define _GNU_SOURCE
#include "alerts/desk/outbox.h"

#include <assert.h>
#include <stdlib.h>

#include "alerts/units/duty.h"
#include "base/err.h"
#include "base/named.h"

enum { TO_UNIT = 1, TO_COORDINATOR = 2 };

/* Who hears of what, on the bus. */
static const unsigned audience[EVENT_TYPES] = {
    [EVENT_OPENED] = TO_UNIT,
    [EVENT_JOINED] = TO_UNIT,
    [EVENT_DISPATCHED] = TO_UNIT,
    [EVENT_ACCEPTED] = TO_UNIT | TO_COORDINATOR,
    [EVENT_REMINDED] = TO_UNIT | TO_COORDINATOR,
    [EVENT_OVERDUE] = TO_UNIT | TO_COORDINATOR,
    [EVENT_ESCALATED] = TO_UNIT | TO_COORDINATOR,
    [EVENT_ANSWERED] = TO_UNIT | TO_COORDINATOR,
    [EVENT_CLOSED] = TO_UNIT | TO_COORDINATOR,
    [EVENT_UPDATED] = TO_UNIT,
    [EVENT_WITHDRAWN] = TO_UNIT | TO_COORDINATOR,
    [EVENT_PROPOSED] = TO_COORDINATOR,
    [EVENT_ASSESSED] = TO_UNIT | TO_COORDINATOR,
    [EVENT_PROGRESS] = TO_UNIT | TO_COORDINATOR,
    [EVENT_DECLINED] = TO_UNIT | TO_COORDINATOR,
    [EVENT_REASSIGNED] = TO_UNIT | TO_COORDINATOR,
    [EVENT_HANDED_ON] = TO_UNIT | TO_COORDINATOR,
    [EVENT_ASSISTED] = TO_UNIT | TO_COORDINATOR,
    [EVENT_EXTENSION_ASKED] = TO_UNIT | TO_COORDINATOR,
    [EVENT_EXTENDED] = TO_UNIT | TO_COORDINATOR,
    [EVENT_RETURNED] = TO_UNIT | TO_COORDINATOR,
    [EVENT_DISMISSAL_ASKED] = TO_UNIT | TO_COORDINATOR,
    [EVENT_DISMISSED] = TO_UNIT | TO_COORDINATOR,
    [EVENT_DENIED] = TO_UNIT | TO_COORDINATOR,
    [EVENT_MERGED] = TO_UNIT | TO_COORDINATOR,
    [EVENT_SPLIT] = TO_UNIT | TO_COORDINATOR,
    [EVENT_MOVED] = TO_UNIT | TO_COORDINATOR,
    [EVENT_REOPENED] = TO_UNIT | TO_COORDINATOR,
    [EVENT_REGISTERED] = TO_UNIT | TO_COORDINATOR,
    [EVENT_REPLY_CHECKED] = TO_UNIT,
    [EVENT_REPLY_GONE] = TO_UNIT | TO_COORDINATOR,
    [EVENT_PROMISED] = TO_UNIT | TO_COORDINATOR,
    [EVENT_PROMISE_KEPT] = TO_UNIT | TO_COORDINATOR,
    [EVENT_SURVEYED] = TO_UNIT,
    [EVENT_EFFECT] = TO_UNIT | TO_COORDINATOR,
    [EVENT_RECOMPUTED] = TO_UNIT | TO_COORDINATOR,
    [EVENT_HANDED_OUT] = TO_UNIT | TO_COORDINATOR,
    [EVENT_ERASED] = TO_UNIT | TO_COORDINATOR,
};

void outbox_clear(struct outbox *o)
{
    free(o->units);
    *o = (struct outbox){0};
}

static struct outbox_unit *find(const struct outbox *o, const char *unit)
{
    bool there;
    size_t at = named_place(o->units, o->count, sizeof *o->units, unit, &there);

    return there ? &o->units[at] : NULL;
}

struct outbox_unit *outbox_know(struct outbox *o, const char *unit)
{
    bool there;
    size_t at = named_place(o->units, o->count, sizeof *o->units, unit, &there);

    if (there)
        return &o->units[at];
    struct outbox_unit *units =
        named_insert(o->units, &o->count, &o->cap, sizeof *units, at, unit);
    if (!units)
        return NULL;
    o->units = units;
    return &units[at];
}

int outbox_reserve(struct changes *out, size_t events)
{
    if (out->nevents + events > out->events_cap) {
        size_t cap = out->events_cap ? out->events_cap : 16;
        while (cap < out->nevents + events)
            cap *= 2;
        struct event *more = reallocarray(out->events, cap, sizeof *more);
        if (!more)
            return ERR_NOMEM;
        out->events = more;
        out->events_cap = cap;
    }
    if (out->nconcerns + OUTBOX_CONCERNS > out->concerns_cap) {
        size_t cap = out->concerns_cap ? out->concerns_cap * 2 : 2 * OUTBOX_CONCERNS;
        uint64_t *more = reallocarray(out->concerns, cap, sizeof *more);
        if (!more)
            return ERR_NOMEM;
        out->concerns = more;
        out->concerns_cap = cap;
    }
    if (out->ntexts + OUTBOX_TEXTS > out->texts_cap) {
        size_t cap = out->texts_cap ? out->texts_cap * 2 : 2 * OUTBOX_TEXTS;
        struct desk_text *more = reallocarray(out->texts, cap, sizeof *more);
        if (!more)
            return ERR_NOMEM;
        out->texts = more;
        out->texts_cap = cap;
    }
    return 0;
}

void outbox_address(struct outbox *o, struct event *e, const char *unit)
{
    struct outbox_unit *counter = find(o, unit);

    for (size_t i = 0; i < e->naudience; i++)
        if (strcmp(e->audience[i].unit, unit) == 0)
            return;
    assert(counter && e->naudience < AUDIENCE_MAX);
    struct event_audience *to = &e->audience[e->naudience++];
    memcpy(to->unit, counter->unit, SLUG_MAX);
    to->unitseq = ++counter->unitseq;
}

void outbox_address_known(struct outbox *o, const struct units *units, struct event *e,
                          const char *unit)
{
    if (units_find(units, str_from(unit)) >= 0)
        outbox_address(o, e, unit);
}

static struct event *next_event(struct outbox *o, enum event_type type, int64_t now,
                                struct changes *out)
{
    struct event *e = &out->events[out->nevents++];

    assert(out->nevents <= out->events_cap);
    memset(e, 0, sizeof *e);
    e->seq = ++o->head;
    e->at = now;
    e->type = type;
    e->act = ACT_NONE;
    return e;
}

/* Who of them had answered when it was closed. One that stands alone is told by the closing. */
static void count_parties(const struct concern *c, struct event *e)
{
    for (size_t i = 0; i < c->nparties; i++) {
        const struct concern_party *p = &c->parties[i];
        e->before += p->state == PARTY_ANSWERED;
        e->after += !p->lead && (p->state == PARTY_TOLD || p->state == PARTY_ACCEPTED);
    }
}

struct event *outbox_record(struct outbox *o, const struct concern *c, enum event_type type,
                            int64_t now, struct changes *out)
{
    struct event *e = next_event(o, type, now, out);

    e->concern = c->id;
    memcpy(e->topic, c->topic, SLUG_MAX);
    memcpy(e->unit, c->unit, SLUG_MAX);
    memcpy(e->region, c->region, REGION_MAX);
    e->grade = c->grade;
    e->due = c->due;
    e->items = c->items;
    e->round = c->round;
    if (type == EVENT_CLOSED)
        count_parties(c, e);
    return e;
}

/* The unit, and outside its hours who is on duty in its place. */
static void address_unit(struct outbox *o, struct event *e, const struct units *units, int unit)
{
    const struct calendar *calendar = o->deadlines ? o->deadlines->calendar : NULL;
    int deputy = duty_deputy(units, unit, calendar, e->at);

    outbox_address(o, e, units->list[unit].id);
    if (deputy >= 0)
        outbox_address(o, e, units->list[deputy].id);
}

/* Those who have to do with it, of whom the lead's deputy hears too. A unit that a reload took out
 * of the tree hears nothing; false when there is one. */
static bool address_parties(struct outbox *o, const struct units *units, const struct concern *c,
                            struct event *e)
{
    struct concern_party parties[PARTIES_MAX];
    size_t n = concern_parties(c, parties);
    bool known = true;

    for (size_t i = 0; i < n; i++) {
        int unit = units_find(units, str_from(parties[i].unit));
        if (!concern_party_active(&parties[i]))
            continue;
        known = known && unit >= 0;
        if (unit >= 0 && parties[i].lead)
            address_unit(o, e, units, unit);
        else if (unit >= 0)
            outbox_address(o, e, parties[i].unit);
    }
    return known;
}

struct event *outbox_emit(struct outbox *o, const struct units *units, const struct concern *c,
                          enum event_type type, int64_t now, struct changes *out)
{
    struct event *e = outbox_record(o, c, type, now, out);
    bool heard = address_parties(o, units, c, e);
    bool waits = c->state == CONCERN_FOUND || c->state == CONCERN_DECLINED;
    /* Somebody must hear of what such a unit's was: the coordinating unit does. */
    if ((audience[type] & TO_COORDINATOR) || waits || !heard)
        address_unit(o, e, units, units->coordinator);
    return e;
}

/* The unit so many levels above, or the top one; -1 when there is none above. */
static int above(const struct units *units, int unit, unsigned levels)
{
    int up = -1;

    while (unit >= 0 && levels-- > 0 && units->list[unit].parent >= 0)
        up = unit = units->list[unit].parent;
    return up;
}

struct event *outbox_emit_clock(struct outbox *o, const struct units *units,
                                const struct concern *c, const struct concern_clock *clock,
                                enum event_type type, int64_t now, struct changes *out)
{
    bool assess = clock->act == ACT_ASSESS;
    struct event *e = assess ? outbox_record(o, c, type, now, out)
                             : outbox_emit(o, units, c, type, now, out);
    int up = assess ? units->coordinator : units_find(units, str_from(c->unit));

    if (assess)
        address_unit(o, e, units, units->coordinator);
    if (type != EVENT_ESCALATED)
        return e;
    up = above(units, up, clock->level);
    if (up < 0)
        up = units->coordinator;
    address_unit(o, e, units, up);
    memcpy(e->to, units->list[up].id, SLUG_MAX);
    return e;
}

struct event *outbox_emit_source(struct outbox *o, const struct units *units, struct str source,
                                 enum event_type type, int64_t now, struct changes *out)
{
    struct event *e = next_event(o, type, now, out);

    assert(source.n < SLUG_MAX);
    if (source.n)
        memcpy(e->source, source.p, source.n);
    if (units->count)
        outbox_address(o, e, units->list[units->coordinator].id);
    return e;
}
