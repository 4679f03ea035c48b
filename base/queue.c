#include "base/queue.h"

#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"

struct queue {
    pthread_mutex_t lock;
    pthread_cond_t filled, emptied;
    void **ring;
    size_t cap, head, count;
    bool closed;
    int fd; /* counter is 1 while something waits, 0 otherwise */
};

struct queue *queue_new(size_t capacity)
{
    struct queue *q = calloc(1, sizeof *q);
    pthread_condattr_t attr;

    if (!q)
        return NULL;
    q->cap = capacity;
    q->ring = calloc(capacity, sizeof *q->ring);
    q->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (!q->ring || q->fd < 0) {
        if (q->fd >= 0)
            close(q->fd);
        free(q->ring);
        free(q);
        return NULL;
    }
    pthread_mutex_init(&q->lock, NULL);
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&q->filled, &attr);
    pthread_cond_init(&q->emptied, &attr);
    pthread_condattr_destroy(&attr);
    return q;
}

void queue_free(struct queue *q)
{
    if (!q)
        return;
    pthread_cond_destroy(&q->filled);
    pthread_cond_destroy(&q->emptied);
    pthread_mutex_destroy(&q->lock);
    close(q->fd);
    free(q->ring);
    free(q);
}

/* The lock is held in signal_fd() and clear_fd(), so the counter follows the queue exactly. */
static void signal_fd(struct queue *q)
{
    ssize_t ignored = write(q->fd, &(uint64_t){1}, sizeof(uint64_t));
    (void)ignored;
}

static void clear_fd(struct queue *q)
{
    uint64_t n;
    ssize_t ignored = read(q->fd, &n, sizeof n);
    (void)ignored;
}

static int push(struct queue *q, void *item, bool wait)
{
    int err = 0;

    pthread_mutex_lock(&q->lock);
    while (wait && q->count == q->cap && !q->closed)
        pthread_cond_wait(&q->emptied, &q->lock);
    if (q->closed) {
        err = ERR_CLOSED;
    } else if (q->count == q->cap) {
        err = ERR_AGAIN;
    } else {
        q->ring[(q->head + q->count) % q->cap] = item;
        if (q->count++ == 0)
            signal_fd(q);
        pthread_cond_signal(&q->filled);
    }
    pthread_mutex_unlock(&q->lock);
    return err;
}

int queue_push(struct queue *q, void *item)
{
    return push(q, item, true);
}

int queue_try_push(struct queue *q, void *item)
{
    return push(q, item, false);
}

size_t queue_try_push_all(struct queue *q, void *const *items, size_t n, bool *closed)
{
    pthread_mutex_lock(&q->lock);
    *closed = q->closed;
    if (!q->closed) {
        size_t room = q->cap - q->count;
        n = n < room ? n : room;
        if (n && !q->count)
            signal_fd(q);
        for (size_t i = 0; i < n; i++)
            q->ring[(q->head + q->count++) % q->cap] = items[i];
        if (n > 1)
            pthread_cond_broadcast(&q->filled);
        else if (n)
            pthread_cond_signal(&q->filled);
    }
    pthread_mutex_unlock(&q->lock);
    return n;
}

static struct timespec deadline(int wait_ms)
{
    int64_t until = clock_mono() + wait_ms;

    return (struct timespec){until / 1000, until % 1000 * 1000000L};
}

int queue_take(struct queue *q, void **items, size_t max, int wait_ms)
{
    struct timespec until = deadline(wait_ms > 0 ? wait_ms : 0);
    size_t n = 0;
    int late = 0;

    pthread_mutex_lock(&q->lock);
    while (!q->count && !q->closed && wait_ms && !late) {
        if (wait_ms < 0)
            pthread_cond_wait(&q->filled, &q->lock);
        else
            late = pthread_cond_timedwait(&q->filled, &q->lock, &until);
    }
    for (; n < max && q->count; n++, q->count--) {
        items[n] = q->ring[q->head];
        q->head = (q->head + 1) % q->cap;
    }
    if (n) {
        if (!q->count && !q->closed)
            clear_fd(q);
        pthread_cond_broadcast(&q->emptied);
    }
    bool ended = !n && q->closed;
    pthread_mutex_unlock(&q->lock);
    return ended ? ERR_CLOSED : (int)n;
}

void queue_close(struct queue *q)
{
    pthread_mutex_lock(&q->lock);
    if (!q->closed) {
        q->closed = true;
        signal_fd(q);
        pthread_cond_broadcast(&q->filled);
        pthread_cond_broadcast(&q->emptied);
    }
    pthread_mutex_unlock(&q->lock);
}

size_t queue_count(struct queue *q)
{
    pthread_mutex_lock(&q->lock);
    size_t n = q->count;
    pthread_mutex_unlock(&q->lock);
    return n;
}

size_t queue_room(struct queue *q)
{
    return q->cap - queue_count(q);
}

bool queue_full(struct queue *q)
{
    return queue_room(q) == 0;
}

int queue_fd(const struct queue *q)
{
    return q->fd;
}
