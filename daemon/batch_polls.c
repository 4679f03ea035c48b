/* What a poll brought, into the batch. */
#include "base/err.h"
#include "daemon/batch_state.h"

/* A next page that failed is come back to, for what is new on it is not new on those before. */
static void note_unread(struct source_entry *e, const struct fetched *meta, bool first,
                        const struct verdicts *v, const char *death)
{
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
static int want_next(struct batch *b, const struct fetched *meta, const struct verdicts *v,
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

/* A poll whose items are on their way in. */
struct batch_intake {
    const struct fetched *meta;
    const struct verdicts *verdicts;
    const char *death;
    bool first;
    uint32_t fresh;
    struct batch_list list;
};

int batch_poll_open(struct batch *b, const struct fetched *meta, const struct verdicts *v,
                    const char *death, const uint8_t *ranks, struct batch_intake **out)
{
    bool first = meta->page ? meta->page->number == 2 : meta->first;

    *out = NULL;
    if (!roster_live(b->conf.roster, meta->source))
        return 0;
    struct source_entry *entry = &batch_state_touch(b, meta->source)->entry;
    uint8_t state = entry->state;
    if (state == STORE_SOURCE_RETIRED || state == STORE_SOURCE_QUARANTINED)
        return 0;
    if (v && v->few_authors)
        return batch_sources_quarantine(b, meta->source);
    note_unread(entry, meta, first, v, death);
    struct batch_intake *in = arena_alloc(b->arena, 1, sizeof *in);
    if (!in)
        return ERR_NOMEM;
    *in = (struct batch_intake){meta, v, death, first, 0, {0}};
    *out = in;
    return v ? batch_items_open(b, meta, first, v, ranks, &in->list) : 0;
}

int batch_poll_items(struct batch *b, struct batch_intake *in, int rank)
{
    b->rules_judged = in->verdicts ? event_rules_number(in->verdicts->rules) : 0;
    return batch_items_add(b, &in->list, rank, &in->fresh);
}

int batch_poll_close(struct batch *b, struct batch_intake *in)
{
    const struct verdicts *v = in->verdicts;
    int err = 0;

    if (!in->meta->page)
        err = batch_sources_polled(b, in->meta, v, in->death, in->fresh);
    return err || !v ? err : want_next(b, in->meta, v, in->first, in->fresh);
}

int batch_poll(struct batch *b, const struct fetched *meta, const struct verdicts *v,
               const char *death)
{
    struct batch_intake *in;
    int err = batch_poll_open(b, meta, v, death, NULL, &in);

    if (err || !in)
        return err;
    err = batch_poll_items(b, in, 0);
    return err ? err : batch_poll_close(b, in);
}
