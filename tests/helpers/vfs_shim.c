#include "tests/helpers/vfs_shim.h"

#include <stddef.h>

struct shim_file {
    sqlite3_file base;
    int number;
    sqlite3_file *real; /* behind this struct */
};

static sqlite3_vfs *real_vfs;
static sqlite3_vfs vfs;
static const struct vfs_shim *shim;

#define REAL(f) (((struct shim_file *)(f))->real)
#define CALL(f, method, ...) REAL(f)->pMethods->method(REAL(f), ##__VA_ARGS__)

static int do_close(sqlite3_file *f)
{
    return REAL(f)->pMethods ? CALL(f, xClose) : SQLITE_OK;
}

static int do_read(sqlite3_file *f, void *p, int n, sqlite3_int64 at)
{
    return CALL(f, xRead, p, n, at);
}

static int do_write(sqlite3_file *f, const void *p, int n, sqlite3_int64 at)
{
    return shim->write ? shim->write(f, p, n, at) : CALL(f, xWrite, p, n, at);
}

static int do_truncate(sqlite3_file *f, sqlite3_int64 size)
{
    return shim->truncate ? shim->truncate(f, size) : CALL(f, xTruncate, size);
}

static int do_sync(sqlite3_file *f, int flags)
{
    return shim->sync ? shim->sync(f, flags) : CALL(f, xSync, flags);
}

static int do_size(sqlite3_file *f, sqlite3_int64 *size)
{
    return CALL(f, xFileSize, size);
}

static int do_lock(sqlite3_file *f, int level)
{
    return CALL(f, xLock, level);
}

static int do_unlock(sqlite3_file *f, int level)
{
    return CALL(f, xUnlock, level);
}

static int do_check_lock(sqlite3_file *f, int *out)
{
    return CALL(f, xCheckReservedLock, out);
}

static int do_control(sqlite3_file *f, int op, void *arg)
{
    return CALL(f, xFileControl, op, arg);
}

static int do_sector(sqlite3_file *f)
{
    return CALL(f, xSectorSize);
}

static int do_device(sqlite3_file *f)
{
    return CALL(f, xDeviceCharacteristics);
}

static int do_shm_map(sqlite3_file *f, int page, int size, int extend, void volatile **out)
{
    return CALL(f, xShmMap, page, size, extend, out);
}

static int do_shm_lock(sqlite3_file *f, int at, int n, int flags)
{
    return CALL(f, xShmLock, at, n, flags);
}

static void do_shm_barrier(sqlite3_file *f)
{
    CALL(f, xShmBarrier);
}

static int do_shm_unmap(sqlite3_file *f, int remove)
{
    return CALL(f, xShmUnmap, remove);
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

static int do_open(sqlite3_vfs *self, const char *path, sqlite3_file *f, int flags, int *got)
{
    struct shim_file *file = (struct shim_file *)f;
    int number = shim->open ? shim->open(path, flags) : 0;

    (void)self;
    if (number < 0) /* it is the real VFS's from its first byte */
        return real_vfs->xOpen(real_vfs, path, f, flags, got);
    file->number = number;
    file->real = (sqlite3_file *)(file + 1);
    int rc = real_vfs->xOpen(real_vfs, path, file->real, flags, got);
    file->base.pMethods = rc == SQLITE_OK ? &methods : NULL;
    return rc;
}

static int do_delete(sqlite3_vfs *self, const char *path, int sync)
{
    (void)self;
    if (shim->remove)
        shim->remove(path);
    return real_vfs->xDelete(real_vfs, path, sync);
}

int vfs_shim_install(const struct vfs_shim *what)
{
    real_vfs = sqlite3_vfs_find(NULL);
    if (!real_vfs)
        return SQLITE_ERROR;
    shim = what;
    vfs = *real_vfs;
    vfs.zName = what->name;
    vfs.szOsFile = (int)sizeof(struct shim_file) + real_vfs->szOsFile;
    vfs.xOpen = do_open;
    vfs.xDelete = do_delete;
    return sqlite3_vfs_register(&vfs, 1);
}

int vfs_shim_number(sqlite3_file *f)
{
    return ((struct shim_file *)f)->number;
}

sqlite3_file *vfs_shim_real(sqlite3_file *f)
{
    return REAL(f);
}
