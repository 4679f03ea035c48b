/* Asks for the pages of items when they are due, a bounded number at a time. What is under way is only
 * remembered here: after a restart it is due still. */
#include <string.h>

#include "base/clock.h"
#include "base/err.h"
#include "daemon/ledger_state.h"

#define ASK_AGAIN (1000)                  /* ms until the room may have places again */
#define LOST_AFTER (3600 * INT64_C(1000)) /* an outcome this late will not come */

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

struct asking {
    struct ledger *l;
    int64_t now;
    size_t asked;
    bool full;
    unsigned char (*lost)[STORE_IDENT]; /* whose sources are gone */
    size_t nlost;
};

static bool under_way(const struct ledger *l, const unsigned char *ident, int64_t now)
{
    for (size_t i = 0; i < LEDGER_PAGES_MAX; i++)
        if (l->asked_pages[i].number && now - l->asked_pages[i].at < LOST_AFTER &&
            !memcmp(l->asked_pages[i].ident, ident, STORE_IDENT))
            return true;
    return false;
}

/* A number whose place is free, or held by an outcome that was lost; 0: none. */
static uint64_t free_number(const struct ledger *l, int64_t now)
{
    for (uint64_t n = l->page_number + 1; n <= l->page_number + LEDGER_PAGES_MAX; n++) {
        const struct ledger_asked *a = &l->asked_pages[n % LEDGER_PAGES_MAX];
        if (!a->number || now - a->at >= LOST_AFTER)
            return n;
    }
    return 0;
}

static int ask(void *arg, const struct store_page *page)
{
    struct asking *asking = arg;
    struct ledger *l = asking->l;
    struct fetch_page want = {.kind = FETCH_PAGE_ITEM,
                              .url = page->link.p,
                              .title = page->title.n ? page->title.p : NULL};

    if (under_way(l, page->ident, asking->now))
        return 0;
    if (!roster_find(l->roster, page->source, &want.source) || !page->link.n) {
        memcpy(asking->lost[asking->nlost++], page->ident, STORE_IDENT);
        return 0;
    }
    want.number = free_number(l, asking->now);
    if (!want.number || fetch_page(*l->fetch, &want)) {
        asking->full = true;
        return 1; /* later */
    }
    struct ledger_asked *a = &l->asked_pages[want.number % LEDGER_PAGES_MAX];
    memcpy(a->ident, page->ident, STORE_IDENT);
    a->number = l->page_number = want.number;
    a->at = asking->now;
    asking->asked++;
    return 0;
}

/* A failed commit is no loss: they are found again. */
static void forget(struct ledger *l, struct asking *asking)
{
    struct batch_bounds bounds = {.items = asking->nlost};
    struct store_batch out;

    if (!asking->nlost || batch_begin(l->batch, l->desk, asking->now, &bounds))
        return;
    for (size_t i = 0; i < asking->nlost; i++)
        batch_forget_page(l->batch, asking->lost[i]);
    if (batch_finish(l->batch, &out))
        store_commit(l->store, &out);
}

void ledger_pages_ask(struct ledger *l)
{
    enum { LOOK_MAX = 2 * LEDGER_PAGES_MAX };
    unsigned char lost[LOOK_MAX][STORE_IDENT];
    struct asking asking = {.l = l, .now = clock_now(), .lost = lost};

    if (asking.now < l->pages_next || !*l->fetch)
        return;
    store_pages_due(l->store, asking.now, LOOK_MAX, ask, &asking);
    forget(l, &asking);
    int64_t next = store_next_page(l->store);
    l->pages_next = next > asking.now ? next : asking.now + ASK_AGAIN;
}
