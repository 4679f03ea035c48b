/* What the ledger looks at every hour of its own accord. */
#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "daemon/ledger/ledger_state.h"
#include "store/forget.h"

enum {
    EXPIRE_MAX = 2000, /* texts dropped at a time */
    FORGET_MAX = 2000  /* items looked at at a time */
};
#define RESIDUE_EVERY 1000
#define FORGET_EVERY 1000 /* while there are more */
#define HOUR (3600 * INT64_C(1000))

static void expire(struct ledger *l, int64_t now)
{
    const int64_t soon = now + RESIDUE_EVERY * clock_rate();

    /* A reader was in the way of cutting the WAL; or words were dropped that the file of a Redis
     * still holds. */
    if (l->expire_next > soon && store_residue(l->store))
        l->expire_next = soon;
    if (now < l->expire_next && now > l->expire_next - 2 * HOUR)
        return;
    int n = store_expire(l->store, now, EXPIRE_MAX);
    if (n > 0)
        log_info("ledger.expired", "texts=%d", n);
    else if (n < 0)
        log_warn("ledger.expire", "err=%s", err_name(n));
    l->expire_next = n == EXPIRE_MAX ? now : now + HOUR;
    l->expire_left = n < 0 || n == EXPIRE_MAX;
}

/* A clock that was ahead may have forgotten what is young: then the slack in `before` refuses
 * nothing that is young. */
void ledger_forgotten(struct ledger *l, int64_t before)
{
    const int64_t sure = before - STORE_FORGET_SLACK, kept = clock_now() - l->config->items_keep;

    l->forgotten_before = before;
    if (before > kept)
        before = kept;
    batch_forgotten(l->batch, before > sure ? before : sure);
}

/* In small steps: nothing else is written meanwhile. */
static void forget(struct ledger *l, int64_t now)
{
    struct store_counts counts;

    if (now < l->forget_next && now > l->forget_next - 2 * HOUR)
        return;
    const int64_t keep = l->config->items_keep;
    int n = keep ? store_forget(l->store, now - keep, FORGET_MAX) : 0;
    if (n < 0)
        log_warn("ledger.forget", "err=%s", err_name(n));
    l->forget_next = n >= FORGET_MAX ? now + FORGET_EVERY * clock_rate() : now + HOUR;
    if (!n && !l->forgotten_unread) {
        ledger_forgotten(l, l->forgotten_before); /* by the clock as it is now */
        return;
    }
    l->forgotten_unread = store_counts(l->store, &counts) != 0;
    if (l->forgotten_unread) { /* and what it forgot last is not known either: soon again */
        l->forget_next = now + FORGET_EVERY * clock_rate();
        return;
    }
    ledger_forgotten(l, counts.forgotten_before);
    if (counts.forgotten != l->forgotten)
        log_info("ledger.forgotten", "items=%llu", (unsigned long long)counts.forgotten);
    l->forgotten = counts.forgotten;
}

/* The holidays of the year that comes are published in autumn; without them due times are counted
 * provisionally. */
static void look_at_calendars(struct ledger *l, int64_t now)
{
    if (now < l->calendar_next && now > l->calendar_next - 2 * HOUR)
        return;
    int year = calendar_missing(l->desk_conf.deadlines->calendar, now);
    if (year && year != l->calendar_missing) {
        log_warn("calendar.missing", "year=%d note=\"due times in it are provisional\"", year);
        l->calendar_news = true;
    }
    l->calendar_missing = year;
    l->calendar_next = now + HOUR;
}

/* An item that still has words is passed over by what forgets, for long: so they go first, all of
 * them, and by the same clock. */
void ledger_hourly(struct ledger *l)
{
    const int64_t now = clock_now();

    expire(l, now);
    if (!l->expire_left)
        forget(l, now);
    ledger_tell_lost(l, 0);
    look_at_calendars(l, now);
}
