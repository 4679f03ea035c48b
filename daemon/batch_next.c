/* The next pages of a list, read one after the other while they bring something. */
#include "base/err.h"
#include "daemon/batch_state.h"

/* A next page that failed is come back to, for what is new on it is not new on those before. */
void batch_next_came(struct batch *b, const struct fetched *meta, bool first,
                     const struct verdicts *v, const char *death)
{
    struct source_entry *e = &batch_state_touch(b, meta->source)->entry;
    int depth = meta->page ? meta->page->depth : 0;
    bool failed = meta->outcome == FETCH_FAILED || (meta->outcome == FETCH_BODY && !v && !death);

    if (depth && failed && (!e->unread || depth < e->unread)) {
        e->unread_first = first;
        e->unread = (uint8_t)depth;
    } else if (v && depth >= e->unread) {
        e->unread = 0;
    }
}

/* The next page of a list is read only while there is something new on this one, or unread behind
 * it. */
int batch_next_want(struct batch *b, const struct fetched *meta, const struct verdicts *v,
                    bool first, uint32_t fresh)
{
    const struct source *s = roster_get(b->conf.roster, meta->source);
    const struct source_entry *e = &batch_state_touch(b, meta->source)->entry;
    int depth = meta->page ? meta->page->depth + 1 : 1;

    if ((!fresh && !e->unread) || !v->next_url.n || !s->extras || depth > s->extras->pages)
        return 0;
    struct batch_deed *deed = batch_state_deed(b, BATCH_NEXT, meta->source);
    struct str url = arena_str(b->arena, v->next_url);
    if (!deed || !url.p)
        return ERR_NOMEM;
    deed->url = url.p;
    deed->depth = depth;
    /* A baseline goes on over its pages. */
    deed->number = first || (e->unread && e->unread_first) ? 2 : 1;
    return 0;
}
