/* What a new item does: joins the concern that it is like, begins one, or nothing. */
#define _GNU_SOURCE
#include "alerts/desk/desk_state.h"
#include "alerts/units/place.h"
#include "base/err.h"

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
