/* Who may connect to the bus: enrolling and revoking keys, through the daemon while it runs. */
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

#include "alerts/bus/keys.h"
#include "base/err.h"
#include "base/file.h"
#include "daemon/cli/client.h"
#include "daemon/cli/commands.h"
#include "daemon/cli/human.h"
#include "daemon/cli/places.h"
#include "daemon/routes/query.h"

enum { KEY_FILE_MAX = 256 };

/* Through the daemon, unless a directory was named or none runs. */
static bool use_daemon(const struct cli_args *args)
{
    return !cli_value(args, "keys") && client_running();
}

static const char *folder_of(bool dashboard)
{
    return dashboard ? "dashboards" : "units";
}

static int fail(const char *dir, bool dashboard, const char *name, int err)
{
    cli_error_at(dir, 0, "%s/%s: %s", folder_of(dashboard), name,
                 err == ERR_EXISTS ? "此公钥已由别人登记 (another owner has this key)"
                 : err == ERR_SYNTAX
                     ? "公钥应为 40 个 Z85 字符 (a public key is 40 characters of Z85)"
                     : err_text(err));
    return err == ERR_SYNTAX || err == ERR_EXISTS ? EX_DATAERR
           : err == ERR_NOTFOUND                  ? EX_NOINPUT
                                                  : EX_CANTCREAT;
}

/* Change one key over the API: a PUT with a key, a DELETE without. */
static int ask_daemon(bool dashboard, const char *name, const char *key)
{
    struct client *c = client_open();
    struct buf path = BUF_INIT;
    json_t *answer = NULL, *body = key ? json_pack("{s:s}", "key", key) : NULL;
    int status = c ? EX_OSERR : EX_UNAVAILABLE;

    if (c)
        client_about(c, name);
    buf_addf(&path, "/api/v1/keys/%s/%s", folder_of(dashboard), name);
    buf_add_char(&path, '\0');
    if (c && buf_ok(&path) && (body || !key))
        status = key ? client_put(c, path.data, body, &answer)
                     : client_delete(c, path.data, &answer);
    json_decref(answer);
    json_decref(body);
    buf_free(&path);
    client_close(c);
    return status;
}

/* The argument itself, or what stands in the file that it names. */
static int read_key(const char *text, char key[static KEY_TEXT])
{
    struct buf file = BUF_INIT;
    struct str found = str_from(text);
    int status = EX_OK;

    if (found.n != KEY_TEXT - 1) {
        status = cli_read(text, KEY_FILE_MAX, &file);
        found = str_trim(buf_str(&file));
    }
    if (!status && found.n != KEY_TEXT - 1) {
        cli_error("%s: 应为 40 个字符的公钥，或存有它的文件 (expected a public key of 40 characters, or a "
                  "file that holds one)", text);
        status = EX_DATAERR;
    }
    if (!status)
        snprintf(key, KEY_TEXT, "%.*s", STR_ARG(found));
    buf_free(&file);
    return status;
}

static bool name_ok(const char *name)
{
    if (query_slug(name))
        return true;
    cli_error("%s: 编号只含 a-z、0-9 和 - (ids are a-z, 0-9 and -)", name);
    return false;
}

static int enrol(const struct cli_args *args, bool dashboard)
{
    char key[KEY_TEXT], dir[PLACES_MAX];
    const char *name = args->rest[0];
    int status = name_ok(name) ? read_key(args->rest[1], key) : EX_DATAERR;

    if (status)
        return status;
    if (use_daemon(args)) {
        status = ask_daemon(dashboard, name, key);
    } else {
        int err = keys_enrol(places_keys(cli_value(args, "keys"), dir), name, dashboard,
                             str_from(key));
        status = err ? fail(dir, dashboard, name, err) : EX_OK;
    }
    if (!status)
        cli_printf("%s/%s 已登记 (enrolled)\n", folder_of(dashboard), name);
    return status;
}

static int withdraw(const struct cli_args *args, bool dashboard)
{
    char dir[PLACES_MAX];
    const char *name = args->rest[0];
    int status = name_ok(name) ? EX_OK : EX_DATAERR;

    if (status)
        return status;
    if (use_daemon(args)) {
        status = ask_daemon(dashboard, name, NULL);
    } else {
        int err = keys_revoke(places_keys(cli_value(args, "keys"), dir), name, dashboard);
        status = err ? fail(dir, dashboard, name, err) : EX_OK;
    }
    if (!status)
        cli_printf("%s/%s 已撤销 (revoked)\n", folder_of(dashboard), name);
    return status;
}

int commands_units_enrol(const struct cli_args *args)
{
    return enrol(args, false);
}

int commands_units_revoke(const struct cli_args *args)
{
    return withdraw(args, false);
}

/* 0 with the role, or EX_USAGE, told. */
static int read_role(const struct cli_args *args, bool *dashboard)
{
    const char *role = cli_value(args, "role");

    *dashboard = role && strcmp(role, "dashboard") == 0;
    if (*dashboard || (role && strcmp(role, "unit") == 0))
        return EX_OK;
    cli_error("--role 应为 unit 或 dashboard (--role is unit or dashboard)");
    return EX_USAGE;
}

int commands_keys_enrol(const struct cli_args *args)
{
    bool dashboard;
    int status = read_role(args, &dashboard);

    return status ? status : enrol(args, dashboard);
}

int commands_keys_revoke(const struct cli_args *args)
{
    bool dashboard;
    int status = read_role(args, &dashboard);

    return status ? status : withdraw(args, dashboard);
}

static int show(const struct cli_args *args, const char *role, const char *name, const char *key)
{
    struct buf line = BUF_INIT;

    if (cli_value(args, "json")) {
        buf_addf(&line, "{\"role\":\"%s\",\"name\":\"%s\",\"key\":", role, name);
        buf_add_json(&line, str_from(key));
        buf_add_text(&line, "}\n");
    } else {
        cli_pad(&line, str_from(role), 10);
        cli_pad(&line, str_from(name), 24);
        buf_addf(&line, " %s\n", key);
    }
    cli_print(buf_str(&line));
    buf_free(&line);
    return 0;
}

static int show_key(void *arg, const char *name, bool dashboard,
                    const char public_key[static KEY_TEXT])
{
    return show(arg, dashboard ? "dashboard" : "unit", name, public_key);
}

static int list_daemon(const struct cli_args *args)
{
    struct client *c = client_open();
    json_t *answer = NULL;
    const json_t *one;
    size_t i;
    int status = c ? client_get(c, "/api/v1/keys", &answer) : EX_UNAVAILABLE;

    json_array_foreach(json_object_get(answer, "keys"), i, one)
        show(args, human_text(one, "role", NULL), human_text(one, "name", NULL),
             human_text(one, "key", NULL));
    json_decref(answer);
    client_close(c);
    return status;
}

int commands_keys_list(const struct cli_args *args)
{
    char dir[PLACES_MAX];

    if (use_daemon(args))
        return list_daemon(args);
    places_keys(cli_value(args, "keys"), dir);
    if (cli_value(args, "keys") && access(dir, F_OK)) { /* what is only not made yet has no keys */
        cli_error_at(dir, 0, "%s", err_text(ERR_NOTFOUND));
        return EX_NOINPUT;
    }
    struct keys *keys = keys_load(dir);
    if (!keys) {
        cli_error_at(dir, 0, "%s", err_text(ERR_IO));
        return EX_NOINPUT;
    }
    keys_each(keys, show_key, (void *)(uintptr_t)args);
    keys_free(keys);
    return EX_OK;
}
