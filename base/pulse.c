#include "base/pulse.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "base/clock.h"

struct pulse {
    const char *name;
    _Atomic int64_t beaten; /* clock_mono() */
    struct pulse *next;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct pulse *all;

struct pulse *pulse_start(const char *name)
{
    struct pulse *p = malloc(sizeof *p);

    if (!p)
        return NULL;
    p->name = name;
    atomic_init(&p->beaten, clock_mono());
    pthread_mutex_lock(&lock);
    p->next = all;
    all = p;
    pthread_mutex_unlock(&lock);
    return p;
}

void pulse_beat(struct pulse *p)
{
    if (p)
        atomic_store_explicit(&p->beaten, clock_mono(), memory_order_relaxed);
}

void pulse_stop(struct pulse *p)
{
    struct pulse **at = &all;

    if (!p)
        return;
    pthread_mutex_lock(&lock);
    while (*at != p)
        at = &(*at)->next;
    *at = p->next;
    pthread_mutex_unlock(&lock);
    free(p);
}

const char *pulse_still(int64_t ms)
{
    const char *name = NULL;
    int64_t now = clock_mono();

    pthread_mutex_lock(&lock);
    for (const struct pulse *p = all; p && !name; p = p->next)
        if (now - atomic_load_explicit(&p->beaten, memory_order_relaxed) >= ms)
            name = p->name;
    pthread_mutex_unlock(&lock);
    return name;
}
