/* tests/unit/town_file.h - the ledger that a town's desk wrote into the file of a SQLite store. */
#ifndef HUIYING_TESTS_TOWN_FILE_H
#define HUIYING_TESTS_TOWN_FILE_H

#include "store/audit.h"
#include "tests/unit/sqlite_file.h"
#include "tests/unit/town_ledger.h"

struct town_file {
    struct sqlite_file file;
    char *other; /* path of another one in its folder, which is not there yet */
    struct town_ledger town; /* open: its test closes it */
};

/* A test with one of some steps as its state. */
int town_file_set_up(void **state);
int town_file_tear_down(void **state);
#define TOWN_FILE_TEST(test)                                                                      \
    cmocka_unit_test_setup_teardown(test, town_file_set_up, town_file_tear_down)

/* Tells a finding of an audit on standard error. */
void town_file_tell(void *arg, const struct audit_finding *f);
/* The audit of the file at `path` finds nothing. */
void town_file_sound(const char *path, struct audit_result *r);

#endif
