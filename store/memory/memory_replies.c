/* Pages of replies in the memory twin. */
#include <stdlib.h>

#include "base/err.h"
#include "store/memory/memory.h"

static bool is_same(const struct store_reply *a, const struct store_reply *b)
{
    return a->concern == b->concern && a->address == b->address;
}

void memory_apply_reply(struct memory_state *m, const struct store_reply *reply)
{
    size_t at = 0;

    while (at < m->nreplies && !is_same(&m->replies[at], reply))
        at++;
    if (reply->drop) {
        if (at < m->nreplies)
            m->replies[at] = m->replies[--m->nreplies];
        return;
    }
    m->nreplies += at == m->nreplies;
    m->replies[at] = *reply;
}

static int earlier(const void *a, const void *b)
{
    const struct store_reply *x = a, *y = b;

    return (x->due > y->due) - (x->due < y->due);
}

/* Those due by then, or those of a concern. */
static int hand_out(struct store *s, uint64_t concern, int64_t now, size_t max,
                    int (*each)(void *arg, const struct store_reply *reply), void *arg)
{
    struct memory_state *m = memory_lock(s);
    struct store_reply *copies = calloc(m->nreplies + 1, sizeof *copies);
    int err = copies ? 0 : ERR_NOMEM;
    size_t n = 0;

    for (size_t i = 0; i < m->nreplies && !err; i++) {
        const struct store_reply *r = &m->replies[i];
        if (concern ? r->concern != concern : !r->due || r->due > now)
            continue;
        copies[n++] = *r;
    }
    memory_unlock(m);
    if (!err)
        qsort(copies, n, sizeof *copies, concern ? store_reply_older : earlier);
    n = n < max ? n : max;
    for (size_t i = 0; i < n && !err; i++)
        err = each(arg, &copies[i]);
    free(copies);
    return err;
}

int memory_replies_due(struct store *s, int64_t now, size_t max,
                       int (*each)(void *arg, const struct store_reply *reply), void *arg)
{
    return hand_out(s, 0, now, max, each, arg);
}

int memory_replies(struct store *s, uint64_t concern,
                   int (*each)(void *arg, const struct store_reply *reply), void *arg)
{
    return concern ? hand_out(s, concern, 0, STORE_PAGE_MAX, each, arg) : 0;
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
