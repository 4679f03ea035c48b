/* Replies that the ledger publishes, and what people said of replies. */
#include "base/err.h"
#include "store/transfer_state.h"

/* As it came to be: written, published, and its text taken out. One that lost its text to a later
 * edition loses it to that again. */
static int rebuild(struct transfer *t, const struct store_publication *from)
{
    struct store_publication p = *from;
    int err = 0;

    p.text = p.text.n ? transfer_str(t, p.text, &err) : STR("-");
    p.act = STORE_PUBLICATION_DRAFT;
    p.edition = 0;
    err = err ? err : transfer_put(t, TRANSFER_PUBLICATIONS, &p);
    p.text = STR_NONE;
    p.edition = from->edition;
    p.act = STORE_PUBLICATION_PUBLISH;
    if (!err && from->edition)
        err = transfer_put(t, TRANSFER_PUBLICATIONS, &p);
    p.act = STORE_PUBLICATION_BLANK;
    if (!err && !from->text.n)
        err = transfer_put(t, TRANSFER_PUBLICATIONS, &p);
    return err;
}

static int take_publication(void *arg, const struct store_publication *p)
{
    struct transfer *t = arg;

    buf_add_u64(&t->bytes, p->seq);
    buf_add_u64(&t->bytes, p->concern);
    buf_add_u32(&t->bytes, p->round);
    buf_add_u32(&t->bytes, p->edition);
    buf_add_lstr(&t->bytes, str_from(p->unit));
    buf_add_u64(&t->bytes, (uint64_t)p->drafted);
    buf_add_u64(&t->bytes, (uint64_t)p->published);
    buf_add(&t->bytes, p->hash, sizeof p->hash);
    buf_add_lstr(&t->bytes, p->text);
    int err = transfer_count(t, TRANSFER_PUBLICATIONS);
    return err || !t->to ? err : rebuild(t, p);
}

static int publications_of(void *arg, const struct concern *c)
{
    struct transfer *t = arg;

    return store_publications(t->from, c->id, take_publication, t);
}

int transfer_texts_publications(struct transfer *t)
{
    return store_each_concern(t->from, INT64_MIN, publications_of, t);
}

int transfer_texts_fill_publications(struct transfer *t, struct store_batch *b, size_t n)
{
    b->publications = (const struct store_publication *)t->rows.data;
    b->npublications = n;
    return 0;
}

static int surveys_of(void *arg, const struct concern *c)
{
    struct transfer *t = arg;
    struct store_survey s;
    int err = 0;

    for (unsigned round = 0; round <= c->round && !err; round++) {
        err = store_survey(t->from, c->id, (uint16_t)round, &s);
        if (err == ERR_NOTFOUND) {
            err = 0;
            continue;
        }
        buf_add_u64(&t->bytes, s.concern);
        buf_add_u32(&t->bytes, s.round);
        buf_add_u32(&t->bytes, s.solved);
        buf_add_u32(&t->bytes, s.not_yet);
        buf_add_u64(&t->bytes, (uint64_t)s.hour);
        buf_add_u32(&t->bytes, s.in_hour);
        err = err ? err : transfer_count(t, TRANSFER_SURVEYS);
        err = err ? err : transfer_put(t, TRANSFER_SURVEYS, &s);
    }
    return err;
}

int transfer_texts_surveys(struct transfer *t)
{
    return store_each_concern(t->from, INT64_MIN, surveys_of, t);
}

int transfer_texts_fill_surveys(struct transfer *t, struct store_batch *b, size_t n)
{
    b->surveys = (const struct store_survey *)t->rows.data;
    b->nsurveys = n;
    return 0;
}

struct corrections {
    struct transfer *t;
    struct store_correction last;
    size_t n; /* of this piece */
};

static int take_correction(void *arg, const struct store_correction *row)
{
    struct corrections *c = arg;
    struct buf *b = &c->t->bytes;

    c->last = *row;
    c->n++;
    buf_add_u64(b, row->concern);
    buf_add_u8(b, row->wish);
    buf_add_u8(b, row->reason);
    buf_add_u32(b, row->waiting);
    buf_add_u32(b, row->granted);
    buf_add_u32(b, row->refused);
    buf_add_u64(b, (uint64_t)row->since);
    buf_add_u64(b, (uint64_t)row->decided);
    buf_add_u64(b, (uint64_t)row->hour);
    buf_add_u32(b, row->in_hour);
    int err = transfer_count(c->t, TRANSFER_CORRECTIONS);
    return err ? err : transfer_put(c->t, TRANSFER_CORRECTIONS, row);
}

int transfer_texts_corrections(struct transfer *t)
{
    struct corrections c = {.t = t, .n = STORE_PAGE_MAX};
    uint64_t from = 0;
    uint8_t wish = 0, reason = 0;
    int err = 0;

    while (!err && c.n == STORE_PAGE_MAX) {
        c.n = 0;
        err = store_corrections(t->from, from, wish, reason, 0, take_correction, &c);
        from = c.last.concern;
        wish = c.last.wish;
        reason = (uint8_t)(c.last.reason + 1); /* what stands behind it, whether there is such */
    }
    return err;
}

int transfer_texts_fill_corrections(struct transfer *t, struct store_batch *b, size_t n)
{
    b->corrections = (const struct store_correction *)t->rows.data;
    b->ncorrections = n;
    return 0;
}
