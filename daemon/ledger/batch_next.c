/* The next pages of a list, read one after the other while they bring something. Which of them is
 * owed is committed with the page before it, so that neither a failure nor a restart loses it: what
 * is new on it is not new on those before. */
#include "base/err.h"
#include "daemon/ledger/batch_state.h"

/* The row of a source that killed a worker says until when it rests; this can wait. */
static void owe(struct batch_touched *t, int depth, bool first)
{
    struct source_entry *e = &t->entry;

    if (depth == e->unread && first == e->unread_first)
        return;
    e->unread = (uint8_t)depth;
    e->unread_first = first;
    t->write |= !e->failures;
}

void batch_next_answered(struct batch *b, const struct fetched *meta)
{
    if (meta->page && meta->page->depth)
        batch_state_touch(b, meta->source)->entry.unread_asked = false;
}

void batch_next_came(struct batch *b, const struct fetched *meta, bool first,
                     const struct verdicts *v, const char *death)
{
    struct batch_touched *t = batch_state_touch(b, meta->source);
    const struct source_entry *e = &t->entry;
    int depth = meta->page ? meta->page->depth : 0;
    bool failed = meta->outcome == FETCH_FAILED || (meta->outcome == FETCH_BODY && !v && !death);

    if (!depth)
        return;
    if (!failed && depth >= e->unread)
        owe(t, 0, false);
    else if (failed && depth > e->unread)
        owe(t, depth, first || (e->unread && e->unread_first));
}

int batch_next_want(struct batch *b, const struct fetched *meta, const struct verdicts *v,
                    bool first, uint32_t fresh)
{
    const struct source *s = roster_get(b->conf.roster, meta->source);
    struct batch_touched *t = batch_state_touch(b, meta->source);
    const struct source_entry *e = &t->entry;
    int depth = meta->page ? meta->page->depth + 1 : 1;

    if (!v->next_url.n || !s->extras || depth > s->extras->pages) {
        owe(t, 0, false); /* the list has become shorter */
        return 0;
    }
    if (!fresh && (!e->unread || e->unread_asked))
        return 0;
    struct batch_deed *deed = batch_state_deed(b, BATCH_NEXT, meta->source);
    struct str url = arena_str(b->arena, v->next_url);
    if (!deed || !url.p)
        return ERR_NOMEM;
    /* A baseline goes on over its pages. */
    first |= e->unread && e->unread_first;
    owe(t, depth > e->unread ? depth : e->unread, first);
    t->entry.unread_asked = true;
    deed->url = url.p;
    deed->depth = depth;
    deed->number = first ? 2 : 1;
    return 0;
}
