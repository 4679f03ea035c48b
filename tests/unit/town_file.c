#define _GNU_SOURCE
#include "tests/unit/town_file.h"

#include <stdio.h>
#include <stdlib.h>

#include "tests/unit/unit.h"

enum { STEPS = 40 };

int town_file_set_up(void **state)
{
    struct town_file *f = calloc(1, sizeof *f);

    assert_non_null(f);
    sqlite_file_new(&f->file);
    assert_true(asprintf(&f->other, "%s/backup.db", f->file.folder) > 0);
    town_ledger_open(&f->town, f->file.address, 20261122);
    for (int i = 0; i < STEPS; i++)
        assert_int_equal(town_ledger_step(&f->town), 0);
    *state = f;
    return 0;
}

int town_file_tear_down(void **state)
{
    struct town_file *f = *state;

    sqlite_file_remove(&f->file);
    free(f->other);
    free(f);
    return 0;
}

void town_file_tell(void *arg, const struct audit_finding *f)
{
    print_error("%s (%s): %s\n", f->zh, f->en, f->row);
    (void)arg;
}

void town_file_sound(const char *path, struct audit_result *r)
{
    struct audit_watch watch = {.found = town_file_tell};

    assert_int_equal(audit_file(path, &watch, r), 0);
    assert_int_equal(r->findings, 0);
}
