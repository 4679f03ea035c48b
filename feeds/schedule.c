#include "feeds/schedule.h"

#include <stdlib.h>
#include <sys/random.h>

#include "base/clock.h"
#include "base/heap.h"

/* Real ms: a first poll every 10 ms, all within a minute. */
enum { FIRST_GAP = 10, FIRST_ALL = 60 * 1000, SOON = 500 };
enum { PAUSE_FIRST = 60 * 1000, PAUSE_MAX = 3600 * 1000 };

struct entry {
    int64_t due;  /* 0: under way */
    int64_t held; /* not before */
};

struct schedule {
    struct heap *heap;
    uint64_t random;
    size_t count;
    struct entry list[];
};

/* xorshift64*: spreads load; nothing secret hangs on it. */
static double jitter(struct schedule *s, double low, double high)
{
    s->random ^= s->random >> 12;
    s->random ^= s->random << 25;
    s->random ^= s->random >> 27;
    double unit = (double)((s->random * UINT64_C(2685821657736338717)) >> 11) / 9007199254740992.0;
    return low + (high - low) * unit;
}

static void set(struct schedule *s, uint32_t source, int64_t due)
{
    struct entry *e = &s->list[source];

    e->due = due ? due : 1;
    /* Its id has been in the heap before, which therefore has room. */
    heap_set(s->heap, source, e->held > e->due ? e->held : e->due);
}

struct schedule *schedule_new(size_t count, int64_t now)
{
    struct schedule *s = calloc(1, sizeof *s + count * sizeof *s->list);

    if (!s)
        return NULL;
    s->count = count;
    s->heap = heap_new();
    if (!s->heap)
        goto fail;
    if (getrandom(&s->random, sizeof s->random, 0) != sizeof s->random || !s->random)
        s->random = (uint64_t)clock_mono() | 1;
    double all = (double)count * FIRST_GAP < FIRST_ALL ? (double)count * FIRST_GAP : FIRST_ALL;
    for (size_t i = 0; i < count; i++) {
        double at = all * (double)i / (double)count * clock_rate();
        s->list[i].due = now + (int64_t)at;
        if (heap_set(s->heap, (uint32_t)i, s->list[i].due))
            goto fail;
    }
    return s;
fail:
    schedule_free(s);
    return NULL;
}

void schedule_free(struct schedule *s)
{
    if (!s)
        return;
    heap_free(s->heap);
    free(s);
}

bool schedule_take(struct schedule *s, int64_t now, uint32_t *source)
{
    int64_t due;

    if (!heap_peek(s->heap, source, &due) || due > now)
        return false;
    heap_remove(s->heap, *source);
    s->list[*source].due = 0;
    return true;
}

void schedule_polled(struct schedule *s, uint32_t source, int64_t now, int64_t interval)
{
    set(s, source, now + (int64_t)((double)interval * jitter(s, 0.95, 1.05)));
}

void schedule_failed(struct schedule *s, uint32_t source, int64_t now, int64_t interval,
                     int failures, int64_t least)
{
    double pause = interval < PAUSE_FIRST ? (double)interval : PAUSE_FIRST;

    for (int i = 1; i < failures && pause < PAUSE_MAX; i++)
        pause *= 2;
    pause = (pause < PAUSE_MAX ? pause : PAUSE_MAX) * jitter(s, 0.8, 1.2);
    pause = pause < PAUSE_MAX ? pause : PAUSE_MAX;
    set(s, source, now + (pause > (double)least ? (int64_t)pause : least));
}

void schedule_soon(struct schedule *s, uint32_t source, int64_t now)
{
    if (s->list[source].due)
        set(s, source, now + (int64_t)(SOON * clock_rate() * jitter(s, 0.2, 1)));
}

void schedule_hold(struct schedule *s, uint32_t source, int64_t until)
{
    struct entry *e = &s->list[source];

    e->held = until;
    if (e->due)
        set(s, source, e->due);
}

void schedule_step(struct schedule *s, int64_t step)
{
    for (size_t i = 0; i < s->count; i++)
        if (s->list[i].due)
            set(s, (uint32_t)i, s->list[i].due > step ? s->list[i].due - step : 1);
}

bool schedule_next(const struct schedule *s, int64_t *when)
{
    uint32_t source;

    return heap_peek(s->heap, &source, when);
}

int64_t schedule_due(const struct schedule *s, uint32_t source)
{
    const struct entry *e = &s->list[source];

    return !e->due ? 0 : e->held > e->due ? e->held : e->due;
}
