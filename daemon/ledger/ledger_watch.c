/* Who is told of what was committed: the bus, the stream of the pages; and that nothing can be any
 * more. */
#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "base/err.h"
#include "base/log.h"
#include "daemon/cluster/node.h"
#include "daemon/ledger/ledger_state.h"

void ledger_add_watch(struct ledger *l, const struct ledger_watch *watch)
{
    l->watches[l->nwatches++] = *watch;
}

void ledger_drop_watch(struct ledger *l, const void *arg)
{
    size_t kept = 0;

    pthread_mutex_lock(&l->watch_lock);
    for (size_t w = 0; w < l->nwatches; w++)
        if (l->watches[w].arg != arg)
            l->watches[kept++] = l->watches[w];
    l->nwatches = kept;
    pthread_mutex_unlock(&l->watch_lock);
}

void ledger_note_shown(struct ledger *l, uint64_t head)
{
    if (l->among.node)
        node_shown(l->among.node, store_epoch(l->store), head);
}

void ledger_tell_head(struct ledger *l, uint64_t head)
{
    ledger_note_shown(l, head);
    pthread_mutex_lock(&l->watch_lock);
    for (size_t w = 0; w < l->nwatches; w++)
        l->watches[w].committed(l->watches[w].arg, head);
    pthread_mutex_unlock(&l->watch_lock);
}

/* Alone, it has no other part to take: what it holds is another one's by now. */
static void look_for_fence(struct ledger *l)
{
    if (l->fenced || !store_fenced(l->store))
        return;
    log_error("ledger.fenced", "note=\"another huiyingd has taken this store: this one ends\"");
    l->fenced = true;
    kill(getpid(), SIGUSR1);
}

bool ledger_fenced(const struct ledger *l)
{
    return l->fenced;
}

void ledger_tell_lost(struct ledger *l, int err)
{
    if (!l->among.node)
        look_for_fence(l);
    else if (err == ERR_REFUSED || err == ERR_DENIED)
        node_lost(l->among.node, l->among.term);
}

void ledger_tell_acked(struct ledger *l, const struct store_cursor *cursors, size_t n)
{
    pthread_mutex_lock(&l->watch_lock);
    for (size_t w = 0; n && w < l->nwatches; w++)
        for (size_t i = 0; l->watches[w].acked && i < n; i++)
            l->watches[w].acked(l->watches[w].arg, &cursors[i]);
    pthread_mutex_unlock(&l->watch_lock);
}

void ledger_tell_reached(struct ledger *l, struct str names)
{
    char unit[SLUG_MAX];

    pthread_mutex_lock(&l->watch_lock);
    while (names.n) {
        size_t n = str_find(names, STR(" "), 0), end = n == (size_t)-1 ? names.n : n;
        if (end < sizeof unit)
            snprintf(unit, sizeof unit, "%.*s", (int)end, names.p);
        for (size_t w = 0; end && end < sizeof unit && w < l->nwatches; w++)
            if (l->watches[w].reached)
                l->watches[w].reached(l->watches[w].arg, unit);
        end += end < names.n;
        names = (struct str){names.p + end, names.n - end};
    }
    pthread_mutex_unlock(&l->watch_lock);
}
