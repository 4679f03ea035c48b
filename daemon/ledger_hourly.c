/* What the ledger looks at every hour of its own accord. */
#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "daemon/ledger_state.h"

enum { EXPIRE_MAX = 2000 }; /* texts dropped at a time */
#define RESIDUE_EVERY 1000
#define HOUR (3600 * INT64_C(1000))

static void expire(struct ledger *l)
{
    int64_t now = clock_now(), soon = now + RESIDUE_EVERY * clock_rate();

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
}

/* The holidays of the year that comes are published in autumn; without them due times are counted
 * provisionally. */
static void look_at_calendars(struct ledger *l)
{
    int64_t now = clock_now();

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

void ledger_hourly(struct ledger *l)
{
    expire(l);
    look_at_calendars(l);
}
