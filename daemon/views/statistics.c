/* The statistics' thread, and what is asked of it. */
#define _GNU_SOURCE
#include "daemon/views/statistics_inside.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/queue.h"

enum {
    REST_MS = 300, /* between two looks at the ledger's end */
    REST_MAX = 10000,
    REST_SHARE = 4, /* times as long as the look before took */
    FAILED_MS = 5000,
    SURVEYS_MAX = 1024
};

int statistics_month(int64_t at)
{
    int year, month, day;

    clock_date((at + CLOCK_CHINA) / CLOCK_DAY, &year, &month, &day);
    return year * 12 + month - 1;
}

static void *run(void *arg)
{
    struct statistics *s = arg;
    void *surveyed[STATISTICS_EVENTS];
    int64_t pause = 0;
    int nsurveyed;

    pthread_setname_np(pthread_self(), "statistics");
    while ((nsurveyed = queue_take(s->surveyed, surveyed, STATISTICS_EVENTS, (int)pause)) >= 0) {
        int64_t began = clock_mono();
        int n = statistics_count(s, surveyed, nsurveyed);
        int64_t took = clock_mono() - began;
        pause = took * REST_SHARE > REST_MS ? took * REST_SHARE : REST_MS;
        pause = pause > REST_MAX ? REST_MAX : pause;
        if (n < 0)
            pause = FAILED_MS;
        else if (n > 0)
            pause = took; /* there may be more; half of a core is for others */
    }
    return NULL;
}

static void free_statistics(struct statistics *s)
{
    store_close(s->reader);
    statistics_rows_free(s->rows);
    statistics_past_free(s->past);
    standing_free(s->standing);
    statistics_surveys_free(s->surveys);
    free(s->events);
    free(s->touched);
    queue_free(s->surveyed);
    pthread_mutex_destroy(&s->lock);
    free(s);
}

struct statistics *statistics_start(struct store *writer)
{
    struct statistics *s = calloc(1, sizeof *s);

    if (!s)
        return NULL;
    pthread_mutex_init(&s->lock, NULL);
    atomic_init(&s->stopping, false);
    s->counting = true;
    s->surveyed = queue_new(SURVEYS_MAX);
    s->events = calloc(STATISTICS_EVENTS, sizeof *s->events);
    s->touched = calloc(2 * STATISTICS_EVENTS, sizeof *s->touched);
    s->rows = statistics_rows_new();
    s->past = statistics_past_new();
    s->standing = standing_new();
    s->surveys = statistics_surveys_new();
    if (s->surveyed && s->events && s->touched && s->rows && s->past && s->standing &&
        s->surveys && !store_reader(writer, &s->reader) &&
        !pthread_create(&s->thread, NULL, run, s))
        return s;
    free_statistics(s);
    return NULL;
}

void statistics_stop(struct statistics *s)
{
    void *none;

    if (!s)
        return;
    atomic_store(&s->stopping, true);
    queue_close(s->surveyed);
    while (queue_take(s->surveyed, &none, 1, 0) > 0)
        ; /* the thread may go at once */
    pthread_join(s->thread, NULL);
    free_statistics(s);
}

void statistics_surveyed(struct statistics *s, uint64_t concern)
{
    if (s)
        queue_try_push(s->surveyed, (void *)(uintptr_t)concern);
}

bool statistics_counting(struct statistics *s)
{
    pthread_mutex_lock(&s->lock);
    bool counting = s->counting;
    pthread_mutex_unlock(&s->lock);
    return counting;
}

uint64_t statistics_head(struct statistics *s)
{
    pthread_mutex_lock(&s->lock);
    uint64_t head = s->head;
    pthread_mutex_unlock(&s->lock);
    return head;
}

uint64_t statistics_mark(struct statistics *s)
{
    pthread_mutex_lock(&s->lock);
    uint64_t mark = s->mark;
    pthread_mutex_unlock(&s->lock);
    return mark;
}

int statistics_read(struct statistics *s, const struct statistics_query *q,
                    int (*each)(void *arg, const struct statistics_row *row), void *arg)
{
    pthread_mutex_lock(&s->lock);
    int err = s->counting ? ERR_AGAIN : statistics_rows_read(s->rows, q, each, arg);
    pthread_mutex_unlock(&s->lock);
    return err;
}

int statistics_span(struct statistics *s, enum statistics_span span, int64_t number,
                    struct statistics_spell *out)
{
    pthread_mutex_lock(&s->lock);
    int err = statistics_past_read(s->past, span, number, out);
    pthread_mutex_unlock(&s->lock);
    return err;
}

size_t statistics_urgent(struct statistics *s, const struct standing_query *q,
                         struct standing_row *out)
{
    pthread_mutex_lock(&s->lock);
    size_t n = standing_page(s->standing, q, out);
    pthread_mutex_unlock(&s->lock);
    return n;
}

bool statistics_topics(struct statistics *s, standing_topic *each, void *arg)
{
    pthread_mutex_lock(&s->lock);
    bool counted = !s->counting;
    if (counted)
        standing_topics(s->standing, each, arg);
    pthread_mutex_unlock(&s->lock);
    return counted;
}
