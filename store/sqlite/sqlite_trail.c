/* The audit trail: rows are only ever added; the last one's seq and hash stand in meta too. */
#include "base/buf.h"
#include "base/err.h"
#include "store/sqlite/sqlite.h"

static int put_row(struct sqlite *q, const struct trail_row *row)
{
    struct row_binder b;

    if (!sqlite_bind(q, SQL_TRAIL_ADD, &b))
        return ERR_IO;
    row_put_int(&b, (int64_t)row->seq);
    row_put_int(&b, row->at);
    row_put_text(&b, row->who);
    row_put_text(&b, row->role);
    row_put_text(&b, row->act);
    row_put_text(&b, row->target);
    row_put_blob(&b, row->hash, TRAIL_HASH);
    return sqlite_run(q, &b);
}

int sqlite_put_trail(struct sqlite *q, const struct store_batch *batch, struct sqlite_tally *tally)
{
    int err = 0;

    for (size_t i = 0; i < batch->ntrail && !err; i++) {
        struct trail_row row = batch->trail[i];
        row.seq = ++tally->trail;
        trail_hash(tally->trail_hash, &row, row.hash);
        memcpy(tally->trail_hash, row.hash, TRAIL_HASH);
        err = put_row(q, &row);
    }
    return err;
}

void sqlite_read_trail(struct row *row, struct trail_row *out)
{
    *out = (struct trail_row){0};
    out->seq = (uint64_t)row_int(row);
    out->at = row_int(row);
    row_text(row, out->who, sizeof out->who);
    row_text(row, out->role, sizeof out->role);
    row_text(row, out->act, sizeof out->act);
    row_text(row, out->target, sizeof out->target);
    struct str hash = row_str(row);
    row->bad = row->bad || hash.n != TRAIL_HASH;
    if (hash.n == TRAIL_HASH)
        memcpy(out->hash, hash.p, TRAIL_HASH);
}

int sqlite_trail_after(struct store *s, uint64_t after, size_t max,
                       int (*each)(void *arg, const struct trail_row *row), void *arg)
{
    struct sqlite *q = (struct sqlite *)s;
    struct buf rows = BUF_INIT;
    struct row_binder b;
    struct trail_row one;
    struct row row;
    int more, err = 0;

    if (!sqlite_bind(q, SQL_TRAIL_AFTER, &b))
        return ERR_IO;
    row_put_int(&b, (int64_t)after);
    row_put_int(&b, (int64_t)max);
    while ((more = sqlite_next(q, &b, &row)) > 0 && !err) {
        sqlite_read_trail(&row, &one);
        err = row.bad ? ERR_CORRUPT : buf_add(&rows, &one, sizeof one);
    }
    sqlite_done(&b);
    err = err ? err : more;
    const struct trail_row *list = (const struct trail_row *)(const void *)rows.data;
    for (size_t i = 0; i < rows.len / sizeof *list && !err; i++)
        err = each(arg, &list[i]);
    buf_free(&rows);
    return err;
}

int sqlite_trail_head(struct store *s, uint64_t *seq, unsigned char *hash)
{
    struct sqlite_tally tally;
    int err = sqlite_read_tally((struct sqlite *)s, &tally);

    if (err)
        return err;
    *seq = tally.trail;
    memcpy(hash, tally.trail_hash, TRAIL_HASH);
    return 0;
}
