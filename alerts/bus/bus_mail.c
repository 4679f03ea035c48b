#include "alerts/bus/bus_mail.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/log.h"

struct bus_mail {
    pthread_mutex_t lock;
    struct bus_letter *first, **last;
    int fd;
};

struct bus_mail *bus_mail_new(void)
{
    struct bus_mail *m = calloc(1, sizeof *m);

    if (!m)
        return NULL;
    m->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (m->fd < 0) {
        free(m);
        return NULL;
    }
    pthread_mutex_init(&m->lock, NULL);
    m->last = &m->first;
    return m;
}

void bus_mail_free(struct bus_mail *m)
{
    if (!m)
        return;
    for (struct bus_letter *l = m->first, *next; l; l = next) {
        next = l->next;
        bus_mail_discard(l);
    }
    pthread_mutex_destroy(&m->lock);
    close(m->fd);
    free(m);
}

void bus_mail_ring(struct bus_mail *m)
{
    /* A full counter means that the reader is awake already. */
    ssize_t ignored = write(m->fd, &(uint64_t){1}, sizeof(uint64_t));
    (void)ignored;
}

void bus_mail_post(struct bus_mail *m, const struct bus_letter *letter)
{
    struct bus_letter *copy = malloc(sizeof *copy);
    char *reason = letter->reason ? strdup(letter->reason) : NULL;

    if (!copy || (letter->reason && !reason)) {
        log_error("bus.mail", "error=no-memory");
        free(copy);
        free(reason);
        return;
    }
    *copy = *letter;
    copy->reason = reason;
    copy->next = NULL;
    pthread_mutex_lock(&m->lock);
    bool first = !m->first;
    *m->last = copy;
    m->last = &copy->next;
    pthread_mutex_unlock(&m->lock);
    if (first) /* of the others the reader learns when it comes for this one */
        bus_mail_ring(m);
}

struct bus_letter *bus_mail_take(struct bus_mail *m)
{
    uint64_t n;
    ssize_t ignored = read(m->fd, &n, sizeof n);

    (void)ignored;
    pthread_mutex_lock(&m->lock);
    struct bus_letter *all = m->first;
    m->first = NULL;
    m->last = &m->first;
    pthread_mutex_unlock(&m->lock);
    return all;
}

void bus_mail_discard(struct bus_letter *letter)
{
    free(letter->reason);
    free(letter);
}

int bus_mail_fd(const struct bus_mail *m)
{
    return m->fd;
}
