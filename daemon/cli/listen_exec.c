/* A command for each event. */
#define _GNU_SOURCE
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/file.h"
#include "daemon/cli/cli.h"
#include "daemon/cli/human.h"
#include "daemon/cli/listen.h"

enum { KILL_MS = 5000, VARIABLES = 17 };

/* Under which name a program finds what; NULL: a member of the event itself. */
static const struct {
    const char *variable, *part, *member;
} variables[] = {
    {"HUIYING_EVENT_ID", NULL, "id"},          {"HUIYING_EVENT_TYPE", NULL, "type"},
    {"HUIYING_EVENT_TIME", NULL, "time"},      {"HUIYING_EVENT_EPOCH", NULL, "epoch"},
    {"HUIYING_EVENT_CONCERN", "data", "concern"}, {"HUIYING_EVENT_TOPIC", "data", "topic"},
    {"HUIYING_EVENT_UNIT", "data", "unit"},    {"HUIYING_EVENT_GRADE", "data", "grade"},
    {"HUIYING_EVENT_REGION", "data", "region"}, {"HUIYING_EVENT_DUE", "data", "due"},
    {"HUIYING_EVENT_ACT", "data", "act"},
};
static const char *const numbers[] = {"seq", "unitseq"};
static_assert(sizeof variables / sizeof *variables + sizeof numbers / sizeof *numbers + 1 <=
                  VARIABLES,
              "room for each");

static int look_at(const char *file)
{
    struct stat s;

    if (stat(file, &s))
        return errno;
    if (!S_ISREG(s.st_mode))
        return EACCES;
    return access(file, X_OK) ? errno : 0;
}

int listen_exec_look(const char *program)
{
    const char *path = getenv("PATH");
    int why = ENOENT;

    if (strchr(program, '/'))
        return look_at(program);
    if (!path)
        path = "/bin:/usr/bin";
    while (*program) { /* an empty name is in no folder */
        char *file = NULL;
        size_t n = strcspn(path, ":");
        if (asprintf(&file, "%.*s%s%s", (int)n, path, n ? "/" : "./", program) < 0)
            return ENOMEM;
        int here = look_at(file);
        free(file);
        if (!here)
            return 0;
        if (here == EACCES)
            why = here;
        if (!path[n])
            break;
        path += n + 1;
    }
    return why;
}

static int stdin_of(const json_t *event)
{
    char *text = json_dumps(event, JSON_COMPACT);
    int fd = text ? memfd_create("event", MFD_CLOEXEC) : -1;

    if (fd >= 0 && (file_write_all(fd, str_from(text)) || file_write_all(fd, STR("\n")) ||
                    lseek(fd, 0, SEEK_SET))) {
        close(fd);
        fd = -1;
    }
    free(text);
    return fd;
}

/* Ours, without names that are about to be set, and what the event says. Ends in NULL; what stands
 * in it from the returned place on is to be freed. NULL: no memory. */
static char **environment(const json_t *event, size_t *own)
{
    size_t n = 0;

    while (environ[n])
        n++;
    char **out = calloc(n + VARIABLES + 1, sizeof *out);
    if (!out)
        return NULL;
    *own = 0;
    for (size_t i = 0; i < n; i++)
        if (strncmp(environ[i], "HUIYING_EVENT_", 14) != 0)
            out[(*own)++] = environ[i];
    n = *own;
    for (size_t i = 0; i < sizeof variables / sizeof *variables; i++) {
        const char *part = variables[i].part, *member = variables[i].member;
        const char *text = part ? human_text(event, part, member, NULL)
                                : human_text(event, member, NULL);
        if (asprintf(&out[n], "%s=%s", variables[i].variable, text) < 0)
            out[n] = NULL;
        n += out[n] != NULL;
    }
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        if (asprintf(&out[n], "HUIYING_EVENT_%s=%lld", i ? "UNITSEQ" : "SEQ",
                     (long long)json_integer_value(json_object_get(event, numbers[i]))) < 0)
            out[n] = NULL;
        n += out[n] != NULL;
    }
    if (human_drill(event))
        out[n] = strdup("HUIYING_EVENT_DRILL=1");
    return out;
}

/* Other threads may hold locks at the fork: nothing here allocates. */
static void become(const struct listen_exec *x, int in, char **env, pid_t parent)
{
    sigset_t none;

    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (getppid() == parent && dup2(in, STDIN_FILENO) >= 0)
        execvpe(x->argv[0], x->argv, env);
    _exit(errno == ENOENT ? 127 : 126);
}

/* It was there when the receiver started. Told once, until it has been seen to run again. */
static bool gone(struct listen_exec *x)
{
    int why = listen_exec_look(x->argv[0]);

    if (why && !x->missed)
        cli_error_at(x->argv[0], 0, "不能运行，将重试，不再重复提示 (cannot be run; it is tried again, and "
                     "this is not told again): %s", strerror(why));
    if (!why && x->missed)
        cli_error_at(x->argv[0], 0, "又能运行了 (can be run again)");
    x->missed = why != 0;
    return x->missed;
}

static int start(void *arg, json_t *const *events, size_t n)
{
    struct listen_exec *x = arg;
    size_t own = 0;

    if (gone(x))
        return ERR_NOTFOUND;
    int in = stdin_of(events[0]);
    char **env = environment(events[0], &own);
    pid_t parent = getpid();
    (void)n;

    x->unitseq = (uint64_t)json_integer_value(json_object_get(events[0], "unitseq"));
    x->child = in >= 0 && env ? fork() : -1;
    if (x->child == 0)
        become(x, in, env, parent);
    if (x->child > 0)
        setpgid(x->child, x->child); /* whoever comes first */
    x->kill_at = clock_mono() + x->limit;
    x->told = false;
    if (in >= 0)
        close(in);
    for (size_t i = own; env && env[i]; i++)
        free(env[i]);
    free(env);
    return x->child > 0 ? 0 : ERR_NOMEM;
}

/* First asked, then made, to end. */
static void press(struct listen_exec *x)
{
    if (clock_mono() < x->kill_at)
        return;
    kill(-x->child, x->told ? SIGKILL : SIGTERM);
    if (!x->told)
        cli_error("%llu: 命令超时 (the command takes longer than %lld s)",
                  (unsigned long long)x->unitseq, (long long)x->limit / 1000);
    x->told = true;
    x->kill_at = clock_mono() + KILL_MS;
}

static int turn(void *arg, int64_t *after)
{
    struct listen_exec *x = arg;
    int state;
    (void)after;

    pid_t done = waitpid(x->child, &state, WNOHANG);
    if (done == 0) {
        press(x);
        return ERR_AGAIN;
    }
    kill(-x->child, SIGKILL); /* what it left behind */
    x->child = 0;
    if (done > 0 && WIFEXITED(state) && WEXITSTATUS(state) == 0 && !x->told)
        return 0;
    if (done > 0 && WIFSIGNALED(state))
        cli_error("%llu: 命令被信号 %d 终止，将重试 (the command was ended by signal %d; it is tried "
                  "again)", (unsigned long long)x->unitseq, WTERMSIG(state), WTERMSIG(state));
    else
        cli_error("%llu: 命令以 %d 退出，将重试 (the command left with %d; it is tried again)",
                  (unsigned long long)x->unitseq, WEXITSTATUS(state), WEXITSTATUS(state));
    return ERR_REFUSED;
}

static bool wanted(void *arg, const json_t *event)
{
    const char *topic = ((struct listen_exec *)arg)->topic;

    return !topic || strcmp(topic, human_text(event, "data", "topic", NULL)) == 0;
}

const struct carrier listen_exec_carrier = {
    .most = 1, .wanted = wanted, .start = start, .turn = turn};
