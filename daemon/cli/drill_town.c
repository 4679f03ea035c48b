#define _GNU_SOURCE
#include "daemon/cli/drill_town.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "alerts/bus/keys.h"
#include "base/err.h"
#include "base/file.h"
#include "daemon/cli/cli.h"
#include "daemon/config/config_drill.h"

/* JSON is YAML. */
static void put(struct buf *b, const char *key, struct str value)
{
    buf_addf(b, "%s: ", key);
    buf_add_json(b, value);
    buf_add_char(b, '\n');
}

/* From wherever it was told to where it is. */
static void put_path(struct buf *b, const char *key, const char *path)
{
    char *real = path && *path ? realpath(path, NULL) : NULL;

    if (real)
        put(b, key, str_from(real));
    free(real);
}

static void put_config(struct buf *b, const struct config *town, const struct drill_town *d)
{
    buf_add_text(b, "# 演练，由 huiying drill run 生成 (a drill; written by huiying drill run)\n"
                    "operator:\n");
    put(b, "  name", str_from(town->operator_name));
    put(b, "  contact", str_from(town->operator_contact));
    put(b, "place", str_from(town->place_name));
    put(b, "home", str_from(town->home_region));
    buf_add_text(b, "store: sqlite:" DRILL_TOWN_STORE "/" CONFIG_DRILL_STORE "\n"
                    "cache: " DRILL_TOWN_STORE "\nkeys: " DRILL_TOWN_KEYS "\nlisten:\n"
                    "  socket: " DRILL_TOWN_SOCKET "\n");
    buf_addf(b, "  http: 127.0.0.1:%d\n  bus_pub: tcp://127.0.0.1:%d\n"
                "  bus_units: tcp://127.0.0.1:%d\n", d->port, d->port + 1, d->port + 2);
    put_path(b, "rules", town->rules_dir);
    put_path(b, "places", town->places);
    put_path(b, "units", d->units ? d->units : town->town_paths.units);
    put_path(b, "deadlines", town->town_paths.deadlines);
    put_path(b, "calendars", town->town_paths.calendars);
    put_path(b, "dashboard", town->dashboard_dir);
    put_path(b, "chart_js", town->chart_js);
    for (size_t i = 0; town->allow && town->allow[i]; i++) /* its units.yaml may rely on it */
        buf_addf(b, "%s\"%s\"", i ? ", " : "allow: [", town->allow[i]);
    buf_addf(b, "%sworkers: %d\ndrill:\n", town->allow && town->allow[0] ? "]\n" : "",
             town->workers);
    put(b, "  file", str_from(d->file));
    buf_addf(b, "  speed: %d\nsources: []\n", d->speed);
}

/* Keys of its own: no receiver of the town can take this bus for the town's, or be let in. */
static int make_keys(const struct units *units, const char *dir)
{
    char keys[PATH_MAX], folder[PATH_MAX + 8], stem[SLUG_MAX + 8];
    int err = 0;

    snprintf(keys, sizeof keys, "%s/" DRILL_TOWN_KEYS, dir);
    snprintf(folder, sizeof folder, "%s/units", keys);
    err = file_make_dirs(folder);
    if (!err)
        err = keys_ensure(keys, "server");
    for (size_t i = 0; i < units->count && !err; i++) {
        snprintf(stem, sizeof stem, "units/%s", units->list[i].id);
        err = keys_ensure(keys, stem);
    }
    if (err)
        cli_error_at(keys, 0, "%s", err_text(err));
    return err ? EX_CANTCREAT : 0;
}

int drill_town_write(const struct config *town, const struct drill_town *d)
{
    char path[PATH_MAX], store[PATH_MAX];
    struct buf text = BUF_INIT;
    struct config *own = NULL;

    if (d->units && access(d->units, R_OK)) {
        cli_error_at(d->units, 0, "%s", strerror(errno));
        return EX_NOINPUT;
    }
    put_config(&text, town, d);
    snprintf(path, sizeof path, "%s/" DRILL_TOWN_CONFIG, d->dir);
    snprintf(store, sizeof store, "%s/" DRILL_TOWN_STORE, d->dir);
    int err = buf_ok(&text) ? file_make_dirs(store) : ERR_NOMEM;
    if (!err)
        err = file_replace(path, buf_str(&text), 0600);
    if (err)
        cli_error_at(path, 0, "%s", err_text(err));
    else
        own = config_load_told(path); /* what the daemon would say, said here */
    int status = err ? EX_CANTCREAT : !own ? EX_CONFIG : make_keys(own->town->units, d->dir);
    config_free(own);
    buf_free(&text);
    return status;
}
