/* The ledger in a transfer: the store's own numbers, events with their notes, and what each unit
 * received of them. */
#include <stdlib.h>

#include "base/err.h"
#include "store/backend.h"
#include "store/codec.h"
#include "store/transfer_state.h"

enum { EVENTS = 256 }; /* read in one go */

/* Identity, and the store's own numbers. Those that the other rows lead to are compared, not
 * written. */
int transfer_events_meta(struct transfer *t)
{
    struct transfer_numbers n = {store_rules(t->from), store_published(t->from), 0};
    struct store_counts c;
    int err = store_counts(t->from, &c);

    if (err)
        return err;
    n.forgotten_before = c.forgotten_before;
    buf_add_text(&t->bytes, store_epoch(t->from));
    buf_add(&t->bytes, store_hash_key(t->from), HASH_KEY);
    const uint64_t values[] = {n.rules, n.published, (uint64_t)c.forgotten_before,
                               c.items - c.forgotten, c.concerns, c.open, c.overdue,
                               c.events, c.answers[0], c.answers[1], c.answers[2]};
    for (size_t i = 0; i < sizeof values / sizeof *values; i++)
        buf_add_u64(&t->bytes, values[i]);
    err = transfer_count(t, TRANSFER_META);
    return err ? err : transfer_put(t, TRANSFER_META, &n);
}

int transfer_events_fill_meta(struct transfer *t, struct store_batch *b, size_t n)
{
    const struct transfer_numbers *numbers = (const struct transfer_numbers *)t->rows.data;

    (void)n;
    b->rules = numbers->rules;
    b->published = numbers->published;
    b->forgotten_before = numbers->forgotten_before;
    return 0;
}

static int take_note(struct transfer *t, uint64_t seq)
{
    struct buf text = BUF_INIT;
    int err = store_note(t->from, seq, &text);

    if (err == ERR_NOTFOUND) { /* it was dropped */
        buf_free(&text);
        return 0;
    }
    buf_add_u64(&t->bytes, seq);
    buf_add_str(&t->bytes, buf_str(&text));
    buf_free(&text);
    return err ? err : transfer_count(t, TRANSFER_NOTES);
}

int transfer_events_walk(struct transfer *t)
{
    struct event *chunk = calloc(EVENTS, sizeof *chunk);
    uint64_t seq = 0;
    int err = chunk ? 0 : ERR_NOMEM, n = 1;

    while (!err && (n = store_events_after(t->from, seq, chunk, EVENTS)) > 0)
        for (int i = 0; i < n && !err; i++) {
            const struct event *e = &chunk[i];
            err = e->seq == ++seq ? 0 : ERR_CORRUPT;
            codec_event(e, &t->bytes);
            if (!err)
                err = transfer_count(t, TRANSFER_EVENTS);
            if (!err && e->noted)
                err = take_note(t, e->seq);
            if (!err)
                err = transfer_put(t, TRANSFER_EVENTS, e);
        }
    free(chunk);
    return err ? err : n < 0 ? n : seq == store_head(t->from) ? 0 : ERR_CORRUPT;
}

/* With the notes that belong to them. */
int transfer_events_fill(struct transfer *t, struct store_batch *b, size_t n)
{
    const struct event *events = (const struct event *)t->rows.data;
    struct store_note *notes = arena_alloc(t->arena, n, sizeof *notes);
    struct buf text = BUF_INIT;
    size_t count = 0;
    int err = notes ? 0 : ERR_NOMEM;

    for (size_t i = 0; i < n && !err; i++) {
        if (!events[i].noted)
            continue;
        buf_reset(&text);
        err = store_note(t->from, events[i].seq, &text);
        if (!err)
            notes[count++] = (struct store_note){events[i].seq,
                                                 transfer_str(t, buf_str(&text), &err)};
        else if (err == ERR_NOTFOUND)
            err = 0;
    }
    buf_free(&text);
    b->events = events;
    b->nevents = n;
    b->notes = notes;
    b->nnotes = count;
    return err;
}

static uint64_t received(const struct event *e, const char *unit)
{
    for (size_t k = 0; k < e->naudience; k++)
        if (strcmp(e->audience[k].unit, unit) == 0)
            return e->audience[k].unitseq;
    return 0;
}

/* What a unit received is a view of the events: it has no gap, and ends at the unit's head. */
static int take_unit(void *arg, const char *unit, uint64_t head, bool offline)
{
    struct transfer *t = arg;
    struct event *chunk = calloc(EVENTS, sizeof *chunk);
    uint64_t last = 0;
    int err = chunk ? 0 : ERR_NOMEM, n = 1;

    while (!err && (n = store_unit_events_after(t->from, unit, last, chunk, EVENTS)) > 0)
        for (int i = 0; i < n && !err; i++) {
            err = received(&chunk[i], unit) == ++last ? 0 : ERR_CORRUPT;
            buf_add_text(&t->bytes, unit);
            buf_add_u64(&t->bytes, last);
            buf_add_u64(&t->bytes, chunk[i].seq);
            if (!err)
                err = transfer_count(t, TRANSFER_OUTBOX);
        }
    free(chunk);
    err = err ? err : n < 0 ? n : last == head ? 0 : ERR_CORRUPT;
    buf_add_text(&t->bytes, unit);
    buf_add_u8(&t->bytes, offline);
    return err ? err : transfer_count(t, TRANSFER_OUTBOX);
}

int transfer_events_outbox(struct transfer *t)
{
    return store_each_unit(t->from, take_unit, t);
}

int transfer_events_none(struct transfer *t)
{
    (void)t;
    return 0;
}
