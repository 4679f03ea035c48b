/* Asks for the pages of items when they are due, a bounded number at a time. What is under way is
 * only remembered here: after a restart it is due still. */
#include <string.h>

#include "base/clock.h"
#include "base/drill.h"
#include "base/err.h"
#include "daemon/ledger/ledger_state.h"

#define ASK_AGAIN (1000)                    /* ms until the room may have places again */
#define LOST_AFTER (3600 * INT64_C(1000))   /* real ms: an outcome this late will not come */
#define PAUSED_AGAIN (3600 * INT64_C(1000)) /* ms: how late a resumed source's pages may be */

static struct ledger_asked *slot(const struct ledger *l, uint64_t number)
{
    const struct ledger_asked *a = &l->asked_pages[number % LEDGER_PAGES_MAX];

    return number && a->number == number ? (struct ledger_asked *)a : NULL;
}

const unsigned char *ledger_pages_ident(const struct ledger *l, uint64_t number)
{
    const struct ledger_asked *a = slot(l, number);

    return a ? a->ident : NULL;
}

void ledger_pages_release(struct ledger *l, uint64_t number)
{
    struct ledger_asked *a = slot(l, number);

    if (a)
        a->number = 0;
    l->pages_next = 0;
}

void ledger_pages_changed(struct ledger *l)
{
    l->pages_next = 0;
}

enum { LOOK_MAX = 2 * LEDGER_PAGES_MAX };

struct asking {
    struct ledger *l;
    int64_t now, mono;
    struct { /* what is not asked for now */
        struct store_page page;
        int64_t due; /* 0: never again, its source is gone */
    } put_off[LOOK_MAX];
    size_t nput_off;
};

static bool under_way(const struct ledger *l, const unsigned char *ident, int64_t mono)
{
    for (size_t i = 0; i < LEDGER_PAGES_MAX; i++)
        if (l->asked_pages[i].number && mono - l->asked_pages[i].at < LOST_AFTER &&
            !memcmp(l->asked_pages[i].ident, ident, STORE_IDENT))
            return true;
    return false;
}

/* A number whose place is free, or held by an outcome that was lost; 0: none. */
static uint64_t free_number(const struct ledger *l, int64_t mono)
{
    for (uint64_t n = l->page_number + 1; n <= l->page_number + LEDGER_PAGES_MAX; n++) {
        const struct ledger_asked *a = &l->asked_pages[n % LEDGER_PAGES_MAX];
        if (!a->number || mono - a->at >= LOST_AFTER)
            return n;
    }
    return 0;
}

/* Its texts are the row's and are not kept. */
static void put_off(struct asking *asking, const struct store_page *page, int64_t due)
{
    asking->put_off[asking->nput_off].page = *page;
    asking->put_off[asking->nput_off++].due = due;
}

/* When a page has its turn whose domain has enough that wait: one after the other of its source at
 * the pace of a domain, so that others are found due meanwhile. */
static int64_t behind(struct ledger *l, uint32_t source, int64_t now)
{
    int64_t *last = &l->crowded[source % LEDGER_CROWDS];
    int64_t gap = l->config->domain_spacing * clock_rate();

    if (*last < now || *last > now + CLOCK_DAY)
        *last = now;
    return *last += gap ? gap : 1;
}

/* May pages of this source be asked for? Of a retired one they may: it is its list that is gone.
 * Pages that people pointed to belong to none. */
static bool is_open(struct asking *asking, const struct store_page *page, uint32_t *source)
{
    struct ledger *l = asking->l;
    bool there = page->link.n && roster_find(l->roster, page->source, source);
    uint8_t state = there ? source_table_get(l->sources, *source).state : 0;

    if (!there && page->link.n && str_is(page->source, BATCH_REGISTERED)) {
        *source = l->guest;
        return true;
    }
    if (!there || state == STORE_SOURCE_QUARANTINED)
        put_off(asking, page, 0);
    else if (state == STORE_SOURCE_PAUSED)
        put_off(asking, page, asking->now + PAUSED_AGAIN);
    else
        return true;
    return false;
}

static int ask(void *arg, const struct store_page *page)
{
    struct asking *asking = arg;
    struct ledger *l = asking->l;
    struct fetch_page want = {.kind = FETCH_PAGE_ITEM,
                              .url = page->link.p,
                              .title = page->title.n ? page->title.p : NULL};

    if (under_way(l, page->ident, asking->mono) || !is_open(asking, page, &want.source))
        return 0;
    want.number = free_number(l, asking->mono);
    int err = want.number ? fetch_page(*l->fetch, &want) : ERR_AGAIN;
    if (err == ERR_LIMIT) {
        put_off(asking, page, behind(l, want.source, asking->now));
        return 0;
    }
    if (err)
        return 1; /* later */
    struct ledger_asked *a = &l->asked_pages[want.number % LEDGER_PAGES_MAX];
    memcpy(a->ident, page->ident, STORE_IDENT);
    a->number = l->page_number = want.number;
    a->at = asking->mono;
    return 0;
}

/* A failed commit is no loss: they are found again. */
static void write_put_off(struct ledger *l, const struct asking *asking)
{
    struct batch_bounds bounds = {.items = asking->nput_off};
    struct store_batch out;

    if (!asking->nput_off || batch_begin(l->batch, l->desk, asking->now, &bounds))
        return;
    for (size_t i = 0; i < asking->nput_off; i++) {
        const struct store_page *page = &asking->put_off[i].page;
        if (asking->put_off[i].due)
            batch_defer_page(l->batch, page, asking->put_off[i].due);
        else
            batch_forget_page(l->batch, page->ident);
    }
    if (batch_finish(l->batch, &out))
        store_commit(l->store, &out);
}

void ledger_pages_ask(struct ledger *l)
{
    struct asking asking;

    asking.l = l;
    asking.now = clock_now();
    asking.mono = clock_mono();
    asking.nput_off = 0;
    if (drill_on())
        l->pages_next = INT64_MAX;
    if (asking.now < l->pages_next || !*l->fetch)
        return;
    store_pages_due(l->store, asking.now, LOOK_MAX, ask, &asking);
    write_put_off(l, &asking);
    int64_t next = store_next_page(l->store);
    l->pages_next = next > asking.now ? next : asking.now + ASK_AGAIN;
}
