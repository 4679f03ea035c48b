#include "daemon/cli/carry.h"

#include <stdlib.h>

#include "base/err.h"

enum {
    FULL = 128,
    MINUTE_MS = 60000,
    PACE_MOST = 60,
    FIRST_PAUSE_MS = 1000,
    LAST_PAUSE_MS = 300000
};

struct carry {
    const struct carrier *carrier;
    void *arg;
    json_t *waiting;            /* events, the oldest first */
    size_t under_way;           /* the first so many of them */
    int64_t first_at;           /* clock_mono() when the oldest began to wait; 0: none does */
    int64_t not_before, pause;
    int64_t begun[PACE_MOST];   /* when the last deliveries began, a ring */
    size_t at;
    uint64_t passed;            /* unitseq */
    uint64_t delivered, end;    /* counts of events */
};

struct carry *carry_new(const struct carrier *carrier, void *arg, uint64_t end)
{
    struct carry *c = calloc(1, sizeof *c);

    if (!c)
        return NULL;
    c->carrier = carrier;
    c->arg = arg;
    c->end = end;
    c->waiting = json_array();
    for (size_t i = 0; i < PACE_MOST; i++)
        c->begun[i] = -MINUTE_MS;
    if (!c->waiting) {
        free(c);
        return NULL;
    }
    return c;
}

void carry_free(struct carry *c)
{
    if (c)
        json_decref(c->waiting);
    free(c);
}

int carry_take(struct carry *c, json_t *event)
{
    return json_array_append(c->waiting, event) ? ERR_NOMEM : 0;
}

bool carry_full(const struct carry *c)
{
    return json_array_size(c->waiting) >= FULL;
}

bool carry_busy(const struct carry *c)
{
    return c->under_way > 0;
}

uint64_t carry_delivered(const struct carry *c)
{
    return c->delivered;
}

static void pop(struct carry *c)
{
    json_t *event = json_array_get(c->waiting, 0);

    c->passed = (uint64_t)json_integer_value(json_object_get(event, "unitseq"));
    json_array_remove(c->waiting, 0);
}

/* What nobody wants goes as far as the next that is wanted. */
static void skip(struct carry *c)
{
    while (c->carrier->wanted && json_array_size(c->waiting) &&
           !c->carrier->wanted(c->arg, json_array_get(c->waiting, 0)))
        pop(c);
}

/* The pace allows another one. */
static bool paced(const struct carry *c, int64_t now)
{
    unsigned n = c->carrier->a_minute < PACE_MOST ? c->carrier->a_minute : PACE_MOST;

    return !n || now - c->begun[(c->at + PACE_MOST - n) % PACE_MOST] >= MINUTE_MS;
}

static size_t gather(const struct carry *c, json_t *out[static CARRY_MOST])
{
    size_t n = 0, taken = 0;

    for (; n < json_array_size(c->waiting) && taken < c->carrier->most && taken < CARRY_MOST; n++) {
        json_t *event = json_array_get(c->waiting, n);
        if (!c->carrier->wanted || c->carrier->wanted(c->arg, event))
            out[taken++] = event;
    }
    return taken;
}

/* Behind the n-th wanted event of the queue. */
static size_t span(const struct carry *c, size_t wanted)
{
    size_t n = 0;

    for (size_t seen = 0; seen < wanted; n++)
        if (!c->carrier->wanted || c->carrier->wanted(c->arg, json_array_get(c->waiting, n)))
            seen++;
    return n;
}

static void failed(struct carry *c, int64_t now, int64_t after)
{
    c->under_way = 0;
    c->pause = c->pause ? c->pause * 2 : FIRST_PAUSE_MS;
    if (c->pause > LAST_PAUSE_MS)
        c->pause = LAST_PAUSE_MS;
    c->not_before = now + (after > c->pause ? after : c->pause);
}

static void start(struct carry *c, int64_t now)
{
    json_t *events[CARRY_MOST];
    size_t n = gather(c, events);

    if (!c->first_at)
        c->first_at = now;
    if (now < c->not_before || !paced(c, now) ||
        (n < c->carrier->most && now - c->first_at < c->carrier->gather))
        return;
    c->begun[c->at] = now;
    c->at = (c->at + 1) % PACE_MOST;
    c->under_way = n;
    if (c->carrier->start(c->arg, events, n))
        failed(c, now, 0);
}

uint64_t carry_turn(struct carry *c, int64_t now)
{
    uint64_t before = c->passed;
    int64_t after = 0;

    if (c->under_way) {
        int err = c->carrier->turn(c->arg, &after);
        if (err == ERR_AGAIN)
            return 0;
        if (err) {
            failed(c, now, after);
            return 0;
        }
        c->delivered += c->under_way;
        for (size_t n = span(c, c->under_way); n; n--)
            pop(c);
        c->under_way = 0;
        c->first_at = c->pause = c->not_before = 0;
    }
    skip(c);
    if (json_array_size(c->waiting) && c->delivered < c->end)
        start(c, now);
    return c->passed != before ? c->passed : 0;
}
