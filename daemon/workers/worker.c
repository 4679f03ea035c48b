#define _GNU_SOURCE
#include "daemon/workers/worker.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"
#include "build-config.h"

struct worker {
    pid_t pid;
    int fd;
    const char *death;
    struct buf request;
};

/* Parks a descriptor above those that the child wants, so that dup2 cannot step on it. */
static int park(int fd)
{
    return fcntl(fd, F_DUPFD_CLOEXEC, 16);
}

static int spawn(const char *path, int socket, int rules, pid_t *pid)
{
    char *const argv[] = {(char *)"huiying-worker", NULL};
#ifdef HUIYING_SANITIZED
    char *const envp[] = {(char *)"ASAN_OPTIONS=detect_leaks=0", NULL};
#else
    char *const envp[] = {NULL};
#endif
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attr;
    sigset_t none, all;
    int err;

    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, socket, WORKER_SOCKET);
    if (rules >= 0)
        posix_spawn_file_actions_adddup2(&actions, rules, WORKER_RULES);
    posix_spawn_file_actions_addclosefrom_np(&actions,
                                             rules >= 0 ? WORKER_RULES + 1 : WORKER_SOCKET + 1);
    posix_spawnattr_init(&attr);
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawnattr_setsigmask(&attr, &none);
    posix_spawnattr_setsigdefault(&attr, &all);
    /* Its own group: a Ctrl-C at the terminal is for the daemon, which then drains the workers. */
    posix_spawnattr_setpgroup(&attr, 0);
    posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF |
                                        POSIX_SPAWN_SETPGROUP);
    err = posix_spawn(pid, path, &actions, &attr, argv, envp);
    posix_spawnattr_destroy(&attr);
    posix_spawn_file_actions_destroy(&actions);
    return err == ENOENT ? ERR_NOTFOUND : err ? ERR_IO : 0;
}

struct worker *worker_spawn(const char *worker_path, int rules_fd, int *err)
{
    struct worker *w = calloc(1, sizeof *w);
    int pair[2] = {-1, -1}, socket = -1, rules = -1;

    *err = ERR_NOMEM;
    if (!w)
        return NULL;
    *err = ERR_IO;
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair))
        goto fail;
    socket = park(pair[1]);
    rules = rules_fd >= 0 ? park(rules_fd) : -1;
    if (socket < 0 || (rules_fd >= 0 && rules < 0))
        goto fail;
    *err = spawn(worker_path, socket, rules, &w->pid);
    if (*err)
        goto fail;
    close(pair[1]);
    close(socket);
    if (rules >= 0)
        close(rules);
    w->fd = pair[0];
    fcntl(w->fd, F_SETFL, O_NONBLOCK);
    return w;
fail:
    for (int i = 0; i < 2; i++)
        if (pair[i] >= 0)
            close(pair[i]);
    if (socket >= 0)
        close(socket);
    if (rules >= 0)
        close(rules);
    free(w);
    return NULL;
}

static const struct {
    int signal;
    const char *why;
} deaths[] = {
    {SIGPROF, "处理超过 2 秒 CPU (over 2 s of CPU)"},
    {SIGXCPU, "处理超过 2 秒 CPU (over 2 s of CPU)"},
    {SIGSEGV, "处理时崩溃 (crashed: segmentation fault)"},
    {SIGBUS, "处理时崩溃 (crashed: bus error)"},
    {SIGABRT, "处理时崩溃 (crashed: aborted)"},
    {SIGFPE, "处理时崩溃 (crashed: arithmetic fault)"},
    {SIGILL, "处理时崩溃 (crashed: illegal instruction)"},
    {SIGSYS, "试图越出沙箱 (tried to leave its sandbox)"},
    {SIGKILL, "被系统终止，可能内存不足 (killed, perhaps out of memory)"},
};

static const char *explain(int status)
{
    if (WIFEXITED(status)) {
        switch (WEXITSTATUS(status)) {
        case WORKER_EXIT_MEMORY: return "内存超过 512 MiB (over 512 MiB of memory)";
        case WORKER_EXIT_SANDBOX: return "沙箱建不起来 (the sandbox could not be set up)";
        case WORKER_EXIT_PROTOCOL: return "协议错误 (protocol error)";
        case 127: return "无法启动 huiying-worker (could not start)";
        default: return "意外退出 (exited unexpectedly)";
        }
    }
    for (size_t i = 0; i < sizeof deaths / sizeof *deaths; i++)
        if (WIFSIGNALED(status) && WTERMSIG(status) == deaths[i].signal)
            return deaths[i].why;
    return "被信号终止 (killed by a signal)";
}

/* The socket is closed, broken, or late: make sure it is dead and say of what. */
static int bury(struct worker *w, const char *why)
{
    int status = 0;

    if (w->death)
        return ERR_CLOSED;
    /* A broken socket means that it is exiting; only a late worker is shot. */
    if (why)
        kill(w->pid, SIGKILL);
    while (waitpid(w->pid, &status, 0) < 0 && errno == EINTR)
        ;
    w->pid = -1;
    w->death = why ? why : explain(status);
    return ERR_CLOSED;
}

/* Wait for the descriptor: 0, or the worker is buried. */
static int wait_for(struct worker *w, short events, int64_t until)
{
    for (;;) {
        struct pollfd p = {w->fd, events, 0};
        int64_t left = until - clock_mono();
        int n = poll(&p, 1, left > 0 ? (int)left : 0);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return bury(w, "处理超时 (took too long)");
        return 0;
    }
}

static int send_all(struct worker *w, struct str data, int64_t until)
{
    while (data.n) {
        ssize_t n = send(w->fd, data.p, data.n, MSG_NOSIGNAL);
        if (n > 0) {
            data.p += n;
            data.n -= (size_t)n;
        } else if (errno == EAGAIN) {
            int err = wait_for(w, POLLOUT, until);
            if (err)
                return err;
        } else if (errno != EINTR) {
            return bury(w, NULL);
        }
    }
    return 0;
}

static int receive(struct worker *w, char *to, size_t size, int64_t until)
{
    while (size) {
        ssize_t n = recv(w->fd, to, size, 0);
        if (n > 0) {
            to += n;
            size -= (size_t)n;
        } else if (n < 0 && errno == EAGAIN) {
            int err = wait_for(w, POLLIN, until);
            if (err)
                return err;
        } else if (n == 0 || errno != EINTR) {
            return bury(w, NULL);
        }
    }
    return 0;
}

int worker_call(struct worker *w, const struct job *job, int wait_ms, struct buf *payload,
                int *job_err)
{
    int64_t until = clock_mono() + wait_ms;
    char head[8];
    int err;

    if (w->death)
        return ERR_CLOSED;
    buf_reset(payload);
    buf_reset(&w->request);
    err = job_write(job, &w->request);
    if (!err)
        err = send_all(w, buf_str(&w->request), until);
    if (!err)
        err = receive(w, head, sizeof head, until);
    if (err)
        return err;
    struct buf_reader r = {head, sizeof head, false};
    size_t n = buf_read_u32(&r);
    *job_err = (int)(int32_t)buf_read_u32(&r);
    if (n < 4 || n > JOB_FRAME_MAX || *job_err > 0)
        return bury(w, "协议错误 (protocol error)");
    char *to = buf_reserve(payload, n - 4 + 1);
    if (!to)
        return ERR_NOMEM;
    err = receive(w, to, n - 4, until);
    if (!err)
        payload->len = n - 4;
    return err;
}

bool worker_alive(struct worker *w)
{
    struct pollfd p = {w->fd, POLLIN, 0};

    /* An idle worker says nothing: whatever there is to read is its end. */
    if (!w->death && poll(&p, 1, 0) > 0)
        bury(w, p.revents & POLLHUP ? NULL : "协议错误 (protocol error)");
    return !w->death;
}

const char *worker_death(const struct worker *w)
{
    return w->death;
}

void worker_free(struct worker *w)
{
    if (!w)
        return;
    if (!w->death)
        bury(w, "停止 (stopped)");
    close(w->fd);
    buf_free(&w->request);
    free(w);
}
