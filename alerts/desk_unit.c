/* Whether a unit's receivers can be reached, as the coordinating unit was told. */
#define _GNU_SOURCE
#include "alerts/desk_state.h"
#include "base/err.h"

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
