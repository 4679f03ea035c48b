#define _GNU_SOURCE
#include "daemon/http/socket.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/err.h"
#include "base/str.h"

int socket_alias(const char *path, char out[static SOCKET_ALIAS])
{
    const char *slash = strrchr(path, '/');
    char *dir = slash ? strndup(path, (size_t)(slash - path) + 1) : strdup(".");
    int fd = dir ? open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC) : -1;

    free(dir);
    if (fd < 0)
        return ERR_NOTFOUND;
    int n = snprintf(out, SOCKET_ALIAS, "/proc/self/fd/%d/%s", fd, slash ? slash + 1 : path);
    if (n < 0 || n >= SOCKET_ALIAS) {
        close(fd);
        return ERR_LIMIT;
    }
    return fd;
}

static int try_connect(const char *alias)
{
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd < 0)
        return ERR_IO;
    memcpy(to.sun_path, alias, strlen(alias));
    if (connect(fd, (struct sockaddr *)&to, sizeof to) == 0)
        return fd;
    int why = errno;
    close(fd);
    return why == ENOENT ? ERR_NOTFOUND : why == ECONNREFUSED ? ERR_REFUSED : ERR_IO;
}

int socket_connect_unix(const char *path)
{
    char alias[SOCKET_ALIAS];
    int dir = socket_alias(path, alias);

    if (dir < 0)
        return dir;
    int fd = try_connect(alias);
    close(dir);
    return fd;
}

/* The name must be free or a socket that nobody answers: what a killed daemon leaves. */
static int clear_stale(const char *alias)
{
    struct stat st;

    if (lstat(alias, &st))
        return errno == ENOENT ? 0 : ERR_IO;
    if (!S_ISSOCK(st.st_mode))
        return ERR_EXISTS;
    int peer = try_connect(alias);
    if (peer >= 0) {
        close(peer);
        return ERR_EXISTS;
    }
    if (peer != ERR_REFUSED && peer != ERR_NOTFOUND)
        return ERR_EXISTS;
    return unlink(alias) == 0 || errno == ENOENT ? 0 : ERR_IO;
}

int socket_listen_unix(const char *path)
{
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    char alias[SOCKET_ALIAS];
    int dir = socket_alias(path, alias);
    int fd = -1;

    if (dir < 0)
        return dir;
    int err = clear_stale(alias);
    if (err)
        goto fail;
    err = ERR_IO;
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        goto fail;
    memcpy(at.sun_path, alias, strlen(alias));
    /* bind() gives the name the mode of the descriptor: it is never open wider, not briefly. */
    if (fchmod(fd, 0600) || bind(fd, (struct sockaddr *)&at, sizeof at) || listen(fd, 128))
        goto fail;
    close(dir);
    return fd;
fail:
    if (fd >= 0)
        close(fd);
    close(dir);
    return err;
}

struct endpoint {
    struct sockaddr_storage addr;
    socklen_t len;
};

static int read_endpoint(const char *text, struct endpoint *out)
{
    struct str all = str_from(text);
    const char *colon = strrchr(text, ':');
    long long port;

    if (!colon)
        return ERR_SYNTAX;
    struct str host = {all.p, (size_t)(colon - all.p)};
    if (str_int((struct str){colon + 1, all.n - host.n - 1}, 0, 65535, &port))
        return ERR_SYNTAX;
    *out = (struct endpoint){0};
    if (str_is(host, "127.0.0.1") || str_is(host, "localhost")) {
        struct sockaddr_in *in = (struct sockaddr_in *)&out->addr;
        *in = (struct sockaddr_in){.sin_family = AF_INET,
                                   .sin_port = htons((uint16_t)port),
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
        out->len = sizeof *in;
        return 0;
    }
    if (str_is(host, "[::1]")) {
        struct sockaddr_in6 *in = (struct sockaddr_in6 *)&out->addr;
        *in = (struct sockaddr_in6){.sin6_family = AF_INET6,
                                    .sin6_port = htons((uint16_t)port),
                                    .sin6_addr = in6addr_loopback};
        out->len = sizeof *in;
        return 0;
    }
    return ERR_REFUSED;
}

static uint16_t bound_port(int fd)
{
    struct endpoint at = {.len = sizeof at.addr};

    if (getsockname(fd, (struct sockaddr *)&at.addr, &at.len))
        return 0;
    return ntohs(at.addr.ss_family == AF_INET6 ? ((struct sockaddr_in6 *)&at.addr)->sin6_port
                                               : ((struct sockaddr_in *)&at.addr)->sin_port);
}

int socket_listen_tcp(const char *address, uint16_t *port)
{
    struct endpoint at;
    int one = 1;
    int err = read_endpoint(address, &at);

    if (err)
        return err;
    int fd = socket(at.addr.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return ERR_IO;
    if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one) ||
        bind(fd, (struct sockaddr *)&at.addr, at.len) || listen(fd, 128)) {
        err = errno == EADDRINUSE ? ERR_EXISTS : ERR_IO;
        close(fd);
        return err;
    }
    *port = bound_port(fd);
    return fd;
}
