/* What people wrote with their commands: appended, and dropped by zeroes in place, as the words of
 * items are (see sqlite_words.c). Rows stay: there are few. */
#include "base/err.h"
#include "store/sqlite/sqlite.h"

int sqlite_put_note(struct sqlite *q, const struct store_note *note)
{
    struct row_binder b;

    if (!sqlite_bind(q, SQL_NOTE_ADD, &b))
        return ERR_IO;
    row_put_int(&b, (int64_t)note->seq);
    row_put_str(&b, note->text);
    return sqlite_run(q, &b);
}

int sqlite_note(struct store *s, uint64_t seq, struct buf *out)
{
    struct sqlite *q = (struct sqlite *)s;
    struct row_binder b;
    struct row row;

    if (!sqlite_bind(q, SQL_NOTE, &b))
        return ERR_IO;
    row_put_int(&b, (int64_t)seq);
    int found = sqlite_next(q, &b, &row);
    if (found <= 0)
        return found ? found : ERR_NOTFOUND;
    int err = buf_add_str(out, row_str(&row));
    sqlite_done(&b);
    return err;
}

int sqlite_drop_note(struct store *s, uint64_t seq)
{
    struct sqlite *q = (struct sqlite *)s;
    struct row_binder b;
    int err = sqlite_do(q, SQL_BEGIN_WRITE);

    if (!err && !sqlite_bind(q, SQL_NOTE_BLANK, &b))
        err = ERR_IO;
    if (!err) {
        row_put_int(&b, (int64_t)seq);
        err = sqlite_run(q, &b);
    }
    if (!err && sqlite3_changes(q->db) == 0)
        err = ERR_NOTFOUND;
    q->residue = q->residue || !err;
    err = sqlite_end_write(q, &q->tally, err);
    if (!err)
        sqlite_cut_wal(q);
    return err;
}
