#define _GNU_SOURCE
#include "base/loop.h"

#include <poll.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/err.h"

_Static_assert(POLLIN == EPOLLIN && POLLOUT == EPOLLOUT && POLLERR == EPOLLERR &&
                   POLLHUP == EPOLLHUP,
               "poll's events are epoll's");

enum { EVENTS = 256 };

struct watch {
    loop_ready *ready;
    void *arg;
    short wanted;     /* events */
    short registered; /* with the kernel: more than wanted, at times */
};

struct loop {
    int epoll, wake;
    struct watch *watches; /* by descriptor */
    size_t cap;
};

static void woken(void *arg, int fd, int ready)
{
    uint64_t count;

    (void)arg;
    (void)ready;
    if (read(fd, &count, sizeof count) < 0)
        return; /* somebody was quicker; nothing else can fail here */
}

struct loop *loop_new(void)
{
    struct loop *l = calloc(1, sizeof *l);

    if (!l)
        return NULL;
    l->epoll = epoll_create1(EPOLL_CLOEXEC);
    l->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (l->epoll < 0 || l->wake < 0 || loop_watch(l, l->wake, POLLIN, woken, NULL)) {
        loop_free(l);
        return NULL;
    }
    return l;
}

void loop_free(struct loop *l)
{
    if (!l)
        return;
    if (l->epoll >= 0)
        close(l->epoll);
    if (l->wake >= 0)
        close(l->wake);
    free(l->watches);
    free(l);
}

static int make_room(struct loop *l, size_t fd)
{
    size_t cap = l->cap ? l->cap : 64;

    while (cap <= fd)
        cap *= 2;
    if (cap == l->cap)
        return 0;
    struct watch *watches = reallocarray(l->watches, cap, sizeof *watches);
    if (!watches)
        return ERR_NOMEM;
    memset(watches + l->cap, 0, (cap - l->cap) * sizeof *watches);
    l->watches = watches;
    l->cap = cap;
    return 0;
}

int loop_watch(struct loop *l, int fd, int events, loop_ready *ready, void *arg)
{
    if (make_room(l, (size_t)fd))
        return ERR_NOMEM;
    struct watch *w = &l->watches[fd];
    struct epoll_event e = {.events = (uint32_t)events, .data.fd = fd};

    w->ready = ready;
    w->arg = arg;
    w->wanted = (short)events;
    if (!events || w->registered == events)
        return 0;
    if (epoll_ctl(l->epoll, w->registered ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, fd, &e)) {
        w->wanted = 0;
        return ERR_IO;
    }
    w->registered = (short)events;
    return 0;
}

void loop_forget(struct loop *l, int fd)
{
    if ((size_t)fd >= l->cap)
        return;
    /* A copy of it may live in a child until that has called exec: closing alone is not enough. */
    if (l->watches[fd].registered)
        epoll_ctl(l->epoll, EPOLL_CTL_DEL, fd, NULL);
    l->watches[fd] = (struct watch){0};
}

static void tell(struct loop *l, int fd, int ready)
{
    struct watch w = l->watches[fd];

    if (w.wanted && ready & (w.wanted | POLLERR | POLLHUP)) {
        w.ready(w.arg, fd, ready);
        return;
    }
    /* Nobody wants it any more, or it was forgotten in this round. */
    if (w.registered && w.registered != w.wanted) {
        epoll_ctl(l->epoll, EPOLL_CTL_DEL, fd, NULL);
        l->watches[fd].registered = 0;
        if (w.wanted && loop_watch(l, fd, w.wanted, w.ready, w.arg))
            l->watches[fd].wanted = 0;
    }
}

void loop_wait(struct loop *l, int ms)
{
    struct epoll_event events[EVENTS];
    int n = epoll_wait(l->epoll, events, EVENTS, ms);

    for (int i = 0; i < n; i++)
        tell(l, events[i].data.fd, (int)events[i].events);
}

void loop_wake(struct loop *l)
{
    uint64_t one = 1;

    if (write(l->wake, &one, sizeof one) < 0)
        return; /* full: it is awake */
}
