#define _GNU_SOURCE
#include "tests/helpers/wire.h"

#include <arpa/inet.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"

enum { CONNECTIONS_MAX = 64, PIECE = 65536 };

struct connection {
    struct wire *wire;
    pthread_t thread;
    int fd;
};

struct wire {
    const struct wire_script *script;
    int fd, port;
    pthread_t thread;
    atomic_bool stop;
    atomic_size_t sent;
    struct connection connections[CONNECTIONS_MAX];
    size_t n;
};

static bool say(struct wire *w, int fd, struct str s)
{
    while (s.n) {
        ssize_t n = send(fd, s.p, s.n, MSG_NOSIGNAL);
        if (n <= 0 || w->stop)
            return false;
        w->sent += (size_t)n;
        s.p += n;
        s.n -= (size_t)n;
    }
    return true;
}

static bool hear_head(int fd)
{
    char tail[4] = {0}, c;

    while (memcmp(tail, "\r\n\r\n", 4) != 0) {
        if (recv(fd, &c, 1, 0) != 1)
            return false;
        memmove(tail, tail + 1, 3);
        tail[3] = c;
        if (tail[0] == 0x16) /* a TLS hello has no such end */
            return true;
    }
    return true;
}

static void trickle(struct wire *w, int fd, struct str s)
{
    /* Pacing what is sent, not waiting for anything. */
    const struct timespec gap = {0, 20 * 1000 * 1000};

    for (size_t i = 0; say(w, fd, (struct str){s.p + i % s.n, 1}); i++)
        nanosleep(&gap, NULL);
}

/* In pieces large enough that the sender is not what is slow. */
static void repeat(struct wire *w, int fd, struct str s)
{
    struct buf piece = BUF_INIT;

    while (piece.len < PIECE)
        buf_add_str(&piece, s);
    while (say(w, fd, buf_str(&piece)))
        ;
    buf_free(&piece);
}

static void *serve(void *arg)
{
    struct connection *c = arg;
    struct wire *w = c->wire;
    const struct wire_script *s = w->script;
    char rest[256];
    bool go = (s->at_once || hear_head(c->fd)) && say(w, c->fd, s->first);

    if (go && s->end == WIRE_TRICKLE)
        trickle(w, c->fd, s->again);
    if (go && s->end == WIRE_REPEAT)
        repeat(w, c->fd, s->again);
    while (go && s->end == WIRE_SILENT && recv(c->fd, rest, sizeof rest, 0) > 0)
        ;
    if (s->end == WIRE_RESET)
        setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &(struct linger){1, 0}, sizeof(struct linger));
    else
        shutdown(c->fd, SHUT_WR);
    if (s->end == WIRE_RESET) {
        /* Only the last close sends it; the number stays taken for wire_stop(). */
        int null = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        dup2(null, c->fd);
        close(null);
    }
    return NULL;
}

static void *listen_loop(void *arg)
{
    struct wire *w = arg;
    int fd;

    while (w->n < CONNECTIONS_MAX && (fd = accept4(w->fd, NULL, NULL, SOCK_CLOEXEC)) >= 0) {
        struct connection *c = &w->connections[w->n];
        *c = (struct connection){.wire = w, .fd = fd};
        if (pthread_create(&c->thread, NULL, serve, c))
            abort();
        w->n++;
    }
    return NULL;
}

struct wire *wire_start(const struct wire_script *script)
{
    struct wire *w = calloc(1, sizeof *w);
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t n = sizeof at;

    if (!w)
        abort();
    w->script = script;
    w->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (bind(w->fd, (struct sockaddr *)&at, n) || listen(w->fd, 16) ||
        getsockname(w->fd, (struct sockaddr *)&at, &n) ||
        pthread_create(&w->thread, NULL, listen_loop, w))
        abort();
    w->port = ntohs(at.sin_port);
    return w;
}

int wire_port(const struct wire *w)
{
    return w->port;
}

size_t wire_sent(struct wire *w)
{
    return w->sent;
}

void wire_stop(struct wire *w)
{
    w->stop = true;
    shutdown(w->fd, SHUT_RDWR);
    pthread_join(w->thread, NULL);
    for (size_t i = 0; i < w->n; i++) {
        shutdown(w->connections[i].fd, SHUT_RDWR);
        pthread_join(w->connections[i].thread, NULL);
        close(w->connections[i].fd);
    }
    close(w->fd);
    free(w);
}
