#include "feeds/fetch/politeness.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/heap.h"
#include "feeds/fetch/cache.h"
#include "feeds/fetch/fetch.h"

/* A robots.txt may ask for a pause of a day; a longer one than this is asked of nobody. */
enum { REST_MAX = 60 * 1000 };

/* Where polls and pages wait, every SHARE-th turn is a page's: a domain with more feeds than it has
 * turns for must not keep replies from being read. */
enum { SHARE = 4 };

/* Rests of a busy domain; how many are kept in memory while nothing waits for them. */
enum { BUSY_FIRST = 60 * 1000, BUSY_MAX = 3600 * 1000, BUSY_KEPT = 3600 * 1000, KEPT_MAX = 65536 };

struct queue_of_turns {
    struct politeness_turn *first, *last;
};

struct politeness_domain {
    uint32_t id; /* in `ready`, while busy or waited for */
    uint32_t place; /* in `domains` */
    bool busy;
    int64_t rested; /* when the next request may start */
    int64_t spacing;
    int refusals;   /* 429 and 503 in a row */
    bool refused;   /* by the request that has the turn */
    uint32_t waiting, waiting_polls;
    uint32_t polled; /* turns of polls in a row while pages waited */
    struct queue_of_turns polls, pages;
    char name[];
};

struct politeness {
    int64_t spacing;
    const struct fetch_domain *spacings; /* or NULL */
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
    p->domains = cache_new(KEPT_MAX, free);
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

void politeness_spacings(struct politeness *p, const struct fetch_domain *domains)
{
    p->spacings = domains;
}

static int64_t spacing_of(const struct politeness *p, const char *name)
{
    for (const struct fetch_domain *d = p->spacings; d && d->name; d++)
        if (strcmp(d->name, name) == 0)
            return d->spacing;
    return p->spacing;
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
    d->spacing = spacing_of(p, name);
    if (cache_put(p->domains, key, d, now, now + 1)) {
        free(d);
        return NULL;
    }
    d->place = cache_place(p->domains, key);
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
    cache_until_at(p->domains, d->place, INT64_MAX);
    return 0;
}

static void let_go(struct politeness *p, struct politeness_domain *d, int64_t now)
{
    int64_t until = (d->rested > now ? d->rested : now + 1) + (d->refusals ? BUSY_KEPT : 0);

    heap_remove(p->ready, d->id);
    p->unused[p->nunused++] = d->id;
    d->id = UINT32_MAX;
    cache_until_at(p->domains, d->place, until);
}

static void push(struct queue_of_turns *q, struct politeness_turn *turn, bool ahead)
{
    turn->next = ahead ? q->first : NULL;
    if (ahead || !q->first)
        q->first = turn;
    else
        q->last->next = turn;
    if (!turn->next)
        q->last = turn;
}

static struct politeness_turn *pop(struct politeness_domain *d)
{
    bool page = d->pages.first && (!d->polls.first || d->polled >= SHARE - 1);
    struct queue_of_turns *q = page ? &d->pages : &d->polls;
    struct politeness_turn *turn = q->first;

    if (!turn)
        return NULL;
    q->first = turn->next;
    turn->next = NULL;
    d->waiting--;
    d->waiting_polls -= !page;
    d->polled = page || !d->pages.first ? 0 : d->polled + 1;
    return turn;
}

int politeness_wait(struct politeness *p, const char *domain, bool ahead, int64_t now,
                    struct politeness_turn *turn)
{
    struct politeness_domain *d = domain_of(p, domain, now);

    if (!d || keep(p, d))
        return ERR_NOMEM;
    if (!d->busy && heap_set(p->ready, d->id, d->rested)) {
        if (!d->waiting)
            let_go(p, d, now);
        return ERR_NOMEM;
    }
    turn->domain = d;
    push(turn->page ? &d->pages : &d->polls, turn, ahead);
    d->waiting++;
    d->waiting_polls += !turn->page;
    return 0;
}

struct politeness_turn *politeness_next(struct politeness *p, int64_t now)
{
    int64_t rested;
    uint32_t id;

    if (!heap_peek(p->ready, &id, &rested) || rested > now)
        return NULL;
    struct politeness_domain *d = p->by_id[id];
    heap_remove(p->ready, id);
    d->busy = true;
    return pop(d);
}

int64_t politeness_due(const struct politeness *p)
{
    int64_t rested;
    uint32_t id;

    return heap_peek(p->ready, &id, &rested) ? rested : INT64_MAX;
}

bool politeness_waited_for(const struct politeness_turn *turn)
{
    return turn->domain->waiting > 0;
}

int64_t politeness_backlog(struct politeness *p, const char *domain, bool page, int64_t now)
{
    const struct politeness_domain *d = cache_get(p->domains, str_from(domain), now);

    if (!d)
        return 0;
    uint32_t polls = d->waiting_polls, pages = d->waiting - polls, most = polls / (SHARE - 1);
    int64_t rest = d->rested > now ? d->rested - now : 0;
    if (page)
        return d->refusals ? rest : 0;
    return rest + (polls + (pages < most ? pages : most)) * d->spacing;
}

const char *politeness_domain(const struct politeness_turn *turn)
{
    return turn->domain->name;
}

int64_t politeness_rests(struct politeness *p, const char *domain, int64_t now)
{
    const struct politeness_domain *d = cache_get(p->domains, str_from(domain), now);

    return d && d->rested > now ? d->rested - now : 0;
}

int politeness_rest(struct politeness *p, const char *domain, int64_t rest, int64_t now)
{
    struct politeness_domain *d = domain_of(p, domain, now);

    if (!d)
        return ERR_NOMEM;
    if (d->rested >= now + rest)
        return 0;
    d->rested = now + rest;
    if (d->id == UINT32_MAX)
        cache_until_at(p->domains, d->place, d->rested);
    return d->waiting && !d->busy ? heap_set(p->ready, d->id, d->rested) : 0;
}

int64_t politeness_busy(struct politeness *p, struct politeness_turn *turn, int64_t least,
                        int64_t now)
{
    struct politeness_domain *d = turn->domain;
    int64_t rest = BUSY_FIRST;

    (void)p;
    for (int i = 0; i < d->refusals && rest < BUSY_MAX; i++)
        rest *= 2;
    rest = rest < BUSY_MAX ? rest : BUSY_MAX;
    rest = rest > least ? rest : least;
    d->refusals++;
    d->refused = true;
    d->rested = now + rest;
    return rest;
}

struct politeness_turn *politeness_withdraw(struct politeness *p,
                                            const struct politeness_turn *turn)
{
    struct politeness_turn *next = pop(turn->domain);

    (void)p;
    if (next)
        next->domain = NULL;
    return next;
}

void politeness_done(struct politeness *p, struct politeness_turn *turn, bool asked, int64_t rest,
                     int64_t now)
{
    struct politeness_domain *d = turn->domain;

    rest = rest > REST_MAX ? REST_MAX : rest;
    if (asked && !d->refused) {
        int64_t rested = now + (rest > d->spacing ? rest : d->spacing);
        d->rested = rested > d->rested ? rested : d->rested; /* politeness_rest() came meanwhile */
        d->refusals = 0;
    }
    d->refused = false;
    d->busy = false;
    turn->domain = NULL;
    /* Without memory the domain stays out of the heap until the next politeness_wait() for it. */
    if (d->waiting)
        heap_set(p->ready, d->id, d->rested);
    else
        let_go(p, d, now);
}
