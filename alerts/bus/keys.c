#define _GNU_SOURCE
#include "alerts/bus/keys.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <zmq.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/file.h"
#include "base/log.h"

enum { KEY_FILE_MAX = 256 };

struct entry {
    unsigned char raw[32];
    char name[SLUG_MAX];
    bool dashboard;
};

struct keys {
    struct entry *list; /* by raw key, each key once */
    size_t count, cap;
};

void keys_wipe(struct key_pair *pair)
{
    explicit_bzero(pair, sizeof *pair);
}

static char *path_of(const char *dir, const char *stem, const char *suffix)
{
    char *path = NULL;

    return asprintf(&path, "%s/%s%s", dir, stem, suffix) < 0 ? NULL : path;
}

/* One Z85 line: 0, ERR_NOTFOUND, ERR_IO, or ERR_CORRUPT when it is no key. */
static int read_key(const char *path, char out[static KEY_TEXT], unsigned char raw[static 32])
{
    struct buf file = BUF_INIT;
    int err = file_read(path, KEY_FILE_MAX, &file);

    if (!err) {
        struct str line = str_trim(buf_str(&file));
        err = ERR_CORRUPT;
        if (line.n == KEY_TEXT - 1) {
            memcpy(out, line.p, line.n);
            out[line.n] = '\0';
            err = strlen(out) == line.n && zmq_z85_decode(raw, out) ? 0 : ERR_CORRUPT;
        }
    }
    if (file.data)
        explicit_bzero(file.data, file.cap);
    buf_free(&file);
    return err == ERR_LIMIT ? ERR_CORRUPT : err;
}

/* The server's secret may lie with the service's credentials instead, out of the folder. */
static char *path_to_read(const char *dir, const char *stem, const char *suffix)
{
    bool own = strcmp(stem, "server") == 0 && strcmp(suffix, ".secret") == 0;
    char *path = own ? file_credential("server.secret") : NULL;

    return path ? path : path_of(dir, stem, suffix);
}

static int read_file(const char *dir, const char *stem, const char *suffix,
                     char out[static KEY_TEXT])
{
    char *path = path_to_read(dir, stem, suffix);
    unsigned char raw[32];
    int err = path ? read_key(path, out, raw) : ERR_NOMEM;

    explicit_bzero(raw, sizeof raw);
    free(path);
    return err;
}

static int write_file(const char *dir, const char *stem, const char *suffix, const char *key,
                      mode_t mode)
{
    char *path = path_of(dir, stem, suffix);
    char line[KEY_TEXT + 1];
    int n = snprintf(line, sizeof line, "%s\n", key);
    int err = path ? file_replace(path, (struct str){line, (size_t)n}, mode) : ERR_IO;

    explicit_bzero(line, sizeof line);
    free(path);
    return err;
}

static int make_folder(const char *dir, const char *stem)
{
    char *path = path_of(dir, stem, "");
    char *slash = path ? strrchr(path, '/') : NULL;
    int err = ERR_IO;

    if (slash) {
        *slash = '\0';
        err = file_make_dirs(path);
    }
    free(path);
    return err;
}

/* The secret goes first: a crash between the two leaves a secret whose public half the next call
 * derives, never a public key that nobody can use. */
static int complete(const char *dir, const char *stem, struct key_pair *pair, bool have_secret)
{
    int err = have_secret ? 0 : write_file(dir, stem, ".secret", pair->secret_key, 0600);

    return err ? err : write_file(dir, stem, ".public", pair->public_key, 0644);
}

int keys_ensure(const char *dir, const char *stem)
{
    struct key_pair pair, derived;
    int pub = read_file(dir, stem, ".public", pair.public_key);
    int sec = read_file(dir, stem, ".secret", pair.secret_key);
    int err = 0;

    if ((pub && pub != ERR_NOTFOUND) || (sec && sec != ERR_NOTFOUND)) {
        err = pub == ERR_CORRUPT || sec == ERR_CORRUPT ? ERR_CORRUPT : ERR_IO;
    } else if (!sec) {
        if (zmq_curve_public(derived.public_key, pair.secret_key))
            err = ERR_CORRUPT;
        else if (!pub)
            err = strcmp(derived.public_key, pair.public_key) ? ERR_CORRUPT : 0;
        else
            memcpy(pair.public_key, derived.public_key, KEY_TEXT);
        if (!err && pub)
            err = complete(dir, stem, &pair, true);
    } else if (pub) {
        err = make_folder(dir, stem);
        if (!err)
            err = zmq_curve_keypair(pair.public_key, pair.secret_key) ? ERR_IO : 0;
        if (!err)
            err = complete(dir, stem, &pair, false);
    }
    keys_wipe(&pair);
    return err;
}

static void warn_if_open(const char *dir, const char *stem)
{
    char *path = path_to_read(dir, stem, ".secret");
    struct stat st;

    if (path && stat(path, &st) == 0 && (st.st_mode & 077))
        log_warn("keys.readable", "stem=%s mode=%04o want=0600", stem, st.st_mode & 07777);
    free(path);
}

int keys_read(const char *dir, const char *stem, bool secret, struct key_pair *out)
{
    memset(out, 0, sizeof *out);
    int err = read_file(dir, stem, ".public", out->public_key);

    if (!err && secret) {
        err = read_file(dir, stem, ".secret", out->secret_key);
        if (!err)
            warn_if_open(dir, stem);
    }
    if (err)
        keys_wipe(out);
    return err;
}

static bool is_slug(struct str s)
{
    if (s.n == 0 || s.n >= SLUG_MAX || s.p[0] < 'a' || s.p[0] > 'z')
        return false;
    for (size_t i = 0; i < s.n; i++)
        if (!((s.p[i] >= 'a' && s.p[i] <= 'z') || (s.p[i] >= '0' && s.p[i] <= '9') ||
              s.p[i] == '-'))
            return false;
    return true;
}

static int add_entry(struct keys *k, struct str name, bool dashboard, const unsigned char *raw)
{
    if (k->count == k->cap) {
        size_t cap = k->cap ? k->cap * 2 : 16;
        struct entry *grown = reallocarray(k->list, cap, sizeof *grown);
        if (!grown)
            return ERR_NOMEM;
        k->list = grown;
        k->cap = cap;
    }
    struct entry *e = &k->list[k->count++];
    memcpy(e->raw, raw, sizeof e->raw);
    memcpy(e->name, name.p, name.n);
    e->name[name.n] = '\0';
    e->dashboard = dashboard;
    return 0;
}

/* A file that holds no key enrols nobody; the others still count. */
static int add_file(struct keys *k, const char *folder, const char *file, bool dashboard)
{
    static const struct str suffix = {".public", 7};
    struct str name = str_from(file);
    char text[KEY_TEXT];
    unsigned char raw[32];

    if (name.n <= suffix.n || !str_eq((struct str){name.p + name.n - suffix.n, suffix.n}, suffix))
        return 0;
    name.n -= suffix.n;
    char *path = path_of(folder, file, "");
    if (!path)
        return ERR_NOMEM;
    int err = is_slug(name) ? read_key(path, text, raw) : ERR_SYNTAX;
    if (err)
        log_error("keys.skipped", "file=\"%s\" error=%s", path, err_name(err));
    free(path);
    return err ? 0 : add_entry(k, name, dashboard, raw);
}

static int add_folder(struct keys *k, const char *dir, const char *sub, bool dashboard)
{
    char *folder = path_of(dir, sub, "");
    DIR *d = folder ? opendir(folder) : NULL;
    struct dirent *file;
    int err = 0;

    if (!d) {
        bool absent = folder && errno == ENOENT;
        if (folder && !absent)
            log_error("keys.unreadable", "dir=\"%s\" errno=%d", folder, errno);
        free(folder);
        return absent ? 0 : ERR_IO;
    }
    while (!err && (file = readdir(d)))
        err = add_file(k, folder, file->d_name, dashboard);
    closedir(d);
    free(folder);
    return err;
}

static int by_raw(const void *a, const void *b)
{
    return memcmp(((const struct entry *)a)->raw, ((const struct entry *)b)->raw, 32);
}

/* A key that two files claim says nothing about who holds it: it enrols neither. */
static void drop_shared(struct keys *k)
{
    size_t kept = 0;

    for (size_t i = 0, j; i < k->count; i = j) {
        for (j = i + 1; j < k->count && by_raw(&k->list[i], &k->list[j]) == 0; j++)
            log_error("keys.shared", "first=%s second=%s", k->list[i].name, k->list[j].name);
        if (j == i + 1)
            k->list[kept++] = k->list[i];
    }
    k->count = kept;
}

struct keys *keys_load(const char *dir)
{
    struct keys *k = calloc(1, sizeof *k);

    if (!k || add_folder(k, dir, "units", false) || add_folder(k, dir, "dashboards", true)) {
        keys_free(k);
        return NULL;
    }
    if (k->count)
        qsort(k->list, k->count, sizeof *k->list, by_raw);
    drop_shared(k);
    return k;
}

void keys_free(struct keys *k)
{
    if (!k)
        return;
    free(k->list);
    free(k);
}

static const struct entry *find(const struct keys *k, const unsigned char *raw)
{
    struct entry wanted;

    memcpy(wanted.raw, raw, sizeof wanted.raw);
    return k->count ? bsearch(&wanted, k->list, k->count, sizeof wanted, by_raw) : NULL;
}

int keys_owner(const struct keys *k, const unsigned char raw[static 32], char name[static SLUG_MAX],
               bool *dashboard)
{
    const struct entry *e = find(k, raw);

    if (!e)
        return ERR_NOTFOUND;
    memcpy(name, e->name, SLUG_MAX);
    *dashboard = e->dashboard;
    return 0;
}

int keys_each(const struct keys *k, int (*each)(void *arg, const char *name, bool dashboard,
                                                const char public_key[static KEY_TEXT]),
              void *arg)
{
    char text[KEY_TEXT];
    int err = 0;

    for (size_t i = 0; i < k->count && !err; i++) {
        zmq_z85_encode(text, k->list[i].raw, sizeof k->list[i].raw);
        err = each(arg, k->list[i].name, k->list[i].dashboard, text);
    }
    return err;
}

bool keys_lost_dashboard(const struct keys *before, const struct keys *now)
{
    for (size_t i = 0; i < before->count; i++) {
        const struct entry *e = find(now, before->list[i].raw);
        if (before->list[i].dashboard && (!e || !e->dashboard))
            return true;
    }
    return false;
}
