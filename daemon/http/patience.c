#define _GNU_SOURCE
#include "daemon/http/patience.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>

#include "base/clock.h"
#include "base/log.h"

struct patient {
    int fd;
    int64_t since; /* clock_mono() from which a request is waited for; 0: one is being answered */
    struct patient *prev, *next;
};

struct patience {
    pthread_mutex_t lock; /* of all; a descriptor is open while its patient is in the list */
    pthread_cond_t ended;
    pthread_t thread;
    bool stopping;
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
    struct timespec next;

    pthread_setname_np(pthread_self(), "patience");
    pthread_mutex_lock(&p->lock);
    while (!p->stopping) {
        clock_gettime(CLOCK_MONOTONIC, &next);
        next.tv_sec++;
        pthread_cond_timedwait(&p->ended, &p->lock, &next);
        unsigned n = cut(p, clock_mono());
        if (n)
            log_warn("http.slow", "cut=%u", n);
    }
    pthread_mutex_unlock(&p->lock);
    return NULL;
}

struct patience *patience_start(void)
{
    struct patience *p = calloc(1, sizeof *p);
    pthread_condattr_t attr;

    if (!p)
        return NULL;
    pthread_mutex_init(&p->lock, NULL);
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&p->ended, &attr);
    pthread_condattr_destroy(&attr);
    if (pthread_create(&p->thread, NULL, look, p) == 0)
        return p;
    pthread_cond_destroy(&p->ended);
    pthread_mutex_destroy(&p->lock);
    free(p);
    return NULL;
}

void patience_stop(struct patience *p)
{
    if (!p)
        return;
    pthread_mutex_lock(&p->lock);
    p->stopping = true;
    pthread_cond_signal(&p->ended);
    pthread_mutex_unlock(&p->lock);
    pthread_join(p->thread, NULL);
    pthread_cond_destroy(&p->ended);
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
