#define _GNU_SOURCE
#include "tests/unit/folder.h"

#include "tests/unit/unit.h"

#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "classifiers/rules/rules.h"
#include "tests/unit/paths.h"

char folder[SCRATCH_PATH];

int folder_set_up(void **state)
{
    char shipped[4096];

    (void)state;
    rules_set_shipped(paths_source("rules", shipped));
    return scratch_folder(folder, "rules");
}

int folder_tear_down(void **state)
{
    (void)state;
    return scratch_remove(folder);
}

void folder_put(const char *dir, const char *name, const char *text)
{
    char path[5000];

    snprintf(path, sizeof path, "%s/%s", folder, dir);
    assert_int_equal(file_make_dirs(path), 0);
    snprintf(path, sizeof path, "%s/%s/%s", folder, dir, name);
    assert_int_equal(file_replace(path, str_from(text), 0600), 0);
}

bool folder_told(const struct problems *p, int line, const char *words)
{
    for (size_t i = 0; i < problems_count(p); i++) {
        const char *file, *text;
        int at;
        problems_get(p, i, &file, &at, &text);
        if (at == line && strstr(text, words))
            return true;
    }
    return false;
}
