#define _GNU_SOURCE
#include "tests/helpers/power_vfs.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { SECTOR = 512, FILES = 8, PENDING_MAX = 65536 };

enum kind { WRITE, TRUNCATE, SYNC, CREATE, DELETE, SYNC_FOLDER };

struct op {
    enum kind kind;
    int file;
    int64_t at; /* TRUNCATE: the new size; SYNC_FOLDER: its inode */
    size_t n;
    unsigned char *data;
};

/* A file on the disk while the recording is walked. */
struct disk_file {
    unsigned char *data;
    size_t size, cap;
    size_t pending[PENDING_MAX]; /* numbers of the operations that are not synced */
    size_t npending;
    bool there; /* its name is on the disk */
    int named;  /* CREATE or DELETE that the folder was not synced after, or -1 */
};

static struct {
    bool on;
    struct op *list;
    size_t count, cap;
    char *names[FILES]; /* without their folder */
    int nfiles;
    int64_t folder; /* inode of the one that they are in */
} recorded;

static struct {
    struct disk_file *files;
    size_t at;
    uint64_t random;
} disk;

static void record(enum kind kind, int file, int64_t at, const void *data, size_t n)
{
    if (!recorded.on)
        return;
    if (recorded.count == recorded.cap) {
        recorded.cap = recorded.cap ? 2 * recorded.cap : 1024;
        recorded.list = reallocarray(recorded.list, recorded.cap, sizeof *recorded.list);
        if (!recorded.list)
            abort();
    }
    struct op *op = &recorded.list[recorded.count++];
    *op = (struct op){.kind = kind, .file = file, .at = at, .n = n};
    if (n && !(op->data = malloc(n)))
        abort();
    if (n)
        memcpy(op->data, data, n);
}

static int file_of(const char *path)
{
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;

    for (int i = 0; i < recorded.nfiles; i++)
        if (strcmp(recorded.names[i], name) == 0)
            return i;
    if (recorded.nfiles == FILES || !(recorded.names[recorded.nfiles] = strdup(name)))
        abort();
    return recorded.nfiles++;
}

static int sync_fd(int fd, long call)
{
    struct stat st;
    int rc = (int)syscall(call, fd);

    if (rc == 0 && recorded.on && fstat(fd, &st) == 0 && S_ISDIR(st.st_mode))
        record(SYNC_FOLDER, 0, (int64_t)st.st_ino, NULL, 0);
    return rc;
}

int fsync(int fd)
{
    return sync_fd(fd, SYS_fsync);
}

int fdatasync(int fd)
{
    return sync_fd(fd, SYS_fdatasync);
}

struct power_file {
    sqlite3_file base;
    int file;
    sqlite3_file *real; /* behind this struct */
};

static sqlite3_vfs *real_vfs;
static sqlite3_vfs power_vfs;

#define OF(f) (((struct power_file *)(f))->file)
#define REAL(f) (((struct power_file *)(f))->real)
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
    record(WRITE, OF(f), at, p, (size_t)n);
    return CALL(f, xWrite, p, n, at);
}

static int do_truncate(sqlite3_file *f, sqlite3_int64 size)
{
    record(TRUNCATE, OF(f), size, NULL, 0);
    return CALL(f, xTruncate, size);
}

static int do_sync(sqlite3_file *f, int flags)
{
    int rc = CALL(f, xSync, flags);

    record(SYNC, OF(f), 0, NULL, 0);
    return rc;
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

static int64_t inode_of(const char *path)
{
    struct stat st;

    return stat(path, &st) ? 0 : (int64_t)st.st_ino;
}

static int64_t folder_of(const char *path)
{
    char folder[4096];

    snprintf(folder, sizeof folder, "%.*s", (int)(strrchr(path, '/') - path), path);
    return inode_of(folder);
}

static int do_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *f, int flags, int *got)
{
    struct power_file *file = (struct power_file *)f;
    static const int kept = SQLITE_OPEN_MAIN_DB | SQLITE_OPEN_WAL | SQLITE_OPEN_MAIN_JOURNAL;

    (void)vfs;
    file->real = (sqlite3_file *)(file + 1);
    if (!name || !(flags & kept) || !recorded.on) /* nothing of it is recorded */
        return real_vfs->xOpen(real_vfs, name, f, flags, got);
    file->file = file_of(name);
    if (!recorded.folder)
        recorded.folder = folder_of(name);
    /* Also one that open() made before: nobody synced the folder since. */
    record(CREATE, file->file, 0, NULL, 0);
    int rc = real_vfs->xOpen(real_vfs, name, file->real, flags, got);
    file->base.pMethods = rc == SQLITE_OK ? &methods : NULL;
    return rc;
}

static int do_delete(sqlite3_vfs *vfs, const char *name, int sync)
{
    (void)vfs;
    if (recorded.on)
        record(DELETE, file_of(name), 0, NULL, 0);
    return real_vfs->xDelete(real_vfs, name, sync);
}

int power_vfs_install(void)
{
    real_vfs = sqlite3_vfs_find(NULL);
    if (!real_vfs)
        return SQLITE_ERROR;
    power_vfs = *real_vfs;
    power_vfs.zName = "power";
    power_vfs.szOsFile = (int)sizeof(struct power_file) + real_vfs->szOsFile;
    power_vfs.xOpen = do_open;
    power_vfs.xDelete = do_delete;
    return sqlite3_vfs_register(&power_vfs, 1);
}

void power_vfs_record(bool on)
{
    recorded.on = on;
}

size_t power_vfs_count(void)
{
    return recorded.count;
}

bool power_vfs_synced(size_t number)
{
    return recorded.list[number].kind == SYNC;
}

bool power_vfs_folder_synced(const char *path)
{
    for (size_t i = 0; i < recorded.count; i++)
        if (recorded.list[i].kind == SYNC_FOLDER && recorded.list[i].at == inode_of(path))
            return true;
    return false;
}

static void grow(struct disk_file *f, size_t size)
{
    if (size > f->cap) {
        f->cap = size * 2;
        f->data = realloc(f->data, f->cap);
        if (!f->data)
            abort();
    }
    if (size > f->size) {
        memset(f->data + f->size, 0, size - f->size);
        f->size = size;
    }
}

static uint64_t roll(uint64_t below)
{
    disk.random = disk.random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (disk.random >> 33) % below;
}

/* The part [from, to) of a write. */
static void put(struct disk_file *f, const struct op *op, size_t from, size_t to)
{
    grow(f, (size_t)op->at + to);
    memcpy(f->data + op->at + from, op->data + from, to - from);
}

static void apply(struct disk_file *f, const struct op *op)
{
    if (op->kind == WRITE)
        put(f, op, 0, op->n);
    else if ((size_t)op->at < f->size)
        f->size = (size_t)op->at;
    else
        grow(f, (size_t)op->at);
}

/* Some of the sectors that a write touches. */
static void tear(struct disk_file *f, const struct op *op)
{
    for (size_t from = 0, to; from < op->n; from = to) {
        to = from + SECTOR - (size_t)(op->at + (int64_t)from) % SECTOR;
        to = to < op->n ? to : op->n;
        if (roll(2))
            put(f, op, from, to);
    }
}

static void settle(struct disk_file *f)
{
    for (size_t i = 0; i < f->npending; i++)
        apply(f, &recorded.list[f->pending[i]]);
    f->npending = 0;
}

static void name_files(void)
{
    for (int i = 0; i < recorded.nfiles; i++) {
        struct disk_file *f = &disk.files[i];
        if (f->named >= 0)
            f->there = f->named == CREATE;
        if (!f->there)
            f->size = f->npending = 0;
        f->named = -1;
    }
}

static void step(const struct op *op, size_t number)
{
    struct disk_file *f = &disk.files[op->file];

    switch (op->kind) {
    case WRITE:
    case TRUNCATE:
        if (f->npending == PENDING_MAX)
            abort();
        f->pending[f->npending++] = number;
        break;
    case SYNC: settle(f); break;
    case SYNC_FOLDER:
        if (op->at == recorded.folder)
            name_files();
        break;
    case CREATE:
        if (f->named == CREATE || (f->there && f->named != DELETE))
            break; /* it is opened again */
        f->size = f->npending = 0;
        f->named = CREATE;
        break;
    case DELETE: f->named = f->there ? DELETE : -1; break;
    }
}

void power_vfs_rewind(void)
{
    if (disk.files)
        for (int i = 0; i < FILES; i++)
            free(disk.files[i].data);
    free(disk.files);
    disk.files = calloc(FILES, sizeof *disk.files);
    if (!disk.files)
        abort();
    for (int i = 0; i < FILES; i++)
        disk.files[i].named = -1;
    disk.at = 0;
}

void power_vfs_advance(size_t operations)
{
    for (; disk.at < operations; disk.at++)
        step(&recorded.list[disk.at], disk.at);
}

static void shuffle(size_t *list, size_t n)
{
    for (size_t i = n; i > 1; i--) {
        size_t k = roll(i), swap = list[k];
        list[k] = list[i - 1];
        list[i - 1] = swap;
    }
}

/* What the disk may have taken of what was not synced, onto a copy. */
static void fail(struct disk_file *copy)
{
    unsigned how = (unsigned)roll(5);

    if (how == 4)
        shuffle(copy->pending, copy->npending);
    for (size_t i = 0; i < copy->npending && how; i++) {
        const struct op *op = &recorded.list[copy->pending[i]];
        if (how == 1 || (how == 2 && roll(2)))
            apply(copy, op);
        else if (how >= 3 && op->kind == WRITE)
            tear(copy, op);
        else if (how >= 3 && roll(2))
            apply(copy, op);
    }
}

static void write_file(const char *folder, const char *name, const struct disk_file *f)
{
    char path[4096];

    snprintf(path, sizeof path, "%s/%s", folder, name);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0 || (f->size && write(fd, f->data, f->size) != (ssize_t)f->size))
        abort();
    close(fd);
}

void power_vfs_image(const char *folder, uint64_t seed)
{
    static struct disk_file copy;

    disk.random = seed;
    for (int i = 0; i < recorded.nfiles; i++) {
        const struct disk_file *f = &disk.files[i];
        bool there = f->named >= 0 && roll(2) ? f->named == CREATE : f->there;
        copy.size = 0;
        grow(&copy, f->size);
        if (f->size)
            memcpy(copy.data, f->data, f->size);
        memcpy(copy.pending, f->pending, f->npending * sizeof *f->pending);
        copy.npending = f->npending;
        fail(&copy);
        if (there)
            write_file(folder, recorded.names[i], &copy);
    }
}

void power_vfs_free(void)
{
    power_vfs_rewind();
    free(disk.files);
    disk.files = NULL;
    for (size_t i = 0; i < recorded.count; i++)
        free(recorded.list[i].data);
    free(recorded.list);
    for (int i = 0; i < recorded.nfiles; i++)
        free(recorded.names[i]);
    memset(&recorded, 0, sizeof recorded);
}
