#include "tests/helpers/fault_vfs.h"

#include <sqlite3.h>
#include <string.h>

/* One process, one thread at a time: tests only. */
static struct {
    bool armed, lasting;
    long pass, failed;
    int code;
} plan;

struct fault_file {
    sqlite3_file base;
    sqlite3_file *real; /* behind this struct */
};

static sqlite3_vfs *real_vfs;
static sqlite3_vfs fault_vfs;

static int failing(void)
{
    if (!plan.armed || plan.pass-- > 0)
        return SQLITE_OK;
    if (!plan.lasting && plan.failed)
        return SQLITE_OK;
    plan.failed++;
    return plan.code;
}

#define REAL(f) (((struct fault_file *)(f))->real)

static int do_close(sqlite3_file *f)
{
    return REAL(f)->pMethods ? REAL(f)->pMethods->xClose(REAL(f)) : SQLITE_OK;
}

static int do_read(sqlite3_file *f, void *p, int n, sqlite3_int64 at)
{
    return REAL(f)->pMethods->xRead(REAL(f), p, n, at);
}

/* A disk that fills up may take a part of a write. */
static int do_write(sqlite3_file *f, const void *p, int n, sqlite3_int64 at)
{
    int rc = failing();

    if (rc && n > 1)
        REAL(f)->pMethods->xWrite(REAL(f), p, n / 2, at);
    return rc ? rc : REAL(f)->pMethods->xWrite(REAL(f), p, n, at);
}

static int do_truncate(sqlite3_file *f, sqlite3_int64 size)
{
    int rc = failing();
    return rc ? rc : REAL(f)->pMethods->xTruncate(REAL(f), size);
}

static int do_sync(sqlite3_file *f, int flags)
{
    int rc = failing();
    return rc ? rc : REAL(f)->pMethods->xSync(REAL(f), flags);
}

static int do_size(sqlite3_file *f, sqlite3_int64 *size)
{
    return REAL(f)->pMethods->xFileSize(REAL(f), size);
}

static int do_lock(sqlite3_file *f, int level)
{
    return REAL(f)->pMethods->xLock(REAL(f), level);
}

static int do_unlock(sqlite3_file *f, int level)
{
    return REAL(f)->pMethods->xUnlock(REAL(f), level);
}

static int do_check_lock(sqlite3_file *f, int *out)
{
    return REAL(f)->pMethods->xCheckReservedLock(REAL(f), out);
}

static int do_control(sqlite3_file *f, int op, void *arg)
{
    return REAL(f)->pMethods->xFileControl(REAL(f), op, arg);
}

static int do_sector(sqlite3_file *f)
{
    return REAL(f)->pMethods->xSectorSize(REAL(f));
}

static int do_device(sqlite3_file *f)
{
    return REAL(f)->pMethods->xDeviceCharacteristics(REAL(f));
}

static int do_shm_map(sqlite3_file *f, int page, int size, int extend, void volatile **out)
{
    return REAL(f)->pMethods->xShmMap(REAL(f), page, size, extend, out);
}

static int do_shm_lock(sqlite3_file *f, int at, int n, int flags)
{
    return REAL(f)->pMethods->xShmLock(REAL(f), at, n, flags);
}

static void do_shm_barrier(sqlite3_file *f)
{
    REAL(f)->pMethods->xShmBarrier(REAL(f));
}

static int do_shm_unmap(sqlite3_file *f, int remove)
{
    return REAL(f)->pMethods->xShmUnmap(REAL(f), remove);
}

static const sqlite3_io_methods methods = {
    .iVersion = 2,
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
    .xShmMap = do_shm_map,
    .xShmLock = do_shm_lock,
    .xShmBarrier = do_shm_barrier,
    .xShmUnmap = do_shm_unmap,
};

static int do_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *f, int flags, int *got)
{
    struct fault_file *file = (struct fault_file *)f;

    (void)vfs;
    file->real = (sqlite3_file *)(file + 1);
    int rc = real_vfs->xOpen(real_vfs, name, file->real, flags, got);
    file->base.pMethods = rc == SQLITE_OK ? &methods : NULL;
    return rc;
}

int fault_vfs_install(void)
{
    real_vfs = sqlite3_vfs_find(NULL);
    if (!real_vfs)
        return SQLITE_ERROR;
    fault_vfs = *real_vfs;
    fault_vfs.zName = "fault";
    fault_vfs.szOsFile = (int)sizeof(struct fault_file) + real_vfs->szOsFile;
    fault_vfs.xOpen = do_open;
    return sqlite3_vfs_register(&fault_vfs, 1);
}

void fault_vfs_arm(long pass, int code, bool lasting)
{
    plan.armed = true;
    plan.lasting = lasting;
    plan.pass = pass;
    plan.failed = 0;
    plan.code = code;
}

long fault_vfs_disarm(void)
{
    plan.armed = false;
    return plan.failed;
}
