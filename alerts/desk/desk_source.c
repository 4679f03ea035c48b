/* What a source tells of items that it gave before, and what happens to sources themselves. */
#define _GNU_SOURCE
#include "alerts/deadlines/calendar.h"
#include "alerts/deadlines/clocks.h"
#include "alerts/desk/desk_state.h"
#include "alerts/gate/gate.h"
#include "alerts/units/place.h"
#include "base/err.h"

struct str desk_state_reply_url(const struct verdict *v)
{
    struct str url = v->reply_url.n ? v->reply_url : v->link;
    const char *reason;

    if (!v->reply.n && !v->reply_url.n)
        return STR_NONE;
    return gate_reply_url(url, &reason) ? STR_NONE : url;
}

static void name_source(struct event *e, struct str source)
{
    if (source.n && source.n < SLUG_MAX)
        memcpy(e->source, source.p, source.n);
}

static int64_t within(int64_t at, int64_t least, int64_t most)
{
    if (at > most)
        return most;
    return at < least ? least : at;
}

int desk_reply(struct desk *d, uint64_t concern, const struct verdict *v, struct str source,
               int64_t now, struct changes *out)
{
    uint32_t at = slots_find(d->slots, concern);
    struct str url = desk_state_reply_url(v);

    if (at == SLOTS_NONE || !url.n || slots_at(d->slots, at)->concern.state == CONCERN_CLOSED)
        return 0;
    struct slot *slot = slots_at(d->slots, at);
    int64_t answered = within(v->reply_time > 0 ? v->reply_time : now, slot->concern.opened, now);
    int err = desk_state_prepare(d, out, 2);
    if (!err)
        err = desk_state_close(d, at, url, answered, now, out);
    if (err)
        return err;
    desk_state_touch(slot, out);
    struct event *e = outbox_emit(&d->outbox, d->conf.units, &slot->concern, EVENT_ANSWERED, now,
                                  out);
    name_source(e, source);
    e->act = ACT_REPLY;
    e->late = answered > slot->concern.due;
    e = outbox_emit(&d->outbox, d->conf.units, &slot->concern, EVENT_CLOSED, now, out);
    name_source(e, source);
    return desk_promise(d, concern, v->promises, v->npromises, answered, now, out);
}

int desk_promise(struct desk *d, uint64_t concern, const struct verdict_promise *list, size_t n,
                 int64_t at, int64_t now, struct changes *out)
{
    uint32_t place = slots_find(d->slots, concern);
    const struct deadlines *rules = d->conf.deadlines;

    if (place == SLOTS_NONE || !n)
        return 0;
    struct slot *slot = slots_at(d->slots, place);
    if (slot->concern.outcome == OUTCOME_MERGED)
        return 0;
    int err = desk_state_prepare(d, out, n);
    for (size_t i = 0; i < n && !err; i++) {
        bool guessed = false;
        int64_t due = list[i].due;
        if (list[i].workdays && rules)
            due = calendar_add_workdays(rules->calendar, at, list[i].workdays,
                                        rules->office_close, &guessed);
        if (!clocks_promise(&slot->concern, due, now))
            continue;
        if (guessed)
            clocks_guess_promise(&slot->concern, due, list[i].workdays, at);
        desk_state_touch(slot, out);
        struct event *e = outbox_emit(&d->outbox, d->conf.units, &slot->concern, EVENT_PROMISED,
                                      now, out);
        e->act = ACT_PROMISE;
        e->due = due;
        err = desk_state_schedule(d, place);
    }
    return err;
}

int desk_reply_page(struct desk *d, uint64_t concern, uint16_t round, enum event_type type,
                    enum event_loss loss, int64_t now, struct changes *out)
{
    uint32_t at = slots_find(d->slots, concern);
    int err = at == SLOTS_NONE ? 0 : desk_state_prepare(d, out, 1);

    if (err || at == SLOTS_NONE)
        return err;
    struct event *e = outbox_emit(&d->outbox, d->conf.units, &slots_at(d->slots, at)->concern, type,
                                  now, out);
    e->code = (uint8_t)loss;
    e->round = round;
    return 0;
}

/* Follow the place when the edit names it more closely; false when there is nothing to follow. */
static bool follow_place(struct desk *d, uint32_t at, const struct verdict *v)
{
    struct concern *c = &slots_at(d->slots, at)->concern;
    struct str place = desk_state_place(d, v, STR_NONE), was = str_from(c->region);

    if (!place.n || place_stem(place).n <= place_stem(was).n || !place_within(place, was))
        return false;
    desk_state_unindex(d, at);
    memset(c->region, 0, sizeof c->region);
    memcpy(c->region, place.p, place.n);
    desk_state_index(d, at);
    return true;
}

static bool follow_sketch(struct desk *d, uint32_t at, const struct verdict *v)
{
    const struct concern *c = &slots_at(d->slots, at)->concern;

    if (c->items > 1 || group_equal(c->sketch, v->sketch) >= GROUP_THRESHOLD || !v->ntags)
        return false;
    desk_state_face(d, at, v->sketch, v->traits);
    return true;
}

/* Its timers have their room already. */
static void rechoose(struct desk *d, uint32_t at, int64_t now)
{
    clocks_rechoose(&slots_at(d->slots, at)->concern, d->conf.deadlines, d->conf.rules, now);
    desk_state_schedule(d, at);
}

int desk_update(struct desk *d, uint64_t concern, const struct verdict *v, int64_t now,
                struct changes *out)
{
    uint32_t at = slots_find(d->slots, concern);

    if (at == SLOTS_NONE || slots_at(d->slots, at)->concern.state == CONCERN_CLOSED)
        return 0;
    int err = desk_state_prepare(d, out, 1);
    if (err)
        return err;
    struct slot *slot = slots_at(d->slots, at);
    struct concern *c = &slot->concern;
    bool news = follow_place(d, at, v);
    news |= follow_sketch(d, at, v);
    if (v->ntags && c->items == 1 && c->request != v->request) {
        c->request = v->request;
        rechoose(d, at, now);
        news = true;
    }
    if (!news)
        return 0;
    if (c->updated < now)
        c->updated = now;
    desk_state_touch(slot, out);
    outbox_emit(&d->outbox, d->conf.units, c, EVENT_UPDATED, now, out);
    return 0;
}

int desk_request(struct desk *d, uint64_t concern, enum verdict_request request, int64_t now,
                 struct changes *out)
{
    uint32_t at = slots_find(d->slots, concern);

    if (at == SLOTS_NONE)
        return 0;
    struct slot *slot = slots_at(d->slots, at);
    struct concern *c = &slot->concern;
    if (c->state == CONCERN_CLOSED || c->request == request)
        return 0;
    int err = desk_state_prepare(d, out, 1);
    if (err)
        return err;
    c->request = request;
    rechoose(d, at, now);
    if (c->updated < now)
        c->updated = now;
    desk_state_touch(slot, out);
    outbox_emit(&d->outbox, d->conf.units, c, EVENT_UPDATED, now, out);
    return 0;
}

int desk_withdraw(struct desk *d, uint64_t concern, struct str source, int64_t now,
                  struct changes *out)
{
    uint32_t at = slots_find(d->slots, concern);
    int err = at == SLOTS_NONE ? 0 : desk_state_prepare(d, out, 1);

    if (at == SLOTS_NONE || err)
        return err;
    struct slot *slot = slots_at(d->slots, at);
    desk_state_touch(slot, out);
    name_source(outbox_emit(&d->outbox, d->conf.units, &slot->concern, EVENT_WITHDRAWN, now, out),
                source);
    return 0;
}

int desk_source(struct desk *d, struct str source, enum event_type type, int64_t now,
                struct changes *out)
{
    if (!source.n || source.n >= SLUG_MAX)
        return ERR_INVALID;
    int err = desk_state_prepare(d, out, 1);
    if (!err)
        outbox_emit_source(&d->outbox, d->conf.units, source, type, now, out);
    return err;
}

int desk_rules(struct desk *d, uint64_t version, uint64_t previous, size_t topics, int64_t now,
               struct changes *out)
{
    int err = desk_state_prepare(d, out, 1);

    if (err)
        return err;
    struct event *e = outbox_emit_source(&d->outbox, d->conf.units, STR_NONE, EVENT_RULES_LOADED,
                                         now, out);
    e->rules = version;
    e->previous = previous;
    e->items = (uint32_t)topics;
    return 0;
}

int desk_calendar(struct desk *d, int year, int64_t now, struct changes *out)
{
    int err = desk_state_prepare(d, out, 1);

    if (!err)
        outbox_emit_source(&d->outbox, d->conf.units, STR_NONE, EVENT_CALENDAR_MISSING, now, out)
            ->before = (uint32_t)year;
    return err;
}
