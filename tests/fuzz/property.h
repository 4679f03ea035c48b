/* tests/fuzz/property.h - what must hold whatever the bytes. */
#ifndef HUIYING_TESTS_FUZZ_PROPERTY_H
#define HUIYING_TESTS_FUZZ_PROPERTY_H

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/utf8.h"
#include "feeds/text/decode.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static inline void must(bool condition)
{
    if (!condition)
        abort();
}

/* Text as it may be stored. */
static inline void must_be_clean(struct str s)
{
    must(utf8_valid(s) && decode_is_clean(s));
}

static inline bool holds(struct str s, const char *what)
{
    return str_find(s, str_from(what), 0) != (size_t)-1;
}

#endif
