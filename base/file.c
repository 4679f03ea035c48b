#define _GNU_SOURCE
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"

int file_read(const char *path, size_t max, struct buf *out)
{
    bool standard = strcmp(path, "-") == 0;
    int fd = standard ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    int err = 0;

    if (fd < 0)
        return errno == ENOENT ? ERR_NOTFOUND : ERR_IO;
    for (size_t total = 0;;) {
        char *to = buf_reserve(out, 65536);
        if (!to) {
            err = ERR_NOMEM;
            break;
        }
        ssize_t n = read(fd, to, 65536);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            err = ERR_IO;
        if (n <= 0)
            break;
        total += (size_t)n;
        if (total > max) {
            err = ERR_LIMIT;
            break;
        }
        out->len += (size_t)n;
    }
    if (!standard)
        close(fd);
    return err;
}

int file_lock(const char *path, int *fd)
{
    int err = 0;

    *fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (*fd < 0)
        return ERR_IO;
    if (flock(*fd, LOCK_EX | LOCK_NB))
        err = errno == EWOULDBLOCK ? ERR_REFUSED : ERR_IO;
    if (err) {
        close(*fd);
        *fd = -1;
    }
    return err;
}

int file_write_all(int fd, struct str data)
{
    while (data.n) {
        ssize_t n = write(fd, data.p, data.n);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return ERR_IO;
        data.p += n;
        data.n -= (size_t)n;
    }
    return 0;
}

enum { SEALS = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE };

int file_seal(int fd)
{
    enum { TRIES = 100, REST_MS = 10 };

    for (int i = 0; i < TRIES; i++) {
        if (!fcntl(fd, F_ADD_SEALS, SEALS))
            return 0;
        if (errno != EBUSY)
            break;
        clock_sleep(REST_MS);
    }
    return ERR_IO;
}

bool file_sealed(int fd)
{
    int seals = fcntl(fd, F_GET_SEALS);

    return seals >= 0 && (seals & SEALS) == SEALS;
}

/* After a rename the directory entry itself must reach the disk. */
static void sync_parent(const char *path)
{
    const char *slash = strrchr(path, '/');
    char *dir = slash ? strndup(path, (size_t)(slash - path) + 1) : strdup(".");
    int fd = dir ? open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;

    free(dir);
    if (fd >= 0) {
        fsync(fd);
        close(fd);
    }
}

char *file_credential(const char *name)
{
    const char *folder = getenv("CREDENTIALS_DIRECTORY");
    char *path;

    if (!folder || strchr(name, '/') || asprintf(&path, "%s/%s", folder, name) < 0)
        return NULL;
    if (access(path, R_OK) == 0)
        return path;
    free(path);
    return NULL;
}

int file_replace(const char *path, struct str data, mode_t mode)
{
    char *aside = NULL;
    int fd = -1;

    if (asprintf(&aside, "%s.new.%d", path, (int)getpid()) < 0)
        return ERR_IO;
    fd = open(aside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
    if (fd < 0 || file_write_all(fd, data) || fsync(fd))
        goto fail;
    close(fd);
    fd = -1;
    if (rename(aside, path))
        goto fail;
    sync_parent(path);
    free(aside);
    return 0;
fail:
    if (fd >= 0)
        close(fd);
    unlink(aside);
    free(aside);
    return ERR_IO;
}

int file_make_dirs(const char *dir)
{
    char *path = strdup(dir);
    int err = path ? 0 : ERR_IO;

    for (char *p = path ? path + 1 : NULL; p && !err; p++) {
        char end = *p;
        if (end != '/' && end != '\0')
            continue;
        *p = '\0';
        if (mkdir(path, 0700) == 0)
            sync_parent(path);
        else if (errno != EEXIST)
            err = ERR_IO;
        *p = end;
        if (!end)
            break;
    }
    free(path);
    return err;
}

void file_raise_limit(void)
{
    struct rlimit files;

    if (getrlimit(RLIMIT_NOFILE, &files))
        return;
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
}
