#include "store/memory/memory.h"

#include <stdlib.h>

#include "base/err.h"

struct memory_state *memory_lock(struct store *s)
{
    struct memory_state *state = ((struct memory *)s)->state;

    pthread_mutex_lock(&state->lock);
    return state;
}

void memory_unlock(struct memory_state *state)
{
    pthread_mutex_unlock(&state->lock);
}

static void state_free(struct memory_state *m)
{
    for (size_t i = 0; i < m->nitems; i++)
        free(m->items[i].block);
    for (size_t i = 0; i < m->nconcerns; i++)
        concern_clear(&m->concerns[i]);
    for (size_t i = 0; i < m->nsources; i++)
        free(m->sources[i].block);
    free(m->items);
    free(m->by_ident);
    free(m->events);
    free(m->concerns);
    free(m->sources);
    free(m->units);
    free(m->cursors);
    free(m->commands);
    free(m->aliases);
    free(m->pages);
    free(m->marks);
    free(m->replies);
    free(m->accounts);
    free(m->tokens);
    free(m->trail);
    memory_unstage_notes(m->notes, m->nnotes);
    memory_unstage_publications(m->publications, m->npublications);
    free(m->surveys);
    free(m->corrections);
    memory_unstage_shared(m->shared, m->nshared);
    free(m->arrivals);
    free(m->touched);
    for (size_t i = 0; i < m->nadded; i++)
        free(m->added[i]);
    free(m->added);
    pthread_mutex_destroy(&m->lock);
    free(m);
}

static void close_memory(struct store *s)
{
    struct memory_state *m = memory_lock(s);
    bool last = --m->handles == 0;

    memory_unlock(m);
    if (last)
        state_free(m);
    free(s);
}

int memory_open(struct store **out)
{
    struct memory *h = calloc(1, sizeof *h);
    struct memory_state *m = calloc(1, sizeof *m);

    if (!h || !m) {
        free(h);
        free(m);
        return ERR_NOMEM;
    }
    pthread_mutex_init(&m->lock, NULL);
    m->handles = 1;
    h->state = m;
    h->base.backend = &memory_backend;
    h->base.writer = true;
    backend_new_identity(&h->base);
    *out = &h->base;
    return 0;
}

static int reader(struct store *writer, struct store **out)
{
    struct memory *h = malloc(sizeof *h);

    if (!h)
        return ERR_NOMEM;
    *h = *(struct memory *)writer;
    h->base.writer = false;
    memory_lock(writer)->handles++;
    memory_unlock(h->state);
    *out = &h->base;
    return 0;
}

size_t memory_find_item(const struct memory_state *m, const unsigned char *ident, bool *there)
{
    size_t low = 0, high = m->nitems - m->forgotten;

    *there = false;
    while (low < high && !*there) {
        size_t mid = low + (high - low) / 2;
        int order = memcmp(m->items[m->by_ident[mid]].item.ident, ident, STORE_IDENT);
        *there = order == 0;
        if (order < 0)
            low = mid + 1;
        else
            high = mid;
    }
    return high < low ? low : high;
}

size_t memory_find_concern(const struct memory_state *m, uint64_t id, bool *there)
{
    size_t low = 0, high = m->nconcerns;

    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (m->concerns[mid].id < id)
            low = mid + 1;
        else
            high = mid;
    }
    *there = low < m->nconcerns && m->concerns[low].id == id;
    return low;
}

size_t memory_find_unit(const struct memory_state *m, const char *unit, bool *there)
{
    size_t i = 0;

    while (i < m->nunits && strcmp(m->units[i].unit, unit) < 0)
        i++;
    *there = i < m->nunits && strcmp(m->units[i].unit, unit) == 0;
    return i;
}

void memory_seen(const struct store_item *item, struct store_seen *out)
{
    out->found = true;
    out->raised = item->topic.n && item->kind == VERDICT_RAISED;
    out->kind = item->kind;
    out->request = item->request;
    out->marked = item->marked;
    out->content = item->content;
    out->concern = item->concern;
    memcpy(out->ident, item->ident, STORE_IDENT);
}

static int seen(struct store *s, const unsigned char (*idents)[STORE_IDENT], size_t n,
                struct store_seen *out)
{
    struct memory_state *m = memory_lock(s);

    for (size_t i = 0; i < n; i++) {
        bool there;
        size_t at = memory_find_item(m, idents[i], &there);
        out[i] = (struct store_seen){0};
        memcpy(out[i].ident, idents[i], STORE_IDENT);
        if (there)
            memory_seen(&m->items[m->by_ident[at]].item, &out[i]);
    }
    memory_unlock(m);
    return 0;
}

static int head(struct store *s, uint64_t *out)
{
    struct memory_state *m = memory_lock(s);

    *out = m->nevents;
    memory_unlock(m);
    return 0;
}

static int unit_head(struct store *s, const char *unit, uint64_t *out)
{
    struct memory_state *m = memory_lock(s);
    bool there;
    size_t at = memory_find_unit(m, unit, &there);

    *out = there ? m->units[at].head : 0;
    memory_unlock(m);
    return 0;
}

static int published(struct store *s, uint64_t *out)
{
    struct memory_state *m = memory_lock(s);

    *out = m->published;
    memory_unlock(m);
    return 0;
}

static int rules(struct store *s, uint64_t *out)
{
    struct memory_state *m = memory_lock(s);

    *out = m->rules;
    memory_unlock(m);
    return 0;
}

static int cursor(struct store *s, const char *unit, const char *receiver, uint64_t *out)
{
    struct memory_state *m = memory_lock(s);

    *out = 0;
    for (size_t i = 0; i < m->ncursors; i++)
        if (!strcmp(m->cursors[i].unit, unit) && !strcmp(m->cursors[i].receiver, receiver))
            *out = m->cursors[i].unitseq;
    memory_unlock(m);
    return 0;
}

static int events_after(struct store *s, uint64_t after, struct event *out, size_t max)
{
    struct memory_state *m = memory_lock(s);
    size_t n = 0;

    for (uint64_t i = after; i < m->nevents && n < max; i++)
        out[n++] = m->events[i];
    memory_unlock(m);
    return (int)n;
}

static uint64_t unitseq_of(const struct event *e, const char *unit)
{
    for (size_t k = 0; k < e->naudience; k++)
        if (strcmp(e->audience[k].unit, unit) == 0)
            return e->audience[k].unitseq;
    return 0;
}

static int unit_events_after(struct store *s, const char *unit, uint64_t after, struct event *out,
                             size_t max)
{
    struct memory_state *m = memory_lock(s);
    size_t n = 0;

    for (size_t i = 0; i < m->nevents && n < max; i++)
        if (unitseq_of(&m->events[i], unit) > after)
            out[n++] = m->events[i];
    memory_unlock(m);
    return (int)n;
}

static int command(struct store *s, const char *key, struct store_command *out)
{
    struct memory_state *m = memory_lock(s);
    int err = ERR_NOTFOUND;

    *out = (struct store_command){0};
    for (size_t i = 0; i < m->ncommands; i++)
        if (strcmp(m->commands[i].key, key) == 0) {
            *out = m->commands[i];
            err = 0;
        }
    memory_unlock(m);
    return err;
}

const struct backend memory_backend = {
    .batch_items = 4000,
    .close = close_memory,
    .reader = reader,
    .commit = memory_commit,
    .seen = seen,
    .seen_as = memory_seen_as,
    .head = head,
    .unit_head = unit_head,
    .published = published,
    .rules = rules,
    .cursor = cursor,
    .events_after = events_after,
    .unit_events_after = unit_events_after,
    .command = command,
    .note = memory_note,
    .drop_note = memory_drop_note,
    .survey = memory_survey,
    .corrections = memory_corrections,
    .each_shared = memory_each_shared,
    .publications = memory_publications,
    .each_concern = memory_each_concern,
    .each_source = memory_each_source,
    .each_unit = memory_each_unit,
    .each_added = memory_each_added,
    .source = memory_source,
    .account = memory_account,
    .token = memory_token,
    .each_account = memory_each_account,
    .each_token = memory_each_token,
    .trail_after = memory_trail_after,
    .trail_head = memory_trail_head,
    .replies_due = memory_replies_due,
    .replies = memory_replies,
    .next_reply = memory_next_reply,
    .pages_due = memory_pages_due,
    .page = memory_page,
    .item = memory_item,
    .numbered = memory_numbered,
    .words_after = memory_words_after,
    .each_text = memory_each_text,
    .each_doubt = memory_each_doubt,
    .texts = memory_texts,
    .each_mark = memory_each_mark,
    .each_arrivals = memory_each_arrivals,
    .next_page = memory_next_page,
    .concerns = memory_concerns,
    .concern = memory_concern,
    .concern_items = memory_concern_items,
    .each_member = memory_each_member,
    .concern_events = memory_concern_events,
    .counts = memory_counts,
    .each_alias = memory_each_alias,
    .each_cursor = memory_each_cursor,
    .each_command = memory_each_command,
    .adopt = memory_adopt,
    .expire = memory_expire,
    .forget = memory_forget,
    .residue = memory_residue,
};
