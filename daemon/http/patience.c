#define _GNU_SOURCE
#include "daemon/http/patience.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"

enum { LOOK_MS = 1000 };

struct patient {
    int fd;
    int64_t since; /* clock_mono() from which a request is waited for; 0: one is being answered */
    struct patient *prev, *next;
};

struct patience {
    pthread_mutex_t lock; /* of all; a descriptor is open while its patient is in the list */
    pthread_t thread;
    int bell; /* eventfd: rung once, at the end */
    struct patient *list;
};

/* With the lock held: how many were cut. */
static unsigned cut(struct patience *p, int64_t now)
{
    unsigned n = 0;

    for (struct patient *one = p->list; one; one = one->next)
        if (one->since && now - one->since >= PATIENCE_MS) {
            shutdown(one->fd, SHUT_RDWR); /* libmicrohttpd notices, and closes it */
            one->since = 0;
            n++;
        }
    return n;
}

static void *look(void *arg)
{
    struct patience *p = arg;
    struct pollfd bell = {.fd = p->bell, .events = POLLIN};

    pthread_setname_np(pthread_self(), "patience");
    while (poll(&bell, 1, LOOK_MS) <= 0) {
        pthread_mutex_lock(&p->lock);
        unsigned n = cut(p, clock_mono());
        pthread_mutex_unlock(&p->lock);
        if (n)
            log_warn("http.slow", "cut=%u", n);
    }
    return NULL;
}

struct patience *patience_start(void)
{
    struct patience *p = calloc(1, sizeof *p);

    if (!p)
        return NULL;
    p->bell = eventfd(0, EFD_CLOEXEC);
    pthread_mutex_init(&p->lock, NULL);
    if (p->bell >= 0 && pthread_create(&p->thread, NULL, look, p) == 0)
        return p;
    if (p->bell >= 0)
        close(p->bell);
    pthread_mutex_destroy(&p->lock);
    free(p);
    return NULL;
}

void patience_stop(struct patience *p)
{
    if (!p)
        return;
    while (eventfd_write(p->bell, 1) < 0 && errno == EINTR)
        continue;
    pthread_join(p->thread, NULL);
    close(p->bell);
    pthread_mutex_destroy(&p->lock);
    free(p);
}

static void welcome(struct patience *p, struct MHD_Connection *conn, void **context)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(conn, MHD_CONNECTION_INFO_CONNECTION_FD);
    struct patient *one = info ? calloc(1, sizeof *one) : NULL;

    *context = one;
    if (!one) /* without memory it is only watched by libmicrohttpd */
        return;
    one->fd = info->connect_fd;
    one->since = clock_mono();
    pthread_mutex_lock(&p->lock);
    one->next = p->list;
    if (p->list)
        p->list->prev = one;
    p->list = one;
    pthread_mutex_unlock(&p->lock);
}

static void leave(struct patience *p, struct patient *one)
{
    pthread_mutex_lock(&p->lock);
    if (one->prev)
        one->prev->next = one->next;
    else
        p->list = one->next;
    if (one->next)
        one->next->prev = one->prev;
    pthread_mutex_unlock(&p->lock);
    free(one);
}

void patience_notify(void *cls, struct MHD_Connection *conn, void **context,
                     enum MHD_ConnectionNotificationCode code)
{
    if (code == MHD_CONNECTION_NOTIFY_STARTED)
        welcome(cls, conn, context);
    else if (*context)
        leave(cls, *context);
}

static void set(struct patience *p, struct MHD_Connection *conn, int64_t since)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(conn, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    struct patient *one = info ? info->socket_context : NULL;

    if (!one)
        return;
    pthread_mutex_lock(&p->lock);
    one->since = since;
    pthread_mutex_unlock(&p->lock);
}

void patience_heard(struct patience *p, struct MHD_Connection *conn)
{
    set(p, conn, 0);
}

void patience_answered(struct patience *p, struct MHD_Connection *conn)
{
    set(p, conn, clock_mono());
}
