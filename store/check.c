#include "store/check.h"

#include <stdlib.h>

#include "base/err.h"
#include "base/named.h"
#include "store/backend.h"

/* Does the array hold a NUL, and something before it when asked for? */
static bool ended(const char *text, size_t size, bool filled)
{
    return strnlen(text, size) < size && (!filled || text[0]);
}

#define ENDED(array, filled) ended((array), sizeof(array), (filled))

static bool event_fits(const struct event *e)
{
    if (!ENDED(e->topic, false) || !ENDED(e->unit, false) || !ENDED(e->region, false) ||
        !ENDED(e->source, false) || !ENDED(e->by, false) || !ENDED(e->to, false))
        return false;
    if (e->naudience > AUDIENCE_MAX || (unsigned)e->type >= EVENT_TYPES ||
        (unsigned)e->grade > GRADE_GRAVE || (unsigned)e->act >= ACTS ||
        e->likeness.by >= LIKES)
        return false;
    for (size_t i = 0; i < e->naudience; i++) {
        if (!ENDED(e->audience[i].unit, true))
            return false;
        for (size_t k = 0; k < i; k++)
            if (strcmp(e->audience[i].unit, e->audience[k].unit) == 0)
                return false;
    }
    return true;
}

static bool concern_fits(const struct concern *c)
{
    if (c->id == 0 || c->id > INT64_MAX || c->nclocks > CLOCKS_MAX)
        return false;
    if ((unsigned)c->state >= CONCERN_STATES || (unsigned)c->grade > GRADE_GRAVE ||
        (unsigned)c->request > REQUEST_REPORT || (unsigned)c->proposed > GRADE_GRAVE ||
        (unsigned)c->outcome >= OUTCOMES || c->dismissal >= DISMISSALS ||
        c->nparties > PARTIES_MAX || c->kind > SOURCE_OFFICIAL)
        return false;
    for (size_t i = 0; i < c->nparties; i++)
        if (!ENDED(c->parties[i].unit, true) || (unsigned)c->parties[i].state > PARTY_LEFT)
            return false;
    if (!ENDED(c->topic, false) || !ENDED(c->unit, false) || !ENDED(c->region, false))
        return false;
    for (size_t i = 0; i < c->nclocks; i++)
        if (!ENDED(c->clocks[i].rule, false) || (unsigned)c->clocks[i].act >= ACTS ||
            (unsigned)c->clocks[i].stage > STAGE_OVERDUE)
            return false;
    return true;
}

static bool mark_fits(const struct store_mark *m)
{
    static const uint8_t most[STORE_ASPECTS] = {
        [STORE_MARK_VERDICT] = 1, [STORE_MARK_REQUEST] = REQUEST_REPORT,
        [STORE_MARK_KIND] = VERDICT_RAISED};

    return m->aspect < STORE_ASPECTS && m->value <= most[m->aspect] &&
           m->was <= most[m->aspect] && (m->concern || !m->was) &&
           ENDED(m->topic, m->aspect == STORE_MARK_TOPIC);
}

/* A role that acts for a unit names it; no other does. */
static bool role_fits(uint8_t role, const char unit[static SLUG_MAX])
{
    return role < ACCOUNT_ROLES && ended(unit, SLUG_MAX, false) &&
           (role == ACCOUNT_UNIT) == (unit[0] != '\0');
}

static bool account_fits(const struct account *a)
{
    return ENDED(a->name, true) && ENDED(a->hash, !a->disabled) && role_fits(a->role, a->unit);
}

static bool token_fits(const struct account_token *t)
{
    return t->drop || (ENDED(t->account, true) && role_fits(t->role, t->unit));
}

static bool trail_fits(const struct trail_row *t)
{
    return ENDED(t->who, false) && ENDED(t->role, true) && ENDED(t->act, true) &&
           ENDED(t->target, false);
}

/* Appended by rising seq, each beside its event. */
static bool notes_fit(const struct store_batch *b)
{
    uint64_t before = b->nevents ? b->events[0].seq - 1 : UINT64_MAX;

    for (size_t i = 0; i < b->nnotes; i++) {
        const struct store_note *n = &b->notes[i];
        if (n->seq <= before || n->seq > b->events[b->nevents - 1].seq || !n->text.n)
            return false;
        before = n->seq;
    }
    return true;
}

static bool publication_fits(const struct store_publication *p)
{
    if (!p->seq || p->seq > INT64_MAX || p->act > STORE_PUBLICATION_BLANK ||
        !p->concern || p->concern > INT64_MAX)
        return false;
    if (p->act >= STORE_PUBLICATION_DROP)
        return true;
    if (p->act == STORE_PUBLICATION_DRAFT)
        return p->text.n && !p->edition;
    return p->edition && p->published > 0 && ENDED(p->unit, true);
}

static bool batch_fits(const struct store_batch *b)
{
    for (size_t i = 0; i < b->nitems; i++)
        if (b->items[i].kind > VERDICT_RAISED || b->items[i].request > REQUEST_REPORT ||
            b->items[i].doubt > STORE_DOUBT_MAX)
            return false;
    for (size_t i = 0; i < b->nmarks; i++)
        if (!mark_fits(&b->marks[i]))
            return false;
    for (size_t i = 0; i < b->nevents; i++)
        if (!event_fits(&b->events[i]))
            return false;
    for (size_t i = 0; i < b->nconcerns; i++)
        if (!concern_fits(b->concerns[i]))
            return false;
    for (size_t i = 0; i < b->nsources; i++)
        if (b->sources[i].id.n == 0 || b->sources[i].state > STORE_SOURCE_QUARANTINED)
            return false;
    for (size_t i = 0; i < b->npages; i++)
        if (b->pages[i].kind > STORE_PAGE_LAST)
            return false;
    for (size_t i = 0; i < b->nreplies; i++)
        if (!b->replies[i].concern || b->replies[i].state >= STORE_REPLY_STATES ||
            !ENDED(b->replies[i].title, false) ||
            (!b->replies[i].drop && !ENDED(b->replies[i].url, true)))
            return false;
    for (size_t i = 0; i < b->npublications; i++)
        if (!publication_fits(&b->publications[i]))
            return false;
    for (size_t i = 0; i < b->ncorrections; i++)
        if (b->corrections[i].concern > INT64_MAX || b->corrections[i].wish >= STORE_WISHES ||
            b->corrections[i].reason >= ERASURES)
            return false;
    for (size_t i = 0; i < b->nshared; i++)
        if (b->shared[i].kind >= STORE_SHARED_KINDS || !ENDED(b->shared[i].name, true))
            return false;
    for (size_t i = 0; i < b->nsurveys; i++)
        if (!b->surveys[i].concern || b->surveys[i].concern > INT64_MAX)
            return false;
    for (size_t i = 0; i < b->nadds; i++)
        if (!b->adds[i]->id || !b->adds[i]->id[0] || !b->adds[i]->url)
            return false;
    for (size_t i = 0; i < b->ncursors; i++)
        if (!ENDED(b->cursors[i].unit, true) || !ENDED(b->cursors[i].receiver, false))
            return false;
    for (size_t i = 0; i < b->ncommands; i++)
        if (!ENDED(b->commands[i].key, true) || !ENDED(b->commands[i].reason, false))
            return false;
    for (size_t i = 0; i < b->naccounts; i++)
        if (!account_fits(&b->accounts[i]))
            return false;
    for (size_t i = 0; i < b->ntrail; i++)
        if (!trail_fits(&b->trail[i]))
            return false;
    for (size_t i = 0; i < b->ntokens; i++)
        if (!token_fits(&b->tokens[i]))
            return false;
    for (size_t i = 0; i < b->narrivals; i++)
        if (!ENDED(b->arrivals[i].topic, false) || b->arrivals[i].step < 0)
            return false;
    for (size_t i = 0; i < b->nmoves; i++)
        if (!b->moves[i].from || !b->moves[i].to || b->moves[i].to > INT64_MAX)
            return false;
    return notes_fit(b);
}

/* The unit's place in the list, made from the store's head when it is new; NULL on error. */
static struct check_head *place(struct store *s, struct check_heads *h, const char *unit, int *err)
{
    bool there;
    size_t at = named_place(h->list, h->count, sizeof *h->list, unit, &there);
    uint64_t head;

    if (there)
        return &h->list[at];
    *err = s->backend->unit_head(s, unit, &head);
    struct check_head *list =
        *err ? NULL : named_insert(h->list, &h->count, &h->cap, sizeof *list, at, unit);
    if (!list) {
        *err = *err ? *err : ERR_NOMEM;
        return NULL;
    }
    h->list = list;
    list[at].head = head;
    return &list[at];
}

int check_batch(struct store *s, const struct store_batch *batch, struct check_heads *heads)
{
    uint64_t seq;
    int err;

    if (!batch_fits(batch))
        return ERR_INVALID;
    err = s->backend->head(s, &seq);
    for (size_t i = 0; i < batch->nevents && !err; i++) {
        const struct event *e = &batch->events[i];
        if (e->seq != ++seq)
            return ERR_STALE;
        for (size_t k = 0; k < e->naudience; k++) {
            struct check_head *at = place(s, heads, e->audience[k].unit, &err);
            if (!at)
                return err;
            if (e->audience[k].unitseq != ++at->head)
                return ERR_STALE;
        }
    }
    return err;
}

void check_free(struct check_heads *heads)
{
    free(heads->list);
    *heads = (struct check_heads){0};
}
