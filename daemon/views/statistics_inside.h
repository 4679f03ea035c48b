/* daemon/views/statistics_inside.h - inside of the statistics, for its own files only. */
#ifndef HUIYING_DAEMON_STATISTICS_INSIDE_H
#define HUIYING_DAEMON_STATISTICS_INSIDE_H

#include <pthread.h>
#include <stdatomic.h>

#include "daemon/views/standing.h"
#include "daemon/views/statistics.h"
#include "daemon/views/statistics_past.h"
#include "daemon/views/statistics_rows.h"
#include "daemon/views/statistics_surveys.h"

enum { STATISTICS_EVENTS = 256 }; /* looked at in one go; so many surveys, too */

struct statistics {
    struct store *reader; /* the thread's, and so are the next four */
    struct event *events;
    uint64_t *touched;    /* concerns of a batch of events */
    struct statistics_surveys *surveys;
    bool counted, told;   /* the start's count is done; a failure is in the log */
    struct queue *surveyed; /* numbers of concerns */
    atomic_bool stopping;
    pthread_t thread;
    pthread_mutex_t lock; /* of the rest */
    struct statistics_rows *rows;
    struct statistics_past *past;
    struct standing *standing;
    bool counting; /* the start's count is under way */
    uint64_t head;
    uint64_t mark;
};

/* statistics_count.c: count what has happened since, or all of it when that has failed or was never
 * done; `surveyed` are the numbers of concerns of which people have said something. How many events
 * were looked at, or ERR_*, logged once; ERR_CLOSED: it is stopping. The thread's. */
int statistics_count(struct statistics *s, void *const *surveyed, int nsurveyed);

#endif
