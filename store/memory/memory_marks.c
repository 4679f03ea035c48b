/* Marks of the memory twin. */
#include <stdlib.h>

#include "base/arena.h"
#include "base/err.h"
#include "store/memory/memory.h"

static int order(const struct store_mark *a, const struct store_mark *b)
{
    int by_ident = memcmp(a->ident, b->ident, STORE_IDENT);

    return by_ident ? by_ident : a->aspect - b->aspect;
}

static size_t place(const struct memory_state *m, const struct store_mark *mark)
{
    size_t at = 0;

    while (at < m->nmarks && order(&m->marks[at], mark) < 0)
        at++;
    return at;
}

/* What the item is from now on, and whether somebody said so. */
static void correct(struct memory_state *m, const struct store_mark *mark)
{
    bool there;
    size_t at = memory_find_item(m, mark->ident, &there);
    struct store_item *of = there ? &m->items[m->by_ident[at]].item : NULL;
    uint8_t value = mark->drop ? mark->was : mark->value, flag = 0;

    if (of && mark->aspect == STORE_MARK_REQUEST) {
        of->request = value;
        flag = STORE_MARKED_REQUEST;
    }
    if (of && mark->aspect == STORE_MARK_KIND) {
        of->kind = value;
        flag = STORE_MARKED_KIND;
    }
    if (of)
        of->marked = (uint8_t)((of->marked & ~flag) | (mark->drop ? 0 : flag));
}

void memory_apply_mark(struct memory_state *m, const struct store_mark *mark)
{
    size_t at = place(m, mark);
    bool there = at < m->nmarks && !order(&m->marks[at], mark);

    if (mark->drop && !there)
        return;
    if (mark->drop) {
        m->nmarks--;
        memmove(&m->marks[at], &m->marks[at + 1], (m->nmarks - at) * sizeof *m->marks);
    } else {
        if (!there)
            memmove(&m->marks[at + 1], &m->marks[at], (m->nmarks++ - at) * sizeof *m->marks);
        m->marks[at] = *mark;
    }
    correct(m, mark);
}

static void copy_mark(const struct memory_state *m, const struct store_mark *from,
                      struct arena *arena, struct store_mark *to)
{
    bool there;
    size_t at = memory_find_item(m, from->ident, &there);
    const struct store_item *of = there ? &m->items[m->by_ident[at]].item : NULL;

    *to = *from;
    to->source = to->item_topic = to->title = to->text = STR_NONE;
    to->kind = to->request = 0;
    if (!of)
        return;
    to->source = arena_str(arena, of->source);
    to->item_topic = arena_str(arena, of->topic);
    to->title = arena_str(arena, of->title);
    to->text = arena_str(arena, of->text);
    to->kind = of->kind;
    to->request = of->request;
}

int memory_each_mark(struct store *s, const struct store_mark *from, size_t limit,
                     int (*each)(void *arg, const struct store_mark *mark), void *arg)
{
    struct memory_state *m = memory_lock(s);
    struct store_mark *copies = calloc(m->nmarks + 1, sizeof *copies);
    struct arena *arena = arena_new();
    int err = copies && arena ? 0 : ERR_NOMEM;
    size_t n = 0;

    for (size_t i = place(m, from); i < m->nmarks && n < limit && !err; i++)
        copy_mark(m, &m->marks[i], arena, &copies[n++]);
    memory_unlock(m);
    for (size_t i = 0; i < n && !err; i++)
        err = each(arg, &copies[i]);
    arena_free(arena);
    free(copies);
    return err;
}
