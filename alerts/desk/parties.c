#include "alerts/desk/parties.h"

#include <assert.h>

void parties_list(struct concern *c)
{
    struct concern_party parties[PARTIES_MAX];

    if (c->nparties)
        return;
    c->nparties = concern_parties(c, parties);
    memcpy(c->parties, parties, c->nparties * sizeof *parties);
}

struct concern_party *parties_find(struct concern *c, struct str unit)
{
    for (size_t i = 0; i < c->nparties; i++)
        if (str_is(unit, c->parties[i].unit))
            return concern_party_active(&c->parties[i]) ? &c->parties[i] : NULL;
    return NULL;
}

size_t parties_active(const struct concern *c)
{
    size_t n = 0;

    for (size_t i = 0; i < c->nparties; i++)
        n += concern_party_active(&c->parties[i]);
    return n;
}

/* Its old record, a free one, or that of who was told first among those who have gone. */
static struct concern_party *place(struct concern *c, struct str unit)
{
    struct concern_party *gone = NULL;

    for (size_t i = 0; i < c->nparties; i++) {
        struct concern_party *p = &c->parties[i];
        if (str_is(unit, p->unit))
            return p;
        if (!concern_party_active(p) && (!gone || p->told < gone->told))
            gone = p;
    }
    if (c->nparties < PARTIES_MAX)
        return &c->parties[c->nparties++];
    assert(gone); /* steps.c has looked for room */
    return gone;
}

void parties_tell(struct concern *c, struct str unit, bool lead, int64_t now)
{
    struct concern_party *p = place(c, unit);

    assert(unit.n < SLUG_MAX);
    *p = (struct concern_party){.lead = lead, .state = PARTY_TOLD, .told = now};
    memcpy(p->unit, unit.p, unit.n);
    if (lead)
        memcpy(c->unit, p->unit, SLUG_MAX);
}

void parties_pass(struct concern *c, struct str unit, int64_t now)
{
    for (size_t i = 0; i < c->nparties; i++) {
        struct concern_party *p = &c->parties[i];
        if (p->lead && p->state != PARTY_DECLINED)
            p->state = PARTY_LEFT;
        p->lead = false;
    }
    parties_tell(c, unit, true, now);
}

void parties_mark(struct concern_party *p, enum party_state state, int64_t now)
{
    p->state = state;
    if (state == PARTY_TOLD || state == PARTY_DECLINED)
        return;
    if (!p->accepted)
        p->accepted = now;
    if (state == PARTY_ANSWERED)
        p->answered = now;
}

void parties_lead(struct concern *c, enum party_state state, int64_t now)
{
    for (size_t i = 0; i < c->nparties; i++)
        if (c->parties[i].lead)
            parties_mark(&c->parties[i], state, now);
}

void parties_renew(struct concern *c, int64_t now)
{
    for (size_t i = 0; i < c->nparties; i++) {
        struct concern_party *p = &c->parties[i];
        if (!concern_party_active(p))
            continue;
        p->state = PARTY_TOLD;
        p->told = now;
        p->accepted = p->answered = 0;
    }
}
