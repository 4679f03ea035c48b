/* A server of our own, which keeps nothing: no file but the nameless one it loads, no port, a
 * socket in a folder of ours. Its keeper, a process between it and us, sees our end by a pipe, even
 * that of a kill; it ends the server and takes the folder away. */
#define _GNU_SOURCE
#include "store/redis/redis_aside.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"

enum { LOOK_MS = 20, ANSWER_S = 10, NICER = 10, DESCRIPTOR = 16 };

struct redis_aside {
    char folder[64], socket[80];
    pid_t keeper; /* -1: it has ended */
    int life;     /* it lives as long as this is open */
};

static const char *const programs[] = {"redis-server", "valkey-server"};

char *redis_aside_program(void)
{
    const char *path = getenv("PATH");
    char *copy = strdup(path ? path : "/usr/bin"), *rest = copy, *folder, *found = NULL;

    while (!found && (folder = strsep(&rest, ":")))
        for (size_t i = 0; i < sizeof programs / sizeof *programs && !found; i++) {
            if (asprintf(&found, "%s/%s", folder, programs[i]) < 0)
                found = NULL;
            else if (access(found, X_OK)) {
                free(found);
                found = NULL;
            }
        }
    free(copy);
    return found;
}

/* Where a path of a socket is not too long, and an address takes it as it is. */
static int make_folder(struct redis_aside *a)
{
    static const char NAME[] = "huiying-snapshot-XXXXXX";
    const char *given = getenv("TMPDIR");
    const char *tmp[] = {given && !strchr(given, '?') ? given : "", "/tmp"};

    for (size_t i = 0; i < 2; i++) {
        int n = snprintf(a->folder, sizeof a->folder, "%s/%s", tmp[i], NAME);
        if (!*tmp[i] || n < 0 || (size_t)n >= sizeof a->folder || !mkdtemp(a->folder))
            continue;
        snprintf(a->socket, sizeof a->socket, "%s/sock", a->folder);
        return 0;
    }
    return ERR_IO;
}

/* When memory is short this one goes, not the town. */
static void step_back(void)
{
    int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);

    if (fd >= 0 && write(fd, "1000", 4) < 0)
        errno = 0; /* then it takes its chance with the others */
    if (fd >= 0)
        close(fd);
    if (nice(NICER) < 0)
        errno = 0;
}

/* In its own process. The file is found by its descriptor. */
static void serve(const char *program, const char *socket, int file)
{
    char name[DESCRIPTOR];
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);

    snprintf(name, sizeof name, "%d", file);
    const char *const words[] = {
        program, "--port", "0", "--unixsocket", socket, "--unixsocketperm", "700",
        "--dir", "/proc/self/fd", "--dbfilename", name, "--save", "", "--appendonly", "no",
        "--databases", "16384", "--daemonize", "no", "--loglevel", "warning", NULL};
    step_back();
    if (null < 0 || dup2(null, STDIN_FILENO) < 0 || dup2(null, STDOUT_FILENO) < 0 ||
        dup2(null, STDERR_FILENO) < 0 || fcntl(file, F_SETFD, 0) < 0)
        _exit(126);
    execv(program, (char *const *)words);
    _exit(127);
}

/* In its own process, until the other end of `life` is closed or the server has ended. */
static void keep(const struct redis_aside *a, const char *program, int file, int life)
{
    static const int kept_from[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGPIPE};
    struct pollfd end = {.fd = life, .events = POLLIN};
    pid_t self = getpid(), server;

    for (size_t i = 0; i < sizeof kept_from / sizeof *kept_from; i++)
        signal(kept_from[i], SIG_IGN);
    close(a->life);
    server = fork();
    if (!server) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (getppid() == self)
            serve(program, a->socket, file);
        _exit(126);
    }
    while (server > 0 && poll(&end, 1, LOOK_MS) <= 0)
        if (waitpid(server, NULL, WNOHANG) == server)
            server = -1;
    if (server > 0) {
        kill(server, SIGKILL);
        waitpid(server, NULL, 0);
    }
    unlink(a->socket);
    rmdir(a->folder);
    _exit(0);
}

static int start_keeper(struct redis_aside *a, const char *program, int file)
{
    int ends[2];

    if (pipe2(ends, O_CLOEXEC))
        return ERR_IO;
    a->life = ends[1];
    a->keeper = fork();
    if (!a->keeper)
        keep(a, program, file, ends[0]);
    close(ends[0]);
    return a->keeper < 0 ? ERR_IO : 0;
}

static void tell_loading(redisContext *link, const struct snapshot_watch *watch)
{
    redisReply *reply = redisCommand(link, "INFO persistence");
    uint64_t done = 0, total = 0;

    if (reply && reply->type == REDIS_REPLY_STRING && watch && watch->step) {
        redis_number(redis_info(redis_str(reply), "loading_loaded_bytes"), &done);
        redis_number(redis_info(redis_str(reply), "loading_total_bytes"), &total);
        if (total)
            watch->step(watch->arg, SNAPSHOT_LOADED, (size_t)done, (size_t)total);
    }
    if (reply)
        freeReplyObject(reply);
}

/* Does it answer yet? */
static bool answers(struct redis_aside *a, const struct snapshot_watch *watch)
{
    const struct timeval wait = {ANSWER_S, 0};
    redisContext *link = redisConnectUnixWithTimeout(a->socket, wait);
    redisReply *reply = NULL;
    bool there = false;

    if (link && !link->err && redisSetTimeout(link, wait) == REDIS_OK)
        reply = redisCommand(link, "PING");
    if (reply && reply->type == REDIS_REPLY_STATUS)
        there = true;
    else if (reply)
        tell_loading(link, watch);
    if (reply)
        freeReplyObject(reply);
    if (link)
        redisFree(link);
    return there;
}

int redis_aside_start(const char *program, int file, const struct snapshot_watch *watch,
                      struct redis_aside **out, enum snapshot_trouble *why)
{
    struct redis_aside *a = calloc(1, sizeof *a);
    int err;

    *out = NULL;
    if (!a)
        return ERR_NOMEM;
    a->keeper = -1;
    a->life = -1;
    err = make_folder(a);
    if (!err) {
        err = start_keeper(a, program, file);
        if (err)
            rmdir(a->folder);
    }
    while (!err && !answers(a, watch)) { /* a large town takes its time */
        if (waitpid(a->keeper, NULL, WNOHANG) == a->keeper) {
            a->keeper = -1;
            *why = SNAPSHOT_NOT_LOADED;
            err = ERR_IO;
        }
        clock_sleep(LOOK_MS);
    }
    if (err) {
        redis_aside_stop(a);
        return err;
    }
    *out = a;
    return 0;
}

const char *redis_aside_socket(const struct redis_aside *a)
{
    return a->socket;
}

void redis_aside_stop(struct redis_aside *a)
{
    if (!a)
        return;
    if (a->life >= 0)
        close(a->life);
    while (a->keeper > 0 && waitpid(a->keeper, NULL, 0) < 0 && errno == EINTR)
        ;
    free(a);
}
