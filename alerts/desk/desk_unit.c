/* Whether a unit's receivers can be reached, as the coordinating unit was told; and which units are
 * in the tree no more. */
#define _GNU_SOURCE
#include "alerts/desk/desk_state.h"

#include <stdlib.h>

#include "base/err.h"
#include "base/named.h"

int desk_restore_offline(struct desk *d, const char *unit)
{
    struct outbox_unit *known = outbox_know(&d->outbox, unit);

    if (!known)
        return ERR_NOMEM;
    known->offline = true;
    return 0;
}

int desk_unit(struct desk *d, struct str unit, bool offline, uint32_t missed, int64_t now,
              struct changes *out)
{
    int at = units_find(d->conf.units, unit);
    int err = at < 0 ? 0 : desk_state_prepare(d, out, 1);

    if (at < 0 || err)
        return err;
    const char *id = d->conf.units->list[at].id;
    struct outbox_unit *known = outbox_know(&d->outbox, id);
    if (!known)
        return ERR_NOMEM;
    if (known->offline == offline)
        return 0;
    known->offline = offline;
    struct event *e = outbox_emit_source(&d->outbox, d->conf.units, STR_NONE,
                                         offline ? EVENT_UNIT_OFFLINE : EVENT_UNIT_ONLINE, now,
                                         out);
    memcpy(e->to, id, SLUG_MAX);
    e->items = offline ? missed : 0;
    return 0;
}

int desk_each_gone(const struct desk *d, void (*each)(void *arg, const char *unit, size_t open),
                   void *arg)
{
    const struct outbox *o = &d->outbox; /* knows every unit that a concern names */
    size_t *open = calloc(o->count + 1, sizeof *open);
    bool there;

    if (!open)
        return ERR_NOMEM;
    for (uint32_t at = 0; at < slots_end(d->slots); at++) {
        const struct concern *c = &slots_at(d->slots, at)->concern;
        if (c->id && c->state != CONCERN_CLOSED)
            open[named_place(o->units, o->count, sizeof *o->units, c->unit, &there)]++;
    }
    for (size_t i = 0; i < o->count; i++)
        if (open[i] && units_find(d->conf.units, str_from(o->units[i].unit)) < 0)
            each(arg, o->units[i].unit, open[i]);
    free(open);
    return 0;
}
