#include "feeds/fetch/waitlist.h"

#include <assert.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <xxhash.h>

#include "base/err.h"
#include "feeds/fetch/address.h"

/* Domains that meet in one count share its bound: seldom, and never for long. */
enum { SHARES = 1 << 15 };

struct waitlist {
    atomic_uint count;
    struct fetch_page **ring;
    size_t first, n;
    atomic_ushort shares[SHARES];
};

struct waitlist *waitlist_new(void)
{
    struct waitlist *w = calloc(1, sizeof *w);

    if (w && !(w->ring = calloc(WAITLIST_MAX, sizeof(struct fetch_page *)))) {
        free(w);
        return NULL;
    }
    return w;
}

void waitlist_free(struct waitlist *w)
{
    struct fetch_page *page;

    if (!w)
        return;
    while ((page = waitlist_pop(w)))
        fetch_page_free(page);
    free(w->ring);
    free(w);
}

/* One that is no address comes to its end as such. */
static int share_of(const char *url, uint32_t *share)
{
    struct address a;
    int err = address_parse(url, &a);

    *share = 0;
    if (err)
        return err == ERR_NOMEM ? err : 0;
    *share = (uint32_t)XXH3_64bits(a.domain, strlen(a.domain)) % SHARES;
    address_clear(&a);
    return 0;
}

int waitlist_enter(struct waitlist *w, struct fetch_page *page)
{
    unsigned most = page->kind == FETCH_PAGE_NEXT ? WAITLIST_NEXT : WAITLIST_ITEMS;
    int err = share_of(page->url, &page->share);

    if (err)
        return err;
    if (atomic_fetch_add(&w->count, 1) >= WAITLIST_MAX)
        err = ERR_AGAIN;
    else if (atomic_fetch_add(&w->shares[page->share], 1) >= most) {
        w->shares[page->share]--;
        err = ERR_LIMIT;
    }
    if (err)
        w->count--;
    return err;
}

void waitlist_leave(struct waitlist *w, const struct fetch_page *page)
{
    w->shares[page->share]--;
    w->count--;
}

uint32_t waitlist_count(const struct waitlist *w)
{
    return w->count;
}

void waitlist_push(struct waitlist *w, struct fetch_page *page)
{
    assert(w->n < WAITLIST_MAX);
    w->ring[(w->first + w->n++) % WAITLIST_MAX] = page;
}

struct fetch_page *waitlist_pop(struct waitlist *w)
{
    if (!w->n)
        return NULL;
    struct fetch_page *page = w->ring[w->first];
    w->first = (w->first + 1) % WAITLIST_MAX;
    w->n--;
    return page;
}
