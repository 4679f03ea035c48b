/* How far the watches may be told. Who has just become the leader finds in the log what the one
 * before it committed last, maybe on no replica: it could be lost yet, and another event be given
 * its number. */
#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "daemon/ledger/ledger_state.h"

enum { AGAIN_MS = 1000 };

/* All of it? Then l->shown is its head. */
static int look(struct ledger *l)
{
    int err = store_settled(l->store);

    return err ? err : store_read_head(l->store, &l->shown);
}

int ledger_shown(struct ledger *l, uint64_t *out)
{
    int err = store_read_published(l->store, &l->shown);

    if (err)
        return err;
    err = look(l);
    l->unsettled = err != 0;
    if (err)
        log_warn("ledger.unsettled",
                 "err=%s shown=%llu note=\"what was committed last is told once it is safe\"",
                 err_name(err), (unsigned long long)l->shown);
    ledger_note_shown(l, l->shown);
    *out = l->shown;
    return 0;
}

void ledger_shown_doubt(struct ledger *l)
{
    l->unsettled = true;
    l->shown_next = 0;
}

void ledger_shown_look(struct ledger *l)
{
    if (!l->unsettled || clock_mono() < l->shown_next)
        return;
    int err = look(l);
    l->shown_next = clock_mono() + AGAIN_MS; /* it may have waited for a connection */
    ledger_tell_lost(l, err);
    if (err)
        return;
    l->unsettled = false;
    log_info("ledger.settled", "shown=%llu", (unsigned long long)l->shown);
    ledger_tell_head(l, l->shown);
}

void ledger_shown_limit(const struct ledger *l, struct store_batch *batch)
{
    if (l->unsettled && batch->published > l->shown)
        batch->published = l->shown;
}

void ledger_shown_committed(struct ledger *l, const struct store_batch *batch)
{
    if (!batch->nevents) { /* a commit settles what was there before it */
        l->shown_next = 0;
        ledger_shown_look(l);
        return;
    }
    l->unsettled = false;
    l->shown = batch->events[batch->nevents - 1].seq;
    ledger_tell_head(l, l->shown);
}
