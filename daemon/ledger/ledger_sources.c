/* Sources that operators add, remove, pause and resume, and what commits do to the roster. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/log.h"
#include "base/queue.h"
#include "daemon/ledger/ledger_state.h"

void ledger_sources_free(struct message *m)
{
    for (size_t i = 0; m->sources && i < m->nsources; i++)
        free(m->sources[i]);
    free(m->sources);
    free(m->flat);
    free(m->each);
}

/* Of the acts that look at ids only, nothing else need be there. */
static struct source *copy(enum ledger_source_act act, const struct source *s)
{
    static char none[] = "";
    const struct source bare = {.id = s->id, .name = none, .url = none};

    return source_copy(act == LEDGER_SOURCE_ADD ? s : &bare, NULL);
}

static int fill(struct message *m, const struct source *sources, size_t count)
{
    m->sources = calloc(count + 1, sizeof *m->sources);
    m->flat = calloc(count + 1, sizeof *m->flat);
    m->each = calloc(count + 1, sizeof *m->each);
    if (!m->sources || !m->flat || !m->each)
        return ERR_NOMEM;
    for (; m->nsources < count; m->nsources++) {
        struct source *mine = copy(m->act, &sources[m->nsources]);
        if (!mine)
            return ERR_NOMEM;
        m->sources[m->nsources] = mine;
        m->flat[m->nsources] = *mine;
    }
    return 0;
}

struct message *ledger_sources_message(enum ledger_source_act act, const struct source *sources,
                                       size_t count, const struct ledger_once *once)
{
    struct message *m = calloc(1, sizeof *m);

    if (!m)
        return NULL;
    m->kind = MESSAGE_SOURCES;
    m->act = act;
    m->request = once->request;
    m->person = once->person;
    if (once->key)
        snprintf(m->key, sizeof m->key, "%s", once->key);
    if (!fill(m, sources, count))
        return m;
    ledger_message_free(m);
    return NULL;
}

int ledger_sources(struct ledger *l, enum ledger_source_act act, const struct source *sources,
                   size_t count, const struct ledger_once *once, ledger_sources_done *done,
                   void *arg)
{
    if (count > LEDGER_SOURCES_MAX)
        return ERR_LIMIT;
    struct message *m = ledger_sources_message(act, sources, count, once);
    if (!m)
        return ERR_NOMEM;
    m->sources_done = done;
    return ledger_ask_hand_over(l, m, NULL, arg);
}

/* It was checked before the commit: only memory can be short, and then it comes with the next
 * start. */
static void add(struct ledger *l, const struct source *s)
{
    uint32_t index;
    /* First: who is in the roster has an entry. */
    int err = source_table_grow(l->sources, roster_count(l->roster) + 1);

    if (!err)
        err = roster_add(l->roster, s, &index);
    if (err)
        log_error("ledger.source", "source=%s err=%s", s->id, err_name(err));
    else if (*l->fetch)
        fetch_add(*l->fetch, index);
}

static void move(struct ledger *l, uint32_t index, const char *url)
{
    struct source there = *roster_get(l->roster, index);

    there.url = (char *)url;
    int err = roster_replace(l->roster, index, &there);
    if (err)
        log_error("ledger.moved", "source=%s err=%s", there.id, err_name(err));
    else if (*l->fetch)
        fetch_add(*l->fetch, index);
}

static void read_next(struct ledger *l, const struct batch_deed *deed)
{
    const struct fetch_page page = {.source = deed->source,
                                    .kind = FETCH_PAGE_NEXT,
                                    .number = deed->number,
                                    .depth = deed->depth,
                                    .url = deed->url};
    int err = fetch_page(*l->fetch, &page);

    if (!err)
        return;
    log_info("ledger.next", "source=%s err=%s", roster_get(l->roster, deed->source)->id,
             err_name(err));
    struct source_entry entry = source_table_get(l->sources, deed->source);
    entry.unread_asked = false; /* with the next poll */
    source_table_set(l->sources, deed->source, &entry);
    fetch_whole(*l->fetch, deed->source);
}

/* One that is owed still is found through the pages before it, changed or not. */
void ledger_sources_next_came(struct ledger *l, uint32_t source)
{
    struct source_entry entry = source_table_get(l->sources, source);

    if (entry.unread && !entry.unread_asked && *l->fetch)
        fetch_whole(*l->fetch, source);
}

static void settle_one(struct ledger *l, const struct batch_deed *deed)
{
    if (deed->kind == BATCH_ROSTER_ADD)
        add(l, deed->add);
    if (deed->kind == BATCH_ROSTER_REMOVE) {
        roster_remove(l->roster, deed->source);
        source_table_set(l->sources, deed->source, &(struct source_entry){0});
    }
    if (deed->kind == BATCH_MOVE)
        move(l, deed->source, deed->url);
    if (!*l->fetch)
        return;
    switch (deed->kind) {
    case BATCH_ROSTER_REMOVE:
    case BATCH_DROP: fetch_drop(*l->fetch, deed->source); break;
    case BATCH_RESUME: fetch_add(*l->fetch, deed->source); break;
    case BATCH_SOON: fetch_soon(*l->fetch, deed->source); break;
    case BATCH_NEXT: read_next(l, deed); break;
    case BATCH_LEARN: fetch_learn(*l->fetch, deed->source, &deed->lesson); break;
    case BATCH_ROSTER_ADD:
    case BATCH_MOVE: break;
    }
}

void ledger_sources_settle(struct ledger *l)
{
    size_t n;
    const struct batch_deed *deeds = batch_deeds(l->batch, &n);

    for (size_t i = 0; i < n; i++)
        settle_one(l, &deeds[i]);
}

void ledger_source(struct ledger *l, uint32_t source, struct ledger_source *out)
{
    struct source_entry e = source_table_get(l->sources, source);

    *out = (struct ledger_source){(enum store_source_state)e.state, e.strikes >= STORE_SILENT,
                                  e.configured, e.failures};
}
