#include "feeds/fetch/robots_cache.h"

#include <stdlib.h>

#include "base/err.h"
#include "feeds/fetch/cache.h"
#include "feeds/fetch/robots.h"

#define HOUR (3600 * INT64_C(1000))

/* Fresh for a day at most; kept a month in case the origin then cannot be reached. Hostile origins
 * could otherwise fill the memory with rules, so that those with many are few. */
enum { KEPT_MAX = 131072, LARGE_MAX = 256, LARGE = 1024 };
#define FRESH (24 * HOUR)
#define FRESH_LEAST (HOUR / 6)
#define KEPT (30 * 24 * HOUR)
#define RETRY INT64_C(60000)

struct said {
    int64_t fresh;       /* until */
    int64_t unreachable; /* since then, and no older text is known; INT64_MAX: it is not */
    uint32_t n;
    char text[]; /* reduced to our group; empty allows */
};

struct robots_cache {
    struct cache *said, *large; /* by origin, which is in one of them */
    const char *agent;
};

struct robots_cache *robots_cache_new(const char *agent)
{
    struct robots_cache *c = calloc(1, sizeof *c);

    if (!c)
        return NULL;
    c->agent = agent;
    c->said = cache_new(KEPT_MAX, free);
    c->large = cache_new(LARGE_MAX, free);
    if (!c->said || !c->large) {
        robots_cache_free(c);
        return NULL;
    }
    return c;
}

void robots_cache_free(struct robots_cache *c)
{
    if (!c)
        return;
    if (c->said)
        cache_free(c->said);
    if (c->large)
        cache_free(c->large);
    free(c);
}

static struct said *find(struct robots_cache *c, const char *origin, int64_t now)
{
    struct said *s = cache_get(c->said, str_from(origin), now);

    return s ? s : cache_get(c->large, str_from(origin), now);
}

enum robots_word robots_cache_check(struct robots_cache *c, const struct address *a, int64_t now,
                                    int64_t *delay)
{
    const struct said *s = find(c, a->origin, now);
    double seconds = -1;

    *delay = 0;
    if (!s || s->fresh <= now)
        return ROBOTS_ASK;
    if (s->unreachable != INT64_MAX)
        return now - s->unreachable < KEPT ? ROBOTS_UNREACHABLE : ROBOTS_ALLOW;
    bool allowed = robots_allowed((struct str){s->text, s->n}, str_from(c->agent),
                                  str_from(a->url), &seconds);
    *delay = seconds > 0 ? (int64_t)(seconds * 1000) : 0;
    return allowed ? ROBOTS_ALLOW : ROBOTS_DISALLOW;
}

static int put(struct robots_cache *c, const char *origin, struct str text, int64_t fresh,
               int64_t unreachable, int64_t now)
{
    struct cache *to = text.n > LARGE ? c->large : c->said;
    struct said *s = malloc(sizeof *s + text.n);

    if (!s)
        return ERR_NOMEM;
    *s = (struct said){now + fresh, unreachable, (uint32_t)text.n};
    if (text.n)
        memcpy(s->text, text.p, text.n);
    if (cache_put(to, str_from(origin), s, now, now + KEPT)) {
        free(s);
        return ERR_NOMEM;
    }
    cache_until(to == c->large ? c->said : c->large, str_from(origin), now);
    return 0;
}

int robots_cache_text(struct robots_cache *c, const char *origin, struct str text, int64_t cached,
                      int64_t now)
{
    struct buf ours = BUF_INIT;
    int64_t fresh = cached <= 0 || cached > FRESH ? FRESH : cached;
    int err = robots_reduce(text, str_from(c->agent), &ours);

    if (!err)
        err = put(c, origin, buf_str(&ours), fresh < FRESH_LEAST ? FRESH_LEAST : fresh, INT64_MAX,
                  now);
    buf_free(&ours);
    return err;
}

int robots_cache_absent(struct robots_cache *c, const char *origin, int64_t now)
{
    return put(c, origin, STR_NONE, FRESH, INT64_MAX, now);
}

int robots_cache_unreachable(struct robots_cache *c, const char *origin, int64_t now)
{
    struct said *s = find(c, origin, now);

    if (!s)
        return put(c, origin, STR_NONE, RETRY, now, now);
    s->fresh = now + RETRY;
    /* As long as it is asked for, the last word is not forgotten. */
    cache_until(s->n > LARGE ? c->large : c->said, str_from(origin), now + KEPT);
    return 0;
}
