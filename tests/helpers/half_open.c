#define _GNU_SOURCE
#include "tests/helpers/half_open.h"

#include <arpa/inet.h>
#include <assert.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

enum { PAIRS = 64, PIECE = 16384 };

struct pair {
    int ends[2];
    char waiting[2][PIECE]; /* read from an end, not yet written to the other */
    size_t from[2], to[2];
};

struct half_open {
    int listener, wake;
    struct sockaddr_in target;
    char endpoint[64];
    atomic_bool mute, cut, stop;
    pthread_t thread;
    struct pair *pairs[PAIRS];
};

static struct sockaddr_in loopback(uint16_t port)
{
    return (struct sockaddr_in){.sin_family = AF_INET,
                                .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
                                .sin_port = htons(port)};
}

static void drop(struct half_open *h, size_t i)
{
    close(h->pairs[i]->ends[0]);
    close(h->pairs[i]->ends[1]);
    free(h->pairs[i]);
    h->pairs[i] = NULL;
}

static void take_one(struct half_open *h)
{
    size_t i = 0;
    int fd = accept4(h->listener, NULL, NULL, SOCK_CLOEXEC);
    int out = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    while (i < PAIRS && h->pairs[i])
        i++;
    if (fd < 0 || i == PAIRS || connect(out, (struct sockaddr *)&h->target, sizeof h->target)) {
        close(fd);
        close(out);
        return;
    }
    h->pairs[i] = calloc(1, sizeof *h->pairs[i]);
    assert(h->pairs[i]);
    h->pairs[i]->ends[0] = fd;
    h->pairs[i]->ends[1] = out;
    fcntl(fd, F_SETFL, O_NONBLOCK);
    fcntl(out, F_SETFL, O_NONBLOCK);
}

/* Move what can be moved from end `a`; false when a connection ended. */
static bool move(struct pair *p, int a, short ready, short ready_other)
{
    if (p->from[a] == p->to[a] && (ready & (POLLIN | POLLHUP | POLLERR))) {
        ssize_t n = recv(p->ends[a], p->waiting[a], PIECE, 0);
        if (n <= 0)
            return false;
        p->from[a] = 0;
        p->to[a] = (size_t)n;
        ready_other |= POLLOUT;
    }
    if (p->from[a] < p->to[a] && (ready_other & POLLOUT)) {
        ssize_t n = send(p->ends[!a], p->waiting[a] + p->from[a], p->to[a] - p->from[a],
                         MSG_NOSIGNAL);
        if (n > 0)
            p->from[a] += (size_t)n;
    }
    return true;
}

static size_t list(const struct half_open *h, struct pollfd *fds)
{
    size_t n = 0;
    bool mute = h->mute;

    fds[n++] = (struct pollfd){h->wake, POLLIN, 0};
    fds[n++] = (struct pollfd){mute ? -1 : h->listener, POLLIN, 0};
    for (size_t i = 0; i < PAIRS; i++)
        for (int a = 0; a < 2; a++) {
            struct pair *p = h->pairs[i];
            short events = 0;
            if (p && p->from[a] == p->to[a])
                events |= POLLIN;
            if (p && p->from[!a] < p->to[!a])
                events |= POLLOUT;
            fds[n++] = (struct pollfd){p && !mute ? p->ends[a] : -1, events, 0};
        }
    return n;
}

static void *run(void *arg)
{
    struct half_open *h = arg;
    struct pollfd fds[2 + 2 * PAIRS];
    uint64_t rings;

    while (!h->stop) {
        size_t n = list(h, fds);
        if (poll(fds, n, -1) < 0)
            continue;
        if (fds[0].revents && read(h->wake, &rings, sizeof rings) < 0)
            continue;
        bool cut = atomic_exchange(&h->cut, false);
        for (size_t i = 0; i < PAIRS; i++) {
            const struct pollfd *f = &fds[2 + 2 * i];
            if (h->pairs[i] && (cut || !move(h->pairs[i], 0, f[0].revents, f[1].revents) ||
                                !move(h->pairs[i], 1, f[1].revents, f[0].revents)))
                drop(h, i);
        }
        if (fds[1].revents)
            take_one(h);
    }
    return NULL;
}

struct half_open *half_open_new(const char *endpoint)
{
    struct half_open *h = calloc(1, sizeof *h);
    struct sockaddr_in a = loopback(0);
    socklen_t n = sizeof a;

    assert(h);
    h->target = loopback((uint16_t)strtoul(strrchr(endpoint, ':') + 1, NULL, 10));
    h->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    h->wake = eventfd(0, EFD_CLOEXEC);
    int err = bind(h->listener, (struct sockaddr *)&a, sizeof a);
    err |= listen(h->listener, PAIRS) | getsockname(h->listener, (struct sockaddr *)&a, &n);
    if (err || pthread_create(&h->thread, NULL, run, h))
        abort();
    snprintf(h->endpoint, sizeof h->endpoint, "tcp://127.0.0.1:%u", ntohs(a.sin_port));
    return h;
}

static void ring(struct half_open *h)
{
    if (write(h->wake, &(uint64_t){1}, sizeof(uint64_t)) < 0)
        abort();
}

void half_open_free(struct half_open *h)
{
    h->stop = true;
    ring(h);
    pthread_join(h->thread, NULL);
    for (size_t i = 0; i < PAIRS; i++)
        if (h->pairs[i])
            drop(h, i);
    close(h->listener);
    close(h->wake);
    free(h);
}

const char *half_open_endpoint(const struct half_open *h)
{
    return h->endpoint;
}

void half_open_mute(struct half_open *h, bool mute)
{
    h->mute = mute;
    ring(h);
}

void half_open_cut(struct half_open *h)
{
    h->cut = true;
    ring(h);
}
