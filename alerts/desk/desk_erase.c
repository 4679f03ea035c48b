/* Texts that are taken out for good: the concern stays, and owes what it owed. */
#include "alerts/desk/desk_publish.h"
#include "alerts/desk/desk_state.h"
#include "base/err.h"

static void add_text(struct changes *out, uint64_t concern, const struct desk_erasure *what)
{
    out->texts[out->ntexts++] = (struct desk_text){.act = DESK_TEXT_BLANKED,
                                                   .concern = concern,
                                                   .seq = what->text,
                                                   .round = what->round,
                                                   .edition = what->edition};
}

int desk_erase(struct desk *d, uint64_t concern, const struct desk_erasure *what, int64_t now,
               struct changes *out)
{
    static const uint32_t none[VERDICT_SKETCH > VERDICT_TRAITS ? VERDICT_SKETCH : VERDICT_TRAITS];
    uint32_t at = slots_find(d->slots, concern);
    int err = at == SLOTS_NONE ? ERR_NOTFOUND : desk_state_prepare(d, out, 1);

    if (err)
        return err;
    struct slot *slot = slots_at(d->slots, at);
    const struct concern *c = &slot->concern;
    struct event *e = outbox_emit(&d->outbox, d->conf.units, c, EVENT_ERASED, now, out);
    e->code = (uint8_t)what->code;
    e->before = what->items;
    e->round = what->text ? what->round : c->round;
    e->after = what->edition;
    if (what->whole) {
        desk_publish_drop(&slot->concern, out);
        desk_state_face(d, at, none, none);
    }
    if (what->text)
        add_text(out, concern, what);
    desk_state_touch(slot, out);
    return 0;
}
