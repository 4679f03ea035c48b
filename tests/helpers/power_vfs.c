#define _GNU_SOURCE
#include "tests/helpers/power_vfs.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "tests/helpers/vfs_shim.h"

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

#define CALL(f, method, ...) vfs_shim_real(f)->pMethods->method(vfs_shim_real(f), __VA_ARGS__)

static int do_write(sqlite3_file *f, const void *p, int n, sqlite3_int64 at)
{
    record(WRITE, vfs_shim_number(f), at, p, (size_t)n);
    return CALL(f, xWrite, p, n, at);
}

static int do_truncate(sqlite3_file *f, sqlite3_int64 size)
{
    record(TRUNCATE, vfs_shim_number(f), size, NULL, 0);
    return CALL(f, xTruncate, size);
}

static int do_sync(sqlite3_file *f, int flags)
{
    int rc = CALL(f, xSync, flags);

    record(SYNC, vfs_shim_number(f), 0, NULL, 0);
    return rc;
}

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

static int do_open(const char *path, int flags)
{
    static const int kept = SQLITE_OPEN_MAIN_DB | SQLITE_OPEN_WAL | SQLITE_OPEN_MAIN_JOURNAL;

    if (!path || !(flags & kept) || !recorded.on) /* nothing of it is recorded */
        return -1;
    int file = file_of(path);
    if (!recorded.folder)
        recorded.folder = folder_of(path);
    /* Also one that open() made before: nobody synced the folder since. */
    record(CREATE, file, 0, NULL, 0);
    return file;
}

static void do_remove(const char *path)
{
    if (recorded.on)
        record(DELETE, file_of(path), 0, NULL, 0);
}

int power_vfs_install(void)
{
    static const struct vfs_shim shim = {.name = "power",
                                         .open = do_open,
                                         .remove = do_remove,
                                         .write = do_write,
                                         .truncate = do_truncate,
                                         .sync = do_sync};

    return vfs_shim_install(&shim);
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
