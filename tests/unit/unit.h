/* tests/unit/unit.h - cmocka with the headers it wants before it. */
#ifndef HUIYING_TESTS_UNIT_H
#define HUIYING_TESTS_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#endif
