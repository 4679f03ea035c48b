/* store/sqlite/sqlite_wal.h - the writer's WAL file in large pieces. Private to this folder.
 *
 * SQLite writes each frame of a commit with two calls, and a checkpoint reads each back with one;
 * the kernel charges more for a call than for the page. The frames of a commit are adjacent, and
 * nobody looks at them before they are synced: so they are gathered here until the sync. */
#ifndef HUIYING_STORE_SQLITE_WAL_H
#define HUIYING_STORE_SQLITE_WAL_H

/* Name of a VFS that does so, over the default one; NULL when there is none. For connections with
 * synchronous=FULL only: without a sync before it, a commit would be announced that readers do
 * not find in the file. Any thread. */
const char *sqlite_wal_vfs(void);

#endif
