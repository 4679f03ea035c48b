/* 每日信息参阅 by mail, once a day. */
#include "daemon/cli/bridge.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/drill.h"
#include "base/err.h"
#include "base/file.h"
#include "daemon/cli/cli.h"
#include "daemon/cli/client.h"
#include "daemon/cli/human.h"
#include "daemon/cli/listen.h"

enum { DAY_TEXT = 11, CURSOR_MAX = 64, BUSY_WAIT_MS = 20 };

struct brief {
    struct bridge *bridge;
    struct client *daemon;
    struct carry *carry;
    char *file;         /* of the cursor */
    int64_t kept, sent; /* days since 1970 in UTC+8: in the file, and taken by the mail server */
    bool waiting;       /* one is to be delivered */
    bool told;          /* that the file cannot be written */
};

/* 2026-11-22 */
static void format_day(int64_t day, char out[static DAY_TEXT])
{
    char time[CLOCK_TEXT];

    memcpy(out, clock_format(day * CLOCK_DAY - CLOCK_CHINA, time), DAY_TEXT - 1);
    out[DAY_TEXT - 1] = '\0';
}

/* The last day whose report is due. */
static int64_t due_day(const struct bridge *b)
{
    return (clock_now() + CLOCK_CHINA - b->at) / CLOCK_DAY;
}

static const struct carrier carrier;

/* Whether it is for this daemon; whose clock a demonstration turns, and a drill. */
static int greet(struct brief *f)
{
    struct listen l = {.drill = f->bridge->drill, .carrier = &carrier};
    json_t *answer = NULL;
    int status = client_get(f->daemon, "/api/v1/status", &answer);

    status = status ? status : listen_greeted(&l, answer);
    json_int_t rate = json_integer_value(json_object_get(answer, "clock_rate"));
    int64_t now;
    if (!status && (rate > 1 || human_drill(answer)) &&
        !clock_parse(str_from(human_text(answer, "now", NULL)), &now))
        clock_set_rate(now, (int)rate);
    json_decref(answer);
    return status;
}

static char *cursor_path(const struct bridge *b)
{
    const char *dir = getenv("STATE_DIRECTORY");
    struct buf path = BUF_INIT;

    if (b->cursor)
        return strdup(b->cursor);
    if (!dir || !*dir)
        return NULL;
    buf_addf(&path, "%s/%s.brief", dir, b->receiver);
    buf_add_char(&path, '\0');
    char *out = buf_ok(&path) ? strdup(path.data) : NULL;
    buf_free(&path);
    return out;
}

static int keep(struct brief *f)
{
    char line[DAY_TEXT + 1];

    format_day(f->sent, line);
    memcpy(line + DAY_TEXT - 1, "\n", 2);
    int err = file_replace(f->file, str_from(line), 0600);
    if (!err)
        f->kept = f->sent;
    if (err && !f->told)
        cli_error_at(f->file, 0, "写不了，稍后再试 (cannot be written; tried again): %s",
                     err_text(err));
    f->told = err != 0;
    return err;
}

/* A file that cannot be read or written must be known before a mail goes out, not after it. */
static int read_cursor(struct brief *f)
{
    struct buf text = BUF_INIT;
    char time[CURSOR_MAX];
    int64_t at = 0;

    f->file = cursor_path(f->bridge);
    if (!f->file) {
        cli_error("%s: 没有 $STATE_DIRECTORY 时须写明 brief 的 cursor (brief needs cursor where there "
                  "is no $STATE_DIRECTORY)", f->bridge->receiver);
        return EX_CONFIG;
    }
    int err = file_read(f->file, CURSOR_MAX, &text);
    struct str day = str_trim(buf_str(&text));
    snprintf(time, sizeof time, "%.10sT00:00:00Z", day.n == 10 ? day.p : "");
    if (!err)
        err = clock_parse(str_from(time), &at);
    f->sent = err == ERR_NOTFOUND ? due_day(f->bridge) : at / CLOCK_DAY;
    buf_free(&text);
    if (err && err != ERR_NOTFOUND) {
        cli_error_at(f->file, 0, "应为一个日期 (expected a date): %s", err_text(err));
        return EX_DATAERR;
    }
    return keep(f) ? EX_CANTCREAT : 0;
}

/* The report's first line is its title. */
static int start(void *arg, json_t *const *events, size_t n)
{
    struct brief *f = arg;
    char day[DAY_TEXT], id[DAY_TEXT + 8];
    struct buf path = BUF_INIT, text = BUF_INIT;
    int err = ERR_NET;

    (void)n;
    format_day(json_integer_value(json_object_get(events[0], "unitseq")), day);
    buf_addf(&path, "/reports/daily?format=text&day=%s", day);
    buf_add_char(&path, '\0');
    if (!buf_ok(&path))
        err = ERR_NOMEM;
    else if (!client_bytes(f->daemon, path.data, &text)) {
        buf_addf(&text, "%s\n", f->bridge->address);
        struct str all = buf_str(&text), title = all;
        const char *end = memchr(all.p, '\n', all.n);
        title.n = end ? (size_t)(end - all.p) : all.n;
        snprintf(id, sizeof id, "brief.%s", day);
        /* Another daemon may answer there by now. */
        if (buf_ok(&text) && str_starts(title, STR(DRILL_MARK)) != f->bridge->drill)
            err = ERR_REFUSED;
        else
            err = buf_ok(&text) ? bridge_send_mail(f->bridge, id, title, all) : ERR_NOMEM;
    }
    buf_free(&path);
    buf_free(&text);
    return err;
}

static int turn(void *arg, int64_t *after)
{
    const struct brief *f = arg;

    return bridge_send_turn(f->bridge, after);
}

static int take_due(struct brief *f)
{
    int64_t due = due_day(f->bridge);

    if (f->waiting || due <= f->sent)
        return 0;
    json_t *day = json_pack("{s:I}", "unitseq", (json_int_t)due);
    int err = day ? carry_take(f->carry, day) : ERR_NOMEM;
    json_decref(day);
    f->waiting = !err;
    return err;
}

/* One not yet sent is waited for by the turns of the carry, whose pauses are whole seconds. */
static void rest(const struct brief *f)
{
    int64_t next = (due_day(f->bridge) + 1) * CLOCK_DAY - CLOCK_CHINA + f->bridge->at;

    bridge_send_wait(f->bridge, carry_busy(f->carry) ? BUSY_WAIT_MS : clock_wait_ms(next));
}

static int run(struct brief *f)
{
    while (!take_due(f)) {
        uint64_t passed = carry_turn(f->carry, clock_mono());
        if (passed) {
            f->sent = (int64_t)passed;
            f->waiting = false;
        }
        if (f->kept != f->sent)
            keep(f);
        rest(f);
    }
    return EX_OSERR;
}

static const struct carrier carrier = {.most = 1, .start = start, .turn = turn};

int bridge_brief(struct bridge *b)
{
    struct brief f = {.bridge = b, .daemon = client_open()};
    int status = f.daemon ? greet(&f) : EX_UNAVAILABLE;

    if (!status)
        status = read_cursor(&f);
    if (!status && !(f.carry = carry_new(&carrier, &f, UINT64_MAX)))
        status = EX_OSERR;
    if (!status)
        status = run(&f);
    carry_free(f.carry);
    client_close(f.daemon);
    free(f.file);
    return status;
}
