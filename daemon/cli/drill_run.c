/* 演练: a recorded day is replayed by a daemon of its own, until the day and what it left to be done
 * are over; then it is summed up. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/drill.h"
#include "base/err.h"
#include "base/file.h"
#include "daemon/cli/client.h"
#include "daemon/cli/commands.h"
#include "daemon/cli/corpus.h"
#include "daemon/cli/drill_record.h"
#include "daemon/cli/drill_town.h"
#include "daemon/cli/human.h"
#include "daemon/routes/query.h"

enum { LOOK_MS = 300, PORT = 9420, PORT_MOST = 65533, SPEED_MOST = 3600, READY_MS = 60000,
       SETTLE_MS = 3000, LAST_MS = 60000 };

struct run {
    char dir[PATH_MAX], file[PATH_MAX], log[PATH_MAX + 16];
    struct drill_file *day;
    uint64_t port, speed;
    int64_t end; /* ms, by the drill's clock */
    bool keep;
    pid_t child;
    sigset_t signals;
    struct client *client;
};

static int read_numbers(const struct cli_args *args, struct run *r)
{
    const char *after = cli_value(args, "after");
    int64_t ago = -CLOCK_DAY;

    r->speed = 1;
    r->port = PORT;
    r->keep = cli_value(args, "keep") != NULL;
    if (query_number(cli_value(args, "speed"), 1, SPEED_MOST, &r->speed)) {
        cli_error("--speed: 应为 1 到 3600 (1 to 3600)");
        return EX_USAGE;
    }
    if (query_number(cli_value(args, "port"), 1024, PORT_MOST, &r->port)) {
        cli_error("--port: 应为 1024 到 65533 (1024 to 65533)");
        return EX_USAGE;
    }
    if (after && (!corpus_since(after, 0, &ago) || ago >= 0)) {
        cli_error("--after: 应为 90m、24h 或 2d (90m, 24h or 2d)");
        return EX_USAGE;
    }
    r->end = -ago; /* from the day's end on */
    return 0;
}

static int read_day(const struct cli_args *args, struct run *r)
{
    char time[CLOCK_TEXT];

    if (!realpath(args->rest[0], r->file)) {
        cli_error_at(args->rest[0], 0, "读不了 (cannot read): %s", strerror(errno));
        return EX_NOINPUT;
    }
    struct problems *problems = problems_new();
    if (!problems)
        return EX_OSERR;
    r->day = drill_file_read(r->file, problems);
    if (r->day && clock_now() >= r->day->expires)
        problems_add(problems, args->rest[0], 0,
                     "其中文字的保存期已于 %.10s 届满，请删除此文件 (the texts in it were to be kept until "
                     "then: delete this file)", clock_format(r->day->expires, time));
    problems_print(problems, stderr);
    size_t wrong = problems_count(problems);
    problems_free(problems);
    if (wrong)
        return EX_DATAERR;
    r->end += r->day->to;
    return 0;
}

static int make_folder(const struct cli_args *args, struct run *r)
{
    const char *given = cli_value(args, "dir");
    char name[64], time[CLOCK_TEXT];

    snprintf(name, sizeof name, "drill-%.10s", clock_format(r->day->from, time));
    given = given ? given : name;
    if (mkdir(given, 0700) || !realpath(given, r->dir)) {
        cli_error("%s: 建不了演练目录，请用 --dir 指定一个还没有的 (cannot make the drill's folder; name "
                  "one that is not there yet by --dir): %s", given, strerror(errno));
        return EX_CANTCREAT;
    }
    snprintf(r->log, sizeof r->log, "%s/huiyingd.log", r->dir);
    return 0;
}

static int write_town(const struct cli_args *args, const struct run *r)
{
    const char *path = cli_value(args, "config"), *units = cli_value(args, "units");
    struct drill_town drill = {r->dir, r->file, units, (int)r->port, (int)r->speed};
    struct config *town = config_load_told(path ? path : "/etc/huiying/huiying.yaml");
    int status = town ? drill_town_write(town, &drill) : EX_CONFIG;
    config_free(town);
    return status;
}

/* Beside this program, or where it is installed, or in PATH. */
static void become_daemon(const struct run *r, pid_t parent)
{
    static const char name[] = "huiyingd";
    char config[PATH_MAX + 16], program[PATH_MAX];
    int log = open(r->log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    sigset_t none;

    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    setpgid(0, 0); /* Ctrl-C is for us: it ends the drill, after which the daemon still answers */
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    snprintf(config, sizeof config, "%s/" DRILL_TOWN_CONFIG, r->dir);
    if (getppid() != parent || log < 0 || dup2(log, STDERR_FILENO) < 0 ||
        dup2(log, STDOUT_FILENO) < 0)
        _exit(EX_OSERR);
    config_program(name, program, sizeof program);
    execl(program, name, "--config", config, NULL);
    execl(HUIYING_SBINDIR "/huiyingd", name, "--config", config, NULL);
    execlp(name, name, "--config", config, NULL);
    _exit(EX_UNAVAILABLE);
}

static int start_daemon(struct run *r)
{
    char path[PATH_MAX + 16];
    pid_t parent = getpid();

    sigemptyset(&r->signals);
    sigaddset(&r->signals, SIGINT);
    sigaddset(&r->signals, SIGTERM);
    sigaddset(&r->signals, SIGHUP);
    sigaddset(&r->signals, SIGCHLD);
    sigprocmask(SIG_BLOCK, &r->signals, NULL);
    snprintf(path, sizeof path, "%s/" DRILL_TOWN_SOCKET, r->dir);
    setenv("HUIYING_SOCKET", path, 1);
    unsetenv("HUIYING_TOKEN"); /* an account's of the town */
    cli_flush();
    r->child = fork();
    if (r->child == 0)
        become_daemon(r, parent);
    r->client = r->child > 0 ? client_open() : NULL;
    if (r->client)
        client_hush(r->client, true);
    return r->client ? 0 : EX_OSERR;
}

/* Wait a little: true when somebody wants the drill to end, or its daemon did. */
static bool interrupted(struct run *r)
{
    const struct timespec rest = {0, LOOK_MS * 1000000L};
    int sig = sigtimedwait(&r->signals, NULL, &rest);

    if (sig == SIGCHLD && waitpid(r->child, NULL, WNOHANG) == r->child) {
        r->child = 0;
        cli_error_at(r->log, 0, "演练的服务已退出，原因见此日志 (the drill's daemon has ended: see why)");
    }
    return sig > 0 && (sig != SIGCHLD || !r->child);
}

/* Its clock, ms, and how far its ledger is; 0: it does not answer. */
static int64_t now_of(struct run *r, bool *played)
{
    json_t *status = NULL;
    int64_t now = 0;

    if (client_get(r->client, "/api/v1/status", &status) ||
        clock_parse(str_from(human_text(status, "now", NULL)), &now))
        now = 0;
    const json_t *drill = json_object_get(status, "drill");
    *played = json_integer_value(json_object_get(drill, "played")) ==
              json_integer_value(json_object_get(drill, "items"));
    json_decref(status);
    return now;
}

static void tell_begun(const struct run *r)
{
    char from[CLOCK_TEXT], end[CLOCK_TEXT];

    cli_printf(DRILL_MARK "重放 %.16s 起的 %zu 条，时钟 ×%d，到 %.16s 为止；Ctrl-C 提前结束\n"
               "  (a drill: %zu items are replayed, the clock runs %d times as fast; Ctrl-C ends "
               "it)\n"
               "  网页 (pages): http://127.0.0.1:%d/\n"
               "  命令 (commands): export HUIYING_SOCKET=%s/" DRILL_TOWN_SOCKET
               " HUIYING_KEYS=%s/" DRILL_TOWN_KEYS "\n"
               "  日志 (log): %s\n",
               clock_format(r->day->from, from), r->day->nitems, (int)r->speed,
               clock_format(r->end, end), r->day->nitems, (int)r->speed, (int)r->port, r->dir,
               r->dir, r->log);
    cli_flush();
}

/* Until it is over, in whatever way. */
static int go_on(struct run *r)
{
    int64_t give_up = clock_mono() + READY_MS, now = 0;
    bool played, stop = false;

    while (!stop && !(now = now_of(r, &played)) && clock_mono() < give_up)
        stop = interrupted(r);
    if (!now) {
        if (r->child)
            cli_error_at(r->log, 0, "演练的服务没有就绪 (the drill's daemon is not ready)");
        return EX_UNAVAILABLE;
    }
    tell_begun(r);
    /* Nor longer than its texts may be kept: then its daemon ends by itself. */
    while (!stop && clock_now() < r->day->expires - LAST_MS && !(now >= r->end && played)) {
        stop = interrupted(r);
        now = now_of(r, &played);
    }
    return r->child ? 0 : EX_UNAVAILABLE;
}

/* Figures lag behind the ledger for a moment: they are asked for until they have caught up. */
static int sum_up(struct run *r)
{
    struct buf text = BUF_INIT;
    char path[PATH_MAX + 16];
    int64_t give_up = clock_mono() + SETTLE_MS;
    int status = EX_TEMPFAIL;

    while (status && clock_mono() < give_up) {
        json_t *figures = NULL, *about = NULL;
        status = client_get(r->client, "/api/v1/statistics", &figures);
        status = status ? status : client_get(r->client, "/api/v1/status", &about);
        if (!status && json_integer_value(json_object_get(figures, "head")) <
                           json_integer_value(json_object_get(about, "head")))
            status = EX_TEMPFAIL;
        json_decref(figures);
        json_decref(about);
        if (status)
            clock_sleep(LOOK_MS / 3);
    }
    client_hush(r->client, false);
    status = client_bytes(r->client, "/reports/drill?format=text", &text);
    if (!status) {
        snprintf(path, sizeof path, "%s/summary.txt", r->dir);
        cli_printf("\n");
        cli_print(buf_str(&text));
        if (file_replace(path, buf_str(&text), 0600))
            cli_error_at(path, 0, "写不了 (cannot be written)");
    }
    buf_free(&text);
    return status;
}

static void stop_daemon(struct run *r)
{
    if (r->child <= 0)
        return;
    kill(r->child, SIGTERM);
    while (waitpid(r->child, NULL, 0) < 0 && errno == EINTR)
        continue;
    r->child = 0;
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *at)
{
    (void)st;
    (void)kind;
    (void)at;
    return remove(path);
}

/* Words of items are not kept beyond their time because they were rehearsed with. */
static void forget(const struct run *r)
{
    char store[PATH_MAX + 16];

    snprintf(store, sizeof store, "%s/" DRILL_TOWN_STORE, r->dir);
    if (r->keep)
        cli_printf("\n%s：演练的库还在，用毕请删除 (the drill's store is still there: delete it after "
                   "use)\n", store);
    else if (nftw(store, remove_one, 16, FTW_DEPTH | FTW_PHYS))
        cli_error_at(store, 0, "删除不了 (cannot be removed): %s", strerror(errno));
}

/* Nothing came of it: the next try is to find its place free. */
static void give_back(const struct run *r)
{
    if (nftw(r->dir, remove_one, 16, FTW_DEPTH | FTW_PHYS))
        cli_error_at(r->dir, 0, "删除不了 (cannot be removed): %s", strerror(errno));
}

int commands_drill_run(const struct cli_args *args)
{
    struct run r = {.child = 0};
    int status = read_numbers(args, &r);

    /* What was erased since it was recorded is not rehearsed with. */
    if (!status && !access(args->rest[0], F_OK))
        status = drill_update_file(args->rest[0], false);
    status = status ? status : read_day(args, &r);
    status = status ? status : make_folder(args, &r);
    bool made = !status;
    status = status ? status : write_town(args, &r);
    if (status && made)
        give_back(&r);
    if (!status) {
        status = start_daemon(&r);
        status = status ? status : go_on(&r);
        status = status ? status : sum_up(&r);
        stop_daemon(&r);
        forget(&r);
    }
    client_close(r.client);
    drill_file_free(r.day);
    return status;
}
