#define _GNU_SOURCE
#include "daemon/reload/rules_pack_inside.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <xxhash.h>

#include "base/err.h"
#include "base/file.h"

enum { TOTAL_MAX = 64 << 20, DEPTH_MAX = 8 };

static const char mark[] = "huiying rules 1\n";

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

bool rules_pack_leads_below(struct str name)
{
    if (!name.n || name.n > 1024 || memchr(name.p, '\0', name.n) || name.p[0] == '/')
        return false;
    for (size_t i = 0; i < name.n; i++)
        if (name.p[i] == '.' && (i == 0 || name.p[i - 1] == '/'))
            return false;
    return true;
}

static const char topics[] = "rules/topics/";

struct buf_reader rules_pack_files_of(struct str pack)
{
    size_t n = sizeof mark - 1;

    if (!str_starts(pack, (struct str){mark, n}))
        return (struct buf_reader){.bad = true};
    return (struct buf_reader){pack.p + n, pack.n - n, false};
}

struct str rules_pack_file(struct str pack, struct str name)
{
    struct buf_reader in = rules_pack_files_of(pack);

    while (in.left && !in.bad) {
        struct str one = buf_read_lstr(&in), text = buf_read_lstr(&in);
        if (!in.bad && str_eq(one, name))
            return text;
    }
    return STR_NONE;
}

struct str rules_pack_topic(struct str pack, struct str file)
{
    struct buf name = BUF_INIT;

    buf_add_text(&name, topics);
    buf_add_str(&name, file);
    struct str text = buf_ok(&name) ? rules_pack_file(pack, buf_str(&name)) : STR_NONE;
    buf_free(&name);
    return text;
}

int rules_pack_compare(struct str before, struct str after,
                       int (*each)(void *arg, struct str name, struct str was, struct str text),
                       void *arg)
{
    struct buf_reader in = rules_pack_files_of(after), old = rules_pack_files_of(before);
    int err = in.bad || old.bad ? ERR_CORRUPT : 0;

    while (!err && in.left) {
        struct str name = buf_read_lstr(&in), text = buf_read_lstr(&in);
        struct str was = rules_pack_file(before, name);
        if (in.bad)
            err = ERR_CORRUPT;
        else if (!was.p || !str_eq(was, text))
            err = each(arg, name, was, text);
    }
    while (!err && old.left) {
        struct str name = buf_read_lstr(&old), was = buf_read_lstr(&old);
        if (old.bad)
            err = ERR_CORRUPT;
        else if (!rules_pack_file(after, name).p)
            err = each(arg, name, was, STR_NONE);
    }
    return err;
}

static void add_topic(struct buf *out, struct str name, struct str text, bool *placed)
{
    if (!*placed && text.n) {
        buf_add_lstr(out, name);
        buf_add_lstr(out, text);
    }
    *placed = true;
}

/* In its place among the others, as rules_pack_write() would have it there. */
static int copy_with(struct str pack, struct str name, struct str text, struct buf *out)
{
    struct buf_reader in = rules_pack_files_of(pack);
    bool placed = false, among = false;

    buf_add_text(out, mark);
    while (in.left && !in.bad) {
        struct str one = buf_read_lstr(&in), its = buf_read_lstr(&in);
        bool topic = str_starts(one, str_from(topics));
        if ((among && !topic) || (topic && str_order(one, name) >= 0))
            add_topic(out, name, text, &placed);
        among = topic;
        if (!str_eq(one, name)) {
            buf_add_lstr(out, one);
            buf_add_lstr(out, its);
        }
    }
    add_topic(out, name, text, &placed);
    return in.bad ? ERR_CORRUPT : !buf_ok(out) ? ERR_NOMEM : out->len > TOTAL_MAX ? ERR_LIMIT : 0;
}

int rules_pack_put_topic(struct buf *pack, struct str file, struct str text)
{
    struct buf name = BUF_INIT, with = BUF_INIT;

    buf_add_text(&name, topics);
    buf_add_str(&name, file);
    int err = !buf_ok(&name) ? ERR_NOMEM : rules_pack_leads_below(buf_str(&name)) ? 0 : ERR_INVALID;
    if (!err)
        err = copy_with(buf_str(pack), buf_str(&name), text, &with);
    buf_free(&name);
    if (err) {
        buf_free(&with);
        return err;
    }
    buf_free(pack);
    *pack = with;
    return 0;
}
