#include "store/sqlite/migrate.h"

#include <stdio.h>

#include "base/err.h"
#include "base/log.h"

static int failure(sqlite3 *db)
{
    switch (sqlite3_errcode(db)) {
    case SQLITE_NOTADB:
    case SQLITE_CORRUPT: return ERR_CORRUPT;
    case SQLITE_NOMEM: return ERR_NOMEM;
    default: return ERR_IO;
    }
}

static int ask(sqlite3 *db, const char *sql, int *value)
{
    sqlite3_stmt *statement = NULL;
    int err = 0;

    if (sqlite3_prepare_v2(db, sql, -1, &statement, NULL) == SQLITE_OK &&
        sqlite3_step(statement) == SQLITE_ROW)
        *value = sqlite3_column_int(statement, 0);
    else
        err = failure(db);
    sqlite3_finalize(statement);
    return err;
}

static int step(sqlite3 *db, const struct migrate_step *step)
{
    char mark[96];

    snprintf(mark, sizeof mark, "PRAGMA application_id = %d; PRAGMA user_version = %d; COMMIT",
             MIGRATE_APPLICATION, step->version);
    if (sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL) == SQLITE_OK &&
        sqlite3_exec(db, step->sql, NULL, NULL, NULL) == SQLITE_OK &&
        sqlite3_exec(db, mark, NULL, NULL, NULL) == SQLITE_OK)
        return 0;
    int err = failure(db);
    log_error("store.migrate", "version=%d sqlite=%d", step->version,
              sqlite3_extended_errcode(db));
    if (!sqlite3_get_autocommit(db))
        sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
    return err;
}

int migrate_run(sqlite3 *db, const struct migrate_step *steps, size_t count)
{
    int application, version, tables;
    int err = ask(db, "PRAGMA application_id", &application);

    if (!err)
        err = ask(db, "PRAGMA user_version", &version);
    if (!err)
        err = ask(db, "SELECT count(*) FROM sqlite_schema", &tables);
    if (err)
        return err;
    if (application != MIGRATE_APPLICATION && (application || version || tables))
        return ERR_CORRUPT;
    if (version > steps[count - 1].version)
        return ERR_STALE;
    for (size_t i = 0; i < count && !err; i++)
        if (steps[i].version > version)
            err = step(db, &steps[i]);
    return err;
}
