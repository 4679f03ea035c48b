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
#include "daemon/cli/top_rows.h"

enum {
    TICK_MS = 1000,    /* countdowns */
    GATHER_MS = 200,   /* a burst of events is read at once */
    STATUS_MS = 3000,
};

struct top {
    struct top_rows in;
    int64_t tried; /* to reach the daemon */
    struct top_screen screen;
    int signals;
    bool keys, leave;
};

static const char *const cut_off = "服务没有应答，正在重试 (no daemon answers; trying again)";

static void draw(struct top *t)
{
    const struct top_view v = {.status = t->in.status, .status_read = t->in.status_read,
                               .rows = t->in.list, .count = t->in.count, .intake = t->in.intake,
                               .trouble = t->in.tail || !t->screen.height ? NULL : cut_off,
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
    size_t room = top_screen_room(&t->screen, t->in.count);
    size_t last = t->in.count > room ? t->in.count - room : 0;
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
        size_t page = top_screen_room(&t->screen, t->in.count);
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
    int ms = json_object_size(t->in.named) ? GATHER_MS : TICK_MS;

    if (!t->in.tail) {
        struct pollfd p[] = {{.fd = fds[0], .events = POLLIN}, {.fd = fds[1], .events = POLLIN}};
        poll(p, n, ms);
    } else if (!client_tail_wait(t->in.tail, fds, n, ms)) {
        top_rows_cut(&t->in);
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

    if (!t->in.tail && now - t->tried >= TICK_MS) {
        t->tried = now;
        err = top_rows_read(&t->in, true);
    } else if (t->in.tail && json_object_size(t->in.named) && now - t->in.named_at >= GATHER_MS) {
        err = top_rows_read_named(&t->in);
    } else if (t->in.tail && now - t->in.status_read >= STATUS_MS) {
        err = top_rows_read_status(&t->in);
    }
    if (err) {
        top_rows_cut(&t->in);
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
    client_hush(t->in.client, true);
    top_rows_read(&t->in, true); /* a failure is tried again like any later one */
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
    for (size_t i = 0; i < t->in.count; i++)
        json_array_append(concerns, t->in.list[i].concern);
    json_t *all = json_pack("{s:O,s:o}", "status", t->in.status, "concerns", concerns);
    if (!all)
        return EX_OSERR;
    cli_json(all);
    json_decref(all);
    return 0;
}

int commands_top(const struct cli_args *args)
{
    bool json = cli_value(args, "json") != NULL;
    struct top t = {.in = {.client = client_open(), .named = json_object(), .intake = -1}};
    int status = !t.in.client  ? EX_UNAVAILABLE
                 : !t.in.named ? EX_OSERR
                               : top_rows_read(&t.in, false);

    if (!status && !json && isatty(STDOUT_FILENO))
        status = live(&t);
    else if (!status)
        status = once(&t, json);
    top_rows_clear(&t.in);
    client_close(t.in.client);
    return status;
}
