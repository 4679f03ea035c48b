/* What a transfer needs of the file: rows that no view hands out one after the other. Nobody writes
 * meanwhile, so that a statement may stand while its rows are handed out. */
#include "store/sqlite/sqlite.h"

#include "base/err.h"

/* Hand out each row of this statement. */
static int walk(struct store *s, const char *sql, int (*row)(struct row *row, void *to), void *to)
{
    struct sqlite *q = (struct sqlite *)s;
    struct row_binder b = {0};
    struct row at;
    int more = 0, err = 0;

    if (sqlite3_prepare_v2(q->db, sql, -1, &b.statement, NULL) != SQLITE_OK)
        return sqlite_failure(q, sqlite3_errcode(q->db));
    while (!err && (more = sqlite_next(q, &b, &at)) > 0)
        err = row(&at, to);
    sqlite3_finalize(b.statement);
    return err ? err : more;
}

struct alias_to {
    int (*each)(void *arg, const struct store_alias *alias);
    void *arg;
};

static int alias_row(struct row *row, void *to)
{
    const struct alias_to *a = to;
    struct store_alias alias = {.alias = (uint64_t)row_int(row)};
    struct str ident = row_str(row);

    if (ident.n != STORE_IDENT)
        return ERR_CORRUPT;
    memcpy(alias.ident, ident.p, STORE_IDENT);
    return a->each(a->arg, &alias);
}

int sqlite_each_alias(struct store *s, int (*each)(void *arg, const struct store_alias *alias),
                      void *arg)
{
    struct alias_to to = {each, arg};

    return walk(s, "SELECT alias, ident FROM aliases JOIN items ON items.id = item", alias_row,
                &to);
}

struct cursor_to {
    int (*each)(void *arg, const struct store_cursor *cursor);
    void *arg;
};

static int cursor_row(struct row *row, void *to)
{
    const struct cursor_to *c = to;
    struct store_cursor cursor = {.unitseq = (uint64_t)row_int(row)};

    row_text(row, cursor.unit, sizeof cursor.unit);
    row_text(row, cursor.receiver, sizeof cursor.receiver);
    return row->bad ? ERR_CORRUPT : c->each(c->arg, &cursor);
}

int sqlite_each_cursor(struct store *s, int (*each)(void *arg, const struct store_cursor *cursor),
                       void *arg)
{
    struct cursor_to to = {each, arg};

    return walk(s, "SELECT unitseq, unit, receiver FROM cursors", cursor_row, &to);
}

struct command_to {
    int (*each)(void *arg, const struct store_command *command);
    void *arg;
};

static int command_row(struct row *row, void *to)
{
    const struct command_to *c = to;
    struct store_command command = {.status = (int)row_int(row)};

    command.seq = (uint64_t)row_int(row);
    command.at = row_int(row);
    row_text(row, command.key, sizeof command.key);
    row_text(row, command.reason, sizeof command.reason);
    return row->bad ? ERR_CORRUPT : c->each(c->arg, &command);
}

int sqlite_each_command(struct store *s,
                        int (*each)(void *arg, const struct store_command *command), void *arg)
{
    struct command_to to = {each, arg};

    return walk(s, "SELECT status, seq, at, key, reason FROM commands", command_row, &to);
}

int sqlite_adopt(struct store *s, const struct store *other)
{
    struct sqlite *q = (struct sqlite *)s;
    struct row_binder b = {0};

    if (sqlite3_prepare_v2(q->db, "UPDATE meta SET epoch = ?, hash_key = ?", -1, &b.statement,
                           NULL) != SQLITE_OK)
        return sqlite_failure(q, sqlite3_errcode(q->db));
    row_put_text(&b, other->epoch);
    row_put_blob(&b, other->hash_key, HASH_KEY);
    int err = sqlite_run(q, &b);
    sqlite3_finalize(b.statement);
    if (err)
        return err;
    memcpy(s->epoch, other->epoch, sizeof s->epoch);
    memcpy(s->hash_key, other->hash_key, sizeof s->hash_key);
    return 0;
}
