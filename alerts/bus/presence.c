#include "alerts/bus/presence.h"

#include <stdlib.h>

#include "base/err.h"
#include "base/log.h"
#include "base/named.h"

enum { PAUSE_MS = 3000 }; /* between two turns: it was us who were away */

enum line { LINE_UNKNOWN, LINE_UP, LINE_DOWN };

struct watched {
    char unit[SLUG_MAX];
    bool expected, heard_ever;
    int64_t heard, here; /* by any bus, and by this one */
    uint64_t sent, answered; /* numbers of canaries */
    uint32_t missed;         /* of them, in a row */
    enum line told;
};

struct presence {
    struct presence_times times;
    struct presence_link link;
    struct watched *list; /* in order of unit */
    size_t count, cap;
    int64_t turned, canary_at;
    struct presence_counts counts;
};

static int64_t or_default(int64_t value, int64_t standard)
{
    return value ? value : standard;
}

struct presence *presence_new(const struct presence_times *times, const struct presence_link *link,
                              int64_t now)
{
    struct presence *p = calloc(1, sizeof *p);

    if (!p)
        return NULL;
    p->times = (struct presence_times){or_default(times->silent, 8000),
                                       or_default(times->grace, 9000),
                                       or_default(times->canary, 60000)};
    p->link = *link;
    p->turned = now;
    p->canary_at = now + p->times.canary;
    return p;
}

void presence_free(struct presence *p)
{
    if (!p)
        return;
    free(p->list);
    free(p);
}

static struct watched *find(const struct presence *p, const char *unit)
{
    bool there;
    size_t at = named_place(p->list, p->count, sizeof *p->list, unit, &there);

    return there ? &p->list[at] : NULL;
}

void presence_watch_begin(struct presence *p)
{
    for (size_t i = 0; i < p->count; i++)
        p->list[i].expected = false;
}

/* One that is enrolled while we run has its grace from then on. */
int presence_watch(struct presence *p, const char *unit)
{
    bool there;
    size_t at = named_place(p->list, p->count, sizeof *p->list, unit, &there);

    if (there) {
        p->list[at].expected = true;
        return 0;
    }
    struct watched *list = named_insert(p->list, &p->count, &p->cap, sizeof *list, at, unit);
    if (!list)
        return ERR_NOMEM;
    p->list = list;
    struct watched *w = &list[at];
    w->expected = true;
    w->heard = p->turned + p->times.grace - p->times.silent;
    w->here = INT64_MIN / 2;
    return 0;
}

/* Who lost its key is told of as gone, once, and watched again when it gets another. */
void presence_watch_end(struct presence *p)
{
    for (size_t i = 0; i < p->count; i++)
        if (!p->list[i].expected) {
            p->list[i].heard = p->list[i].here = INT64_MIN / 2;
            p->list[i].missed = 0;
        }
}

void presence_heard(struct presence *p, const char *unit, int64_t now)
{
    struct watched *w = find(p, unit);

    if (!w)
        return;
    w->heard = w->here = now;
    w->heard_ever = true;
}

/* What it is missed for here it has answered there. */
void presence_elsewhere(struct presence *p, const char *unit, int64_t now)
{
    struct watched *w = find(p, unit);

    if (!w)
        return;
    w->heard = now;
    w->heard_ever = true;
    w->answered = w->sent;
    w->missed = 0;
}

void presence_canary(struct presence *p, const char *unit, uint64_t number)
{
    struct watched *w = find(p, unit);

    if (!w || number > w->sent || number <= w->answered)
        return;
    w->answered = number;
    w->missed = 0;
}

int64_t presence_heartbeat(const struct presence *p)
{
    int64_t ms = p->times.silent * 3 / 8;

    return ms < 3000 ? ms : 3000;
}

static bool is_silent(const struct presence *p, const struct watched *w, int64_t now)
{
    return now - w->heard >= p->times.silent;
}

static bool is_here(const struct presence *p, const struct watched *w, int64_t now)
{
    return w->expected && now - w->here < p->times.silent;
}

void presence_each(const struct presence *p, int64_t now,
                   void (*each)(void *arg, const char *unit), void *arg)
{
    for (size_t i = 0; i < p->count; i++)
        if (is_here(p, &p->list[i], now) && p->list[i].missed < PRESENCE_CANARIES)
            each(arg, p->list[i].unit);
}

/* One that is not heard here gets none: what it is missed for is known. */
static void send_canary(struct presence *p, struct watched *w)
{
    if (w->sent > w->answered) {
        p->counts.missed++;
        if (w->missed < UINT32_MAX && ++w->missed == PRESENCE_CANARIES)
            log_error("bus.canary", "unit=%s missed=%u", w->unit, w->missed);
    }
    w->sent++;
    p->counts.canaries++;
    p->link.canary(p->link.arg, w->unit, w->sent);
}

static void judge(struct presence *p, struct watched *w, int64_t now)
{
    bool silent = is_silent(p, w, now), down = silent || w->missed >= PRESENCE_CANARIES;
    enum line line = down ? LINE_DOWN : LINE_UP;

    if (!down && !w->heard_ever)
        return; /* in its grace: nothing is known of it */
    if (line == w->told || (!w->expected && w->told == LINE_UNKNOWN))
        return;
    if (p->link.tell(p->link.arg, w->unit, down, silent ? 0 : w->missed))
        return;
    w->told = line;
    if (silent) { /* who comes back begins anew */
        w->answered = w->sent;
        w->missed = 0;
    }
    if (down)
        log_warn("bus.offline", "unit=%s missed=%u", w->unit, w->missed);
    else
        log_info("bus.online", "unit=%s", w->unit);
}

void presence_turn(struct presence *p, int64_t now)
{
    int64_t away = now - p->turned > PAUSE_MS ? now - p->turned : 0;
    bool round = now >= p->canary_at;

    p->turned = now;
    p->counts.expected = p->counts.offline = 0;
    for (size_t i = 0; i < p->count; i++) {
        struct watched *w = &p->list[i];
        if (w->expected) {
            w->heard += away;
            w->here += away;
        }
        if (round && is_here(p, w, now))
            send_canary(p, w);
        if (!p->link.tell)
            continue;
        judge(p, w, now);
        p->counts.expected += w->expected;
        p->counts.offline += w->expected && w->told == LINE_DOWN;
    }
    if (round)
        p->canary_at = now + p->times.canary;
}

void presence_counts(const struct presence *p, struct presence_counts *out)
{
    *out = p->counts;
}
