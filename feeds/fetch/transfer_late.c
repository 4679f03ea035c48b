/* How long a transfer may take: in all, until it is connected, and to bring too little. libcurl's
 * options for these set timers and read the clock a dozen times in each transfer, most of which
 * are over before any of it could matter; here all are looked at together, a few times a second. */
#include "base/clock.h"
#include "feeds/fetch/transfer_inside.h"

enum { LOOK_MS = 200, CONNECT_MS = 10000, SLOW_SECONDS = 10, SLOW_BYTES = 64 };

static int64_t or_else(int64_t value, int64_t usual)
{
    return value ? value : usual;
}

void transfer_late_begin(struct transfer *t, int64_t now, int64_t budget)
{
    struct transfer_pool *p = t->pool;
    int64_t look = now + (budget < LOOK_MS ? budget : LOOK_MS);

    t->end = now + budget;
    t->marked = now;
    t->got = 0;
    t->connected = false;
    p->look = look < p->look ? look : p->look;
}

static bool connected(struct transfer *t, int64_t now)
{
    curl_off_t us = 0;

    if (t->connected)
        return true;
    curl_easy_getinfo(t->easy, CURLINFO_PRETRANSFER_TIME_T, &us);
    if (us)
        t->marked = now;
    t->connected = us > 0;
    return t->connected;
}

/* Each SLOW_SECONDS must bring what as many of SLOW_BYTES are; headers do not count. */
static bool slow(struct transfer *t, int64_t now)
{
    const struct fetch_limits *l = &t->pool->conf->limits;
    int64_t seconds = or_else(l->slow_seconds, SLOW_SECONDS);
    curl_off_t got = 0;

    curl_easy_getinfo(t->easy, CURLINFO_SIZE_DOWNLOAD_T, &got);
    if (got - t->got < seconds * or_else(l->slow_bytes, SLOW_BYTES))
        return now - t->marked >= seconds * 1000;
    t->marked = now;
    t->got = got;
    return false;
}

static bool late(struct transfer *t, int64_t now)
{
    if (t->end <= now)
        return true;
    if (connected(t, now))
        return slow(t, now);
    return now - t->marked >= or_else(t->pool->conf->limits.connect_ms, CONNECT_MS);
}

struct transfer *transfer_late_next(struct transfer_pool *p)
{
    int64_t now = p->look == INT64_MAX ? 0 : clock_mono(), look = INT64_MAX;

    if (now < p->look)
        return NULL;
    for (struct transfer *t = p->active; t; t = t->older) {
        if (!t->part)
            continue;
        if (late(t, now))
            return t;
        look = t->end < look ? t->end : look;
    }
    if (look != INT64_MAX && look > now + LOOK_MS)
        look = now + LOOK_MS;
    p->look = look;
    return NULL;
}
