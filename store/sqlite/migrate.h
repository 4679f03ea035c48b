/* store/sqlite/migrate.h - numbered upgrades of the SQLite schema. Private to this folder. */
#ifndef HUIYING_STORE_MIGRATE_H
#define HUIYING_STORE_MIGRATE_H

#include <sqlite3.h>
#include <stddef.h>

enum { MIGRATE_APPLICATION = 0x6879696e }; /* "hyin": PRAGMA application_id of our files */

struct migrate_step {
    int version;     /* PRAGMA user_version once it is done */
    const char *sql;
};

/* The steps to today's schema, by rising version; the first makes it from nothing. */
extern const struct migrate_step migrate_steps[];
extern const size_t migrate_count;

/* Bring the database to the last step's version, each step in its own transaction together with
 * application_id and user_version: 0; ERR_CORRUPT when the file belongs to something else;
 * ERR_STALE when it is newer than the steps; ERR_IO. Leaves a refused file as it is. */
int migrate_run(sqlite3 *db, const struct migrate_step *steps, size_t count);

#endif
