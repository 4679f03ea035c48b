/* store/sqlite/spool_file.h - the spool's file as its statements want it: its folder, its tables,
 * the version of what it holds. */
#ifndef HUIYING_STORE_SPOOL_FILE_H
#define HUIYING_STORE_SPOOL_FILE_H

#include <sqlite3.h>

/* 0 with *out to be closed by sqlite3_close(), or as spool_open(). A damaged file is replaced by an
 * empty one; of what another version kept, which commit.lua cannot take, only the notes stay. */
int spool_file_open(const char *path, sqlite3 **out);

#endif
