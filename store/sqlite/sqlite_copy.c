#define _GNU_SOURCE
#include "store/copy.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <sodium.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/file.h"
#include "base/log.h"
#include "store/backend.h"
#include "store/sqlite/migrate.h"

enum {
    PIECE = 256, /* pages copied in one go */
    TRIES = 5,
    BUSY_MS = 2000,
    EXPIRE_MAX = 2000
};
/* Below what makes a commit wait for readers (sqlite_commit.c). */
#define WAL_MOST ((size_t)96 << 20)
#define WAL_ROOM ((size_t)16 << 20) /* at least, when the file is large already */

static int failure(sqlite3 *db)
{
    switch (db ? sqlite3_errcode(db) & 0xff : SQLITE_NOMEM) {
    case SQLITE_NOMEM: return ERR_NOMEM;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB: return ERR_CORRUPT;
    default: return ERR_IO;
    }
}

static int run(sqlite3 *db, const char *sql)
{
    return sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK ? 0 : failure(db);
}

static size_t size_of(const char *path)
{
    struct stat st;

    return stat(path, &st) ? 0 : (size_t)st.st_size;
}

static int sync_path(const char *path, int flags)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | flags);
    int err = fd < 0 || fsync(fd) ? ERR_IO : 0;

    if (fd >= 0)
        close(fd);
    return err;
}

static int sync_folder(const char *path)
{
    char *copy = strdup(path);
    int err = copy ? sync_path(dirname(copy), O_DIRECTORY) : ERR_NOMEM;

    free(copy);
    return err;
}

/* A file beside `path`: its name and an ending. NULL: no memory. */
static char *beside(const char *path, const char *ending)
{
    char *name = NULL;

    return asprintf(&name, "%s%s", path, ending) < 0 ? NULL : name;
}

static void remove_beside(const char *path, const char *ending)
{
    char *name = beside(path, ending);

    if (name)
        unlink(name);
    free(name);
}

static void remove_store(const char *path)
{
    static const char *const endings[] = {"", "-wal", "-shm", "-journal", ".lock"};

    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++)
        remove_beside(path, endings[i]);
}

/* All pages of one snapshot: 0; ERR_AGAIN when the WAL has grown too much. */
static int copy_pages(sqlite3 *from, sqlite3 *to, const char *wal, const struct copy_watch *watch)
{
    size_t most = watch->wal_most ? watch->wal_most : WAL_MOST, before = size_of(wal);
    sqlite3_backup *b = sqlite3_backup_init(to, "main", from, "main");
    int rc = b ? SQLITE_OK : SQLITE_ERROR;

    if (most < before + WAL_ROOM && !watch->wal_most)
        most = before + WAL_ROOM;
    while (rc == SQLITE_OK) {
        rc = sqlite3_backup_step(b, PIECE);
        size_t total = (size_t)sqlite3_backup_pagecount(b);
        if (watch->step)
            watch->step(watch->arg, total - (size_t)sqlite3_backup_remaining(b), total);
        if (rc == SQLITE_OK && size_of(wal) > most)
            break;
    }
    sqlite3_backup_finish(b);
    if (rc == SQLITE_DONE)
        return 0;
    return rc == SQLITE_OK ? ERR_AGAIN : rc == SQLITE_NOTADB || rc == SQLITE_CORRUPT ? ERR_CORRUPT
                                       : rc == SQLITE_NOMEM ? ERR_NOMEM : ERR_IO;
}

/* The transaction holds one snapshot for all pieces: without it each commit of the daemon would
 * make SQLite begin again. */
static int copy_snapshot(sqlite3 *from, sqlite3 *to, const char *wal,
                         const struct copy_watch *watch)
{
    int err = ERR_AGAIN;

    for (int i = 0; i < TRIES && err == ERR_AGAIN; i++) {
        err = run(from, "BEGIN; SELECT 1 FROM sqlite_schema LIMIT 1");
        if (!err)
            err = copy_pages(from, to, wal, watch);
        run(from, "COMMIT");
    }
    return err;
}

/* `to` exists, is empty and ours alone. */
static int copy_file(const char *from, const char *to, const struct copy_watch *watch)
{
    sqlite3 *a = NULL, *b = NULL;
    char *wal = beside(from, "-wal");
    int err = wal ? 0 : ERR_NOMEM;

    if (!err && access(from, F_OK))
        err = ERR_NOTFOUND;
    if (!err && sqlite3_open_v2(from, &a, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, NULL))
        err = failure(a);
    if (!err && sqlite3_open_v2(to, &b, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL))
        err = failure(b);
    if (!err) {
        sqlite3_busy_timeout(a, BUSY_MS);
        err = run(b, "PRAGMA synchronous = OFF; PRAGMA journal_mode = OFF");
    }
    if (!err)
        err = copy_snapshot(a, b, wal, watch);
    sqlite3_close(b);
    sqlite3_close(a);
    free(wal);
    return err;
}

/* Expired texts go; with a new epoch when `epoch` is not NULL. Afterwards one file is all. */
static int prepare(const char *path, char epoch[STORE_EPOCH])
{
    char *address = NULL, fresh[128];
    struct store *s = NULL, identity;
    sqlite3 *db = NULL;
    int err = asprintf(&address, "sqlite:%s", path) < 0 ? ERR_NOMEM : 0, n = EXPIRE_MAX;

    if (!err)
        err = store_open(address, &s);
    while (!err && n == EXPIRE_MAX) {
        n = store_expire(s, clock_now(), EXPIRE_MAX);
        err = n < 0 ? n : 0;
    }
    store_close(s);
    free(address);
    remove_beside(path, ".lock");
    if (!err && sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL))
        err = failure(db);
    if (!err && epoch) {
        backend_new_identity(&identity);
        memcpy(epoch, identity.epoch, STORE_EPOCH);
        snprintf(fresh, sizeof fresh, "UPDATE meta SET epoch = '%s'", epoch);
        err = run(db, fresh);
    }
    if (!err)
        err = run(db, "PRAGMA journal_mode = DELETE");
    sqlite3_close(db);
    return err ? err : sync_path(path, 0);
}

static int audit(const char *path, const struct copy_watch *watch, struct audit_result *result)
{
    int err = audit_file(path, &watch->audit, result);

    return err ? err : result->findings ? ERR_CORRUPT : 0;
}

static int make_empty(const char *path)
{
    int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

    if (fd < 0)
        return ERR_IO;
    return close(fd) ? ERR_IO : 0;
}

/* Not every file system knows how to rename without replacing. */
static int rename_new(const char *from, const char *to)
{
    if (!renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE))
        return 0;
    if (errno == EEXIST)
        return ERR_EXISTS;
    if (errno != EINVAL && errno != ENOSYS)
        return ERR_IO;
    if (!access(to, F_OK))
        return ERR_EXISTS;
    return rename(from, to) ? ERR_IO : 0;
}

int copy_backup(const char *from, const char *to, const struct copy_watch *watch,
                struct audit_result *result)
{
    char *part = NULL;
    int err = 0;

    *result = (struct audit_result){0};
    if (!access(to, F_OK))
        return ERR_EXISTS;
    if (access(from, F_OK))
        return ERR_NOTFOUND;
    if (sodium_init() < 0)
        return ERR_IO;
    if (asprintf(&part, "%s.part-%08x", to, randombytes_random()) < 0)
        return ERR_NOMEM;
    err = make_empty(part);
    if (!err)
        err = copy_file(from, part, watch);
    if (!err)
        err = prepare(part, NULL);
    if (!err || err == ERR_CORRUPT) { /* what is damaged is told */
        int found = audit(part, watch, result);
        err = err ? err : found;
    }
    if (!err)
        err = rename_new(part, to);
    if (!err)
        err = sync_folder(to);
    remove_store(part);
    free(part);
    return err;
}

/* Nobody may open the store at `to` while this lives. */
static int take_lock(const char *to, int *lock)
{
    char *name = beside(to, ".lock");

    *lock = -1;
    int err = name ? file_lock(name, lock) : ERR_NOMEM;
    free(name);
    return err;
}

static int link_beside(const char *path, const char *kept, const char *ending)
{
    char *from = beside(path, ending), *to = beside(kept, ending);
    int err = from && to ? 0 : ERR_NOMEM;

    if (!err && !access(from, F_OK) && link(from, to))
        err = ERR_IO;
    free(from);
    free(to);
    return err;
}

/* What a store that was not closed well has in its WAL goes into the file, if that can be read: the
 * WAL must be gone before another file gets the name. */
static void settle_old(const char *path)
{
    sqlite3 *db = NULL;

    if (!sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL) &&
        sqlite3_wal_checkpoint_v2(db, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL))
        log_warn("store.restore", "note=\"the old WAL stays a file\" code=%d",
                 sqlite3_extended_errcode(db));
    sqlite3_close(db);
}

/* The old files get second names before they lose their first. */
static int keep_old(const char *path, char **kept)
{
    char stamp[32];
    int failed = EEXIST;

    if (access(path, F_OK))
        return 0;
    settle_old(path);
    for (int64_t now = clock_now(); failed == EEXIST; now++) {
        snprintf(stamp, sizeof stamp, ".before-%lld", (long long)now);
        free(*kept);
        *kept = beside(path, stamp);
        if (!*kept)
            return ERR_NOMEM;
        failed = link(path, *kept) ? errno : 0;
    }
    int err = failed ? ERR_IO : link_beside(path, *kept, "-wal");
    return err ? err : sync_folder(path);
}

/* The WAL of the old file must not meet the new one. */
static int replace(const char *part, const char *to, char **kept)
{
    int err = keep_old(to, kept);

    if (err)
        return err;
    remove_beside(to, "-wal");
    remove_beside(to, "-shm");
    err = sync_folder(to);
    if (!err && rename(part, to))
        err = ERR_IO;
    return err ? err : sync_folder(to);
}

int copy_restore(const char *from, const char *to, const struct copy_watch *watch,
                 struct copy_restored *out)
{
    char *part = beside(to, ".restoring");
    int lock = -1, err = part ? take_lock(to, &lock) : ERR_NOMEM;

    *out = (struct copy_restored){0};
    if (!err && sodium_init() < 0)
        err = ERR_IO;
    if (!err)
        err = audit(from, watch, &out->result);
    if (!err) {
        remove_store(part); /* of a restore that did not come to its end */
        err = make_empty(part);
    }
    if (!err)
        err = copy_file(from, part, watch);
    if (!err)
        err = prepare(part, out->epoch);
    if (!err)
        err = audit(part, watch, &out->result);
    if (!err)
        err = replace(part, to, &out->kept);
    if (part && lock >= 0)
        remove_store(part);
    if (lock >= 0)
        close(lock);
    free(part);
    return err;
}
