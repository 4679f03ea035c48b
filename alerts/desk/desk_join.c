/* Which concern an item joins: the one whose copy it is, or that tells of the same matter. */
#define _GNU_SOURCE
#include "alerts/desk/desk_state.h"
#include "alerts/group/likeness.h"
#include "alerts/units/place.h"
#include "base/err.h"

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

static struct likeness_text face_of(const struct desk *d, uint32_t at)
{
    const struct face *face = faces_at(d->faces, at);

    return (struct likeness_text){face->sketch, face->traits};
}

static struct home find_copy(const struct desk *d, const struct verdict *v,
                             const struct likeness_probe *probe, struct str place, int64_t now)
{
    uint32_t candidates[GROUP_CANDIDATES];
    size_t n = group_find(d->group, v->sketch, candidates);
    struct home best = {.at = SLOTS_NONE};

    for (size_t i = 0; i < n; i++) {
        struct likeness_text other = face_of(d, candidates[i]);
        struct event_likeness why = likeness_copy(probe, &other);
        if (!why.by)
            continue;
        struct home home = {desk_state_lead(d, candidates[i]), candidates[i], why};
        const struct concern *c = &slots_at(d->slots, candidates[i])->concern;
        const struct concern *lead = &slots_at(d->slots, home.at)->concern;
        bool exact = why.shared == VERDICT_SKETCH;
        if (has_topic(v, c->topic) && may_join(d, lead, place, now, exact) &&
            better(d, &home, &best))
            best = home;
    }
    return best;
}

/* A topic in common never speaks against it: the concern itself, far off in memory, is asked for
 * its own only when the two may be alike. */
static struct event_likeness matter_of(const struct desk *d, const struct verdict *v,
                                       const struct likeness_probe *probe, uint32_t at)
{
    struct likeness_text other = face_of(d, at);
    struct event_likeness why = likeness_matter(probe, &other, true);

    if (why.by && !has_topic(v, slots_at(d->slots, at)->concern.topic))
        why = likeness_matter(probe, &other, false);
    return why;
}

static struct home find_matter(const struct desk *d, const struct verdict *v,
                               const struct likeness_probe *probe, struct str place, int64_t now)
{
    uint32_t candidates[KIN_CANDIDATES];
    size_t n = kin_find(d->kin, place, v->traits, candidates);
    struct home best = {.at = SLOTS_NONE};

    for (size_t i = 0; i < n; i++)
        likeness_prefetch(faces_at(d->faces, candidates[i])->traits);
    for (size_t i = 0; i < n; i++) {
        struct event_likeness why = matter_of(d, v, probe, candidates[i]);
        if (!why.by)
            continue;
        struct home home = {desk_state_lead(d, candidates[i]), candidates[i], why};
        if (may_join(d, &slots_at(d->slots, home.at)->concern, place, now, false) &&
            better(d, &home, &best))
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

int desk_state_join(struct desk *d, const struct verdict *v, const struct desk_origin *from,
                    int64_t now, struct changes *out, uint64_t *concern)
{
    struct str place = desk_state_place(d, v, from->place);
    const struct likeness_text text = {v->sketch, v->traits};
    struct likeness_probe probe;
    struct home home = {.at = SLOTS_NONE};

    *concern = 0;
    group_prefetch(d->group, v->sketch);
    kin_prefetch(d->kin, place, v->traits);
    likeness_prepare(&probe, &text); /* while the memory comes */
    if (v->ntags)
        home = find_copy(d, v, &probe, place, now);
    if (home.at == SLOTS_NONE)
        home = find_matter(d, v, &probe, place, now);
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
