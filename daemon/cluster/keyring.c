#define _GNU_SOURCE
#include "daemon/cluster/keyring.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "alerts/bus/keys.h"
#include "base/err.h"
#include "base/file.h"
#include "base/log.h"

enum { NUMBER_MAX = 32 };

/* What nobody has any more goes first: two may have changed keys with each other. */
enum pass { DROP, ENROL, PASSES };

static const char *const folders[] = {"units/", "dashboards/"};

struct turn {
    const char *dir;
    int64_t heard, latest;
    enum pass pass;
    bool *changed;
};

struct store_shared keyring_row(const char *name, bool dashboard, struct str key)
{
    struct store_shared row = {.kind = STORE_SHARED_KEY, .value = key};

    snprintf(row.name, sizeof row.name, "%s%s", folders[dashboard], name);
    return row;
}

/* The owner that a row names; NULL: it names none. */
static const char *owner_of(const struct store_shared *row, bool *dashboard)
{
    for (int i = 0; i < 2; i++)
        if (str_starts(str_from(row->name), str_from(folders[i]))) {
            *dashboard = i;
            return row->name + strlen(folders[i]);
        }
    return NULL;
}

/* Is this key its owner's here already? It stays as it is then, with its secret half. */
static bool holds(const char *dir, const struct store_shared *row)
{
    struct key_pair pair;
    bool same = keys_read(dir, row->name, false, &pair) == 0 &&
                str_is(row->value, pair.public_key);

    keys_wipe(&pair);
    return same;
}

static int do_row(void *arg, const struct store_shared *row)
{
    struct turn *t = arg;
    bool dashboard;
    const char *name = owner_of(row, &dashboard);

    if (t->pass == DROP && row->at > t->latest)
        t->latest = row->at;
    /* What was committed between the passes is the next call's, which drops first too. */
    if (!name || row->at <= t->heard || row->at > t->latest ||
        (row->value.n && holds(t->dir, row)) ||
        (t->pass == ENROL && !row->value.n))
        return 0;
    int err = t->pass == DROP ? keys_revoke(t->dir, name, dashboard)
                              : keys_enrol(t->dir, name, dashboard, row->value);
    *t->changed |= !err;
    if (t->pass == DROP && err == ERR_NOTFOUND)
        return 0;
    if (err != ERR_EXISTS && err != ERR_SYNTAX)
        return err;
    log_error("keys.town", "owner=%s err=%s", row->name, err_name(err));
    return 0; /* it would stand in the way for ever */
}

static char *mark_path(const char *dir)
{
    char *path = NULL;

    return asprintf(&path, "%s/town.at", dir) < 0 ? NULL : path;
}

static int read_mark(const char *path, int64_t *out)
{
    struct buf text = BUF_INIT;
    long long value = 0;
    int err = file_read(path, NUMBER_MAX, &text);

    if (!err && str_int(str_trim(buf_str(&text)), INT64_MIN, INT64_MAX, &value))
        err = ERR_CORRUPT;
    *out = err ? INT64_MIN : value;
    buf_free(&text);
    return err == ERR_NOTFOUND || err == ERR_CORRUPT ? 0 : err; /* then all is done again */
}

static int write_mark(const char *dir, const char *path, int64_t value)
{
    char text[NUMBER_MAX];
    int n = snprintf(text, sizeof text, "%lld\n", (long long)value);
    int err = file_make_dirs(dir);

    return err ? err : file_replace(path, (struct str){text, (size_t)n}, 0600);
}

static int follow(struct store *s, const char *dir, const char *path, bool *changed)
{
    struct turn t = {.dir = dir, .latest = INT64_MIN, .changed = changed};
    int err = read_mark(path, &t.heard);

    for (; t.pass < PASSES && !err; t.pass++)
        err = store_each_shared(s, STORE_SHARED_KEY, "", do_row, &t);
    return err || t.latest <= t.heard ? err : write_mark(dir, path, t.latest);
}

int keyring_follow(struct store *s, const char *dir, bool *changed)
{
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* of the folder */
    char *path = mark_path(dir);

    *changed = false;
    if (!path)
        return ERR_NOMEM;
    pthread_mutex_lock(&lock);
    int err = follow(s, dir, path, changed);
    pthread_mutex_unlock(&lock);
    free(path);
    return err;
}
