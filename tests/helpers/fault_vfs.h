/* tests/helpers/fault_vfs.h - a SQLite VFS that fails writes: a full or dying disk, on demand. */
#ifndef HUIYING_TESTS_FAULT_VFS_H
#define HUIYING_TESTS_FAULT_VFS_H

#include <stdbool.h>

/* Put it before the default VFS, for databases opened from now on: 0 or an SQLite code. */
int fault_vfs_install(void);
/* Let `pass` writes, syncs and truncations through and fail the next one, and when `lasting` all
 * after it, with the SQLite code (SQLITE_FULL, SQLITE_IOERR_FSYNC …). */
void fault_vfs_arm(long pass, int code, bool lasting);
/* Fail nothing. Returns how many operations have failed since it was armed. */
long fault_vfs_disarm(void);

#endif
