/* Titles and texts. SQLite's secure_delete overwrites what is deleted, but when a page is split or
 * merged it leaves the moved cells' bytes in the old page's gap, and those survive the later delete
 * of the cell. So no live text is ever moved: a table of texts grows at its right end only
 * (SQLite then opens a new page and leaves the old one alone); a text is dropped by zeroes of the
 * same length, which are written in place; and rows are deleted only at the left end, so far
 * before the first live one that no page with live words takes part in a merge. Texts that live
 * for a week and for a season have a table each, or the latter would keep the zeroes of the
 * former. */
#include "store/sqlite/sqlite.h"

#include "base/clock.h"
#include "base/err.h"

enum {
    SHORT_DAYS = 31,
    /* Rows between a deleted and a live one. A merge takes in three leaves, and a leaf of 4 KiB
     * holds at most 682 of the smallest rows (6 bytes of cell and pointer). */
    MARGIN = 3 * 682 + 2,
    TRUNCATE_WAIT_MS = 50,
    BUSY_MS = 2000
};

int sqlite_add_words(struct sqlite *q, struct str title, struct str text, int64_t keep,
                     int64_t *place)
{
    bool brief = keep <= SHORT_DAYS * CLOCK_DAY;
    struct row_binder b;

    *place = 0;
    if (title.n == 0 && text.n == 0)
        return 0;
    if (!sqlite_bind(q, brief ? SQL_SHORT_ADD : SQL_LONG_ADD, &b))
        return ERR_IO;
    row_put_str(&b, title);
    row_put_str(&b, text);
    int err = sqlite_run(q, &b);
    if (!err)
        *place = brief ? sqlite3_last_insert_rowid(q->db) : -sqlite3_last_insert_rowid(q->db);
    return err;
}

int sqlite_blank_words(struct sqlite *q, int64_t place)
{
    struct row_binder b;

    if (!sqlite_bind(q, place > 0 ? SQL_SHORT_BLANK : SQL_LONG_BLANK, &b))
        return ERR_IO;
    row_put_int(&b, place > 0 ? place : -place);
    q->residue = true;
    return sqlite_run(q, &b);
}

struct expired {
    int64_t item, words;
};

static int find_expired(struct sqlite *q, int64_t now, size_t max, struct buf *found)
{
    struct row_binder b;
    struct row row;
    int more;

    if (!sqlite_bind(q, SQL_EXPIRED, &b))
        return ERR_IO;
    row_put_int(&b, now);
    row_put_int(&b, (int64_t)max);
    while ((more = sqlite_next(q, &b, &row)) > 0) {
        struct expired e = {.item = row_int(&row)};
        e.words = row_int(&row);
        if (buf_add(found, &e, sizeof e)) {
            sqlite_done(&b);
            return ERR_NOMEM;
        }
    }
    return more;
}

static int drop(struct sqlite *q, const struct expired *e)
{
    struct row_binder b;
    int err = sqlite_blank_words(q, e->words);

    if (err)
        return err;
    if (!sqlite_bind(q, SQL_ITEM_WORDLESS, &b))
        return ERR_IO;
    row_put_int(&b, e->item);
    return sqlite_run(q, &b);
}

/* Delete blanked rows at the left end of a table, looking at `reach` rows. */
static int cut(struct sqlite *q, enum sqlite_sql head, enum sqlite_sql cut, size_t reach)
{
    int64_t last = 0, first = 0;
    size_t blank = 0;
    struct row_binder b;
    struct row row;
    int more;

    if (!sqlite_bind(q, head, &b))
        return ERR_IO;
    row_put_int(&b, (int64_t)reach);
    while ((more = sqlite_next(q, &b, &row)) > 0) {
        int64_t id = row_int(&row);
        if (!row_int(&row))
            break;
        if (blank++ == 0)
            first = id;
        last = id;
    }
    if (more < 0)
        return more;
    sqlite_done(&b);
    /* Ids have no gaps: rows are appended, and deleted from the left. */
    if (blank <= MARGIN || last - first + 1 != (int64_t)blank)
        return blank <= MARGIN ? 0 : ERR_CORRUPT;
    if (!sqlite_bind(q, cut, &b))
        return ERR_IO;
    row_put_int(&b, last - MARGIN);
    return sqlite_run(q, &b);
}

static int forget_commands(struct sqlite *q, int64_t now)
{
    struct row_binder b;

    if (!sqlite_bind(q, SQL_COMMANDS_CUT, &b))
        return ERR_IO;
    row_put_int(&b, now - STORE_COMMAND_KEEP);
    return sqlite_run(q, &b);
}

/* The WAL still holds the dropped words as they were once written. A reader in the way keeps
 * `residue` set, and the next call tries again. */
void sqlite_cut_wal(struct sqlite *q)
{
    sqlite3_busy_timeout(q->db, TRUNCATE_WAIT_MS);
    if (sqlite3_wal_checkpoint_v2(q->db, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL) == SQLITE_OK)
        q->residue = false;
    sqlite3_busy_timeout(q->db, BUSY_MS);
}

int sqlite_expire_words(struct store *s, int64_t now, size_t max)
{
    struct sqlite *q = (struct sqlite *)s;
    struct buf found = BUF_INIT;
    int before = sqlite3_total_changes(q->db);
    size_t n;
    int err = sqlite_do(q, SQL_BEGIN_WRITE);

    if (!err)
        err = find_expired(q, now, max, &found);
    n = err ? 0 : found.len / sizeof(struct expired);
    for (size_t i = 0; i < n && !err; i++)
        err = drop(q, &((const struct expired *)found.data)[i]);
    if (!err)
        err = cut(q, SQL_SHORT_HEAD, SQL_SHORT_CUT, 2 * n + 2 * MARGIN);
    if (!err)
        err = cut(q, SQL_LONG_HEAD, SQL_LONG_CUT, 2 * n + 2 * MARGIN);
    if (!err)
        err = forget_commands(q, now);
    if (!err)
        err = sqlite_forget_touched(q);
    buf_free(&found);
    if (!err && sqlite3_total_changes(q->db) == before)
        err = sqlite_do(q, SQL_ROLLBACK); /* nothing to write, nothing to sync */
    else
        err = sqlite_end_write(q, &q->tally, err);
    if (err)
        return err;
    if (q->residue)
        sqlite_cut_wal(q);
    return (int)n;
}

bool sqlite_residue(const struct store *s)
{
    return ((const struct sqlite *)s)->residue;
}
