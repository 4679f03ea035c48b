/* feeds/pages/selector_form.h - a compiled selector, for feeds/pages/selector*.c only. */
#ifndef HUIYING_FEEDS_SELECTOR_FORM_H
#define HUIYING_FEEDS_SELECTOR_FORM_H

#include <stdbool.h>
#include <stdint.h>

#include <libxml/xpath.h>

#include "base/arena.h"
#include "base/str.h"

enum { SELECTOR_STEPS = 16, SELECTOR_TESTS = 8 };

enum selector_test_kind {
    TEST_HAS, TEST_IS, TEST_WORD, TEST_BEGINS, TEST_ENDS, TEST_HOLDS, TEST_NTH, TEST_LAST
};

struct selector_test {
    enum selector_test_kind kind;
    const char *name;
    struct str value;
    int nth;
};

/* One compound selector; `child` tells how it hangs on the one before it. */
struct selector_step {
    const char *type; /* NULL: any */
    struct selector_test tests[SELECTOR_TESTS];
    size_t ntests;
    bool child;
};

struct selector_choice {
    struct selector_step steps[SELECTOR_STEPS];
    size_t nsteps;
};

struct selector {
    struct arena *arena;
    struct selector_choice *choices;
    size_t nchoices;
    xmlXPathCompExprPtr xpath;
    bool absolute; /* XPath that may begin at the page's top */
    const char *attribute;
    int64_t own, *budget; /* what matching may still cost; it points to `own` unless shared */
};

#endif
