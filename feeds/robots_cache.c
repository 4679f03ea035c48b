#include "feeds/robots_cache.h"

#include <stdlib.h>

#include "base/err.h"
#include "feeds/cache.h"
#include "feeds/robots.h"

#define HOUR (3600 * INT64_C(1000))

/* Fresh for a day; kept a month in case the origin then cannot be reached. */
enum { KEPT_MAX = 65536 };
#define FRESH (24 * HOUR)
#define KEPT (30 * 24 * HOUR)
#define RETRY INT64_C(60000)

struct said {
    int64_t fresh;    /* until */
    bool unreachable; /* and no older text is known */
    size_t n;
    char text[]; /* reduced to our group; empty allows */
};

struct robots_cache {
    struct cache *said; /* by origin */
    const char *agent;
};

struct robots_cache *robots_cache_new(const char *agent)
{
    struct robots_cache *c = calloc(1, sizeof *c);

    if (!c)
        return NULL;
    c->agent = agent;
    c->said = cache_new(KEPT_MAX, free);
    if (!c->said) {
        free(c);
        return NULL;
    }
    return c;
}

void robots_cache_free(struct robots_cache *c)
{
    if (!c)
        return;
    cache_free(c->said);
    free(c);
}

enum robots_word robots_cache_check(struct robots_cache *c, const struct address *a, int64_t now,
                                    int64_t *delay)
{
    const struct said *s = cache_get(c->said, str_from(a->origin), now);
    double seconds = -1;

    *delay = 0;
    if (!s || s->fresh <= now)
        return ROBOTS_ASK;
    if (s->unreachable)
        return ROBOTS_UNREACHABLE;
    bool allowed = robots_allowed((struct str){s->text, s->n}, str_from(c->agent),
                                  str_from(a->url), &seconds);
    *delay = seconds > 0 ? (int64_t)(seconds * 1000) : 0;
    return allowed ? ROBOTS_ALLOW : ROBOTS_DISALLOW;
}

static int put(struct robots_cache *c, const char *origin, struct str text, bool unreachable,
               int64_t now)
{
    struct said *s = malloc(sizeof *s + text.n);

    if (!s)
        return ERR_NOMEM;
    *s = (struct said){now + (unreachable ? RETRY : FRESH), unreachable, text.n};
    if (text.n)
        memcpy(s->text, text.p, text.n);
    if (cache_put(c->said, str_from(origin), s, now, now + KEPT)) {
        free(s);
        return ERR_NOMEM;
    }
    return 0;
}

int robots_cache_text(struct robots_cache *c, const char *origin, struct str text, int64_t now)
{
    struct buf ours = BUF_INIT;
    int err = robots_reduce(text, str_from(c->agent), &ours);

    if (!err)
        err = put(c, origin, buf_str(&ours), false, now);
    buf_free(&ours);
    return err;
}

int robots_cache_absent(struct robots_cache *c, const char *origin, int64_t now)
{
    return put(c, origin, STR_NONE, false, now);
}

int robots_cache_unreachable(struct robots_cache *c, const char *origin, int64_t now)
{
    struct said *s = cache_get(c->said, str_from(origin), now);

    if (!s)
        return put(c, origin, STR_NONE, true, now);
    s->fresh = now + RETRY;
    return 0;
}
