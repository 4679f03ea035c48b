#define _GNU_SOURCE
#include "daemon/rules_pack.h"

#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

#include "base/err.h"
#include "base/file.h"

enum { TOTAL_MAX = 64 << 20, DEPTH_MAX = 8, OPEN_MAX = 8 };

static const char mark[] = "huiying rules 1\n";
static const char prefix[] = "rules-";

/* An absent file is none. */
static int add_file(struct buf *out, const char *path, const char *name)
{
    struct buf text = BUF_INIT;
    int err = file_read(path, TOTAL_MAX, &text);

    if (!err) {
        buf_add_lstr(out, str_from(name));
        buf_add_lstr(out, buf_str(&text));
        err = !buf_ok(out) ? ERR_NOMEM : out->len > TOTAL_MAX ? ERR_LIMIT : 0;
    }
    buf_free(&text);
    return err == ERR_NOTFOUND ? 0 : err;
}

static int visible(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

/* What a folder of rules has from the shipped ones each machine has by itself: as it compiles, it
 * must not find the same twice (classifiers/rules.h). Topics are not read from there. */
static bool is_shipped(const char *name, const char *entry, const struct stat *st)
{
    char path[4096];
    struct stat shipped;
    int n = snprintf(path, sizeof path, "%s/rules/%s", config_datadir(), entry);

    return !strcmp(name, "rules") && strcmp(entry, "topics") != 0 && n < (int)sizeof path &&
           stat(path, &shipped) == 0 && st->st_dev == shipped.st_dev &&
           st->st_ino == shipped.st_ino;
}

static int add_folder(struct buf *out, const char *path, const char *name, int depth);

static int add_entry(struct buf *out, const char *dir, const char *name, const char *entry,
                     int depth)
{
    char *path = NULL, *within = NULL;
    struct stat st;
    int err = ERR_NOMEM;

    if (asprintf(&path, "%s/%s", dir, entry) >= 0 && asprintf(&within, "%s/%s", name, entry) >= 0)
        err = stat(path, &st) || is_shipped(name, entry, &st) ? 0 /* or gone meanwhile */
              : S_ISDIR(st.st_mode) ? add_folder(out, path, within, depth + 1)
              : S_ISREG(st.st_mode) ? add_file(out, path, within)
                                    : 0;
    free(path);
    free(within);
    return err;
}

static int add_folder(struct buf *out, const char *path, const char *name, int depth)
{
    struct dirent **list = NULL;
    int n = depth < DEPTH_MAX ? scandir(path, &list, visible, alphasort) : 0;
    int err = n < 0 ? ERR_IO : 0;

    for (int i = 0; i < n; i++) {
        if (!err)
            err = add_entry(out, path, name, list[i]->d_name, depth);
        free(list[i]);
    }
    free(list);
    return err;
}

/* A file that stands beside another. */
static int add_beside(struct buf *out, const char *path, const char *file, const char *name)
{
    const char *slash = strrchr(path, '/');
    char *beside = NULL;

    if (asprintf(&beside, "%.*s%s", slash ? (int)(slash + 1 - path) : 0, path, file) < 0)
        return ERR_NOMEM;
    int err = add_file(out, beside, name);
    free(beside);
    return err;
}

int rules_pack_write(const struct config *c, const char *folder, struct buf *out)
{
    const struct town_paths *t = &c->town_paths;

    buf_add_text(out, mark);
    int err = add_folder(out, folder, "rules", 0);
    if (!err && c->places && *c->places)
        err = add_file(out, c->places, "places.yaml");
    if (!err && t->units && *t->units)
        err = add_file(out, t->units, "units/units.yaml");
    if (!err && t->units && *t->units)
        err = add_beside(out, t->units, "routes.yaml", "units/routes.yaml");
    if (!err && t->deadlines && *t->deadlines)
        err = add_file(out, t->deadlines, "deadlines/deadlines.yaml");
    if (!err && t->deadlines && *t->deadlines)
        err = add_beside(out, t->deadlines, "grades.yaml", "deadlines/grades.yaml");
    if (!err && t->calendars && *t->calendars)
        err = add_folder(out, t->calendars, "calendars", 0);
    return err ? err : buf_ok(out) ? 0 : ERR_NOMEM;
}

void rules_pack_name(struct str pack, char out[static RULES_PACK_NAME])
{
    XXH128_hash_t h = XXH3_128bits(pack.p, pack.n);

    snprintf(out, RULES_PACK_NAME, "%016llx%016llx", (unsigned long long)h.high64,
             (unsigned long long)h.low64);
}

/* A name that rules_pack_write() gives: it leads nowhere else. */
static bool leads_below(struct str name)
{
    if (!name.n || name.n > 1024 || memchr(name.p, '\0', name.n) || name.p[0] == '/')
        return false;
    for (size_t i = 0; i < name.n; i++)
        if (name.p[i] == '.' && (i == 0 || name.p[i - 1] == '/'))
            return false;
    return true;
}

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
    struct buf_reader in = {pack.p + sizeof mark - 1, pack.n - (sizeof mark - 1), false};
    int err = 0;

    while (!err && in.left) {
        struct str name = buf_read_lstr(&in), text = buf_read_lstr(&in);
        err = in.bad || !leads_below(name) ? ERR_CORRUPT : put_file(folder, name, text);
    }
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
    if (!str_starts(pack, str_from(mark)))
        return ERR_CORRUPT;
    rules_pack_name(pack, name);
    if (asprintf(&out->folder, "%s/%s%s", c->cache, prefix, name) < 0) {
        out->folder = NULL;
        return ERR_NOMEM;
    }
    int err = put_files(out->folder, pack);
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

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *where)
{
    (void)st;
    (void)type;
    (void)where;
    remove(path);
    return 0;
}

void rules_pack_tidy(const struct config *c, const char *name)
{
    DIR *d = opendir(c->cache);
    struct dirent *entry;

    while (d && (entry = readdir(d))) {
        const char *its = entry->d_name + sizeof prefix - 1;
        char *path = NULL;
        if (strncmp(entry->d_name, prefix, sizeof prefix - 1) != 0 ||
            strspn(its, "0123456789abcdef") != RULES_PACK_NAME - 1 || its[RULES_PACK_NAME - 1] ||
            !strcmp(its, name) || asprintf(&path, "%s/%s", c->cache, entry->d_name) < 0)
            continue;
        nftw(path, remove_one, OPEN_MAX, FTW_DEPTH | FTW_PHYS);
        free(path);
    }
    if (d)
        closedir(d);
}
