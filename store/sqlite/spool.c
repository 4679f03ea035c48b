#include "store/sqlite/spool.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "store/sqlite/spool_file.h"

enum sql {
    ADD, SET_LAST, GET_LAST, NEWEST, REMOVE, IS_AT, GOES_ON, WALK, TRIM, OLD, OLD_NOTES, MANY, SIZE,
    STATEMENTS
};

static const char *const texts[STATEMENTS] = {
    [ADD] = "INSERT INTO entry (at, epoch, id, prior, before, head, note, count, bytes) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
    [SET_LAST] = "INSERT OR REPLACE INTO last VALUES (1, ?, ?, ?)",
    [GET_LAST] = "SELECT epoch, id, head FROM last",
    [NEWEST] = "SELECT number, epoch, prior, before FROM entry WHERE note = 0 "
               "ORDER BY number DESC LIMIT 1",
    [REMOVE] = "DELETE FROM entry WHERE number = ?",
    [IS_AT] = "SELECT number + 1 FROM entry WHERE epoch = ? AND id = ? AND note = 0 "
              "ORDER BY number DESC LIMIT 1",
    [GOES_ON] = "SELECT number FROM entry WHERE epoch = ? AND prior = ? AND note = 0 "
                "ORDER BY number DESC LIMIT 1",
    [WALK] = "SELECT epoch, id, prior, before, head, note, count, bytes FROM entry "
             "WHERE number >= ? ORDER BY number",
    [TRIM] = "DELETE FROM entry WHERE number <= ? AND note = 0",
    [OLD] = "DELETE FROM entry WHERE at < ? AND note = 0",
    [OLD_NOTES] = "DELETE FROM entry WHERE at < ? AND note != 0",
    [MANY] = "DELETE FROM entry WHERE number = (SELECT min(number) FROM entry WHERE note = 0)",
    [SIZE] = "SELECT coalesce(sum(length(bytes)), 0) FROM entry",
};

struct spool {
    sqlite3 *db;
    sqlite3_stmt *kept[STATEMENTS];
    int64_t bytes; /* of all entries */
};

static int failure(const struct spool *s)
{
    log_error("store.spool", "sqlite=%d", sqlite3_extended_errcode(s->db));
    return ERR_IO;
}

static sqlite3_stmt *statement(struct spool *s, enum sql which)
{
    if (!s->kept[which])
        sqlite3_prepare_v3(s->db, texts[which], -1, SQLITE_PREPARE_PERSISTENT, &s->kept[which],
                           NULL);
    return s->kept[which];
}

static void bind_text(sqlite3_stmt *q, int at, const char *text)
{
    sqlite3_bind_text(q, at, text, -1, SQLITE_STATIC);
}

/* What changes: 0 or ERR_IO. */
static int done(struct spool *s, sqlite3_stmt *q)
{
    int err = q && sqlite3_step(q) == SQLITE_DONE ? 0 : failure(s);

    sqlite3_reset(q);
    sqlite3_clear_bindings(q);
    return err;
}

/* A number, or `none` where there is no row: 0 or ERR_IO. */
static int number(struct spool *s, sqlite3_stmt *q, int64_t none, int64_t *out)
{
    int rc = q ? sqlite3_step(q) : SQLITE_ERROR;

    *out = rc == SQLITE_ROW ? sqlite3_column_int64(q, 0) : none;
    sqlite3_reset(q);
    sqlite3_clear_bindings(q);
    return rc == SQLITE_ROW || rc == SQLITE_DONE ? 0 : failure(s);
}

static int run(struct spool *s, const char *sql)
{
    return sqlite3_exec(s->db, sql, NULL, NULL, NULL) == SQLITE_OK ? 0 : failure(s);
}

void spool_close(struct spool *s)
{
    if (!s)
        return;
    for (size_t i = 0; i < STATEMENTS; i++)
        sqlite3_finalize(s->kept[i]);
    sqlite3_close(s->db);
    free(s);
}

int spool_open(const char *path, struct spool **out)
{
    struct spool *s = calloc(1, sizeof *s);
    int err = s ? spool_file_open(path, &s->db) : ERR_NOMEM;

    *out = NULL;
    if (!err)
        err = number(s, statement(s, SIZE), 0, &s->bytes);
    if (err)
        spool_close(s);
    else
        *out = s;
    return err;
}

int spool_set_last(struct spool *s, const char *epoch, const char *id, uint64_t head)
{
    sqlite3_stmt *q = statement(s, SET_LAST);

    bind_text(q, 1, epoch);
    bind_text(q, 2, id);
    sqlite3_bind_int64(q, 3, (int64_t)head);
    return done(s, q);
}

static int finish(struct spool *s, int err)
{
    if (!err)
        err = run(s, "COMMIT");
    if (err)
        sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);
    return err;
}

int spool_add(struct spool *s, const struct spool_entry *e)
{
    sqlite3_stmt *q = statement(s, ADD);
    int err = run(s, "BEGIN IMMEDIATE");

    if (err)
        return err;
    sqlite3_bind_int64(q, 1, clock_now());
    bind_text(q, 2, e->epoch);
    bind_text(q, 3, e->id);
    bind_text(q, 4, e->prior);
    sqlite3_bind_int64(q, 5, (int64_t)e->before);
    sqlite3_bind_int64(q, 6, (int64_t)e->head);
    sqlite3_bind_int64(q, 7, (int64_t)e->note);
    sqlite3_bind_int64(q, 8, (int64_t)e->count);
    sqlite3_bind_blob64(q, 9, e->values.n ? e->values.p : "", e->values.n, SQLITE_STATIC);
    err = done(s, q);
    if (!err && !e->note)
        err = spool_set_last(s, e->epoch, e->id, e->head);
    err = finish(s, err);
    if (!err)
        s->bytes += (int64_t)e->values.n;
    return err;
}

static void column_text(sqlite3_stmt *q, int at, char *out, size_t size)
{
    const unsigned char *text = sqlite3_column_text(q, at);

    snprintf(out, size, "%s", text ? (const char *)text : "");
}

int spool_take_back(struct spool *s)
{
    sqlite3_stmt *q = statement(s, NEWEST);
    struct spool_entry e = {0};
    int64_t newest = 0;

    if (q && sqlite3_step(q) == SQLITE_ROW) {
        newest = sqlite3_column_int64(q, 0);
        column_text(q, 1, e.epoch, sizeof e.epoch);
        column_text(q, 2, e.prior, sizeof e.prior);
        e.before = (uint64_t)sqlite3_column_int64(q, 3);
    }
    sqlite3_reset(q);
    if (!newest)
        return 0;
    int err = run(s, "BEGIN IMMEDIATE");
    if (err)
        return err;
    q = statement(s, REMOVE);
    sqlite3_bind_int64(q, 1, newest);
    err = done(s, q);
    if (!err)
        err = spool_set_last(s, e.epoch, e.prior, e.before);
    return finish(s, err);
}

bool spool_last(struct spool *s, struct spool_entry *out)
{
    sqlite3_stmt *q = statement(s, GET_LAST);
    bool there = q && sqlite3_step(q) == SQLITE_ROW;

    *out = (struct spool_entry){0};
    if (there) {
        column_text(q, 0, out->epoch, sizeof out->epoch);
        column_text(q, 1, out->id, sizeof out->id);
        out->head = (uint64_t)sqlite3_column_int64(q, 2);
    }
    sqlite3_reset(q);
    return there;
}

struct chain {
    const char *epoch, *id;
    char at[SPOOL_ID];
    bool broken;
};

static int follow(void *arg, const struct spool_entry *e)
{
    struct chain *c = arg;

    if (e->note)
        return 0;
    c->broken |= strcmp(e->epoch, c->epoch) != 0 || strcmp(e->prior, c->at) != 0;
    snprintf(c->at, sizeof c->at, "%s", e->id);
    return 0;
}

int spool_find(struct spool *s, const char *epoch, const char *id, uint64_t *from)
{
    struct chain c = {.epoch = epoch, .id = id};
    struct spool_entry last;
    int64_t at = 0;

    for (enum sql which = IS_AT; which <= GOES_ON && !at; which++) {
        sqlite3_stmt *q = statement(s, which);
        bind_text(q, 1, epoch);
        bind_text(q, 2, id);
        if (number(s, q, 0, &at))
            return ERR_IO;
    }
    if (!at) /* all that it held has gone, and that was the end of it */
        return *id && spool_last(s, &last) && !strcmp(last.epoch, epoch) && !strcmp(last.id, id)
                   ? (*from = UINT64_MAX, 0) : ERR_NOTFOUND;
    snprintf(c.at, sizeof c.at, "%s", id);
    *from = (uint64_t)at;
    int n = spool_each(s, *from, follow, &c);
    return n < 0 ? n : c.broken ? ERR_NOTFOUND : 0;
}

int spool_each(struct spool *s, uint64_t from, int (*each)(void *arg, const struct spool_entry *e),
               void *arg)
{
    sqlite3_stmt *q = statement(s, WALK);
    int rc = SQLITE_DONE, err = 0, n = 0;

    if (from > INT64_MAX)
        return 0;
    sqlite3_bind_int64(q, 1, (int64_t)from);
    while (!err && (rc = sqlite3_step(q)) == SQLITE_ROW) {
        struct spool_entry e = {0};
        column_text(q, 0, e.epoch, sizeof e.epoch);
        column_text(q, 1, e.id, sizeof e.id);
        column_text(q, 2, e.prior, sizeof e.prior);
        e.before = (uint64_t)sqlite3_column_int64(q, 3);
        e.head = (uint64_t)sqlite3_column_int64(q, 4);
        e.note = (uint64_t)sqlite3_column_int64(q, 5);
        e.count = (uint64_t)sqlite3_column_int64(q, 6);
        e.values.p = sqlite3_column_blob(q, 7);
        e.values.n = (size_t)sqlite3_column_bytes(q, 7);
        err = each(arg, &e);
        n += !err;
    }
    if (!err && rc != SQLITE_DONE)
        err = failure(s);
    sqlite3_reset(q);
    return err ? err : n;
}

uint64_t spool_number(struct spool *s)
{
    int64_t at;

    return number(s, statement(s, NEWEST), 0, &at) ? 0 : (uint64_t)at;
}

/* Of the oldest, until the rest is few enough. */
static int cut_many(struct spool *s, uint64_t *forced)
{
    int err = 0;

    while (!err && s->bytes > SPOOL_BYTES && spool_number(s)) {
        err = done(s, statement(s, MANY));
        ++*forced;
        if (!err)
            err = number(s, statement(s, SIZE), 0, &s->bytes);
    }
    return err;
}

int spool_trim(struct spool *s, uint64_t upto, int64_t now, uint64_t *forced)
{
    sqlite3_stmt *q = statement(s, TRIM);
    int before = sqlite3_total_changes(s->db);
    int err = run(s, "BEGIN IMMEDIATE");

    *forced = 0;
    if (err)
        return err;
    sqlite3_bind_int64(q, 1, upto > INT64_MAX ? INT64_MAX : (int64_t)upto);
    err = done(s, q);
    if (!err && upto > INT64_MAX)
        err = run(s, "DELETE FROM last");
    for (enum sql which = OLD; which <= OLD_NOTES && !err; which++) {
        q = statement(s, which);
        sqlite3_bind_int64(q, 1, now - SPOOL_KEEP_MS);
        err = done(s, q);
        if (!err && which == OLD)
            *forced = (uint64_t)sqlite3_changes(s->db);
    }
    if (!err)
        err = number(s, statement(s, SIZE), 0, &s->bytes);
    if (!err)
        err = cut_many(s, forced);
    err = finish(s, err);
    /* The WAL has what was removed: cut it, too. */
    if (!err && sqlite3_total_changes(s->db) != before)
        err = run(s, "PRAGMA wal_checkpoint(TRUNCATE)");
    return err;
}
