/* tests/unit/units_text.h - a tree of units that a test writes down itself. */
#ifndef HUIYING_TESTS_UNITS_TEXT_H
#define HUIYING_TESTS_UNITS_TEXT_H

#include "alerts/units/units.h"
#include "tests/unit/scratch.h"
#include "tests/unit/unit.h"

/* As units_load() of a file with this text. */
static inline struct units *units_text(const char *yaml, struct problems *problems)
{
    char path[SCRATCH_PATH];

    assert_int_equal(scratch_file(path, "units", yaml), 0);
    struct units *units = units_load(path, problems);
    unlink(path);
    return units;
}

#endif
