#define _GNU_SOURCE
#include "feeds/schedule/schedule.h"

#include <stdlib.h>
#include <sys/random.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/heap.h"

/* Real ms between first polls, and before one that is to come soon. */
enum { FIRST_GAP = 10, SOON = 500 };
enum { PAUSE_FIRST = 60 * 1000, PAUSE_MAX = 3600 * 1000 };

/* Instead of a due time; from PARKED downwards one for each part, called and not. */
enum { UNDER_WAY = 0, ABSENT = -1, PARKED = -2 };

struct entry {
    int64_t due;
    int64_t held; /* not before */
};

struct schedule {
    struct heap *heap;
    uint64_t random;
    struct entry *list;
    size_t count, cap; /* of list; those that are not there included */
    size_t present, expected;
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

static bool present(const struct schedule *s, uint32_t source)
{
    return source < s->count && s->list[source].due != ABSENT;
}

static void set(struct schedule *s, uint32_t source, int64_t due)
{
    struct entry *e = &s->list[source];

    e->due = due > UNDER_WAY ? due : 1;
    /* Its id has been in the heap before, which therefore has room. */
    heap_set(s->heap, source, e->held > e->due ? e->held : e->due);
}

struct schedule *schedule_new(size_t expected)
{
    struct schedule *s = calloc(1, sizeof *s);

    if (!s)
        return NULL;
    s->expected = expected;
    s->heap = heap_new();
    if (!s->heap) {
        free(s);
        return NULL;
    }
    if (getrandom(&s->random, sizeof s->random, 0) != sizeof s->random || !s->random)
        s->random = (uint64_t)clock_mono() | 1;
    return s;
}

void schedule_free(struct schedule *s)
{
    if (!s)
        return;
    heap_free(s->heap);
    free(s->list);
    free(s);
}

static int make_room(struct schedule *s, uint32_t source)
{
    size_t cap = s->cap ? s->cap : 64;

    while (cap <= source)
        cap += cap / 2;
    if (cap != s->cap) {
        struct entry *list = reallocarray(s->list, cap, sizeof *list);
        if (!list)
            return ERR_NOMEM;
        s->list = list;
        s->cap = cap;
    }
    while (s->count <= source)
        s->list[s->count++] = (struct entry){.due = ABSENT};
    return 0;
}

static int insert(struct schedule *s, uint32_t source, int64_t due)
{
    if (present(s, source))
        return 0;
    if (make_room(s, source) || heap_set(s->heap, source, due))
        return ERR_NOMEM;
    s->list[source] = (struct entry){.due = due};
    s->present++;
    return 0;
}

/* The next time after now that has this source's phase. */
static int64_t first_due(const struct schedule *s, uint32_t spread, int64_t interval, int64_t now)
{
    size_t all = s->present + 1 > s->expected ? s->present + 1 : s->expected;
    int64_t window = (int64_t)all * FIRST_GAP * clock_rate();

    window = window < interval ? window : interval;
    if (window < 1)
        return now;
    int64_t phase = (int64_t)((double)spread / 4294967296.0 * (double)window);
    return now + 1 + ((phase - now - 1) % window + window) % window;
}

int schedule_add(struct schedule *s, uint32_t source, uint32_t spread, int64_t interval,
                 int64_t now)
{
    return insert(s, source, first_due(s, spread, interval, now));
}

int schedule_restore(struct schedule *s, uint32_t source, uint32_t spread, int64_t due,
                     int64_t interval, int64_t now)
{
    bool good = due > now && due - now <= (interval > PAUSE_MAX ? interval : PAUSE_MAX);

    return insert(s, source, good ? due : first_due(s, spread, interval, now));
}

void schedule_remove(struct schedule *s, uint32_t source)
{
    if (!present(s, source))
        return;
    heap_remove(s->heap, source);
    s->list[source].due = ABSENT;
    s->present--;
}

bool schedule_take(struct schedule *s, int64_t now, uint32_t *source)
{
    int64_t due;

    if (!heap_peek(s->heap, source, &due) || due > now)
        return false;
    heap_remove(s->heap, *source);
    s->list[*source].due = UNDER_WAY;
    return true;
}

void schedule_at(struct schedule *s, uint32_t source, int64_t due)
{
    if (present(s, source))
        set(s, source, due);
}

void schedule_park(struct schedule *s, uint32_t source, unsigned part, bool called)
{
    if (!present(s, source))
        return;
    heap_remove(s->heap, source);
    s->list[source].due = PARKED - (int64_t)(2 * (part % SCHEDULE_PARTS) + called);
}

bool schedule_parked(const struct schedule *s, uint32_t source, unsigned *part, bool *called)
{
    if (!present(s, source) || s->list[source].due > PARKED)
        return false;
    int64_t number = PARKED - s->list[source].due;
    *part = (unsigned)(number / 2);
    *called = number % 2;
    return true;
}

void schedule_polled(struct schedule *s, uint32_t source, int64_t now, int64_t interval)
{
    schedule_at(s, source, now + (int64_t)((double)interval * jitter(s, 0.95, 1.05)));
}

void schedule_failed(struct schedule *s, uint32_t source, int64_t now, int64_t interval,
                     int failures, int64_t least)
{
    double pause = interval < PAUSE_FIRST ? (double)interval : PAUSE_FIRST;

    for (int i = 1; i < failures && pause < PAUSE_MAX; i++)
        pause *= 2;
    pause = (pause < PAUSE_MAX ? pause : PAUSE_MAX) * jitter(s, 0.8, 1.2);
    pause = pause < PAUSE_MAX ? pause : PAUSE_MAX;
    schedule_at(s, source, now + (pause > (double)least ? (int64_t)pause : least));
}

void schedule_soon(struct schedule *s, uint32_t source, int64_t now)
{
    if (schedule_due(s, source))
        set(s, source, now + (int64_t)(SOON * clock_rate() * jitter(s, 0.2, 1)));
}

void schedule_hold(struct schedule *s, uint32_t source, int64_t until)
{
    if (!present(s, source))
        return;
    s->list[source].held = until;
    if (s->list[source].due > UNDER_WAY)
        set(s, source, s->list[source].due);
}

void schedule_step(struct schedule *s, int64_t step)
{
    for (uint32_t i = 0; i < s->count; i++) {
        struct entry *e = &s->list[i];
        e->held = e->held > step ? e->held - step : 0;
        if (e->due > UNDER_WAY)
            set(s, i, e->due > step ? e->due - step : 1);
    }
}

bool schedule_next(const struct schedule *s, int64_t *when)
{
    uint32_t source;

    return heap_peek(s->heap, &source, when);
}

int64_t schedule_due(const struct schedule *s, uint32_t source)
{
    if (source >= s->count || s->list[source].due <= UNDER_WAY)
        return 0;
    const struct entry *e = &s->list[source];
    return e->held > e->due ? e->held : e->due;
}
