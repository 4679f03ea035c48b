/* A block of rules laid out as files, from which it is compiled. */
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "base/file.h"
#include "daemon/reload/rules_pack_inside.h"

enum { OPEN_MAX = 8 };

static const char prefix[] = "rules-", suffix[] = ".new"; /* laid out; being so */

/* Not synced: it is laid out again from its block at each start. */
static int put_file(const char *folder, struct str name, struct str text)
{
    char *path = NULL;
    int err = ERR_IO;

    if (asprintf(&path, "%s/%.*s", folder, STR_ARG(name)) < 0)
        return ERR_NOMEM;
    char *slash = strrchr(path, '/');
    *slash = '\0';
    if (!file_make_dirs(path)) {
        *slash = '/';
        int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
        err = fd < 0 ? ERR_IO : file_write_all(fd, text);
        if (fd >= 0 && close(fd))
            err = ERR_IO;
    }
    free(path);
    return err;
}

static int put_files(const char *folder, struct str pack)
{
    struct buf_reader in = rules_pack_files_of(pack);
    int err = in.bad ? ERR_CORRUPT : 0;

    while (!err && in.left) {
        struct str name = buf_read_lstr(&in), text = buf_read_lstr(&in);
        err = in.bad || !rules_pack_leads_below(name) ? ERR_CORRUPT : put_file(folder, name, text);
    }
    return err;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *where)
{
    (void)st;
    (void)type;
    (void)where;
    remove(path);
    return 0;
}

static void remove_all(const char *folder)
{
    nftw(folder, remove_one, OPEN_MAX, FTW_DEPTH | FTW_PHYS);
}

/* In the place of what may be there already, half of it after a power cut. */
static int put_in_place(const char *aside, const char *folder)
{
    if (!rename(aside, folder))
        return 0;
    if (renameat2(AT_FDCWD, aside, AT_FDCWD, folder, RENAME_EXCHANGE)) {
        remove_all(folder); /* of a file system that cannot exchange them */
        return rename(aside, folder) ? ERR_IO : 0;
    }
    return 0;
}

static int put_folder(const char *folder, struct str pack)
{
    char *aside = NULL;

    if (asprintf(&aside, "%s%s", folder, suffix) < 0)
        return ERR_NOMEM;
    remove_all(aside);
    int err = file_make_dirs(aside);
    if (!err)
        err = put_files(aside, pack);
    if (!err)
        err = put_in_place(aside, folder);
    remove_all(aside);
    free(aside);
    return err;
}

/* Its path when it is there, else an empty one; NULL without memory. */
static char *path_of(const char *folder, const char *name)
{
    char *path = NULL;

    if (asprintf(&path, "%s/%s", folder, name) < 0)
        return NULL;
    if (access(path, F_OK))
        *path = '\0';
    return path;
}

int rules_pack_lay_out(const struct config *c, struct str pack, struct rules_pack_files *out)
{
    char name[RULES_PACK_NAME];

    *out = (struct rules_pack_files){.there = *c};
    out->there.places = out->there.rules_dir = NULL;
    out->there.town_paths = (struct town_paths){NULL, NULL, NULL};
    rules_pack_name(pack, name);
    if (asprintf(&out->folder, "%s/%s%s", c->cache, prefix, name) < 0) {
        out->folder = NULL;
        return ERR_NOMEM;
    }
    int err = put_folder(out->folder, pack);
    struct town_paths *t = &out->there.town_paths;
    out->there.rules_dir = path_of(out->folder, "rules");
    out->there.places = path_of(out->folder, "places.yaml");
    t->units = path_of(out->folder, "units/units.yaml");
    t->deadlines = path_of(out->folder, "deadlines/deadlines.yaml");
    t->calendars = path_of(out->folder, "calendars");
    if (!err && (!out->there.rules_dir || !out->there.places || !t->units || !t->deadlines ||
                 !t->calendars))
        err = ERR_NOMEM;
    if (err)
        rules_pack_clear(out);
    return err;
}

void rules_pack_clear(struct rules_pack_files *f)
{
    free(f->there.rules_dir);
    free(f->there.places);
    free(f->there.town_paths.units);
    free(f->there.town_paths.deadlines);
    free(f->there.town_paths.calendars);
    free(f->folder);
    *f = (struct rules_pack_files){.folder = NULL};
}

static const char hex[] = "0123456789abcdef";

/* A folder that was laid out here, whole or not. */
static bool is_laid_out(const char *entry)
{
    const char *its = entry + sizeof prefix - 1;

    return !strncmp(entry, prefix, sizeof prefix - 1) &&
           strspn(its, hex) == RULES_PACK_NAME - 1 &&
           (!its[RULES_PACK_NAME - 1] || !strcmp(its + RULES_PACK_NAME - 1, suffix));
}

const char *rules_pack_within(const char *path)
{
    const size_t digits = RULES_PACK_NAME - 1;

    for (const char *at = path; (at = strstr(at, prefix)); at++) {
        const char *its = at + sizeof prefix - 1;
        if ((at == path || at[-1] == '/') && strspn(its, hex) == digits && its[digits] == '/')
            return its + digits + 1;
    }
    return path;
}

void rules_pack_tidy(const struct config *c, const char *name)
{
    DIR *d = opendir(c->cache);
    struct dirent *entry;

    while (d && (entry = readdir(d))) {
        char *path = NULL;
        if (!is_laid_out(entry->d_name) || !strcmp(entry->d_name + sizeof prefix - 1, name) ||
            asprintf(&path, "%s/%s", c->cache, entry->d_name) < 0)
            continue;
        remove_all(path);
        free(path);
    }
    if (d)
        closedir(d);
}
