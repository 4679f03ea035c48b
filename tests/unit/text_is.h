/* tests/unit/text_is.h - a text is as it should be, or the test fails and shows both. */
#ifndef HUIYING_TESTS_TEXT_IS_H
#define HUIYING_TESTS_TEXT_IS_H

#include "base/str.h"
#include "tests/unit/unit.h"

#define text_is(text, want)                                                                        \
    do {                                                                                           \
        struct str is_ = (text);                                                                   \
        if (!str_is(is_, want))                                                                    \
            fail_msg("“%.*s” is not “%s”", STR_ARG(is_), want);                                    \
    } while (0)

#endif
