/* tests/helpers/vfs_shim.h - a SQLite VFS before the default one that passes everything on but what
 * a test wants to see or to fail. One a process; one thread at a time. */
#ifndef HUIYING_TESTS_VFS_SHIM_H
#define HUIYING_TESTS_VFS_SHIM_H

#include <sqlite3.h>

struct vfs_shim { /* NULL: passed on */
    const char *name;
    /* A file is about to be opened: the number that it is known by, or -1 to leave it alone. */
    int (*open)(const char *path, int flags);
    void (*remove)(const char *path);
    int (*write)(sqlite3_file *f, const void *p, int n, sqlite3_int64 at);
    int (*truncate)(sqlite3_file *f, sqlite3_int64 size);
    int (*sync)(sqlite3_file *f, int flags);
};

/* For databases opened from now on: 0 or an SQLite code. `shim` must stay. */
int vfs_shim_install(const struct vfs_shim *shim);
/* Of a file that one of the calls above got: its number, and the file behind it. */
int vfs_shim_number(sqlite3_file *f);
sqlite3_file *vfs_shim_real(sqlite3_file *f);

#endif
