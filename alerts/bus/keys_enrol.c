#define _GNU_SOURCE
/* Enrolling and revoking: files of the keys directory, see keys.h. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zmq.h>

#include "alerts/bus/keys.h"
#include "base/err.h"
#include "base/file.h"
#include "base/log.h"

static const char *const folders[] = {"units", "dashboards"};

static bool is_slug(const char *s)
{
    size_t n = strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789-");

    return n && n < SLUG_MAX && !s[n] && s[0] >= 'a' && s[0] <= 'z';
}

static char *path_of(const char *dir, bool dashboard, const char *name, const char *suffix)
{
    char *path = NULL;

    return asprintf(&path, "%s/%s%s%s%s", dir, folders[dashboard], *name ? "/" : "", name,
                    suffix) < 0
               ? NULL
               : path;
}

/* 0, ERR_NOTFOUND or ERR_IO. */
static int drop(const char *dir, bool dashboard, const char *name, const char *suffix)
{
    char *path = path_of(dir, dashboard, name, suffix);
    int err = !path ? ERR_NOMEM : unlink(path) == 0 ? 0 : errno == ENOENT ? ERR_NOTFOUND : ERR_IO;

    if (err == ERR_IO)
        log_error("keys.unlink", "path=\"%s\" errno=%d", path, errno);
    free(path);
    return err;
}

static int put(const char *dir, bool dashboard, const char *name, const char *key)
{
    char *folder = path_of(dir, dashboard, "", "");
    char *path = path_of(dir, dashboard, name, ".public");
    char line[KEY_TEXT + 1];
    int n = snprintf(line, sizeof line, "%s\n", key);
    int err = folder && path ? file_make_dirs(folder) : ERR_NOMEM;

    if (!err)
        err = file_replace(path, (struct str){line, (size_t)n}, 0644);
    free(folder);
    free(path);
    return err;
}

/* A key that two files hold is nobody's: it must not become so by a slip. */
static int held_by_other(const char *dir, const char *name, bool dashboard,
                         const unsigned char raw[static 32])
{
    char owner[SLUG_MAX];
    bool role;
    struct keys *keys = keys_load(dir);
    int err = keys ? 0 : ERR_IO;

    if (keys && keys_owner(keys, raw, owner, &role) == 0 &&
        (role != dashboard || strcmp(owner, name)))
        err = ERR_EXISTS;
    keys_free(keys);
    return err;
}

/* The key's text, when it may be enrolled. */
static int read_key(const char *dir, const char *name, bool dashboard, struct str public_key,
                    char text[static KEY_TEXT])
{
    unsigned char raw[32];

    if (!is_slug(name) || public_key.n != KEY_TEXT - 1)
        return ERR_SYNTAX;
    memcpy(text, public_key.p, public_key.n);
    text[KEY_TEXT - 1] = '\0';
    if (strlen(text) != KEY_TEXT - 1 || !zmq_z85_decode(raw, text))
        return ERR_SYNTAX;
    return held_by_other(dir, name, dashboard, raw);
}

int keys_check(const char *dir, const char *name, bool dashboard, struct str public_key)
{
    char text[KEY_TEXT];

    return read_key(dir, name, dashboard, public_key, text);
}

/* The secret of a pair that was made here goes with its public half: alone it would say that the
 * owner holds a key that it does not. */
int keys_enrol(const char *dir, const char *name, bool dashboard, struct str public_key)
{
    char text[KEY_TEXT];
    int err = read_key(dir, name, dashboard, public_key, text);

    if (!err)
        err = drop(dir, dashboard, name, ".secret");
    return err && err != ERR_NOTFOUND ? err : put(dir, dashboard, name, text);
}

int keys_revocable(const char *dir, const char *name, bool dashboard)
{
    char *path = is_slug(name) ? path_of(dir, dashboard, name, ".public") : NULL;
    int err = !is_slug(name)            ? ERR_SYNTAX
              : !path                   ? ERR_NOMEM
              : access(path, F_OK) == 0 ? 0
              : errno == ENOENT         ? ERR_NOTFOUND
                                        : ERR_IO;

    free(path);
    return err;
}

int keys_revoke(const char *dir, const char *name, bool dashboard)
{
    if (!is_slug(name))
        return ERR_SYNTAX;
    int err = drop(dir, dashboard, name, ".public");
    int secret = drop(dir, dashboard, name, ".secret");
    return err ? err : secret == ERR_NOTFOUND ? 0 : secret;
}

static uint64_t mix(uint64_t h, uint64_t value)
{
    return (h ^ value) * UINT64_C(1099511628211);
}

uint64_t keys_stamp(const char *dir)
{
    uint64_t h = UINT64_C(14695981039346656037);
    struct stat st;

    for (int i = 0; i < 2; i++) {
        char *path = path_of(dir, i, "", "");
        if (path && stat(path, &st) == 0)
            h = mix(mix(mix(h, (uint64_t)st.st_ino), (uint64_t)st.st_mtim.tv_sec),
                    (uint64_t)st.st_mtim.tv_nsec);
        else
            h = mix(h, 0);
        free(path);
    }
    return h;
}
