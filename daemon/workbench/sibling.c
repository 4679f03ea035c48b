#define _GNU_SOURCE
#include "daemon/workbench/sibling.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/err.h"
#include "base/file.h"
#include "build-config.h"

enum { NICEST = 19, PARKED = 16, NOT_STARTED = 127 };

/* What the child gets, above the numbers that it wants: dup2 cannot step on them. */
struct ends {
    int mine[SIBLING_STREAMS], its[SIBLING_STREAMS];
    int input, text, map;
};

static const int wanted[SIBLING_STREAMS] = {
    [SIBLING_OUT] = 1, [SIBLING_ERR] = 2, [SIBLING_STATUS] = SIBLING_STATUS_FD};

static void close_fd(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

static void close_ends(struct ends *e, bool mine)
{
    for (int i = 0; i < SIBLING_STREAMS; i++) {
        close_fd(&e->its[i]);
        if (mine)
            close_fd(&e->mine[i]);
    }
    close_fd(&e->input);
    close_fd(&e->text);
    close_fd(&e->map);
}

static int park(int fd)
{
    int parked = fd >= 0 ? fcntl(fd, F_DUPFD_CLOEXEC, PARKED) : -1;

    if (fd >= 0)
        close(fd);
    return parked;
}

/* A file without a name: what is in it was nowhere on a disk. */
static int hold(const char *name, struct str text)
{
    int fd = park(memfd_create(name, MFD_CLOEXEC));

    if (fd >= 0 && (file_write_all(fd, text) || lseek(fd, 0, SEEK_SET) != 0))
        close_fd(&fd);
    return fd;
}

static int open_ends(const struct sibling_conf *conf, struct ends *e)
{
    *e = (struct ends){{-1, -1, -1}, {-1, -1, -1}, -1, -1, -1};
    e->input = hold("input", conf->input);
    e->text = hold("text", conf->text);
    e->map = hold("map", conf->map);
    bool ok = e->input >= 0 && e->text >= 0 && e->map >= 0;
    for (int i = 0; ok && i < SIBLING_STREAMS; i++) {
        int pair[2] = {-1, -1};
        ok = pipe2(pair, O_CLOEXEC) == 0;
        e->mine[i] = pair[0];
        e->its[i] = park(pair[1]);
        ok = ok && e->its[i] >= 0 && fcntl(pair[0], F_SETFL, O_NONBLOCK) == 0;
    }
    if (!ok)
        close_ends(e, true);
    return ok ? 0 : ERR_IO;
}

static bool limit(const struct sibling_conf *conf)
{
    const struct rlimit cpu = {conf->cpu_s, conf->cpu_s + 1}, core = {0, 0};
#ifdef HUIYING_SANITIZED
    bool ok = true;
#else
    const struct rlimit memory = {conf->memory, conf->memory};
    bool ok = setrlimit(RLIMIT_AS, &memory) == 0;
#endif
    return ok && setrlimit(RLIMIT_CPU, &cpu) == 0 && setrlimit(RLIMIT_CORE, &core) == 0 &&
           setpriority(PRIO_PROCESS, 0, NICEST) == 0;
}

static void reset_signals(void)
{
    const struct sigaction usual = {.sa_handler = SIG_DFL};
    sigset_t none;

    for (int i = 1; i < NSIG; i++)
        sigaction(i, &usual, NULL);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

/* Between fork and exec: only what may be called there when there are other threads. Limits are set
 * here and not by the parent afterwards, so that nothing runs without them. */
static _Noreturn void become(const struct sibling_conf *conf, const struct ends *e, pid_t parent)
{
    bool ok = setpgid(0, 0) == 0 && prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 &&
              getppid() == parent && dup2(e->input, STDIN_FILENO) >= 0 &&
              dup2(e->text, SIBLING_TEXT_FD) >= 0 &&
              dup2(e->map, SIBLING_MAP_FD) >= 0 && limit(conf);

    for (int i = 0; i < SIBLING_STREAMS; i++)
        ok = ok && dup2(e->its[i], wanted[i]) >= 0;
    reset_signals();
    if (ok && close_range(SIBLING_MAP_FD + 1, ~0U, 0) == 0)
        execve(conf->path, conf->argv, conf->envp);
    _exit(NOT_STARTED);
}

int sibling_start(const struct sibling_conf *conf, struct sibling *out)
{
    pid_t parent = getpid();
    struct ends e;
    int err = access(conf->path, X_OK) ? ERR_NOTFOUND : open_ends(conf, &e);

    if (err)
        return err;
    out->pid = fork();
    if (out->pid == 0)
        become(conf, &e, parent);
    close_ends(&e, out->pid < 0);
    memcpy(out->fds, e.mine, sizeof out->fds);
    return out->pid < 0 ? ERR_IO : 0;
}

int sibling_end(struct sibling *s, bool shoot)
{
    int status = 0;

    if (shoot)
        kill(s->pid, SIGKILL);
    while (waitpid(s->pid, &status, 0) < 0 && errno == EINTR)
        ;
    for (int i = 0; i < SIBLING_STREAMS; i++)
        close_fd(&s->fds[i]);
    s->pid = -1;
    return status;
}
