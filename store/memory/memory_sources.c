/* Sources, pages and aliases of the memory twin. */
#include <stdlib.h>

#include "base/arena.h"
#include "base/err.h"
#include "store/memory/memory.h"

size_t memory_find_source(const struct memory_state *m, struct str id, bool *there)
{
    size_t at = 0;

    while (at < m->nsources && str_order(m->sources[at].source.id, id) < 0)
        at++;
    *there = at < m->nsources && str_eq(m->sources[at].source.id, id);
    return at;
}

static void copy_source(struct store_source *to, const struct store_source *from,
                        struct arena *arena)
{
    *to = *from;
    to->keep = 0;
    to->id = arena_str(arena, from->id);
    to->etag = arena_str(arena, from->etag);
    to->last_modified = arena_str(arena, from->last_modified);
    to->reason = arena_str(arena, from->reason);
    to->moved_from = arena_str(arena, from->moved_from);
    to->moved_to = arena_str(arena, from->moved_to);
}

void memory_apply_source(struct memory_state *m, struct memory_source *from)
{
    bool there;
    size_t at = memory_find_source(m, from->source.id, &there);
    struct memory_source *to = &m->sources[at];

    if (there) {
        free(to->block);
    } else {
        memmove(to + 1, to, (m->nsources - at) * sizeof *to);
        m->nsources++;
    }
    *to = *from;
    from->block = NULL;
}

static void apply_alias(struct memory_state *m, uint64_t alias, size_t at)
{
    size_t k = 0;

    if (!alias)
        return;
    while (k < m->naliases && m->aliases[k].alias != alias)
        k++;
    m->aliases[k] = (struct memory_alias){alias, at};
    m->naliases += k == m->naliases;
}

void memory_apply_aliases(struct memory_state *m, const struct store_item *item, size_t at)
{
    for (size_t i = 0; i < 2; i++)
        apply_alias(m, item->aliases[i], at);
}

void memory_apply_alias(struct memory_state *m, const struct store_alias *alias)
{
    bool there;
    size_t at = memory_find_item(m, alias->ident, &there);

    if (there)
        apply_alias(m, alias->alias, m->by_ident[at]);
}

int memory_stage_sources(struct memory_state *m, const struct store_batch *b,
                         struct source ***staged)
{
    size_t room = m->naliases + 2 * b->nitems + b->naliases + 1;
    struct memory_alias *aliases = reallocarray(m->aliases, room, sizeof *aliases);
    if (aliases)
        m->aliases = aliases;
    struct store_page *pages = reallocarray(m->pages, m->npages + b->npages + 1, sizeof *pages);
    if (pages)
        m->pages = pages;
    struct source **added = reallocarray(m->added, m->nadded + b->nadds + 1, sizeof *added);
    if (added)
        m->added = added;
    *staged = calloc(b->nadds + 1, sizeof **staged);
    if (!aliases || !pages || !added || !*staged)
        return ERR_NOMEM;
    for (size_t i = 0; i < b->nadds; i++)
        if (!((*staged)[i] = source_copy(b->adds[i], NULL)))
            return ERR_NOMEM;
    return 0;
}

void memory_unstage_sources(struct source **staged, size_t n)
{
    for (size_t i = 0; staged && i < n; i++)
        free(staged[i]);
    free(staged);
}

static size_t find_added(const struct memory_state *m, struct str id, bool *there)
{
    size_t at = 0;

    while (at < m->nadded && str_order(str_from(m->added[at]->id), id) < 0)
        at++;
    *there = at < m->nadded && str_is(id, m->added[at]->id);
    return at;
}

static void forget_source(struct memory_state *m, struct str id)
{
    bool there;
    size_t at = find_added(m, id, &there);

    if (there) {
        free(m->added[at]);
        memmove(&m->added[at], &m->added[at + 1], (--m->nadded - at) * sizeof *m->added);
    }
    at = memory_find_source(m, id, &there);
    if (there) {
        free(m->sources[at].block);
        memmove(&m->sources[at], &m->sources[at + 1], (--m->nsources - at) * sizeof *m->sources);
    }
}

static void add_source(struct memory_state *m, struct source **from)
{
    bool there;
    size_t at = find_added(m, str_from((*from)->id), &there);

    if (there) {
        free(m->added[at]);
    } else {
        memmove(&m->added[at + 1], &m->added[at], (m->nadded - at) * sizeof *m->added);
        m->nadded++;
    }
    m->added[at] = *from;
    *from = NULL;
}

static size_t find_page(const struct memory_state *m, const unsigned char *ident)
{
    size_t at = 0;

    while (at < m->npages && memcmp(m->pages[at].ident, ident, STORE_IDENT) != 0)
        at++;
    return at;
}

static void apply_page(struct memory_state *m, const struct store_page *page)
{
    size_t at = find_page(m, page->ident);

    if (page->drop) {
        if (at < m->npages)
            m->pages[at] = m->pages[--m->npages];
        return;
    }
    m->npages += at == m->npages;
    m->pages[at] = *page;
}

static void blank(struct memory_state *m, const unsigned char *ident, bool redact)
{
    bool there;
    size_t at = memory_find_item(m, ident, &there);

    if (!there)
        return;
    struct store_item *item = &m->items[m->by_ident[at]].item;
    memory_drop_words(item);
    if (redact) {
        item->link = STR_NONE;
        memset(item->sketch, 0, sizeof item->sketch);
        item->marked |= STORE_REDACTED;
        struct store_page page = {.drop = true};
        memcpy(page.ident, ident, STORE_IDENT);
        apply_page(m, &page);
    }
    memory_touch(m, m->by_ident[at]);
}

void memory_apply_sources(struct memory_state *m, const struct store_batch *b,
                          struct source **staged)
{
    for (size_t i = 0; i < b->npages; i++)
        apply_page(m, &b->pages[i]);
    for (size_t i = 0; i < b->nblanks; i++)
        blank(m, b->blanks[i], false);
    for (size_t i = 0; i < b->nredacts; i++)
        blank(m, b->redacts[i], true);
    for (size_t i = 0; i < b->nremoves; i++)
        forget_source(m, b->removes[i]);
    for (size_t i = 0; i < b->nadds; i++)
        add_source(m, &staged[i]);
}

int memory_seen_as(struct store *s, const uint64_t (*aliases)[2], size_t n, struct store_seen *out)
{
    struct memory_state *m = memory_lock(s);

    for (size_t i = 0; i < 2 * n; i++)
        for (size_t k = 0; k < m->naliases && !out[i / 2].found && aliases[i / 2][i % 2]; k++)
            if (m->aliases[k].alias == aliases[i / 2][i % 2])
                memory_seen(&m->items[m->aliases[k].item].item, &out[i / 2]);
    memory_unlock(m);
    return 0;
}

/* Copies of sources [from, from + n), handed out after the lock. */
static int hand_out(struct memory_state *m, size_t from, size_t n,
                    int (*each)(void *arg, const struct store_source *src), void *arg)
{
    struct store_source *copies = calloc(n + 1, sizeof *copies);
    struct arena *arena = arena_new();
    int err = copies && arena ? 0 : ERR_NOMEM;

    for (size_t i = 0; i < n && !err; i++)
        copy_source(&copies[i], &m->sources[from + i].source, arena);
    memory_unlock(m);
    for (size_t i = 0; i < n && !err; i++)
        err = each(arg, &copies[i]);
    arena_free(arena);
    free(copies);
    return err;
}

int memory_each_source(struct store *s, int (*each)(void *arg, const struct store_source *src),
                       void *arg)
{
    struct memory_state *m = memory_lock(s);

    return hand_out(m, 0, m->nsources, each, arg);
}

int memory_source(struct store *s, struct str id,
                  int (*each)(void *arg, const struct store_source *src), void *arg)
{
    struct memory_state *m = memory_lock(s);
    bool there;
    size_t at = memory_find_source(m, id, &there);

    if (there)
        return hand_out(m, at, 1, each, arg);
    memory_unlock(m);
    return ERR_NOTFOUND;
}

int memory_each_added(struct store *s, int (*each)(void *arg, const struct source *source),
                      void *arg)
{
    struct memory_state *m = memory_lock(s);
    struct source **copies = calloc(m->nadded + 1, sizeof *copies);
    size_t n = copies ? m->nadded : 0;
    int err = copies ? 0 : ERR_NOMEM;

    for (size_t i = 0; i < n; i++)
        if (!(copies[i] = source_copy(m->added[i], NULL)))
            err = ERR_NOMEM;
    memory_unlock(m);
    for (size_t i = 0; i < n && !err; i++)
        err = each(arg, copies[i]);
    memory_unstage_sources(copies, n);
    return err;
}

static void copy_page(const struct memory_state *m, const struct store_page *from,
                      struct arena *arena, struct store_page *to)
{
    bool there;
    size_t at = memory_find_item(m, from->ident, &there);

    *to = *from;
    to->drop = false;
    if (!there)
        return;
    const struct store_item *item = &m->items[m->by_ident[at]].item;
    to->source = arena_str(arena, item->source);
    to->link = arena_str(arena, item->link);
    to->title = arena_str(arena, item->title);
    to->concern = item->concern;
    to->item_content = item->content;
    to->published = item->published;
    to->raised = item->topic.n && item->kind == VERDICT_RAISED;
}

static int earlier(const void *a, const void *b)
{
    const struct store_page *x = a, *y = b;

    return (x->due > y->due) - (x->due < y->due);
}

/* Pages due by then, or the one of an ident: how many were handed out, or an error. */
static int hand_out_pages(struct store *s, const unsigned char *ident, int64_t now, size_t max,
                          int (*each)(void *arg, const struct store_page *page), void *arg)
{
    struct memory_state *m = memory_lock(s);
    struct store_page *copies = calloc(m->npages + 1, sizeof *copies);
    struct arena *arena = arena_new();
    int err = copies && arena ? 0 : ERR_NOMEM;
    size_t n = 0;

    for (size_t i = 0; i < m->npages && !err; i++) {
        bool there;
        memory_find_item(m, m->pages[i].ident, &there);
        if (there && (ident ? !memcmp(m->pages[i].ident, ident, STORE_IDENT)
                            : m->pages[i].due <= now))
            copy_page(m, &m->pages[i], arena, &copies[n++]);
    }
    memory_unlock(m);
    if (!err)
        qsort(copies, n, sizeof *copies, earlier);
    n = n < max ? n : max;
    for (size_t i = 0; i < n && !err; i++)
        err = each(arg, &copies[i]);
    arena_free(arena);
    free(copies);
    return err ? err : (int)n;
}

int memory_pages_due(struct store *s, int64_t now, size_t max,
                     int (*each)(void *arg, const struct store_page *page), void *arg)
{
    int n = hand_out_pages(s, NULL, now, max, each, arg);

    return n < 0 ? n : 0;
}

int memory_page(struct store *s, const unsigned char *ident,
                int (*each)(void *arg, const struct store_page *page), void *arg)
{
    int n = hand_out_pages(s, ident, 0, 1, each, arg);

    return n < 0 ? n : n ? 0 : ERR_NOTFOUND;
}

int memory_next_page(struct store *s, uint64_t *out)
{
    struct memory_state *m = memory_lock(s);

    *out = INT64_MAX;
    for (size_t i = 0; i < m->npages; i++)
        if ((uint64_t)m->pages[i].due < *out)
            *out = (uint64_t)m->pages[i].due;
    memory_unlock(m);
    return 0;
}
