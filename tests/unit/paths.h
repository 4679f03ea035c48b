/* tests/unit/paths.h - files of the source tree, found from the build tree. */
#ifndef HUIYING_TESTS_PATHS_H
#define HUIYING_TESTS_PATHS_H

#include <stdio.h>
#include <stdlib.h>

/* `name` under the source folder (automake sets srcdir). Returns out. */
static inline const char *paths_source(const char *name, char out[static 4096])
{
    const char *dir = getenv("srcdir");

    snprintf(out, 4096, "%s/%s", dir ? dir : ".", name);
    return out;
}

#endif
