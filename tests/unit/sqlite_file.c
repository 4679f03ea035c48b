#define _GNU_SOURCE
#include "tests/unit/sqlite_file.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/err.h"
#include "base/file.h"
#include "tests/unit/store_samples.h"
#include "tests/unit/unit.h"

void sqlite_file_new(struct sqlite_file *f)
{
    f->folder = samples_folder();
    assert_true(asprintf(&f->address, "sqlite:%s/ledger.db", f->folder) > 0);
    f->path = strdup(f->address + strlen("sqlite:"));
    assert_non_null(f->path);
}

void sqlite_file_remove(struct sqlite_file *f)
{
    samples_remove(f->folder);
    free(f->folder);
    free(f->address);
    free(f->path);
}

int sqlite_file_set_up(void **state)
{
    struct sqlite_file *f = calloc(1, sizeof *f);

    assert_non_null(f);
    sqlite_file_new(f);
    *state = f;
    return 0;
}

int sqlite_file_tear_down(void **state)
{
    sqlite_file_remove(*state);
    free(*state);
    return 0;
}

struct store *sqlite_file_open(const struct sqlite_file *f)
{
    struct store *s;

    assert_int_equal(store_open(f->address, &s), 0);
    return s;
}

int64_t sqlite_file_sql(const char *path, const char *text)
{
    sqlite3 *db;
    sqlite3_stmt *st;
    int64_t value = 0;

    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    for (const char *rest = text; *rest;) {
        if (sqlite3_prepare_v2(db, rest, -1, &st, &rest) != SQLITE_OK)
            fail_msg("%s: %s", text, sqlite3_errmsg(db));
        for (value = 0; sqlite3_step(st) == SQLITE_ROW;)
            value = sqlite3_column_int64(st, 0);
        if (sqlite3_finalize(st) != SQLITE_OK)
            fail_msg("%s: %s", text, sqlite3_errmsg(db));
    }
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    return value;
}

bool sqlite_file_holds(const char *path, const char *suffix, const char *needle)
{
    struct buf raw = BUF_INIT;
    char *name;

    assert_true(asprintf(&name, "%s%s", path, suffix) > 0);
    int err = file_read(name, SIZE_MAX >> 1, &raw);
    assert_true(err == 0 || err == ERR_NOTFOUND);
    bool found = str_find(buf_str(&raw), str_from(needle), 0) != (size_t)-1;
    buf_free(&raw);
    free(name);
    return found;
}
