#define _GNU_SOURCE
#include "tests/helpers/redis_server.h"

#include <errno.h>
#include <fcntl.h>
#include <hiredis/hiredis.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"

enum { OPTIONS_MAX = 32, WAIT_MS = 60000, LOOK_MS = 5 };

struct redis_server {
    pid_t pid;
    char *socket;
};

void redis_server_free_port(char out[static 8])
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t n = sizeof at;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd < 0 || bind(fd, (struct sockaddr *)&at, n) ||
        getsockname(fd, (struct sockaddr *)&at, &n))
        abort();
    close(fd);
    snprintf(out, 8, "%u", ntohs(at.sin_port));
}

bool redis_server_there(void)
{
    const char *path = getenv("PATH");
    char *copy = strdup(path ? path : "/usr/bin"), *rest = copy, *folder;
    bool there = false;

    while (!there && (folder = strsep(&rest, ":"))) {
        char file[4096];
        snprintf(file, sizeof file, "%s/redis-server", folder);
        there = access(file, X_OK) == 0;
    }
    free(copy);
    return there;
}

static void run(const char *folder, const char *socket, const char *const *options)
{
    const char *words[OPTIONS_MAX] = {"redis-server", "--port", "0", "--unixsocket", socket,
                                      "--dir", folder, "--save", "", "--appendonly", "yes",
                                      "--appendfsync", "always", "--loglevel", "warning"};
    size_t n = 15;
    int log = open("/dev/null", O_WRONLY | O_CLOEXEC);

    for (; options && *options && n < OPTIONS_MAX - 1; options++)
        words[n++] = *options;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    dup2(log, STDOUT_FILENO);
    execvp(words[0], (char *const *)words);
    _exit(127);
}

char *redis_server_say(const struct redis_server *s, const char *const *words)
{
    redisContext *link = redisConnectUnix(s->socket);
    redisReply *reply = NULL;
    char *text = NULL;
    int n = 0;

    while (words[n])
        n++;
    if (link && !link->err)
        reply = redisCommandArgv(link, n, (const char **)words, NULL);
    if (reply && reply->type == REDIS_REPLY_INTEGER) {
        if (asprintf(&text, "%lld", reply->integer) < 0)
            text = NULL;
    } else if (reply && reply->str) {
        text = strdup(reply->str);
    }
    freeReplyObject(reply);
    if (link)
        redisFree(link);
    return text;
}

static bool answers(const struct redis_server *s)
{
    char *pong = redis_server_say(s, (const char *[]){"PING", NULL});
    bool there = pong && strcmp(pong, "PONG") == 0;

    free(pong);
    return there;
}

struct redis_server *redis_server_start(const char *folder, const char *const *options)
{
    struct redis_server *s = calloc(1, sizeof *s);
    int64_t until = clock_mono() + WAIT_MS;

    if (!s || asprintf(&s->socket, "%s/redis.sock", folder) < 0)
        abort();
    unlink(s->socket);
    s->pid = fork();
    if (s->pid == 0)
        run(folder, s->socket, options);
    while (!answers(s)) {
        if (clock_mono() > until || waitpid(s->pid, NULL, WNOHANG) == s->pid) {
            redis_server_kill(s);
            return NULL;
        }
        clock_sleep(LOOK_MS);
    }
    return s;
}

const char *redis_server_socket(const struct redis_server *s)
{
    return s->socket;
}

void redis_server_signal(struct redis_server *s, int signal)
{
    kill(s->pid, signal);
}

void redis_server_kill(struct redis_server *s)
{
    if (!s)
        return;
    kill(s->pid, SIGKILL);
    while (waitpid(s->pid, NULL, 0) < 0 && errno == EINTR)
        ;
    free(s->socket);
    free(s);
}
