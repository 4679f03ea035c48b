/* Counting what happened, concern by concern: all of it at the start, then what changes. */
#include "daemon/views/statistics_inside.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"

/* The events of one concern, as they were counted and as they are. */
struct change {
    uint64_t before, until; /* seqs: counted up to; to be counted up to */
    struct tally old, now;
};

static int hear(void *arg, const struct event *e)
{
    struct change *c = arg;

    if (e->seq <= c->before)
        tally_add(&c->old, e);
    if (e->seq <= c->until)
        tally_add(&c->now, e);
    return 0;
}

/* What people say of an answer stands in the store beside the events. */
static int hear_surveys(struct statistics *s, uint64_t concern, struct change *c)
{
    struct statistics_survey counted, now = {.concern = concern};
    bool any = false;

    statistics_surveys_find(s->surveys, concern, &counted);
    for (uint16_t round = 0; round < TALLY_ROUNDS_MAX; round++) {
        struct store_survey said = {0};
        if (c->old.rounds & 1u << round)
            tally_survey(&c->old, round, counted.solved[round], counted.not_yet[round]);
        if (!(c->now.rounds & 1u << round))
            continue;
        int err = store_survey(s->reader, concern, round, &said);
        if (err && err != ERR_NOTFOUND)
            return err;
        now.solved[round] = (uint16_t)(said.solved < UINT16_MAX ? said.solved : UINT16_MAX);
        now.not_yet[round] = (uint16_t)(said.not_yet < UINT16_MAX ? said.not_yet : UINT16_MAX);
        any = any || said.solved || said.not_yet;
        tally_survey(&c->now, round, now.solved[round], now.not_yet[round]);
    }
    return any ? statistics_surveys_put(s->surveys, &now) : 0;
}

static int count_concern(struct statistics *s, uint64_t concern, uint64_t before, uint64_t until)
{
    struct change c = {.before = before, .until = until};
    int err = store_concern_events(s->reader, concern, hear, &c);

    if (!err)
        err = hear_surveys(s, concern, &c);
    if (err)
        return err == ERR_NOTFOUND ? 0 : err;
    tally_end(&c.old);
    tally_end(&c.now);
    pthread_mutex_lock(&s->lock);
    if (c.old.opened)
        err = statistics_rows_enter(s->rows, &c.old, true);
    if (!err && c.now.opened)
        err = statistics_rows_enter(s->rows, &c.now, false);
    pthread_mutex_unlock(&s->lock);
    return err;
}

static void set_head(struct statistics *s, uint64_t head)
{
    pthread_mutex_lock(&s->lock);
    s->head = head;
    s->counting = false;
    pthread_mutex_unlock(&s->lock);
}

struct beginning {
    struct statistics *s;
    uint64_t head;
};

static int stand(struct statistics *s, const struct concern *c)
{
    pthread_mutex_lock(&s->lock);
    int err = standing_put(s->standing, c);
    pthread_mutex_unlock(&s->lock);
    return err;
}

static int count_from_start(void *arg, const struct concern *c)
{
    struct beginning *b = arg;
    int err = stand(b->s, c);

    if (atomic_load(&b->s->stopping))
        return ERR_CLOSED;
    return err ? err : c->id > b->head ? 0 : count_concern(b->s, c->id, 0, b->head);
}

/* Events as they happened, whatever they belong to. */
static int add_past(struct statistics *s, int n)
{
    int err = 0;

    pthread_mutex_lock(&s->lock);
    for (int i = 0; i < n && !err; i++)
        err = statistics_past_take(s->past, &s->events[i]);
    pthread_mutex_unlock(&s->lock);
    return err;
}

static int past_from_start(struct statistics *s, uint64_t head)
{
    uint64_t after = 0;
    int n = 0, err = 0;

    while (!err && after < head) {
        uint64_t left = head - after;
        if (atomic_load(&s->stopping))
            return ERR_CLOSED;
        n = store_events_after(s->reader, after, s->events,
                               left < STATISTICS_EVENTS ? (size_t)left : STATISTICS_EVENTS);
        if (n <= 0)
            return n;
        after = s->events[n - 1].seq;
        err = add_past(s, n);
    }
    return err;
}

static int begin(struct statistics *s)
{
    struct beginning b = {s, store_head(s->reader)};

    pthread_mutex_lock(&s->lock);
    statistics_rows_forget(s->rows, statistics_month(clock_now()) - STATISTICS_MONTHS + 1);
    statistics_past_forget(s->past);
    standing_forget(s->standing);
    s->head = 0;
    s->counting = true;
    pthread_mutex_unlock(&s->lock);
    statistics_surveys_forget(s->surveys);
    int err = store_each_concern(s->reader, 0, count_from_start, &b);
    err = err ? err : past_from_start(s, b.head);
    if (err)
        return err;
    set_head(s, b.head);
    s->counted = true;
    log_info("statistics.ready", "head=%llu", (unsigned long long)b.head);
    return 0;
}

static int by_number(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

    return x < y ? -1 : x > y;
}

/* Those concerns of which the first n events tell, as they are now. */
static int stand_again(struct statistics *s, int n)
{
    struct concern c;
    int err = 0;

    for (int i = 0; i < n && !err; i++)
        s->touched[i] = s->events[i].concern;
    if (n)
        qsort(s->touched, (size_t)n, sizeof *s->touched, by_number);
    for (int i = 0; i < n && !err; i++) {
        if (!s->touched[i] || (i && s->touched[i] == s->touched[i - 1]))
            continue;
        err = store_concern(s->reader, s->touched[i], &c);
        if (!err) {
            err = stand(s, &c);
            concern_clear(&c);
        } else if (err == ERR_NOTFOUND) {
            err = 0;
        }
    }
    return err;
}

/* How many events were looked at, or ERR_*. A batch may have been counted in part when one of its
 * concerns fails: then all is counted anew. */
static int follow(struct statistics *s, void *const *surveyed, int nsurveyed)
{
    uint64_t before = s->head; /* nobody else writes it */
    int n = store_events_after(s->reader, before, s->events, STATISTICS_EVENTS), err = 0;
    size_t touched = 0;

    if (n < 0)
        return n;
    uint64_t until = n ? s->events[n - 1].seq : before;
    for (int i = 0; i < n; i++)
        if (s->events[i].concern && tally_counts(s->events[i].type))
            s->touched[touched++] = s->events[i].concern;
    for (int i = 0; i < nsurveyed; i++)
        s->touched[touched++] = (uint64_t)(uintptr_t)surveyed[i];
    if (touched)
        qsort(s->touched, touched, sizeof *s->touched, by_number);
    for (size_t i = 0; i < touched && !err; i++)
        if (!i || s->touched[i] != s->touched[i - 1])
            err = count_concern(s, s->touched[i], before, until);
    err = err ? err : add_past(s, n);
    err = err ? err : stand_again(s, n);
    s->counted = !err;
    if (!err && n)
        set_head(s, until);
    return err ? err : n;
}

int statistics_count(struct statistics *s, void *const *surveyed, int nsurveyed)
{
    bool anew = !s->counted;
    int err = anew ? begin(s) : 0;
    int n = err ? err : follow(s, surveyed, nsurveyed);

    if (anew || n || nsurveyed) {
        pthread_mutex_lock(&s->lock);
        s->mark++;
        pthread_mutex_unlock(&s->lock);
    }
    if (n < 0 && n != ERR_CLOSED && !s->told)
        log_warn("statistics.failed", "err=%s", err_name(n));
    s->told = n < 0;
    return n;
}
