#include "feeds/schedule/pace.h"

#define HOUR (3600 * INT64_C(1000))

enum { QUIET_SHARE = 16, PATIENCE = 8, HOURS = 24, DAYS = 7 };

static bool fixed(struct pace_bounds b)
{
    return b.least >= b.most;
}

static int64_t within(struct pace_bounds b, int64_t ms)
{
    ms = ms > b.most ? b.most : ms;
    return ms < b.least ? b.least : ms;
}

int64_t pace_fresh(struct pace_bounds bounds, int64_t interval)
{
    return within(bounds, interval / 2);
}

int64_t pace_stale(struct pace_bounds bounds, int64_t interval, int64_t quiet)
{
    /* At least 1 ms, or a short interval never grows. */
    int64_t longer = interval + interval / 10 + 1;

    return within(bounds, longer > quiet / QUIET_SHARE ? longer : quiet / QUIET_SHARE);
}

int64_t pace_asked(const struct feed_hints *hints)
{
    int64_t asked = hints->ttl > hints->update_period ? hints->ttl : hints->update_period;

    return asked < 0 ? 0 : asked;
}

uint32_t pace_skip(const struct feed_hints *hints)
{
    uint32_t hours = hints->skip_hours & ((1U << HOURS) - 1);
    uint32_t days = hints->skip_days & ((1U << DAYS) - 1);

    hours = hours == (1U << HOURS) - 1 ? 0 : hours;
    days = days == (1U << DAYS) - 1 ? 0 : days;
    return hours | days << HOURS;
}

int64_t pace_pause(struct pace_bounds bounds, int64_t interval, int64_t asked, int64_t cached)
{
    int64_t wish = asked > cached ? asked : cached;

    if (fixed(bounds))
        return bounds.least;
    return within(bounds, interval > wish ? interval : wish);
}

static bool skipped(uint32_t skip, int64_t when)
{
    int64_t hour = when / HOUR;
    /* 1970-01-01 was a Thursday, day 4. */
    int64_t day = (hour / HOURS + 4) % DAYS;

    return (skip >> hour % HOURS & 1) || (skip >> (HOURS + day) & 1);
}

int64_t pace_unskip(struct pace_bounds bounds, uint32_t skip, int64_t from, int64_t due)
{
    int64_t latest = from + bounds.most, at = due;

    if (fixed(bounds) || !skip || due < 0)
        return due;
    for (int i = 0; i < HOURS * DAYS && at < latest && skipped(skip, at); i++)
        at += HOUR;
    return at < latest ? at : due > latest ? due : latest;
}

int64_t pace_rest(struct pace_bounds bounds, int64_t interval, int failures, bool gone)
{
    int64_t most = bounds.most > HOURS * HOUR ? bounds.most : HOURS * HOUR;
    int64_t rest = gone ? interval : failures > PATIENCE ? HOUR : 0;

    for (int i = gone ? 1 : PATIENCE + 1; i < failures && rest < most; i++)
        rest *= 2;
    return rest < most ? rest : most;
}
