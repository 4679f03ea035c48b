#include "daemon/cluster/handover.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "feeds/fetch/address.h"

static_assert(FETCH_PARTS == (int)CLUSTER_SLOTS, "a part of the fetch room is a slot");

enum {
    SLOTS_MAX = 32,   /* taken in one go: a machine of many sources does nothing else meanwhile */
    WAITING = 10000,  /* polls that are not told yet */
    RESTS = 1000,     /* rests of domains that are not */
    FORGET_DAYS = 30  /* overdue, of a source that is in no list, or has moved elsewhere */
};

struct rest {
    unsigned slot;
    char domain[FETCH_DOMAIN];
    int64_t until; /* clock_mono() */
};

struct handover {
    const struct node *node;
    const struct roster *roster;
    pthread_mutex_t lock; /* of the next ones */
    struct cluster_due *polled;
    size_t npolled;
    struct rest *rests;
    size_t nrests;
};

struct handover *handover_new(const struct node *node, const struct roster *roster)
{
    struct handover *h = calloc(1, sizeof *h);

    if (!h)
        return NULL;
    h->node = node;
    h->roster = roster;
    pthread_mutex_init(&h->lock, NULL);
    h->polled = calloc(WAITING, sizeof *h->polled);
    h->rests = calloc(RESTS, sizeof *h->rests);
    if (!h->polled || !h->rests) {
        handover_free(h);
        return NULL;
    }
    return h;
}

void handover_free(struct handover *h)
{
    if (!h)
        return;
    pthread_mutex_destroy(&h->lock);
    free(h->polled);
    free(h->rests);
    free(h);
}

unsigned handover_slot(const char *url)
{
    struct address a;

    if (address_parse(url, &a))
        return 0; /* what is no address is told of by one machine too */
    unsigned slot = (unsigned)(XXH3_64bits(a.domain, strlen(a.domain)) % CLUSTER_SLOTS);
    address_clear(&a);
    return slot;
}

bool handover_due(const struct roster *roster, const struct fetched *f, struct cluster_due *due)
{
    if (f->page || f->next <= 0 || f->at < 0 || f->source >= roster_count(roster))
        return false;
    const struct source *s = roster_get(roster, f->source);
    *due = (struct cluster_due){handover_slot(s->url), str_from(s->id), f->at, f->next};
    return true;
}

void handover_polled(struct handover *h, const struct fetched *f)
{
    struct cluster_due due;

    if (!handover_due(h->roster, f, &due))
        return;
    pthread_mutex_lock(&h->lock);
    if (h->npolled < WAITING)
        h->polled[h->npolled++] = due;
    pthread_mutex_unlock(&h->lock);
}

int handover_send(struct handover *h, struct cluster *c)
{
    pthread_mutex_lock(&h->lock);
    size_t n = h->npolled;
    pthread_mutex_unlock(&h->lock);
    /* Those that stand are not touched by who adds more. */
    int err = n ? cluster_polled(c, h->polled, n) : 0;
    if (err || !n)
        return err;
    pthread_mutex_lock(&h->lock);
    h->npolled -= n;
    memmove(h->polled, h->polled + n, h->npolled * sizeof *h->polled);
    pthread_mutex_unlock(&h->lock);
    return 0;
}

void handover_rest(struct handover *h, unsigned slot, const char *domain, int64_t rest)
{
    if (strlen(domain) >= FETCH_DOMAIN)
        return;
    pthread_mutex_lock(&h->lock);
    if (h->nrests < RESTS) {
        struct rest *to = &h->rests[h->nrests++];
        to->slot = slot;
        to->until = clock_mono() + rest;
        memcpy(to->domain, domain, strlen(domain) + 1);
    }
    pthread_mutex_unlock(&h->lock);
}

int handover_send_rests(struct handover *h, struct cluster *c)
{
    struct cluster_rest list[RESTS];
    int64_t mono = clock_mono(), now = clock_now();
    size_t left = 0;

    pthread_mutex_lock(&h->lock);
    size_t n = h->nrests;
    pthread_mutex_unlock(&h->lock);
    /* Those that stand are not touched by who adds more. */
    for (size_t i = 0; i < n; i++) {
        const struct rest *r = &h->rests[i];
        int64_t rest = r->until - mono;
        if (rest > 0)
            list[left++] = (struct cluster_rest){r->slot, str_from(r->domain),
                                                 now + rest * clock_rate(), rest};
    }
    int err = left ? cluster_rest(c, list, left, now) : 0;
    if (err || !n)
        return err;
    pthread_mutex_lock(&h->lock);
    h->nrests -= n;
    memmove(h->rests, h->rests + n, h->nrests * sizeof *h->rests);
    pthread_mutex_unlock(&h->lock);
    return 0;
}

struct taking {
    const struct roster *roster;
    struct fetch_parts *parts;
    size_t cap, rests_cap;
    int64_t oldest, now;
    int err;
};

static bool take_one(void *arg, const struct cluster_due *due)
{
    struct taking *t = arg;
    struct fetch_parts *p = t->parts;
    uint32_t source;

    /* One of another slot is kept with that since its address has moved, or will be moved here. */
    if (!roster_find(t->roster, due->source, &source) ||
        handover_slot(roster_get(t->roster, source)->url) != due->slot)
        return due->due > t->oldest;
    if (p->n == t->cap) {
        size_t cap = t->cap ? 2 * t->cap : 256;
        struct fetch_due *more = reallocarray(p->list, cap, sizeof *more);
        if (!more) {
            t->err = ERR_NOMEM;
            return true;
        }
        p->list = more;
        t->cap = cap;
    }
    p->list[p->n++] = (struct fetch_due){source, due->at, due->due};
    return true;
}

static int take_rest(void *arg, const struct cluster_rest *rest)
{
    struct taking *t = arg;
    struct fetch_parts *p = t->parts;

    if (rest->domain.n >= FETCH_DOMAIN)
        return 0;
    if (p->nrests == t->rests_cap) {
        size_t cap = t->rests_cap ? 2 * t->rests_cap : 16;
        struct fetch_rest *more = reallocarray(p->rests, cap, sizeof *more);
        if (!more)
            return ERR_NOMEM;
        p->rests = more;
        t->rests_cap = cap;
    }
    struct fetch_rest *to = &p->rests[p->nrests++];
    memcpy(to->domain, rest->domain.p, rest->domain.n);
    to->domain[rest->domain.n] = '\0';
    to->rest = (rest->until - t->now) / clock_rate();
    return 0;
}

/* Those that are held and not begun: how many. */
static size_t find_taken(const struct handover *h, const struct fetch *f, struct fetch_parts *parts,
                         bool slots[static CLUSTER_SLOTS])
{
    size_t n = 0;

    for (unsigned i = 0; i < CLUSTER_SLOTS && n < SLOTS_MAX; i++) {
        uint64_t begun, held = node_holds(h->node, i);
        if (!fetch_part(f, i, &begun))
            return 0;
        slots[i] = held && held != begun;
        parts->held[i] = slots[i] ? held : 0;
        n += slots[i];
    }
    return n;
}

int handover_take(struct handover *h, struct cluster *c, struct fetch *f,
                  bool taken[static CLUSTER_SLOTS])
{
    bool slots[CLUSTER_SLOTS] = {false};
    const int64_t now = clock_now();
    struct taking t = {.roster = h->roster, .oldest = now - FORGET_DAYS * CLOCK_DAY, .now = now};

    t.parts = calloc(1, sizeof *t.parts);
    if (!t.parts)
        return ERR_NOMEM;
    size_t n = find_taken(h, f, t.parts, slots);
    int err = n ? cluster_dues(c, slots, take_one, &t) : 0;
    if (!err)
        err = t.err;
    if (!err && n)
        err = cluster_rests(c, slots, now, take_rest, &t);
    if (err || !n) {
        fetch_parts_free(t.parts);
        return err;
    }
    log_debug("cluster.slots", "taken=%zu sources=%zu rests=%zu", n, t.parts->n,
              t.parts->nrests);
    err = fetch_begin_parts(f, &t.parts);
    for (size_t i = 0; i < CLUSTER_SLOTS && !err; i++)
        taken[i] |= slots[i];
    return err;
}
