/* What each unit receives. A row a unit and an event would be four rows an alert; so the seqs of a
 * batch stand in one row a unit, in pieces that fit into a page. */
#include "store/sqlite/sqlite.h"

#include <stdlib.h>

#include "base/err.h"

/* The row of a unit that is being filled. */
struct piece {
    struct buf seqs;
    uint64_t last;
    size_t count;
};

static int put_piece(struct sqlite *q, const char *unit, struct piece *p)
{
    struct row_binder b;

    if (!buf_ok(&p->seqs))
        return ERR_NOMEM;
    if (!sqlite_bind(q, SQL_OUTBOX_ADD, &b))
        return ERR_IO;
    row_put_text(&b, unit);
    row_put_int(&b, (int64_t)p->last);
    row_put_str(&b, buf_str(&p->seqs));
    int err = sqlite_run(q, &b);
    buf_reset(&p->seqs);
    p->count = 0;
    return err;
}

static int by_unit(const void *unit, const void *head)
{
    return strcmp(unit, ((const struct check_head *)head)->unit);
}

static int add(struct sqlite *q, const struct check_heads *heads, struct piece *pieces,
               const struct event *e, const struct event_audience *to)
{
    const struct check_head *head =
        bsearch(to->unit, heads->list, heads->count, sizeof *heads->list, by_unit);

    if (!head)
        return ERR_INVALID;
    struct piece *p = &pieces[head - heads->list];
    if (p->count)
        buf_add_char(&p->seqs, ' ');
    buf_add_decimal(&p->seqs, e->seq);
    p->last = to->unitseq;
    return ++p->count == SQLITE_PIECE ? put_piece(q, head->unit, p) : 0;
}

int sqlite_put_outbox(struct sqlite *q, const struct store_batch *batch,
                      const struct check_heads *heads)
{
    struct piece *pieces = calloc(heads->count + 1, sizeof *pieces);
    int err = pieces ? 0 : ERR_NOMEM;

    for (size_t i = 0; i < batch->nevents && !err; i++) {
        const struct event *e = &batch->events[i];
        for (size_t k = 0; k < e->naudience && !err; k++)
            err = add(q, heads, pieces, e, &e->audience[k]);
    }
    for (size_t i = 0; pieces && i < heads->count; i++) {
        if (!err && pieces[i].count)
            err = put_piece(q, heads->list[i].unit, &pieces[i]);
        buf_free(&pieces[i].seqs);
    }
    free(pieces);
    return err;
}

size_t sqlite_read_seqs(struct str text, uint64_t last, uint64_t out[static SQLITE_PIECE])
{
    size_t n = 0;

    while (text.n && n < SQLITE_PIECE) {
        const char *space = memchr(text.p, ' ', text.n);
        size_t digits = space ? (size_t)(space - text.p) : text.n;
        long long seq;
        if (str_int((struct str){text.p, digits}, 1, INT64_MAX, &seq))
            return 0;
        out[n++] = (uint64_t)seq;
        digits += space != NULL;
        text = (struct str){text.p + digits, text.n - digits};
    }
    return text.n || n > last ? 0 : n;
}

static int read_event(struct sqlite *q, uint64_t seq, struct event *out)
{
    struct row_binder b;
    struct row row;

    if (!sqlite_bind(q, SQL_EVENT, &b))
        return ERR_IO;
    row_put_int(&b, (int64_t)seq);
    int found = sqlite_next(q, &b, &row);
    if (found <= 0)
        return found ? found : ERR_CORRUPT;
    row_event(&row, out);
    sqlite_done(&b);
    return row.bad ? ERR_CORRUPT : 0;
}

/* The row's events past `after`, while there is room: 0 or error. */
static int read_piece(struct sqlite *q, struct row *row, uint64_t after, struct event *out,
                      size_t max, size_t *n)
{
    uint64_t last = (uint64_t)row_int(row), seqs[SQLITE_PIECE];
    size_t count = sqlite_read_seqs(row_str(row), last, seqs);
    int err = count ? 0 : ERR_CORRUPT;

    for (size_t i = 0; i < count && *n < max && !err; i++)
        if (last - count + 1 + i > after)
            err = read_event(q, seqs[i], &out[(*n)++]);
    return err;
}

int sqlite_unit_events_after(struct store *s, const char *unit, uint64_t after, struct event *out,
                             size_t max)
{
    struct sqlite *q = (struct sqlite *)s;
    struct row_binder b;
    struct row row;
    size_t n = 0;
    int more = 0, err = 0;

    if (after > INT64_MAX)
        return 0;
    if (!sqlite_bind(q, SQL_OUTBOX_AFTER, &b))
        return ERR_IO;
    row_put_text(&b, unit);
    row_put_int(&b, (int64_t)after);
    /* While this statement stands, the events that its rows name are of the same snapshot. */
    while (n < max && !err && (more = sqlite_next(q, &b, &row)) > 0)
        err = read_piece(q, &row, after, out, max, &n);
    sqlite_done(&b);
    err = err ? err : more < 0 ? more : 0;
    return err ? err : (int)n;
}
