/* What people said of verdicts. */
#define _GNU_SOURCE
#include "store/sqlite/sqlite.h"

#include <stdlib.h>

#include "base/arena.h"
#include "base/err.h"

enum { CHUNK = 256 }; /* rows of a walk read in one go */

/* What the item is from now on, and whether somebody said so. */
static int correct(struct sqlite *q, const struct store_mark *mark)
{
    static const struct {
        enum sqlite_sql sql;
        int flag;
    } ways[STORE_ASPECTS] = {
        [STORE_MARK_REQUEST] = {SQL_MARKED_REQUEST, STORE_MARKED_REQUEST},
        [STORE_MARK_KIND] = {SQL_MARKED_KIND, STORE_MARKED_KIND},
    };
    int flag = ways[mark->aspect].flag;
    struct row_binder b;

    if (!flag)
        return 0;
    if (!sqlite_bind(q, ways[mark->aspect].sql, &b))
        return ERR_IO;
    row_put_int(&b, mark->drop ? mark->was : mark->value);
    row_put_int(&b, mark->drop ? 0 : flag);
    row_put_blob(&b, mark->ident, STORE_IDENT);
    return sqlite_run(q, &b);
}

static int drop(struct sqlite *q, const struct store_mark *mark)
{
    struct row_binder b;

    if (!sqlite_bind(q, SQL_MARK_DROP, &b))
        return ERR_IO;
    row_put_blob(&b, mark->ident, STORE_IDENT);
    row_put_int(&b, mark->aspect);
    int err = sqlite_run(q, &b);
    return err || !sqlite3_changes(q->db) ? err : correct(q, mark);
}

int sqlite_put_mark(struct sqlite *q, const struct store_mark *mark)
{
    struct row_binder b;

    if (mark->drop)
        return drop(q, mark);
    if (!sqlite_bind(q, SQL_MARK_SET, &b))
        return ERR_IO;
    row_put_blob(&b, mark->ident, STORE_IDENT);
    row_put_int(&b, mark->aspect);
    row_put_int(&b, mark->value);
    row_put_text(&b, mark->topic);
    row_put_int(&b, (int64_t)mark->rules);
    row_put_int(&b, mark->at);
    row_put_int(&b, (int64_t)mark->concern);
    row_put_int(&b, mark->was);
    int err = sqlite_run(q, &b);
    return err ? err : correct(q, mark);
}

static void read_mark(struct row *row, struct arena *arena, struct store_mark *out)
{
    struct str ident = row_str(row);

    *out = (struct store_mark){0};
    if (ident.n == STORE_IDENT)
        memcpy(out->ident, ident.p, STORE_IDENT);
    else
        row->bad = true;
    out->aspect = (uint8_t)row_choice(row, STORE_ASPECTS);
    out->value = (uint8_t)row_int(row);
    row_text(row, out->topic, sizeof out->topic);
    out->rules = (uint64_t)row_int(row);
    out->at = row_int(row);
    out->source = arena_str(arena, row_str(row));
    out->item_topic = arena_str(arena, row_str(row));
    out->title = arena_str(arena, row_str(row));
    out->text = arena_str(arena, row_str(row));
    out->kind = (uint8_t)row_choice(row, VERDICT_RAISED + 1);
    out->request = (uint8_t)row_choice(row, REQUEST_REPORT + 1);
    out->concern = (uint64_t)row_int(row);
    out->was = (uint8_t)row_int(row);
}

/* Up to `max` marks from this one on: how many, or an error. */
static int gather(struct sqlite *q, const struct store_mark *from, size_t max, struct arena *arena,
                  struct store_mark *out)
{
    struct row_binder b;
    struct row row;
    int n = 0, more;

    if (!sqlite_bind(q, SQL_EACH_MARK, &b))
        return ERR_IO;
    row_put_blob(&b, from->ident, STORE_IDENT);
    row_put_int(&b, from->aspect);
    row_put_int(&b, (int64_t)max);
    while ((more = sqlite_next(q, &b, &row)) > 0) {
        read_mark(&row, arena, &out[n++]);
        if (row.bad) {
            sqlite_done(&b);
            return ERR_CORRUPT;
        }
    }
    return more < 0 ? more : n;
}

int sqlite_each_mark(struct store *s, const struct store_mark *from, size_t limit,
                     int (*each)(void *arg, const struct store_mark *mark), void *arg)
{
    struct store_mark next = *from, *chunk = reallocarray(NULL, CHUNK, sizeof *chunk);
    struct arena *arena = arena_new();
    int err = arena && chunk ? 0 : ERR_NOMEM, n = CHUNK;

    while (!err && n == CHUNK && limit) {
        arena_reset(arena);
        n = gather((struct sqlite *)s, &next, limit < CHUNK ? limit : CHUNK, arena, chunk);
        for (int i = 0; i < n && !err; i++)
            err = each(arg, &chunk[i]);
        err = n < 0 ? n : err;
        if (n > 0) {
            next = chunk[n - 1];
            next.aspect++;
            limit -= (size_t)n;
        }
    }
    free(chunk);
    arena_free(arena);
    return err;
}
