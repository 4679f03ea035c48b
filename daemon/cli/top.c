/* `huiying top`: the live view of a terminal. The concerns are read once, and again one by one as
 * events name them. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <termios.h>
#include <unistd.h>

#include "base/clock.h"
#include "daemon/cli/client.h"
#include "daemon/cli/commands.h"
#include "daemon/cli/top_screen.h"

enum {
    TICK_MS = 1000,    /* countdowns */
    GATHER_MS = 200,   /* a burst of events is read at once */
    STATUS_MS = 3000,
    MANY = 100,        /* concerns named since the last look: all are read again */
    PAGE = 200,
};

struct top {
    struct client *client;
    struct client_tail *tail; /* NULL: cut off */
    json_t *status, *named;   /* named: ids that events told of, as members */
    struct top_row *rows;
    size_t count, cap;
    json_int_t items;         /* the ledger's, at status_read */
    int64_t status_read, named_at, tried;
    double intake;
    struct top_screen screen;
    int signals;
    bool keys, leave;
};

static const char *const cut_off = "服务没有应答，正在重试 (no daemon answers; trying again)";

static const char *id_of(const json_t *concern)
{
    const char *id = json_string_value(json_object_get(concern, "id"));

    return id ? id : "";
}

static void drop_rows(struct top *t)
{
    for (size_t i = 0; i < t->count; i++)
        json_decref(t->rows[i].concern);
    t->count = 0;
}

static int add_row(struct top *t, json_t *concern)
{
    if (t->count == t->cap) {
        size_t cap = t->cap ? t->cap * 2 : 64;
        struct top_row *more = reallocarray(t->rows, cap, sizeof *more);
        if (!more)
            return EX_OSERR;
        t->rows = more;
        t->cap = cap;
    }
    t->rows[t->count++] = (struct top_row){json_incref(concern), clock_mono()};
    return 0;
}

static const char *due_of(const json_t *concern)
{
    const char *due = json_string_value(json_object_get(json_object_get(concern, "next"), "due"));

    return due ? due : "~"; /* after every date */
}

/* The next act that is due, first; the API writes all times in one zone and form. */
static int sooner(const void *a, const void *b)
{
    const json_t *x = ((const struct top_row *)a)->concern;
    const json_t *y = ((const struct top_row *)b)->concern;
    int order = strcmp(due_of(x), due_of(y));

    return order ? order : strcmp(id_of(x), id_of(y));
}

static void sort_rows(struct top *t)
{
    if (t->count)
        qsort(t->rows, t->count, sizeof *t->rows, sooner);
}

static int read_status(struct top *t)
{
    json_t *status = NULL;
    int err = client_get(t->client, "/api/v1/status", &status);

    if (err)
        return err;
    int64_t now = clock_mono();
    json_int_t items =
        json_integer_value(json_object_get(json_object_get(status, "ledger"), "items"));
    if (t->status && now > t->status_read && items >= t->items)
        t->intake = (double)(items - t->items) * 1000 / (double)(now - t->status_read);
    t->items = items;
    t->status_read = now;
    json_decref(t->status);
    t->status = status;
    return 0;
}

/* One page, and where the next one begins; the first says where events go on. */
static int read_page(struct top *t, struct buf *cursor, struct buf *events)
{
    struct buf path = BUF_INIT;
    json_t *page = NULL, *concern;
    size_t i;

    buf_addf(&path, "/api/v1/concerns?state=open&limit=%d", PAGE);
    client_add_query(&path, "cursor", cursor->len ? cursor->data : NULL);
    buf_add_char(&path, '\0');
    int err = buf_ok(&path) ? client_get(t->client, path.data, &page) : EX_OSERR;
    buf_free(&path);
    json_array_foreach(json_object_get(page, "items"), i, concern)
        err = err ? err : add_row(t, concern);
    if (!err && !events->len) {
        buf_addf(events, "/api/v1/events?since=%" JSON_INTEGER_FORMAT,
                 json_integer_value(json_object_get(page, "head")));
        client_add_query(events, "epoch",
                         json_string_value(json_object_get(page, "epoch")));
        buf_add_char(events, '\0');
    }
    const char *next = json_string_value(json_object_get(page, "next_cursor"));
    buf_reset(cursor);
    if (next)
        buf_add(cursor, next, strlen(next) + 1);
    json_decref(page);
    return !err && !(buf_ok(events) && buf_ok(cursor)) ? EX_OSERR : err;
}

static int on_event(void *arg, struct str data)
{
    struct top *t = arg;
    json_t *event = json_loadb(data.p, data.n, 0, NULL);
    const json_t *about = json_object_get(event, "data");
    const char *concern = json_string_value(json_object_get(about, "concern"));
    const char *other = json_string_value(json_object_get(about, "other"));

    if (!json_object_size(t->named))
        t->named_at = clock_mono();
    if (concern)
        json_object_set_new(t->named, concern, json_true());
    if (other)
        json_object_set_new(t->named, other, json_true());
    json_decref(event);
    return 0;
}

/* Everything anew; with `follow`, and events from there on. */
static int read_all(struct top *t, bool follow)
{
    struct buf cursor = BUF_INIT, events = BUF_INIT;
    int err = read_status(t);

    drop_rows(t);
    json_object_clear(t->named);
    do
        err = err ? err : read_page(t, &cursor, &events);
    while (!err && cursor.len);
    sort_rows(t);
    if (!err && follow) {
        client_tail_close(t->tail);
        t->tail = client_tail_open(events.data, on_event, t);
        err = t->tail ? 0 : EX_UNAVAILABLE;
    }
    buf_free(&cursor);
    buf_free(&events);
    return err;
}

static void forget(struct top *t, const char *id)
{
    size_t kept = 0;

    for (size_t i = 0; i < t->count; i++) {
        if (strcmp(id_of(t->rows[i].concern), id) != 0)
            t->rows[kept++] = t->rows[i];
        else
            json_decref(t->rows[i].concern);
    }
    t->count = kept;
}

static int read_one(struct top *t, const char *id)
{
    struct buf path = BUF_INIT;
    json_t *concern = NULL;

    buf_addf(&path, "/api/v1/concerns/%s", id);
    buf_add_char(&path, '\0');
    int err = buf_ok(&path) ? client_get(t->client, path.data, &concern) : EX_OSERR;
    buf_free(&path);
    if (err && err != EX_NOINPUT)
        return err;
    forget(t, id);
    const char *state = json_string_value(json_object_get(concern, "state"));
    err = state && strcmp(state, "closed") != 0 ? add_row(t, concern) : 0;
    json_decref(concern);
    return err;
}

/* What events told of since the last look. */
static int read_named(struct top *t)
{
    const char *id;
    json_t *one;
    int err = 0;

    if (json_object_size(t->named) > MANY)
        return read_all(t, true);
    json_object_foreach(t->named, id, one)
        err = err ? err : read_one(t, id);
    json_object_clear(t->named);
    sort_rows(t);
    return err;
}

static void draw(struct top *t)
{
    const struct top_view v = {.status = t->status, .status_read = t->status_read,
                               .rows = t->rows, .count = t->count, .intake = t->intake,
                               .trouble = t->tail || !t->screen.height ? NULL : cut_off,
                               .now = clock_mono()};
    struct buf out = BUF_INIT;

    top_screen_draw(&out, &t->screen, &v);
    if (buf_ok(&out))
        cli_print(buf_str(&out));
    cli_flush();
    buf_free(&out);
}

static void measure(struct top_screen *s)
{
    struct winsize size = {0};

    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) || !size.ws_col || !size.ws_row)
        size = (struct winsize){.ws_col = 80, .ws_row = 24};
    s->width = size.ws_col;
    s->height = size.ws_row;
}

static void scroll(struct top *t, bool down, size_t by)
{
    size_t room = top_screen_room(&t->screen, t->count);
    size_t last = t->count > room ? t->count - room : 0;
    size_t at = t->screen.first < last ? t->screen.first : last;

    t->screen.first = down ? at + by : at > by ? at - by : 0;
}

static void on_keys(struct top *t)
{
    char keys[64];
    ssize_t n = read(STDIN_FILENO, keys, sizeof keys);

    if (n == 0 || (n < 0 && errno != EINTR)) /* nobody is there to press q */
        t->keys = false;
    for (ssize_t i = 0; i < n; i++) {
        size_t page = top_screen_room(&t->screen, t->count);
        bool arrow = keys[i] == '\033' && i + 2 < n && keys[i + 1] == '[';
        char key = arrow ? keys[i += 2] : keys[i];
        if (!arrow && (key == 'q' || key == 'Q'))
            t->leave = true;
        else if (key == (arrow ? 'B' : 'j'))
            scroll(t, true, 1);
        else if (key == (arrow ? 'A' : 'k'))
            scroll(t, false, 1);
        else if (!arrow && key == ' ')
            scroll(t, true, page);
    }
}

static void on_signal(struct top *t)
{
    struct signalfd_siginfo info;

    if (read(t->signals, &info, sizeof info) != (ssize_t)sizeof info)
        return;
    if (info.ssi_signo == SIGWINCH)
        measure(&t->screen);
    else
        t->leave = true;
}

static bool readable(int fd)
{
    struct pollfd p = {.fd = fd, .events = POLLIN};

    return poll(&p, 1, 0) > 0;
}

/* Until something happened, or the countdowns have to move. */
static void wait_for_more(struct top *t)
{
    const int fds[] = {t->signals, STDIN_FILENO};
    size_t n = t->keys ? 2 : 1;
    int ms = json_object_size(t->named) ? GATHER_MS : TICK_MS;

    if (!t->tail) {
        struct pollfd p[] = {{.fd = fds[0], .events = POLLIN}, {.fd = fds[1], .events = POLLIN}};
        poll(p, n, ms);
    } else if (!client_tail_wait(t->tail, fds, n, ms)) {
        client_tail_close(t->tail);
        t->tail = NULL;
    }
    if (readable(t->signals))
        on_signal(t);
    if (t->keys && readable(STDIN_FILENO))
        on_keys(t);
}

static void look(struct top *t)
{
    int64_t now = clock_mono();
    int err = 0;

    if (!t->tail && now - t->tried >= TICK_MS) {
        t->tried = now;
        err = read_all(t, true);
    } else if (t->tail && json_object_size(t->named) && now - t->named_at >= GATHER_MS) {
        err = read_named(t);
    } else if (t->tail && now - t->status_read >= STATUS_MS) {
        err = read_status(t);
    }
    if (err) {
        client_tail_close(t->tail);
        t->tail = NULL;
    }
}

static int open_signals(void)
{
    static const int taken[] = {SIGWINCH, SIGINT, SIGTERM, SIGHUP, SIGQUIT};
    sigset_t set;

    sigemptyset(&set);
    for (size_t i = 0; i < sizeof taken / sizeof *taken; i++)
        sigaddset(&set, taken[i]);
    sigprocmask(SIG_BLOCK, &set, NULL);
    return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

/* A screen of its own, keys as they are pressed; what was there before comes back. */
static int live(struct top *t)
{
    struct termios before, raw;
    const char *plain = getenv("NO_COLOR");

    t->keys = tcgetattr(STDIN_FILENO, &before) == 0;
    t->signals = open_signals();
    if (t->signals < 0)
        return EX_OSERR;
    if (t->keys) {
        raw = before;
        raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
        raw.c_cc[VSUSP] = _POSIX_VDISABLE; /* a stopped one would leave its screen behind */
        tcsetattr(STDIN_FILENO, TCSANOW, &raw);
    }
    t->screen.control = true;
    t->screen.colour = !plain || !*plain;
    measure(&t->screen);
    cli_print(STR("\033[?1049h\033[?25l"));
    client_hush(t->client, true);
    read_all(t, true); /* a failure is tried again like any later one */
    while (!t->leave) {
        draw(t);
        wait_for_more(t);
        look(t);
    }
    cli_print(STR("\033[?25h\033[?1049l"));
    cli_flush();
    if (t->keys)
        tcsetattr(STDIN_FILENO, TCSANOW, &before);
    close(t->signals);
    return 0;
}

static int once(struct top *t, bool json)
{
    if (!json) {
        draw(t);
        return 0;
    }
    json_t *concerns = json_array();
    for (size_t i = 0; i < t->count; i++)
        json_array_append(concerns, t->rows[i].concern);
    json_t *all = json_pack("{s:O,s:o}", "status", t->status, "concerns", concerns);
    if (!all)
        return EX_OSERR;
    json_dumpf(all, stdout, JSON_COMPACT);
    cli_print(STR("\n"));
    json_decref(all);
    return 0;
}

int commands_top(const struct cli_args *args)
{
    bool json = cli_value(args, "json") != NULL;
    struct top t = {.client = client_open(), .named = json_object(), .intake = -1};
    int status = !t.client ? EX_UNAVAILABLE : !t.named ? EX_OSERR : read_all(&t, false);

    if (!status && !json && isatty(STDOUT_FILENO))
        status = live(&t);
    else if (!status)
        status = once(&t, json);
    client_tail_close(t.tail);
    client_close(t.client);
    drop_rows(&t);
    free(t.rows);
    json_decref(t.named);
    json_decref(t.status);
    return status;
}
