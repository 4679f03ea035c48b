#include "store/sqlite/sqlite_wal.h"

#include <pthread.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* SQLite's own VFS masks the size of a call with 0x1ffff: 128 KiB would be none. */
enum {
    GATHER = 120 * 1024, /* bytes of frames held back at most */
    AHEAD = 120 * 1024,  /* bytes read at once when reads follow each other */
    FRAME_HEAD = 24      /* between the pages of two adjacent frames */
};

/* A piece of the file in memory. */
struct piece {
    char *data;
    sqlite3_int64 at;
    int len;
};

struct wal_file {
    sqlite3_file base;
    sqlite3_file *real;
    struct piece gathered, ahead;
    sqlite3_int64 read_end; /* of the last read */
};

static struct wal_file *wal(sqlite3_file *f)
{
    return (struct wal_file *)f;
}

/* What cannot be written is given up: the commit that it belongs to fails, and the next one writes
 * its own frames to the same place. */
static int flush(struct wal_file *w)
{
    struct piece *g = &w->gathered;
    int len = g->len;

    g->len = 0;
    return len ? w->real->pMethods->xWrite(w->real, g->data, len, g->at) : SQLITE_OK;
}

static int do_close(sqlite3_file *f)
{
    struct wal_file *w = wal(f);
    int rc = flush(w), closed = w->real->pMethods->xClose(w->real);

    free(w->real);
    free(w->gathered.data);
    free(w->ahead.data);
    return rc ? rc : closed;
}

static int do_write(sqlite3_file *f, const void *p, int n, sqlite3_int64 at)
{
    struct wal_file *w = wal(f);
    struct piece *g = &w->gathered;
    int rc = SQLITE_OK;

    w->ahead.len = 0;
    if (g->len && (at != g->at + g->len || n > GATHER - g->len))
        rc = flush(w);
    if (rc)
        return rc;
    if (n > GATHER)
        return w->real->pMethods->xWrite(w->real, p, n, at);
    if (!g->len)
        g->at = at;
    memcpy(g->data + g->len, p, (size_t)n);
    g->len += n;
    return SQLITE_OK;
}

static bool holds(const struct piece *a, sqlite3_int64 at, int n)
{
    return a->len && at >= a->at && at + n <= a->at + a->len;
}

/* Fill `ahead` from `at` on, as far as the file goes. */
static int read_ahead(struct wal_file *w, sqlite3_int64 at)
{
    sqlite3_int64 size;
    int rc = w->real->pMethods->xFileSize(w->real, &size);
    int len = size - at < AHEAD ? (int)(size - at) : AHEAD;

    w->ahead.len = 0;
    if (rc == SQLITE_OK && len > 0)
        rc = w->real->pMethods->xRead(w->real, w->ahead.data, len, at);
    if (rc)
        return rc;
    w->ahead.at = at;
    w->ahead.len = len;
    return SQLITE_OK;
}

static int do_read(sqlite3_file *f, void *p, int n, sqlite3_int64 at)
{
    struct wal_file *w = wal(f);
    int rc = flush(w);

    if (rc == SQLITE_OK && !holds(&w->ahead, at, n) && n < AHEAD &&
        at == w->read_end + FRAME_HEAD)
        rc = read_ahead(w, at);
    if (rc)
        return rc;
    w->read_end = at + n;
    if (!holds(&w->ahead, at, n))
        return w->real->pMethods->xRead(w->real, p, n, at);
    memcpy(p, w->ahead.data + (at - w->ahead.at), (size_t)n);
    return SQLITE_OK;
}

static int do_truncate(sqlite3_file *f, sqlite3_int64 size)
{
    int rc = flush(wal(f));

    wal(f)->ahead.len = 0;
    return rc ? rc : wal(f)->real->pMethods->xTruncate(wal(f)->real, size);
}

static int do_sync(sqlite3_file *f, int flags)
{
    int rc = flush(wal(f));
    return rc ? rc : wal(f)->real->pMethods->xSync(wal(f)->real, flags);
}

static int do_size(sqlite3_file *f, sqlite3_int64 *size)
{
    int rc = flush(wal(f));
    return rc ? rc : wal(f)->real->pMethods->xFileSize(wal(f)->real, size);
}

static int do_lock(sqlite3_file *f, int level)
{
    return wal(f)->real->pMethods->xLock(wal(f)->real, level);
}

static int do_unlock(sqlite3_file *f, int level)
{
    return wal(f)->real->pMethods->xUnlock(wal(f)->real, level);
}

static int do_check_lock(sqlite3_file *f, int *out)
{
    return wal(f)->real->pMethods->xCheckReservedLock(wal(f)->real, out);
}

static int do_control(sqlite3_file *f, int op, void *arg)
{
    return wal(f)->real->pMethods->xFileControl(wal(f)->real, op, arg);
}

static int do_sector(sqlite3_file *f)
{
    return wal(f)->real->pMethods->xSectorSize(wal(f)->real);
}

static int do_device(sqlite3_file *f)
{
    return wal(f)->real->pMethods->xDeviceCharacteristics(wal(f)->real);
}

/* Version 1: a WAL has no shared memory and no mapping of its own. */
static const sqlite3_io_methods methods = {
    .iVersion = 1,
    .xClose = do_close,
    .xRead = do_read,
    .xWrite = do_write,
    .xTruncate = do_truncate,
    .xSync = do_sync,
    .xFileSize = do_size,
    .xLock = do_lock,
    .xUnlock = do_unlock,
    .xCheckReservedLock = do_check_lock,
    .xFileControl = do_control,
    .xSectorSize = do_sector,
    .xDeviceCharacteristics = do_device,
};

static sqlite3_vfs *real_vfs;
static sqlite3_vfs vfs; /* a copy of the real one, but for its name and xOpen */

static int open_wal(const char *name, struct wal_file *w, int flags, int *got)
{
    int rc = SQLITE_NOMEM;

    *w = (struct wal_file){.read_end = -1};
    w->real = calloc(1, (size_t)real_vfs->szOsFile);
    w->gathered.data = malloc(GATHER);
    w->ahead.data = malloc(AHEAD);
    if (w->real && w->gathered.data && w->ahead.data)
        rc = real_vfs->xOpen(real_vfs, name, w->real, flags, got);
    if (rc == SQLITE_OK) {
        w->base.pMethods = &methods;
        return SQLITE_OK;
    }
    if (w->real && w->real->pMethods) /* as SQLite itself does after a failed open */
        w->real->pMethods->xClose(w->real);
    free(w->real);
    free(w->gathered.data);
    free(w->ahead.data);
    return rc;
}

static int do_open(sqlite3_vfs *self, const char *name, sqlite3_file *f, int flags, int *got)
{
    (void)self;
    if (flags & SQLITE_OPEN_WAL)
        return open_wal(name, wal(f), flags, got);
    return real_vfs->xOpen(real_vfs, name, f, flags, got);
}

static void set_up(void)
{
    real_vfs = sqlite3_vfs_find(NULL);
    if (!real_vfs)
        return;
    vfs = *real_vfs;
    vfs.zName = "huiying";
    vfs.xOpen = do_open;
    if (vfs.szOsFile < (int)sizeof(struct wal_file))
        vfs.szOsFile = sizeof(struct wal_file);
    if (sqlite3_vfs_register(&vfs, 0) != SQLITE_OK)
        real_vfs = NULL;
}

const char *sqlite_wal_vfs(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    pthread_once(&once, set_up);
    return real_vfs ? vfs.zName : NULL;
}
