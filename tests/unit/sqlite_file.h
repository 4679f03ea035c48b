/* tests/unit/sqlite_file.h - the file of a SQLite store, and looks at it past the store. */
#ifndef HUIYING_TESTS_SQLITE_FILE_H
#define HUIYING_TESTS_SQLITE_FILE_H

#include "store/store.h"

struct sqlite_file {
    char *folder, *path, *address; /* the folder is its own; `address` is for store_open() */
};

/* Of a store that was not opened yet; sqlite_file_remove() it. */
void sqlite_file_new(struct sqlite_file *f);
void sqlite_file_remove(struct sqlite_file *f);
/* A test with one as its state. */
int sqlite_file_set_up(void **state);
int sqlite_file_tear_down(void **state);
#define SQLITE_FILE_TEST(test)                                                                    \
    cmocka_unit_test_setup_teardown(test, sqlite_file_set_up, sqlite_file_tear_down)

struct store *sqlite_file_open(const struct sqlite_file *f);
/* Run SQL on the file at `path`, which is made where there is none: the first value of the last
 * statement's last row as an integer, or 0. */
int64_t sqlite_file_sql(const char *path, const char *text);
/* Do these bytes stand in `path` followed by `suffix`? Not where there is no such file. */
bool sqlite_file_holds(const char *path, const char *suffix, const char *needle);

#endif
