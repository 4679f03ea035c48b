/* Pages of replies in the memory twin. */
#include <stdlib.h>

#include "base/arena.h"
#include "base/err.h"
#include "store/memory/memory.h"

void memory_apply_reply(struct memory_state *m, const struct store_reply *reply)
{
    size_t at = 0;

    while (at < m->nreplies && m->replies[at].concern != reply->concern)
        at++;
    if (reply->drop) {
        if (at < m->nreplies)
            m->replies[at] = m->replies[--m->nreplies];
        return;
    }
    m->nreplies += at == m->nreplies;
    m->replies[at] = *reply;
    m->replies[at].url = STR_NONE;
}

static int earlier(const void *a, const void *b)
{
    const struct store_reply *x = a, *y = b;

    return (x->due > y->due) - (x->due < y->due);
}

static void add_url(const struct memory_state *m, struct arena *arena, struct store_reply *reply)
{
    bool there;
    size_t at = memory_find_concern(m, reply->concern, &there);

    reply->url = arena_str(arena, str_from(there ? m->concerns[at].reply_url : NULL));
}

/* Those due by then, or the one of a concern: how many were handed out, or an error. */
static int hand_out(struct store *s, uint64_t concern, int64_t now, size_t max,
                    int (*each)(void *arg, const struct store_reply *reply), void *arg)
{
    struct memory_state *m = memory_lock(s);
    struct store_reply *copies = calloc(m->nreplies + 1, sizeof *copies);
    struct arena *arena = arena_new();
    int err = copies && arena ? 0 : ERR_NOMEM;
    size_t n = 0;

    for (size_t i = 0; i < m->nreplies && !err; i++) {
        const struct store_reply *r = &m->replies[i];
        if (concern ? r->concern != concern : !r->due || r->due > now)
            continue;
        copies[n] = *r;
        add_url(m, arena, &copies[n]);
        err = copies[n++].url.p ? 0 : ERR_NOMEM;
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

int memory_replies_due(struct store *s, int64_t now, size_t max,
                       int (*each)(void *arg, const struct store_reply *reply), void *arg)
{
    int n = hand_out(s, 0, now, max, each, arg);

    return n < 0 ? n : 0;
}

int memory_reply(struct store *s, uint64_t concern,
                 int (*each)(void *arg, const struct store_reply *reply), void *arg)
{
    int n = concern ? hand_out(s, concern, 0, 1, each, arg) : 0;

    return n < 0 ? n : n ? 0 : ERR_NOTFOUND;
}

int memory_next_reply(struct store *s, uint64_t *out)
{
    struct memory_state *m = memory_lock(s);

    *out = INT64_MAX;
    for (size_t i = 0; i < m->nreplies; i++)
        if (m->replies[i].due && (uint64_t)m->replies[i].due < *out)
            *out = (uint64_t)m->replies[i].due;
    memory_unlock(m);
    return 0;
}
