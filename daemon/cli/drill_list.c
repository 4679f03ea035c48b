#include "daemon/cli/drill_list.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/file.h"
#include "daemon/cli/cli.h"
#include "daemon/cli/client.h"
#include "daemon/cli/drill_record.h"
#include "daemon/cli/human.h"

enum { LIST_MAX = 1024 * 1024 };

/* $HUIYING_DRILLS, or by the XDG Base Directory Specification among what is kept of an account;
 * empty where there is no place. */
static void find_list(struct buf *out)
{
    const char *own = getenv("HUIYING_DRILLS"), *state = getenv("XDG_STATE_HOME");
    const char *home = getenv("HOME");

    if (own && *own)
        buf_add_text(out, own);
    else if (state && *state == '/')
        buf_addf(out, "%s/huiying/drills", state);
    else if (home && *home == '/')
        buf_addf(out, "%s/.local/state/huiying/drills", home);
    buf_add_char(out, '\0');
}

static int read_list(const char *list, struct buf *out)
{
    int err = *list ? file_read(list, LIST_MAX, out) : ERR_NOTFOUND;

    return err == ERR_NOTFOUND ? 0 : err;
}

static int write_list(const char *list, const struct buf *text)
{
    struct buf folder = BUF_INIT;
    const char *end = strrchr(list, '/');

    buf_add(&folder, list, end ? (size_t)(end - list) : 0);
    buf_add_char(&folder, '\0');
    int err = !buf_ok(&folder) || !buf_ok(text) ? ERR_NOMEM
              : folder.len > 1                  ? file_make_dirs(folder.data)
                                                : 0;
    buf_free(&folder);
    return err ? err : file_replace(list, buf_str(text), 0600);
}

void drill_list_add(const char *path, const char *epoch)
{
    struct buf list = BUF_INIT, text = BUF_INIT, line = BUF_INIT;
    char *whole = realpath(path, NULL);
    int err;

    find_list(&list);
    err = !buf_ok(&list) || !whole ? ERR_NOMEM : list.len == 1 ? ERR_NOTFOUND : 0;
    err = err ? err : strchr(whole, '\n') ? ERR_INVALID : read_list(list.data, &text);
    if (!err) {
        buf_addf(&line, "%s %s\n", epoch, whole);
        if (buf_ok(&line) && str_find(buf_str(&text), buf_str(&line), 0) == (size_t)-1) {
            buf_add_str(&text, buf_str(&line));
            err = write_list(list.data, &text);
        }
    }
    if (err)
        cli_error_at(path, 0, "记不下录在哪里：以后抹去的文字要另用 huiying drill update FILE 去掉 (where it is "
                              "could not be noted: what is erased later leaves it by huiying drill "
                              "update FILE alone): %s", err_text(err));
    free(whole);
    buf_free(&list);
    buf_free(&text);
    buf_free(&line);
}

/* Of the ledger that the daemon has; empty when it does not answer, after the reason was told. */
static int ask_epoch(struct buf *out)
{
    struct client *c = client_open();
    json_t *about = NULL;
    int status = c ? client_get(c, "/api/v1/status", &about) : EX_UNAVAILABLE;

    buf_add_text(out, human_text(about, "epoch", NULL));
    json_decref(about);
    client_close(c);
    return status;
}

/* One line of the list: 0, or the exit status. It is kept while its file is there. */
static int update_line(struct str line, struct str epoch, struct buf *kept, size_t *known)
{
    size_t space = str_find(line, STR(" "), 0);
    struct buf path = BUF_INIT;
    int status = 0;

    if (space == (size_t)-1)
        return 0;
    buf_add(&path, line.p + space + 1, line.n - space - 1);
    buf_add_char(&path, '\0');
    if (buf_ok(&path) && !access(path.data, F_OK)) {
        /* Of another ledger, or of this one before it was restored: that it has none of the day's
         * items does not make the file go. */
        status = drill_update_file(path.data, str_eq((struct str){line.p, space}, epoch));
        ++*known;
    }
    if (!buf_ok(&path) || !access(path.data, F_OK) || errno != ENOENT) {
        buf_add_str(kept, line);
        buf_add_char(kept, '\n');
    }
    buf_free(&path);
    return status;
}

static int update_lines(struct str text, struct buf *kept, size_t *known)
{
    struct buf epoch = BUF_INIT;
    int unasked = ask_epoch(&epoch), status = unasked;

    while (!unasked && text.n) {
        size_t n = str_find(text, STR("\n"), 0);
        n = n == (size_t)-1 ? text.n : n;
        int one = update_line((struct str){text.p, n}, buf_str(&epoch), kept, known);
        status = status ? status : one;
        n += n < text.n;
        text = (struct str){text.p + n, text.n - n};
    }
    if (text.n) /* what was not looked at */
        buf_add_str(kept, text);
    buf_free(&epoch);
    return status;
}

int drill_list_update(size_t *known)
{
    struct buf list = BUF_INIT, text = BUF_INIT, kept = BUF_INIT;
    int status = 0;

    *known = 0;
    find_list(&list);
    int err = buf_ok(&list) ? read_list(list.data, &text) : ERR_NOMEM;
    if (!err && text.len) {
        status = update_lines(buf_str(&text), &kept, known);
        if (!str_eq(buf_str(&kept), buf_str(&text)))
            err = write_list(list.data, &kept);
    }
    if (err) {
        cli_error_at(list.data, 0, "%s", err_text(err));
        status = status ? status : EX_OSERR;
    }
    buf_free(&list);
    buf_free(&text);
    buf_free(&kept);
    return status;
}
