/* Who may log in: accounts, their passwords and the tokens of their scripts, over the daemon's
 * socket. A password is read from the terminal or standard input, never from the command line. */
#define _GNU_SOURCE
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <termios.h>
#include <unistd.h>

#include "base/err.h"
#include "daemon/cli/client.h"
#include "daemon/cli/commands.h"
#include "daemon/cli/human.h"
#include "daemon/cli/table.h"
#include "daemon/routes/query.h"
#include "store/account.h"

enum { PASSWORD_MAX = 600 };

static bool name_ok(const char *name)
{
    if (query_slug(name))
        return true;
    cli_error("%s: 账号只含 a-z、0-9 和 - (accounts are a-z, 0-9 and -)", name);
    return false;
}

/* A line without echo; false at its end. */
static bool ask_hidden(const char *prompt, char *out, size_t size)
{
    struct termios before, quiet;
    bool shown = tcgetattr(STDIN_FILENO, &before) == 0;

    fputs(prompt, stderr);
    if (shown) {
        quiet = before;
        quiet.c_lflag &= ~(tcflag_t)ECHO;
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet);
    }
    bool got = fgets(out, (int)size, stdin) != NULL;
    if (shown) {
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
        fputc('\n', stderr);
    }
    if (got)
        out[strcspn(out, "\r\n")] = '\0';
    return got;
}

/* On a terminal twice, else the first line of standard input: 0 or EX_*, told. */
static int read_password(char out[static PASSWORD_MAX])
{
    char again[PASSWORD_MAX];
    bool terminal = isatty(STDIN_FILENO);
    int status = EX_OK;

    if (!ask_hidden(terminal ? "密码 password: " : "", out, PASSWORD_MAX)) {
        cli_error("标准输入里没有密码 (no password on standard input)");
        return EX_NOINPUT;
    }
    if (terminal && (!ask_hidden("再输一遍 again: ", again, sizeof again) ||
                     strcmp(out, again) != 0)) {
        cli_error("两次输入不同 (the two differ)");
        status = EX_DATAERR;
    }
    sodium_memzero(again, sizeof again);
    return status;
}

enum method { POST, PUT, DELETE };

/* One change; the answer is the caller's. */
static int change(enum method method, const char *path, const json_t *body, json_t **answer)
{
    struct client *c = client_open();
    int status = EX_UNAVAILABLE;

    if (c)
        status = method == POST  ? client_post(c, path, body, answer)
                 : method == PUT ? client_put(c, path, body, answer)
                                 : client_delete(c, path, answer);
    client_close(c);
    return status;
}

/* The same, of which nothing is told but that it was done. */
static int change_and_tell(enum method method, const char *format, const char *name,
                           const json_t *body, const char *done)
{
    struct buf path = BUF_INIT;
    json_t *answer = NULL;

    buf_addf(&path, "%s%s%s", "/api/v1/", format, method == POST ? "" : name);
    if (method == PUT)
        buf_add_text(&path, "/password");
    buf_add_char(&path, '\0');
    int status = buf_ok(&path) ? change(method, path.data, body, &answer) : EX_OSERR;
    if (!status)
        cli_printf("%s %s\n", name, done);
    json_decref(answer);
    buf_free(&path);
    return status;
}

int commands_accounts_add(const struct cli_args *args)
{
    const char *name = args->rest[0], *role = cli_value(args, "role");
    char password[PASSWORD_MAX];

    if (!role || account_role_find(role) < 0) { /* before a password is asked for */
        cli_error("--role 应为 coordinator、unit、operator 或 auditor (--role is one of these)");
        return EX_USAGE;
    }
    int status = name_ok(name) ? read_password(password) : EX_DATAERR;
    if (status)
        return status;
    json_t *body = json_pack("{ss, ss, ss*, ss}", "account", name, "role", role, "unit",
                             cli_value(args, "unit"), "password", password);
    sodium_memzero(password, sizeof password);
    if (!body) {
        cli_error("密码应为 UTF-8 文字 (a password is UTF-8 text)");
        return EX_DATAERR;
    }
    status = change_and_tell(POST, "accounts", name, body, "已建立 (added)");
    json_decref(body);
    return status;
}

int commands_accounts_passwd(const struct cli_args *args)
{
    const char *name = args->rest[0];
    char password[PASSWORD_MAX];
    int status = name_ok(name) ? read_password(password) : EX_DATAERR;

    if (status)
        return status;
    json_t *body = json_pack("{ss}", "password", password);
    sodium_memzero(password, sizeof password);
    if (!body) {
        cli_error("密码应为 UTF-8 文字 (a password is UTF-8 text)");
        return EX_DATAERR;
    }
    status = change_and_tell(PUT, "accounts/", name, body,
                             "的密码已改，已登录的会退出 (password changed, its sessions have ended)");
    json_decref(body);
    return status;
}

int commands_accounts_remove(const struct cli_args *args)
{
    const char *name = args->rest[0];

    if (!name_ok(name))
        return EX_DATAERR;
    return change_and_tell(DELETE, "accounts/", name, NULL,
                           "已停用，其令牌已作废 (removed, with its tokens)");
}

int commands_accounts_revoke(const struct cli_args *args)
{
    const char *id = args->rest[0];

    if (!query_slug(id)) {
        cli_error("%s: 应为令牌编号，见 accounts list (expected a token's id, see accounts list)", id);
        return EX_DATAERR;
    }
    return change_and_tell(DELETE, "tokens/", id, NULL, "已作废 (revoked)");
}

int commands_accounts_token(const struct cli_args *args)
{
    const char *name = args->rest[0], *days = cli_value(args, "days");
    struct buf path = BUF_INIT;
    json_t *answer = NULL;
    long long n = 0;

    if (!name_ok(name))
        return EX_DATAERR;
    if (days && str_int(str_from(days), 1, 366, &n)) {
        cli_error("--days 应为 1 到 366 (--days is 1 to 366)");
        return EX_USAGE;
    }
    json_t *body = json_pack("{ss*, ss*}", "role", cli_value(args, "role"), "unit",
                             cli_value(args, "unit"));
    if (days)
        json_object_set_new(body, "days", json_integer(n));
    buf_addf(&path, "/api/v1/accounts/%s/tokens", name);
    buf_add_char(&path, '\0');
    int status = body && buf_ok(&path) ? change(POST, path.data, body, &answer) : EX_OSERR;
    if (!status && cli_value(args, "json")) {
        cli_json(answer);
    } else if (!status) {
        cli_printf("%s\n", human_text(answer, "token", NULL));
        fprintf(stderr, "编号 id %s，职责 role %s，有效至 until %s；令牌只显示这一次 (shown this once)\n",
                human_text(answer, "id", NULL), human_text(answer, "role", NULL),
                human_text(answer, "expires", NULL));
    }
    json_decref(answer);
    json_decref(body);
    buf_free(&path);
    return status;
}

static void cell_name(struct buf *out, const json_t *row)
{
    buf_add_text(out, human_text(row, "account", NULL));
}

static void cell_role(struct buf *out, const json_t *row)
{
    buf_add_text(out, human_text(row, "role", NULL));
}

static void cell_unit(struct buf *out, const json_t *row)
{
    buf_add_text(out, human_text(row, "unit", NULL));
    if (json_is_true(json_object_get(row, "unit_gone")))
        buf_add_text(out, " 已不在 gone");
}

static void cell_since(struct buf *out, const json_t *row)
{
    human_time(out, human_text(row, "created", NULL));
}

static void cell_state(struct buf *out, const json_t *row)
{
    bool off = json_is_true(json_object_get(row, "disabled"));
    const char *id = human_text(row, "id", NULL);

    if (!id[0]) {
        buf_add_text(out, off ? "已停用 removed" : "在用 in use");
        return;
    }
    buf_addf(out, "令牌 token %s，至 until ", id);
    human_time(out, human_text(row, "expires", NULL));
}

static const struct table_column columns[] = {
    {"账号 Account", 20, cell_name},    {"职责 Role", 13, cell_role}, {"单位 Unit", 20, cell_unit},
    {"建立 Created", 20, cell_since}, {"状态 State", 0, cell_state},
};

int commands_accounts_list(const struct cli_args *args)
{
    struct client *c = client_open();
    json_t *answer = NULL;
    const json_t *row;
    size_t i;
    int status = c ? client_get(c, "/api/v1/accounts", &answer) : EX_UNAVAILABLE;

    if (!status && cli_value(args, "json")) {
        cli_json(answer);
    } else if (!status) {
        table_rows(columns, sizeof columns / sizeof *columns, json_object_get(answer, "accounts"));
        json_array_foreach(json_object_get(answer, "tokens"), i, row)
            table_row(columns, sizeof columns / sizeof *columns, row);
    }
    json_decref(answer);
    client_close(c);
    return status;
}
