#include <stdlib.h>

#include "base/err.h"
#include "store/memory/memory.h"

/* Copies of what the batch holds, made before anything changes: applying them cannot fail. */
struct staged {
    struct memory_item *items;
    struct concern *concerns;
    struct memory_source *sources;
    struct source **adds;
    struct memory_note *notes;
    struct memory_publication *publications;
    struct store_shared *shared;
};

/* Point each of n strings into one block that holds copies of them all; NULL without memory. */
static char *copy_strings(struct str **strings, size_t n)
{
    size_t total = 1, at = 0;

    for (size_t i = 0; i < n; i++)
        total += strings[i]->n;
    char *block = malloc(total);
    for (size_t i = 0; i < n && block; i++) {
        struct str *s = strings[i];
        if (s->n)
            memcpy(block + at, s->p, s->n);
        s->p = block + at;
        at += s->n;
    }
    return block;
}

static bool stage_item(struct memory_item *to, const struct store_item *from)
{
    to->item = *from;
    to->item.update = false;
    struct str *strings[] = {&to->item.source, &to->item.link,  &to->item.title,
                             &to->item.text,   &to->item.topic, &to->item.region,
                             &to->item.proposed};
    to->block = copy_strings(strings, sizeof strings / sizeof strings[0]);
    return to->block != NULL;
}

/* The row as it stands before the ith one of the batch, or NULL. */
static const struct store_source *row_before(const struct memory_state *m, const struct staged *st,
                                             const struct store_batch *b, size_t i)
{
    struct str id = b->sources[i].id;
    bool there;

    for (size_t k = i; k-- > 0;)
        if (str_eq(b->sources[k].id, id))
            return &st->sources[k].source;
    for (size_t k = 0; k < b->nremoves; k++)
        if (str_eq(b->removes[k], id))
            return NULL;
    size_t at = memory_find_source(m, id, &there);
    return there ? &m->sources[at].source : NULL;
}

static bool stage_source(struct memory_source *to, const struct store_source *from,
                         const struct store_source *was)
{
    static const struct store_source none;

    was = was ? was : &none;
    to->source = *from;
    to->source.keep = 0;
    if (from->keep & STORE_KEEP_POLL) {
        to->source.etag = was->etag;
        to->source.last_modified = was->last_modified;
        to->source.polled = was->polled;
    }
    if (from->keep & STORE_KEEP_MOVE) {
        to->source.moved_from = was->moved_from;
        to->source.moved_to = was->moved_to;
        to->source.moved_at = was->moved_at;
    }
    if (from->keep & STORE_KEEP_SINCE)
        to->source.since = was->since;
    struct str *strings[] = {&to->source.id,     &to->source.etag,
                             &to->source.last_modified, &to->source.reason,
                             &to->source.moved_from, &to->source.moved_to};
    to->block = copy_strings(strings, sizeof strings / sizeof strings[0]);
    return to->block != NULL;
}

/* Also what has been moved out is NULL by then. */
static void unstage(struct staged *st, const struct store_batch *b)
{
    for (size_t i = 0; st->items && i < b->nitems; i++)
        free(st->items[i].block);
    for (size_t i = 0; st->concerns && i < b->nconcerns; i++)
        concern_clear(&st->concerns[i]);
    for (size_t i = 0; st->sources && i < b->nsources; i++)
        free(st->sources[i].block);
    memory_unstage_sources(st->adds, b->nadds);
    memory_unstage_notes(st->notes, b->nnotes);
    memory_unstage_publications(st->publications, b->npublications);
    memory_unstage_shared(st->shared, b->nshared);
    free(st->items);
    free(st->concerns);
    free(st->sources);
}

static int stage(const struct memory_state *m, struct staged *st, const struct store_batch *b)
{
    st->items = calloc(b->nitems + 1, sizeof *st->items);
    st->concerns = calloc(b->nconcerns + 1, sizeof *st->concerns);
    st->sources = calloc(b->nsources + 1, sizeof *st->sources);
    st->notes = memory_stage_notes(b);
    st->publications = memory_stage_publications(b);
    st->shared = memory_stage_shared(b);
    if (!st->items || !st->concerns || !st->sources || !st->notes || !st->publications ||
        !st->shared)
        return ERR_NOMEM;
    for (size_t i = 0; i < b->nitems; i++)
        if (!stage_item(&st->items[i], &b->items[i]))
            return ERR_NOMEM;
    for (size_t i = 0; i < b->nconcerns; i++)
        if (concern_copy(&st->concerns[i], b->concerns[i]))
            return ERR_NOMEM;
    for (size_t i = 0; i < b->nsources; i++)
        if (!stage_source(&st->sources[i], &b->sources[i], row_before(m, st, b, i)))
            return ERR_NOMEM;
    return 0;
}

#define RESERVE(list, count, more) reserve((void **)&(list), (count), (more), sizeof *(list))

static bool reserve(void **list, size_t count, size_t more, size_t size)
{
    void *grown = reallocarray(*list, count + more + 1, size);

    if (grown)
        *list = grown;
    return grown != NULL;
}

static bool reserve_all(struct memory_state *m, const struct store_batch *b,
                        const struct check_heads *h)
{
    return RESERVE(m->items, m->nitems, b->nitems) && RESERVE(m->by_ident, m->nitems, b->nitems) &&
           RESERVE(m->events, m->nevents, b->nevents) &&
           RESERVE(m->concerns, m->nconcerns, b->nconcerns) &&
           RESERVE(m->sources, m->nsources, b->nsources) &&
           RESERVE(m->units, m->nunits, h->count + b->nevents) &&
           RESERVE(m->cursors, m->ncursors, b->ncursors) &&
           RESERVE(m->commands, m->ncommands, b->ncommands) &&
           RESERVE(m->touched, m->ntouched, b->nitems + b->nblanks + b->nredacts) &&
           RESERVE(m->marks, m->nmarks, b->nmarks) && RESERVE(m->notes, m->nnotes, b->nnotes) &&
           RESERVE(m->publications, m->npublications, b->npublications) &&
           RESERVE(m->surveys, m->nsurveys, b->nsurveys) &&
           RESERVE(m->corrections, m->ncorrections, b->ncorrections) &&
           RESERVE(m->shared, m->nshared, b->nshared) &&
           RESERVE(m->arrivals, m->narrivals, b->narrivals) &&
           RESERVE(m->replies, m->nreplies, b->nreplies) &&
           RESERVE(m->accounts, m->naccounts, b->naccounts) &&
           RESERVE(m->tokens, m->ntokens, b->ntokens) &&
           RESERVE(m->trail, m->ntrail, b->ntrail);
}

static int order_items(const void *a, const void *b)
{
    const struct store_item *x = *(const struct store_item *const *)a;
    const struct store_item *y = *(const struct store_item *const *)b;
    int order = memcmp(x->ident, y->ident, STORE_IDENT);

    return order ? order : (x > y) - (x < y); /* both of one array: the order of the batch */
}

/* An item that is not an update must be new, to the store and within the batch. */
static int refuse_repeated(const struct memory_state *m, const struct store_batch *b)
{
    const struct store_item **sorted = calloc(b->nitems + 1, sizeof *sorted);
    int err = sorted ? 0 : ERR_NOMEM;
    bool there;

    for (size_t i = 0; i < b->nitems && !err; i++) {
        sorted[i] = &b->items[i];
        memory_find_item(m, b->items[i].ident, &there);
        if (there && !b->items[i].update)
            err = ERR_EXISTS;
    }
    if (!err)
        qsort(sorted, b->nitems, sizeof *sorted, order_items);
    for (size_t i = 1; i < b->nitems && !err; i++)
        if (!sorted[i]->update && memcmp(sorted[i - 1]->ident, sorted[i]->ident, STORE_IDENT) == 0)
            err = ERR_EXISTS;
    free(sorted);
    return err;
}

static void apply_item(struct memory_state *m, struct memory_item *from)
{
    bool there;
    size_t at = memory_find_item(m, from->item.ident, &there);

    memory_apply_aliases(m, &from->item, there ? m->by_ident[at] : m->nitems);
    if (there) {
        struct memory_item *old = &m->items[m->by_ident[at]];
        if (old->item.marked & STORE_REDACTED) {
            from->item.title = from->item.text = from->item.link = STR_NONE;
            memset(from->item.sketch, 0, sizeof from->item.sketch);
            from->item.marked |= STORE_REDACTED;
        }
        free(old->block);
        *old = *from;
        memory_touch(m, m->by_ident[at]);
    } else {
        memmove(&m->by_ident[at + 1], &m->by_ident[at],
                (m->nitems - m->forgotten - at) * sizeof *m->by_ident);
        m->by_ident[at] = m->nitems;
        m->items[m->nitems++] = *from;
    }
    from->block = NULL;
}

static void apply_concern(struct memory_state *m, struct concern *from)
{
    bool there;
    size_t at = memory_find_concern(m, from->id, &there);

    if (there) {
        concern_clear(&m->concerns[at]);
    } else {
        memmove(&m->concerns[at + 1], &m->concerns[at],
                (m->nconcerns - at) * sizeof *m->concerns);
        m->nconcerns++;
    }
    m->concerns[at] = *from;
    from->reply_url = NULL;
}

static struct check_head *unit_of(struct memory_state *m, const char *unit)
{
    bool there;
    size_t at = memory_find_unit(m, unit, &there);

    if (!there) {
        memmove(&m->units[at + 1], &m->units[at], (m->nunits - at) * sizeof *m->units);
        m->nunits++;
        m->units[at] = (struct check_head){0};
        memcpy(m->units[at].unit, unit, strlen(unit) + 1);
    }
    return &m->units[at];
}

static void apply_event(struct memory_state *m, const struct event *e)
{
    m->events[m->nevents++] = *e;
    if (e->type == EVENT_UNIT_OFFLINE || e->type == EVENT_UNIT_ONLINE)
        unit_of(m, e->to)->offline = e->type == EVENT_UNIT_OFFLINE;
}

static void apply_cursor(struct memory_state *m, const struct store_cursor *c)
{
    for (size_t i = 0; i < m->ncursors; i++)
        if (!strcmp(m->cursors[i].unit, c->unit) && !strcmp(m->cursors[i].receiver, c->receiver)) {
            if (c->unitseq > m->cursors[i].unitseq)
                m->cursors[i].unitseq = c->unitseq;
            return;
        }
    m->cursors[m->ncursors++] = *c;
}

static void apply_command(struct memory_state *m, const struct store_command *c)
{
    size_t i = 0;

    while (i < m->ncommands && strcmp(m->commands[i].key, c->key) != 0)
        i++;
    m->commands[i] = *c;
    if (i == m->ncommands)
        m->ncommands++;
}

static void apply(struct memory_state *m, const struct store_batch *b,
                  const struct check_heads *heads, struct staged *st)
{
    for (size_t i = 0; i < b->nitems; i++)
        apply_item(m, &st->items[i]);
    for (size_t i = 0; i < b->naliases; i++)
        memory_apply_alias(m, &b->aliases[i]);
    for (size_t i = 0; i < b->nmoves; i++)
        memory_apply_move(m, &b->moves[i]);
    for (size_t i = 0; i < b->nmarks; i++)
        memory_apply_mark(m, &b->marks[i]);
    for (size_t i = 0; i < b->nevents; i++)
        apply_event(m, &b->events[i]);
    memory_apply_notes(m, st->notes, b->nnotes);
    memory_apply_publications(m, st->publications, b->npublications);
    memory_apply_arrivals(m, b);
    for (size_t i = 0; i < heads->count; i++)
        unit_of(m, heads->list[i].unit)->head = heads->list[i].head;
    for (size_t i = 0; i < b->nconcerns; i++)
        apply_concern(m, &st->concerns[i]);
    for (size_t i = 0; i < b->nreplies; i++)
        memory_apply_reply(m, &b->replies[i]);
    memory_apply_accounts(m, b);
    memory_apply_trail(m, b);
    for (size_t i = 0; i < b->ncorrections; i++)
        memory_apply_correction(m, &b->corrections[i]);
    memory_apply_shared(m, st->shared, b->nshared);
    for (size_t i = 0; i < b->nsurveys; i++)
        memory_apply_survey(m, &b->surveys[i]);
    memory_apply_sources(m, b, st->adds);
    for (size_t i = 0; i < b->nsources; i++)
        memory_apply_source(m, &st->sources[i]);
    for (size_t i = 0; i < b->ncursors; i++)
        apply_cursor(m, &b->cursors[i]);
    for (size_t i = 0; i < b->ncommands; i++)
        apply_command(m, &b->commands[i]);
    if (b->rules)
        m->rules = b->rules;
    if (b->published)
        m->published = b->published;
    if (b->forgotten_before)
        m->forgotten_before = b->forgotten_before;
}

int memory_commit(struct store *s, const struct store_batch *batch,
                  const struct check_heads *heads)
{
    struct memory_state *m = memory_lock(s);
    struct staged st = {0};
    int err = refuse_repeated(m, batch);

    if (!err)
        err = stage(m, &st, batch);
    if (!err)
        err = memory_stage_sources(m, batch, &st.adds);
    if (!err && !reserve_all(m, batch, heads))
        err = ERR_NOMEM;
    if (!err)
        apply(m, batch, heads, &st);
    unstage(&st, batch);
    memory_unlock(m);
    return err;
}

static bool expired(const struct store_item *item, int64_t now)
{
    return item->expires <= now && (item->title.n || item->text.n);
}

void memory_drop_words(struct store_item *item)
{
    if (!item->concern && (item->title.n || item->text.n))
        memset(item->sketch, 0, sizeof item->sketch);
    item->title = item->text = STR_NONE;
}

int memory_expire(struct store *s, int64_t now, size_t max)
{
    struct memory_state *m = memory_lock(s);
    size_t n = 0, kept = 0;

    for (; n < max; n++) {
        struct store_item *first = NULL;
        for (size_t i = 0; i < m->nitems; i++)
            if (expired(&m->items[i].item, now) &&
                (!first || m->items[i].item.expires < first->expires))
                first = &m->items[i].item;
        if (!first)
            break;
        memory_drop_words(first);
    }
    for (size_t i = 0; i < m->ncommands; i++)
        if (m->commands[i].at > now - STORE_COMMAND_KEEP)
            m->commands[kept++] = m->commands[i];
    m->ncommands = kept;
    memory_forget_touched(m);
    memory_unlock(m);
    return (int)n;
}

bool memory_residue(const struct store *s)
{
    (void)s;
    return false;
}
