#define _GNU_SOURCE
#include "daemon/town.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <xxhash.h>

#include "base/buf.h"
#include "base/file.h"

enum { FILE_MAX = 16 << 20 };

static uint64_t print_file(const char *path, uint64_t so_far)
{
    struct buf text = BUF_INIT;

    if (!file_read(path, FILE_MAX, &text))
        so_far = XXH3_64bits_withSeed(text.data ? text.data : "", text.len, so_far + 1);
    buf_free(&text);
    return so_far;
}

static int yaml_only(const struct dirent *entry)
{
    size_t n = strlen(entry->d_name);

    return n > 5 && !strcmp(entry->d_name + n - 5, ".yaml");
}

static uint64_t print_folder(const char *dir, uint64_t so_far)
{
    struct dirent **files = NULL;
    int n = scandir(dir, &files, yaml_only, alphasort);

    for (int i = 0; i < n; i++) {
        char *path = NULL;
        if (asprintf(&path, "%s/%s", dir, files[i]->d_name) >= 0) {
            so_far = print_file(path, so_far);
            free(path);
        }
        free(files[i]);
    }
    free(files);
    return so_far;
}

/* routes.yaml stands beside units.yaml. */
static uint64_t print_routes(const char *units, uint64_t so_far)
{
    const char *slash = strrchr(units, '/');
    char *path = NULL;

    if (asprintf(&path, "%.*sroutes.yaml", slash ? (int)(slash + 1 - units) : 0, units) < 0)
        return so_far;
    so_far = print_file(path, so_far);
    free(path);
    return so_far;
}

struct town *town_load(const struct town_paths *paths, struct problems *problems)
{
    struct town *t = calloc(1, sizeof *t);

    if (!t)
        return NULL;
    /* The numbers are taken first: what changes while it is read is read again at the next load. */
    if (paths->units && *paths->units) {
        t->print = print_routes(paths->units, print_file(paths->units, t->print));
        t->units = units_load(paths->units, problems);
    }
    if (paths->deadlines && paths->calendars) {
        t->print = print_folder(paths->calendars, print_file(paths->deadlines, t->print));
        t->deadlines = deadline_load(paths->deadlines, paths->calendars, problems);
    }
    return t;
}

void town_free(struct town *town)
{
    if (!town)
        return;
    deadline_free(town->deadlines);
    units_free(town->units);
    free(town);
}
