/* What a poll brought, into the batch. */
#include "base/err.h"
#include "daemon/ledger/batch_state.h"

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
    batch_next_answered(b, meta); /* what is made of it or not */
    uint8_t state = batch_state_touch(b, meta->source)->entry.state;
    if (state == STORE_SOURCE_RETIRED || state == STORE_SOURCE_QUARANTINED)
        return 0;
    if (v && v->few_authors)
        return batch_sources_quarantine(b, meta->source);
    batch_next_came(b, meta, first, v, death);
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
    return err || !v ? err : batch_next_want(b, in->meta, v, in->first, in->fresh);
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
