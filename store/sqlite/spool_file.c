#define _GNU_SOURCE
#include "store/sqlite/spool_file.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/file.h"
#include "base/log.h"

#define APPLICATION "1752791407" /* "hyso": of no other file of ours */
#define FORMAT "2"               /* of the bytes: what commit.lua takes, each its own */

/* `last` outlives the entry that it tells of. */
static const char schema[] =
    "BEGIN;"
    "CREATE TABLE IF NOT EXISTS entry (number INTEGER PRIMARY KEY AUTOINCREMENT,"
    " at INTEGER NOT NULL, epoch TEXT NOT NULL, id TEXT NOT NULL, prior TEXT NOT NULL,"
    " before INTEGER NOT NULL, head INTEGER NOT NULL, note INTEGER NOT NULL,"
    " count INTEGER NOT NULL, bytes BLOB NOT NULL) STRICT;"
    "CREATE TABLE IF NOT EXISTS last (one INTEGER PRIMARY KEY CHECK (one = 1),"
    " epoch TEXT NOT NULL, id TEXT NOT NULL, head INTEGER NOT NULL) STRICT;"
    "PRAGMA application_id = " APPLICATION ";"
    "COMMIT";

static int64_t value_of(sqlite3 *db, const char *sql)
{
    sqlite3_stmt *q = NULL;
    int64_t id = -1;

    if (sqlite3_prepare_v2(db, sql, -1, &q, NULL) == SQLITE_OK && sqlite3_step(q) == SQLITE_ROW)
        id = sqlite3_column_int64(q, 0);
    sqlite3_finalize(q);
    return id;
}

/* What another version kept cannot be given to this one's script. */
static int drop_foreign(sqlite3 *db)
{
    if (value_of(db, "PRAGMA user_version") == strtoll(FORMAT, NULL, 10))
        return SQLITE_OK;
    int64_t n = value_of(db, "SELECT count(*) FROM entry WHERE note = 0");
    if (n > 0)
        log_warn("spool.format", "dropped=%lld note=\"of another version\"", (long long)n);
    return sqlite3_exec(db, "DELETE FROM entry WHERE note = 0; PRAGMA user_version = " FORMAT,
                        NULL, NULL, NULL);
}

static int prepare(sqlite3 *db)
{
    int64_t application = value_of(db, "PRAGMA application_id");

    if (application > 0 && application != strtoll(APPLICATION, NULL, 10))
        return SQLITE_NOTADB;
    int rc = sqlite3_exec(db, schema, NULL, NULL, NULL);
    return rc == SQLITE_OK ? drop_foreign(db) : rc;
}

/* One process at a time; FULL: what was added outlasts a power cut. */
static int connect(const char *path, sqlite3 **out)
{
    sqlite3 *db = NULL;
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    int rc = SQLITE_CANTOPEN;

    if (fd >= 0 && !close(fd))
        rc = sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);
    if (rc == SQLITE_OK)
        rc = sqlite3_exec(db,
                          "PRAGMA trusted_schema = OFF; PRAGMA locking_mode = EXCLUSIVE; "
                          "PRAGMA temp_store = MEMORY; PRAGMA secure_delete = ON; "
                          "PRAGMA synchronous = FULL; PRAGMA journal_mode = WAL",
                          NULL, NULL, NULL);
    if (rc == SQLITE_OK)
        rc = prepare(db);
    if (rc == SQLITE_OK) {
        *out = db;
        return 0;
    }
    int why = db ? sqlite3_system_errno(db) : errno;
    sqlite3_close(db);
    errno = why;
    return rc == SQLITE_BUSY || rc == SQLITE_LOCKED ? ERR_AGAIN
           : rc == SQLITE_NOTADB || rc == SQLITE_CORRUPT ? ERR_CORRUPT : ERR_IO;
}

static void unlink_with(const char *path, const char *suffix)
{
    char *name;

    if (asprintf(&name, "%s%s", path, suffix) >= 0) {
        unlink(name);
        free(name);
    }
}

int spool_file_open(const char *path, sqlite3 **out)
{
    char *folder = strdup(path);
    int err = folder ? file_make_dirs(dirname(folder)) : ERR_NOMEM;

    free(folder);
    *out = NULL;
    if (!err)
        err = connect(path, out);
    if (err == ERR_CORRUPT) {
        log_error("store.spool", "damaged=1 note=\"what it held is lost; it is made anew\"");
        unlink_with(path, "");
        unlink_with(path, "-wal");
        err = connect(path, out);
    }
    if (err == ERR_IO) /* Redis has no part in it */
        log_error("store.spool", "path=%s errno=%s note=\"the folder `cache` must be writable\"",
                  path, errno ? strerrorname_np(errno) : "-");
    return err;
}
