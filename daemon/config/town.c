#define _GNU_SOURCE
#include "daemon/config/town.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <xxhash.h>

#include "base/buf.h"
#include "base/file.h"
#include "feeds/fetch/guard.h"

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

/* The path of a file that stands beside another, to be freed; NULL without memory. */
static char *beside(const char *path, const char *name)
{
    const char *slash = strrchr(path, '/');
    char *out = NULL;

    if (asprintf(&out, "%.*s%s", slash ? (int)(slash + 1 - path) : 0, path, name) < 0)
        return NULL;
    return out;
}

static uint64_t print_beside(const char *path, const char *name, uint64_t so_far)
{
    char *file = beside(path, name);

    if (file)
        so_far = print_file(file, so_far);
    free(file);
    return so_far;
}

/* grades.yaml stands beside deadlines.yaml; a town may do without. */
static void load_grades(struct town *t, const char *deadlines, struct problems *problems)
{
    char *path = beside(deadlines, "grades.yaml");

    t->print = print_beside(deadlines, "grades.yaml", t->print);
    if (path && access(path, F_OK) == 0)
        t->heat = heat_load(path, problems);
    free(path);
}

struct town *town_load(const struct town_paths *paths, struct problems *problems)
{
    struct town *t = calloc(1, sizeof *t);

    if (!t)
        return NULL;
    /* The numbers are taken first: what changes while it is read is read again at the next load. */
    if (paths->units && *paths->units) {
        t->print = print_beside(paths->units, "routes.yaml", print_file(paths->units, t->print));
        t->units = units_load(paths->units, problems);
    }
    if (paths->deadlines && paths->calendars) {
        t->print = print_folder(paths->calendars, print_file(paths->deadlines, t->print));
        t->deadlines = deadline_load(paths->deadlines, paths->calendars, problems);
        load_grades(t, paths->deadlines, problems);
    }
    return t;
}

void town_check_channels(const struct town *town, const struct town_paths *paths,
                         const char *const *allow, struct problems *problems)
{
    const struct units *units = town ? town->units : NULL;
    struct guard *guard = units && units->noutside ? guard_new(allow) : NULL;

    if (!guard)
        return;
    for (size_t i = 0; i < units->noutside; i++) {
        const struct outside *o = &units->outside[i];
        if (!guard_allows_url(guard, str_from(o->channel)))
            problems_add(problems, paths->units, o->line,
                         "“%s”：网址不在公网上，公众打不开；应为公开网址，或列入 huiying.yaml 的 allow "
                         "(none of the public network: expected an address that everybody can "
                         "open, or one within `allow` of huiying.yaml)", o->channel);
    }
    guard_free(guard);
}

void town_free(struct town *town)
{
    if (!town)
        return;
    heat_free(town->heat);
    deadline_free(town->deadlines);
    units_free(town->units);
    free(town);
}
