#define _GNU_SOURCE
#include "alerts/desk/desk.h"

#include <stdlib.h>

#include "alerts/deadlines/clocks.h"
#include "alerts/desk/desk_state.h"
#include "base/err.h"

enum { KEY_BITS = 20, FORGET_MAX = 64 };

void desk_changes_reset(struct changes *c)
{
    c->nevents = 0;
    c->nconcerns = 0;
    c->nnotes = 0;
    c->ntexts = 0;
    buf_reset(&c->words);
}

void desk_changes_free(struct changes *c)
{
    free(c->events);
    free(c->concerns);
    free(c->notes);
    free(c->texts);
    buf_free(&c->words);
    *c = (struct changes){0};
}

/* Days off as the calendars have them; of topics that nobody raises, that is learned. */
static int watch(struct desk *d)
{
    int err = 0;

    burst_calendar(d->burst, d->conf.deadlines ? d->conf.deadlines->calendar : NULL);
    for (size_t i = 0; !err && d->conf.rules && i < rules_topics(d->conf.rules); i++)
        err = burst_watch(d->burst, rules_topic(d->conf.rules, i).id);
    return err;
}

struct desk *desk_new(const struct desk_conf *conf, uint64_t head)
{
    struct desk *d = calloc(1, sizeof *d);

    if (!d)
        return NULL;
    d->conf = *conf;
    d->outbox.deadlines = conf->deadlines;
    d->outbox.head = head;
    d->slots = slots_new();
    d->faces = faces_new();
    d->group = group_new();
    d->kin = kin_new();
    d->timers = heap_new();
    d->stale = heap_new();
    d->burst = burst_new(BURST_STEP);
    if (d->burst && d->slots && d->faces && d->group && d->kin && d->timers && d->stale &&
        !watch(d))
        return d;
    desk_free(d);
    return NULL;
}

void desk_free(struct desk *d)
{
    if (!d)
        return;
    outbox_clear(&d->outbox);
    burst_free(d->burst);
    heap_free(d->stale);
    heap_free(d->timers);
    kin_free(d->kin);
    group_free(d->group);
    faces_free(d->faces);
    slots_free(d->slots);
    free(d);
}

/* Instants stay below 2^42 ms (the year 2109), so that key and number share 63 bits. */
static int64_t heap_key(int64_t instant, uint64_t id)
{
    const int64_t most = (INT64_C(1) << (62 - KEY_BITS)) - 1;

    if (instant > most)
        instant = most;
    if (instant < 0)
        instant = 0;
    return instant << KEY_BITS | (int64_t)(id & ((1u << KEY_BITS) - 1));
}

int64_t desk_state_instant(int64_t key)
{
    return key >> KEY_BITS;
}

int64_t desk_state_joined_until(const struct desk *d, const struct concern *c)
{
    const struct deadline_reopen *rule = d->conf.deadlines ? &d->conf.deadlines->reopen : NULL;
    bool again = rule && rule->items && c->state == CONCERN_CLOSED &&
                 c->outcome == OUTCOME_ANSWERED;
    int64_t joined = c->updated + d->conf.group_window;
    int64_t raised = again ? c->answered + rule->posts_within : 0;

    return joined > raised ? joined : raised;
}

/* Until when a closed concern is kept: items may join it, the effect is to be told. */
static int64_t kept_until(const struct desk *d, const struct concern *c)
{
    int64_t joined = desk_state_joined_until(d, c);
    int64_t told = c->heat.effect ? c->heat.effect + HEAT_EFFECT_KEPT : 0;

    return joined > told ? joined : told;
}

int desk_state_schedule(struct desk *d, uint32_t at)
{
    const struct concern *c = &slots_at(d->slots, at)->concern;
    size_t which;
    int64_t next = clocks_next(c, d->conf.deadlines, &which);
    int err = 0;

    /* One that is reopened, or waits for what its reply promised, is not forgotten. */
    if (c->state == CONCERN_CLOSED && next == INT64_MAX)
        err = heap_set(d->stale, at, heap_key(kept_until(d, c), c->id));
    else
        heap_remove(d->stale, at);
    if (err)
        return err;
    if (c->heat.effect && c->heat.effect < next)
        next = c->heat.effect;
    if (next == INT64_MAX)
        heap_remove(d->timers, at);
    else
        err = heap_set(d->timers, at, heap_key(next, c->id));
    return err;
}

void desk_state_touch(struct slot *slot, struct changes *out)
{
    if (slot->mark < out->nconcerns && out->concerns[slot->mark] == slot->concern.id)
        return;
    slot->mark = (uint32_t)out->nconcerns;
    out->concerns[out->nconcerns++] = slot->concern.id;
}

void desk_state_forget(struct desk *d, int64_t now)
{
    uint32_t at;
    int64_t key;

    for (int i = 0; i < FORGET_MAX && heap_peek(d->stale, &at, &key); i++) {
        if (desk_state_instant(key) >= now)
            return;
        const struct concern *c = &slots_at(d->slots, at)->concern;
        if (kept_until(d, c) >= now) { /* an item joined since */
            if (heap_set(d->stale, at, heap_key(kept_until(d, c), c->id)))
                return; /* the old key stands: looked at again with the next step */
            continue;
        }
        heap_remove(d->stale, at);
        heap_remove(d->timers, at); /* an effect that nobody was there to tell */
        desk_state_unindex(d, at);
        slots_drop(d->slots, at);
    }
}

int desk_state_prepare(struct desk *d, struct changes *out, size_t events)
{
    for (size_t i = 0; !d->units_known && i < d->conf.units->count; i++)
        if (!outbox_know(&d->outbox, d->conf.units->list[i].id))
            return ERR_NOMEM;
    d->units_known = true;
    return outbox_reserve(out, events);
}

/* A reload may have taken them out of the tree; their numbers go on. */
static bool know_parties(struct desk *d, const struct concern *c)
{
    bool known = outbox_know(&d->outbox, c->unit) != NULL;

    for (size_t i = 0; i < c->nparties; i++)
        known = known && outbox_know(&d->outbox, c->parties[i].unit);
    return known;
}

int desk_state_reserve(struct desk *d)
{
    uint32_t end = slots_end(d->slots) + 1;
    int err = faces_reserve(d->faces, end);

    if (!err)
        err = group_reserve(d->group, end);
    return err ? err : kin_reserve(d->kin, end);
}

void desk_state_index(struct desk *d, uint32_t at)
{
    const struct concern *c = &slots_at(d->slots, at)->concern;

    faces_set(d->faces, at, c->sketch, c->traits);
    group_add(d->group, at, c->sketch);
    kin_add(d->kin, at, str_from(c->region), c->traits);
}

void desk_state_unindex(struct desk *d, uint32_t at)
{
    const struct concern *c = &slots_at(d->slots, at)->concern;

    group_remove(d->group, at);
    kin_remove(d->kin, at, str_from(c->region), c->traits);
}

void desk_state_face(struct desk *d, uint32_t at, const uint32_t sketch[static VERDICT_SKETCH],
                     const uint32_t traits[static VERDICT_TRAITS])
{
    struct concern *c = &slots_at(d->slots, at)->concern;

    desk_state_unindex(d, at);
    memcpy(c->sketch, sketch, sizeof c->sketch);
    memcpy(c->traits, traits, sizeof c->traits);
    desk_state_index(d, at); /* its place was kept */
}

uint32_t desk_state_lead(const struct desk *d, uint32_t at)
{
    enum { STEPS = 64 }; /* of concerns that went into each other */

    for (int i = 0; i < STEPS; i++) {
        uint64_t into = slots_at(d->slots, at)->concern.merged;
        uint32_t next = into ? slots_find(d->slots, into) : SLOTS_NONE;
        if (next == SLOTS_NONE)
            return at;
        at = next;
    }
    return at;
}

int desk_restore_concern(struct desk *d, const struct concern *c)
{
    uint32_t at = slots_find(d->slots, c->id);
    bool known = at != SLOTS_NONE;
    struct concern copy;
    int err = slots_reserve(d->slots);

    if (!err)
        err = desk_state_reserve(d);
    if (!err && !know_parties(d, c))
        err = ERR_NOMEM;
    if (!err)
        err = concern_copy(&copy, c);
    if (err)
        return err;
    if (known) {
        heap_remove(d->timers, at);
        heap_remove(d->stale, at);
        desk_state_unindex(d, at);
        concern_clear(&slots_at(d->slots, at)->concern);
    } else {
        at = slots_add(d->slots, c->id);
    }
    slots_at(d->slots, at)->concern = copy;
    desk_state_index(d, at);
    return desk_state_schedule(d, at);
}

int desk_restore_unitseq(struct desk *d, const char *unit, uint64_t unitseq)
{
    struct outbox_unit *known = outbox_know(&d->outbox, unit);

    if (!known)
        return ERR_NOMEM;
    known->unitseq = unitseq;
    return 0;
}

int desk_restore_source(struct desk *d, uint64_t concern, uint64_t source)
{
    uint32_t at = slots_find(d->slots, concern);

    return at == SLOTS_NONE ? ERR_NOTFOUND : slots_count_source(slots_at(d->slots, at), source);
}

int desk_restore_arrivals(struct desk *d, const struct burst_row *row, int64_t now)
{
    return row->step > burst_step(d->burst, now) ? 0 : burst_restore(d->burst, row);
}

const struct burst_row *desk_arrivals(struct desk *d, size_t *n)
{
    return burst_changed(d->burst, n);
}

void desk_reconfigure(struct desk *d, const struct desk_conf *conf)
{
    bool other = conf->deadlines != d->conf.deadlines;

    d->conf = *conf;
    d->outbox.deadlines = conf->deadlines;
    d->units_known = false;
    watch(d); /* without memory a topic is watched from its first item on */
    /* A calendar may have come, or another schedule of 督办. Room was made when they were opened. */
    for (uint32_t at = 0; other && at < slots_end(d->slots); at++)
        if (slots_at(d->slots, at)->concern.id)
            desk_state_schedule(d, at);
}

int64_t desk_next(const struct desk *d)
{
    uint32_t at;
    int64_t key;

    return heap_peek(d->timers, &at, &key) ? desk_state_instant(key) : INT64_MAX;
}

const struct concern *desk_concern(const struct desk *d, uint64_t id)
{
    uint32_t at = slots_find(d->slots, id);

    return at == SLOTS_NONE ? NULL : &slots_at(d->slots, at)->concern;
}

uint64_t desk_head(const struct desk *d)
{
    return d->outbox.head;
}
