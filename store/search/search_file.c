/* The file of the index: made, opened, known again. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "store/search/search_state.h"

enum {
    APPLICATION = 0x68797373, /* "hyss" */
    VERSION = 4,              /* of the file, of grams and of folding */
    BUSY_MS = 1000,
    READ_BUSY_MS = 500
};
#define SQL_VERSION "4"
#define SQL_APPLICATION "1752789875"
_Static_assert(APPLICATION == 1752789875 && VERSION == 4, "the same in SQL");

static const char schema[] = "PRAGMA application_id = " SQL_APPLICATION ";\n"
                             "PRAGMA user_version = " SQL_VERSION ";\n"
                             "CREATE TABLE meta (\n"
                             "    one    INTEGER PRIMARY KEY CHECK (one = 1),\n"
                             "    epoch  TEXT NOT NULL, -- of the store\n"
                             "    item   INTEGER NOT NULL DEFAULT 0,\n"
                             "    change INTEGER NOT NULL DEFAULT 0,\n"
                             "    forgotten INTEGER NOT NULL DEFAULT 0, -- items of the store\n"
                             "    event  INTEGER NOT NULL DEFAULT 0 -- seq\n"
                             ") STRICT;\n";

int search_file_run(sqlite3 *db, const char *sql)
{
    return sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK ? 0 : segment_failure(db);
}

int search_file_ask(sqlite3 *db, const char *sql, int64_t *out)
{
    sqlite3_stmt *statement = NULL;
    int err = 0;

    if (sqlite3_prepare_v2(db, sql, -1, &statement, NULL) == SQLITE_OK &&
        sqlite3_step(statement) == SQLITE_ROW)
        *out = sqlite3_column_int64(statement, 0);
    else
        err = segment_failure(db);
    sqlite3_finalize(statement);
    return err;
}

int search_file_identify(sqlite3 *db, const char *epoch, struct store_tail *tail,
                         uint64_t *event)
{
    sqlite3_stmt *statement = NULL;
    int64_t application = 0, version = 0;
    int err = search_file_ask(db, "PRAGMA application_id", &application);

    if (!err)
        err = search_file_ask(db, "PRAGMA user_version", &version);
    if (!err && (application != APPLICATION || version != VERSION))
        return ERR_STALE;
    if (!err && (sqlite3_prepare_v2(db, "SELECT epoch, item, change, event FROM meta", -1,
                                    &statement, NULL) != SQLITE_OK ||
                 sqlite3_step(statement) != SQLITE_ROW))
        err = sqlite3_errcode(db) == SQLITE_DONE ? ERR_CORRUPT : segment_failure(db);
    if (!err) {
        const char *of = (const char *)sqlite3_column_text(statement, 0);
        err = of && strcmp(of, epoch) == 0 ? 0 : ERR_STALE;
        tail->item = (uint64_t)sqlite3_column_int64(statement, 1);
        tail->change = (uint64_t)sqlite3_column_int64(statement, 2);
        *event = (uint64_t)sqlite3_column_int64(statement, 3);
    }
    sqlite3_finalize(statement);
    return err;
}

int search_file_numbers(struct search *x)
{
    struct store_counts counts;
    int64_t forgotten = 0;
    int err = search_file_ask(x->db, "SELECT forgotten FROM meta", &forgotten);

    if (!err)
        err = store_counts(x->store, &counts);
    return err ? err : counts.forgotten < (uint64_t)forgotten ? ERR_STALE : 0;
}

int search_file_connect(struct search *x)
{
    struct stat st;

    if (stat(x->path, &st) == 0 && (st.st_mode & 077) && chmod(x->path, st.st_mode & 0700))
        return ERR_IO;
    if (sqlite3_open_v2(x->path, &x->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL) !=
        SQLITE_OK)
        return x->db ? segment_failure(x->db) : ERR_NOMEM;
    sqlite3_busy_timeout(x->db, BUSY_MS);
    /* NORMAL: a crash may cost the last passes, which are done again, never the file's sense. */
    return search_file_run(x->db, "PRAGMA trusted_schema = OFF; PRAGMA temp_store = MEMORY; "
                      "PRAGMA secure_delete = ON; PRAGMA synchronous = NORMAL; "
                      "PRAGMA cache_size = -16384; PRAGMA journal_mode = WAL");
}

int search_file_make(struct search *x)
{
    char *sql = NULL;
    int fd = open(x->path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

    if (fd < 0 || close(fd))
        return ERR_IO;
    int err = search_file_connect(x);
    if (!err && asprintf(&sql, "BEGIN;\n%s%sINSERT INTO meta (one, epoch) VALUES (1, '%s');\n"
                               "COMMIT", schema, segment_schema, store_epoch(x->store)) < 0)
        return ERR_NOMEM;
    if (!err)
        err = search_file_run(x->db, sql);
    free(sql);
    return err;
}

int search_file_remove(const char *path)
{
    static const char *const ends[] = {"", "-wal", "-shm", "-journal"};
    char *name;
    int err = 0;

    for (size_t i = 0; i < sizeof ends / sizeof *ends && !err; i++) {
        if (asprintf(&name, "%s%s", path, ends[i]) < 0)
            return ERR_NOMEM;
        if (unlink(name) && errno != ENOENT)
            err = ERR_IO;
        free(name);
    }
    return err;
}

int search_file_read(const char *path, sqlite3 **db)
{
    if (sqlite3_open_v2(path, db, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, NULL) != SQLITE_OK)
        return !*db                                       ? ERR_NOMEM
               : sqlite3_errcode(*db) == SQLITE_CANTOPEN ? ERR_NOTFOUND
                                                         : segment_failure(*db);
    sqlite3_busy_timeout(*db, READ_BUSY_MS);
    /* One moment for all: segments are merged meanwhile. */
    return sqlite3_exec(*db, "PRAGMA trusted_schema = OFF; PRAGMA query_only = ON; BEGIN", NULL,
                        NULL, NULL) == SQLITE_OK
               ? 0
               : segment_failure(*db);
}
