#include "feeds/politeness.h"

#include <stdlib.h>

#include "base/err.h"
#include "base/heap.h"
#include "feeds/cache.h"

/* A robots.txt may ask for a pause of a day; a longer one than this is asked of nobody. */
enum { REST_MAX = 60 * 1000 };

struct politeness_domain {
    uint32_t id; /* in `ready`, while busy or waited for */
    bool busy;
    int64_t rested; /* when the next request may start */
    struct politeness_turn *first, *last;
    char name[];
};

struct politeness {
    int64_t spacing;
    struct cache *domains;            /* idle ones leave when they are rested */
    struct heap *ready;               /* ids of domains that are waited for and not busy */
    struct politeness_domain **by_id; /* NULL: an id not in use */
    uint32_t *unused;                 /* stack of such ids */
    uint32_t ids, nunused;
};

struct politeness *politeness_new(int64_t spacing)
{
    struct politeness *p = calloc(1, sizeof *p);

    if (!p)
        return NULL;
    p->spacing = spacing;
    p->domains = cache_new(1024, free);
    p->ready = heap_new();
    if (!p->domains || !p->ready) {
        politeness_free(p);
        return NULL;
    }
    return p;
}

void politeness_free(struct politeness *p)
{
    if (!p)
        return;
    cache_free(p->domains);
    heap_free(p->ready);
    free(p->by_id);
    free(p->unused);
    free(p);
}

static int more_ids(struct politeness *p)
{
    uint32_t ids = p->ids ? p->ids * 2 : 64;
    struct politeness_domain **by_id = reallocarray(p->by_id, ids, sizeof *by_id);

    if (!by_id)
        return ERR_NOMEM;
    p->by_id = by_id;
    uint32_t *unused = reallocarray(p->unused, ids, sizeof *unused);
    if (!unused)
        return ERR_NOMEM;
    p->unused = unused;
    for (uint32_t i = ids; i-- > p->ids;)
        p->unused[p->nunused++] = i;
    p->ids = ids;
    return 0;
}

static struct politeness_domain *domain_of(struct politeness *p, const char *name, int64_t now)
{
    struct str key = str_from(name);
    struct politeness_domain *d = cache_get(p->domains, key, now);

    if (d)
        return d;
    d = calloc(1, sizeof *d + key.n + 1);
    if (!d)
        return NULL;
    memcpy(d->name, name, key.n);
    d->id = UINT32_MAX;
    if (cache_put(p->domains, key, d, now, now + 1)) {
        free(d);
        return NULL;
    }
    return d;
}

/* Give the domain an id and keep it in memory while something waits for it. */
static int keep(struct politeness *p, struct politeness_domain *d)
{
    if (d->id != UINT32_MAX)
        return 0;
    if (!p->nunused && more_ids(p))
        return ERR_NOMEM;
    d->id = p->unused[--p->nunused];
    p->by_id[d->id] = d;
    cache_until(p->domains, str_from(d->name), INT64_MAX);
    return 0;
}

static void let_go(struct politeness *p, struct politeness_domain *d, int64_t now)
{
    heap_remove(p->ready, d->id);
    p->unused[p->nunused++] = d->id;
    d->id = UINT32_MAX;
    cache_until(p->domains, str_from(d->name), d->rested > now ? d->rested : now + 1);
}

int politeness_wait(struct politeness *p, const char *domain, bool ahead, int64_t now,
                    struct politeness_turn *turn)
{
    struct politeness_domain *d = domain_of(p, domain, now);

    if (!d || keep(p, d))
        return ERR_NOMEM;
    if (!d->busy && heap_set(p->ready, d->id, d->rested)) {
        if (!d->first)
            let_go(p, d, now);
        return ERR_NOMEM;
    }
    turn->domain = d;
    turn->next = ahead ? d->first : NULL;
    if (ahead)
        d->first = turn;
    else if (d->first)
        d->last->next = turn;
    else
        d->first = turn;
    if (!turn->next)
        d->last = turn;
    return 0;
}

struct politeness_turn *politeness_next(struct politeness *p, int64_t now)
{
    int64_t rested;
    uint32_t id;

    if (!heap_peek(p->ready, &id, &rested) || rested > now)
        return NULL;
    struct politeness_domain *d = p->by_id[id];
    struct politeness_turn *turn = d->first;
    heap_remove(p->ready, id);
    d->busy = true;
    d->first = turn->next;
    turn->next = NULL;
    return turn;
}

int64_t politeness_due(const struct politeness *p)
{
    int64_t rested;
    uint32_t id;

    return heap_peek(p->ready, &id, &rested) ? rested : INT64_MAX;
}

void politeness_done(struct politeness *p, struct politeness_turn *turn, bool asked, int64_t rest,
                     int64_t now)
{
    struct politeness_domain *d = turn->domain;

    rest = rest > REST_MAX ? REST_MAX : rest;
    if (asked)
        d->rested = now + (rest > p->spacing ? rest : p->spacing);
    d->busy = false;
    turn->domain = NULL;
    /* Without memory the domain stays out of the heap until the next politeness_wait() for it. */
    if (d->first)
        heap_set(p->ready, d->id, d->rested);
    else
        let_go(p, d, now);
}
