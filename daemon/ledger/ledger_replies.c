/* Asks for the pages of published replies when they are due, a bounded number at a time. What is
 * under way is only remembered here: after a restart it is due still. */
#include "base/clock.h"
#include "base/drill.h"
#include "daemon/ledger/ledger_state.h"

#define ASK_AGAIN (1000)                  /* ms until a domain may have places again */
#define LOST_AFTER (3600 * INT64_C(1000)) /* real ms: an outcome this late will not come */

enum { LOOK_MAX = 4 * LEDGER_REPLIES_MAX };

static struct ledger_reply *find(struct ledger *l, uint64_t concern, uint64_t address)
{
    for (size_t i = 0; i < LEDGER_REPLIES_MAX; i++)
        if (l->asked_replies[i].concern == concern &&
            (!concern || l->asked_replies[i].address == address))
            return &l->asked_replies[i];
    return NULL;
}

void ledger_replies_release(struct ledger *l, const struct fetch_page *page)
{
    struct ledger_reply *asked = find(l, page->number, batch_reply_address(str_from(page->url)));

    if (asked)
        asked->concern = 0;
    l->replies_next = 0;
}

static void drop_lost(struct ledger *l)
{
    for (size_t i = 0; i < LEDGER_REPLIES_MAX; i++)
        if (clock_mono() - l->asked_replies[i].at >= LOST_AFTER)
            l->asked_replies[i].concern = 0;
}

/* One whose domain has enough that wait is passed over, and found due again. */
static int ask(void *arg, const struct store_reply *reply)
{
    struct ledger *l = arg;
    struct ledger_reply *place = find(l, 0, 0);
    struct fetch_page want = {.source = FETCH_NO_SOURCE,
                              .kind = FETCH_PAGE_REPLY,
                              .number = reply->concern,
                              .url = reply->url};

    if (!place)
        return 1; /* later */
    if (find(l, reply->concern, reply->address) || fetch_page(*l->fetch, &want))
        return 0;
    *place = (struct ledger_reply){reply->concern, reply->address, clock_mono()};
    return 0;
}

void ledger_replies_ask(struct ledger *l)
{
    int64_t now = clock_now();

    if (drill_on())
        l->replies_next = INT64_MAX;
    if (now < l->replies_next || !*l->fetch)
        return;
    drop_lost(l);
    store_replies_due(l->store, now, LOOK_MAX, ask, l);
    int64_t next = store_next_reply(l->store);
    l->replies_next = next > now ? next : now + ASK_AGAIN;
}
