/* tests/helpers/power_vfs.h - a SQLite VFS that records every write, truncation and sync in order,
 * so that a test can cut the power anywhere and look at what a disk may hold then. */
#ifndef HUIYING_TESTS_POWER_VFS_H
#define HUIYING_TESTS_POWER_VFS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Put it before the default VFS, for databases opened from now on: 0 or an SQLite code. Syncs of
 * folders are seen too, whoever asks for them: this file has its own fsync() and fdatasync(). */
int power_vfs_install(void);
/* Record, or let through unseen. One process, one thread at a time. */
void power_vfs_record(bool on);
/* How many operations have been recorded, and whether the number-th was a sync. */
size_t power_vfs_count(void);
bool power_vfs_synced(size_t number);
/* Was this folder synced while it was recorded? */
bool power_vfs_folder_synced(const char *path);

/* Walk the recording from its beginning: what a disk would hold after so many operations. A later
 * call may not go back. */
void power_vfs_rewind(void);
void power_vfs_advance(size_t operations);
/* Write into `folder` what may be left of the files when the power fails here. What was synced is
 * there. Of what was not, `seed` decides: nothing, all, some writes, some sectors of 512 bytes,
 * some of them in another order. A file's name is sure only once its folder was synced. */
void power_vfs_image(const char *folder, uint64_t seed);
void power_vfs_free(void);

#endif
