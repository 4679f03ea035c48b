/* A library to be put before others (LD_PRELOAD): the disk under the ledger's files fails, or the
 * process is killed, at a chosen call. What shall happen stands in the file that HUIYING_FAULTS
 * names, which a test maps and changes while the daemon runs (tests/scenarios/faults.py). */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/types.h>
#include <unistd.h>

enum { FD_MAX = 65536 };

struct control {
    atomic_int_fast64_t calls;  /* writes, syncs and truncations of the ledger's files so far */
    atomic_int_fast64_t kill_at; /* the call that ends the process; 0: none */
    int64_t kill_how;           /* 0 before it, 1 after it, 2 with half of a write done */
    int64_t write_errno, sync_errno, read_errno; /* 0: none fails */
    atomic_int_fast64_t failed; /* calls so far that failed for these */
};

static struct control *control;
static atomic_bool ledgers[FD_MAX]; /* descriptors of the ledger's files */

#define REAL(name) ((__typeof__(&name))real(#name))

static void *real(const char *name)
{
    return dlsym(RTLD_NEXT, name);
}

__attribute__((constructor)) static void attach(void)
{
    const char *path = getenv("HUIYING_FAULTS");
    int fd = path ? REAL(open)(path, O_RDWR | O_CLOEXEC) : -1;
    void *at = fd < 0 ? MAP_FAILED
                      : mmap(NULL, sizeof *control, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

    control = at == MAP_FAILED ? NULL : at;
    if (fd >= 0)
        close(fd);
}

static int note(int fd, const char *path)
{
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;

    if (fd >= 0 && fd < FD_MAX)
        ledgers[fd] = strncmp(name, "huiying.db", 10) == 0 &&
                      (!name[10] || strcmp(name + 10, "-wal") == 0);
    return fd;
}

static bool ours(int fd)
{
    return control && fd >= 0 && fd < FD_MAX && ledgers[fd];
}

static void die(void)
{
    kill(getpid(), SIGKILL);
    for (;;)
        pause();
}

/* Is this the call? Then the process ends here, unless it shall do something of it first. */
static bool last(int64_t how)
{
    if (how == 0)
        control->calls++;
    bool now = control->kill_at && control->calls == control->kill_at;
    if (now && control->kill_how == how)
        die();
    return now;
}

static bool fails(int64_t code)
{
    if (!code)
        return false;
    control->failed++;
    errno = (int)code;
    return true;
}

#define MODE(mode, flags, from)                                                                    \
    mode_t mode = 0;                                                                               \
    if ((flags) & (O_CREAT | O_TMPFILE)) {                                                         \
        va_list args;                                                                              \
        va_start(args, from);                                                                      \
        mode = va_arg(args, mode_t);                                                               \
        va_end(args);                                                                              \
    }

int open(const char *path, int flags, ...)
{
    MODE(mode, flags, flags)
    return note(REAL(open)(path, flags, mode), path);
}

int open64(const char *path, int flags, ...)
{
    MODE(mode, flags, flags)
    return note(REAL(open64)(path, flags, mode), path);
}

int close(int fd)
{
    if (fd >= 0 && fd < FD_MAX)
        ledgers[fd] = false;
    return REAL(close)(fd);
}

static ssize_t faulty_write(int fd, const void *p, size_t n, off_t at)
{
    if (!ours(fd))
        return REAL(pwrite)(fd, p, n, at);
    if (fails(control->write_errno))
        return -1;
    if (last(0) && control->kill_how == 2) {
        REAL(pwrite)(fd, p, n / 2, at);
        die();
    }
    ssize_t rc = REAL(pwrite)(fd, p, n, at);
    last(1);
    return rc;
}

ssize_t pwrite(int fd, const void *p, size_t n, off_t at)
{
    return faulty_write(fd, p, n, at);
}

ssize_t pwrite64(int fd, const void *p, size_t n, off64_t at)
{
    return faulty_write(fd, p, n, at);
}

static ssize_t faulty_read(int fd, void *p, size_t n, off_t at)
{
    return ours(fd) && fails(control->read_errno) ? -1 : REAL(pread)(fd, p, n, at);
}

ssize_t pread(int fd, void *p, size_t n, off_t at)
{
    return faulty_read(fd, p, n, at);
}

ssize_t pread64(int fd, void *p, size_t n, off64_t at)
{
    return faulty_read(fd, p, n, at);
}

static int faulty_sync(int fd, int (*call)(int fd))
{
    if (!ours(fd))
        return call(fd);
    if (fails(control->sync_errno))
        return -1;
    if (last(0))
        last(2);
    int rc = call(fd);
    last(1);
    return rc;
}

int fsync(int fd)
{
    return faulty_sync(fd, REAL(fsync));
}

int fdatasync(int fd)
{
    return faulty_sync(fd, REAL(fdatasync));
}

static int faulty_truncate(int fd, off_t size)
{
    if (!ours(fd))
        return REAL(ftruncate)(fd, size);
    if (fails(control->write_errno))
        return -1;
    if (last(0))
        last(2);
    int rc = REAL(ftruncate)(fd, size);
    last(1);
    return rc;
}

int ftruncate(int fd, off_t size)
{
    return faulty_truncate(fd, size);
}

int ftruncate64(int fd, off64_t size)
{
    return faulty_truncate(fd, size);
}
