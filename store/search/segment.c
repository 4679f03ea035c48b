/* Whole segments: their tables, their documents, their list. */
#include "store/search/segment.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/err.h"
#include "store/varint.h"

enum { MINUTE = 60 * 1000 };

/* Documents are varints too: number and minute of expiry, each less the one before. */
const char segment_schema[] = "CREATE TABLE segments (\n"
                              "    id      INTEGER PRIMARY KEY,\n"
                              "    kind    INTEGER NOT NULL,\n"
                              "    count   INTEGER NOT NULL,\n"
                              "    first   INTEGER NOT NULL,\n"
                              "    last    INTEGER NOT NULL,\n"
                              "    soonest INTEGER NOT NULL,\n"
                              "    docs    BLOB NOT NULL\n"
                              ") STRICT;\n";

int segment_level(const struct segment *s)
{
    static const uint32_t bounds[SEGMENT_LEVELS - 1] = {256, 2048, 16384};
    int level = 0;

    while (level < SEGMENT_LEVELS - 1 && s->count >= bounds[level])
        level++;
    return level;
}

int segment_failure(sqlite3 *db)
{
    switch (sqlite3_errcode(db)) {
    case SQLITE_NOMEM: return ERR_NOMEM;
    case SQLITE_BUSY: return ERR_AGAIN;
    case SQLITE_ERROR: /* a table that its list names, or the list, is not there */
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB: return ERR_CORRUPT;
    default: return ERR_IO;
    }
}

static int64_t minute_of(int64_t expires)
{
    return (expires + MINUTE - 1) / MINUTE;
}

/* Rounded up: what is still there must not look expired. */
static void put_docs(struct buf *out, const struct segment_doc *docs, size_t n)
{
    struct segment_doc last = {0};

    for (size_t i = 0; i < n; i++) {
        int64_t minute = minute_of(docs[i].expires);
        varint_put(out, docs[i].number - last.number);
        varint_put_signed(out, minute - last.expires);
        last = (struct segment_doc){docs[i].number, minute};
    }
}

static int insert_row(sqlite3 *db, const struct segment *s, const struct buf *docs)
{
    sqlite3_stmt *statement = NULL;
    int err = 0;

    if (sqlite3_prepare_v2(db, "INSERT INTO segments VALUES (?, ?, ?, ?, ?, ?, ?)", -1, &statement,
                           NULL) != SQLITE_OK)
        return segment_failure(db);
    const int64_t columns[] = {s->id,             s->kind,          s->count,
                               (int64_t)s->first, (int64_t)s->last, s->soonest};
    for (int i = 0; i < 6; i++)
        sqlite3_bind_int64(statement, i + 1, columns[i]);
    sqlite3_bind_blob64(statement, 7, docs->data, docs->len, SQLITE_STATIC);
    if (sqlite3_step(statement) != SQLITE_DONE)
        err = segment_failure(db);
    sqlite3_finalize(statement);
    return err;
}

static int run_named(sqlite3 *db, const char *format, int64_t id)
{
    char sql[96];

    snprintf(sql, sizeof sql, format, (long long)id);
    return sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK ? 0 : segment_failure(db);
}

int segment_begin(struct segment_writer *w, sqlite3 *db, int64_t id)
{
    char sql[64];

    *w = (struct segment_writer){.db = db, .id = id};
    int err = run_named(db, "CREATE TABLE s%lld (gram INTEGER PRIMARY KEY, block BLOB NOT NULL)",
                        id);
    snprintf(sql, sizeof sql, "INSERT INTO s%lld VALUES (?, ?)", (long long)id);
    if (!err && sqlite3_prepare_v2(db, sql, -1, &w->insert, NULL) != SQLITE_OK)
        err = segment_failure(db);
    return err;
}

int segment_end(struct segment_writer *w, enum segment_kind kind, const struct segment_doc *docs,
                size_t n, struct segment *out)
{
    struct buf packed = BUF_INIT;
    int err = segment_put(w, 0, NULL, 0);

    *out = (struct segment){w->id, kind, (uint32_t)n, docs[0].number, docs[n - 1].number,
                            INT64_MAX};
    for (size_t i = 0; i < n; i++)
        if (minute_of(docs[i].expires) * MINUTE < out->soonest)
            out->soonest = minute_of(docs[i].expires) * MINUTE;
    put_docs(&packed, docs, n);
    if (!err)
        err = buf_ok(&packed) ? insert_row(w->db, out, &packed) : ERR_NOMEM;
    buf_free(&packed);
    segment_abandon(w);
    return err;
}

void segment_abandon(struct segment_writer *w)
{
    sqlite3_finalize(w->insert);
    buf_free(&w->block);
    buf_free(&w->ids);
    *w = (struct segment_writer){0};
}

static int unpack_docs(const unsigned char *p, size_t n, uint32_t count, struct segment_doc *out)
{
    struct varint_reader r = {p, p + n, false};
    struct segment_doc last = {0};

    for (uint32_t i = 0; i < count && !r.bad; i++) {
        uint64_t step = varint_get(&r);
        last.number += step;
        last.expires += varint_get_signed(&r);
        out[i] = (struct segment_doc){last.number, last.expires * MINUTE};
        if (!step)
            return ERR_CORRUPT;
    }
    return r.bad || r.at != r.end ? ERR_CORRUPT : 0;
}

int segment_docs(sqlite3 *db, const struct segment *s, struct segment_doc **out)
{
    sqlite3_stmt *statement = NULL;
    int err = 0;

    *out = calloc((size_t)s->count + 1, sizeof **out);
    if (!*out)
        return ERR_NOMEM;
    if (sqlite3_prepare_v2(db, "SELECT docs FROM segments WHERE id = ?", -1, &statement, NULL) !=
        SQLITE_OK)
        err = segment_failure(db);
    if (!err) {
        sqlite3_bind_int64(statement, 1, s->id);
        int rc = sqlite3_step(statement);
        if (rc == SQLITE_ROW)
            err = unpack_docs(sqlite3_column_blob(statement, 0),
                              (size_t)sqlite3_column_bytes(statement, 0), s->count, *out);
        else
            err = rc == SQLITE_DONE ? ERR_CORRUPT : segment_failure(db);
    }
    sqlite3_finalize(statement);
    if (err) {
        free(*out);
        *out = NULL;
    }
    return err;
}

int segment_drop(sqlite3 *db, const struct segment *s)
{
    int err = run_named(db, "DROP TABLE s%lld", s->id);

    return err ? err : run_named(db, "DELETE FROM segments WHERE id = %lld", s->id);
}

int segment_list(sqlite3 *db, struct segment **out)
{
    sqlite3_stmt *statement = NULL;
    struct buf list = BUF_INIT;
    int rc, err = 0;

    *out = NULL;
    if (sqlite3_prepare_v2(db, "SELECT id, kind, count, first, last, soonest FROM segments "
                               "ORDER BY last DESC, id", -1, &statement, NULL) != SQLITE_OK)
        return segment_failure(db);
    while ((rc = sqlite3_step(statement)) == SQLITE_ROW && !err) {
        int64_t kind = sqlite3_column_int64(statement, 1);
        struct segment s = {sqlite3_column_int64(statement, 0), (enum segment_kind)kind,
                            (uint32_t)sqlite3_column_int64(statement, 2),
                            (uint64_t)sqlite3_column_int64(statement, 3),
                            (uint64_t)sqlite3_column_int64(statement, 4),
                            sqlite3_column_int64(statement, 5)};
        bool sound = s.count && s.count <= INT32_MAX && kind >= 0 && kind < SEGMENT_KINDS;
        err = sound ? buf_add(&list, &s, sizeof s) : ERR_CORRUPT;
    }
    if (!err && rc != SQLITE_DONE)
        err = segment_failure(db);
    sqlite3_finalize(statement);
    if (err) {
        buf_free(&list);
        return err;
    }
    *out = (struct segment *)list.data;
    return (int)(list.len / sizeof **out);
}
