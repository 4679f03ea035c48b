/* What people ask to be corrected, in the memory twin: by rising concern, wish and reason. */
#include <string.h>

#include "base/err.h"
#include "store/memory/memory.h"

static int compare(const struct store_correction *a, const struct store_correction *b)
{
    if (a->concern != b->concern)
        return a->concern < b->concern ? -1 : 1;
    if (a->wish != b->wish)
        return a->wish < b->wish ? -1 : 1;
    return (a->reason > b->reason) - (a->reason < b->reason);
}

/* The first that is not before it. */
static size_t place(const struct memory_state *m, const struct store_correction *row)
{
    size_t at = 0;

    while (at < m->ncorrections && compare(&m->corrections[at], row) < 0)
        at++;
    return at;
}

void memory_apply_correction(struct memory_state *m, const struct store_correction *row)
{
    size_t at = place(m, row);

    if (at == m->ncorrections || compare(&m->corrections[at], row)) {
        memmove(&m->corrections[at + 1], &m->corrections[at],
                (m->ncorrections - at) * sizeof *m->corrections);
        m->ncorrections++;
    }
    m->corrections[at] = *row;
}

int memory_corrections(struct store *s, const struct store_correction *from, size_t limit,
                       int (*each)(void *arg, const struct store_correction *row), void *arg)
{
    struct memory_state *m = memory_lock(s);
    struct buf list = BUF_INIT;
    size_t at = place(m, from);
    size_t n = m->ncorrections - at < limit ? m->ncorrections - at : limit;
    int err = buf_add(&list, m->corrections ? &m->corrections[at] : NULL,
                      n * sizeof *m->corrections);

    memory_unlock(m);
    for (size_t i = 0; i < n && !err; i++)
        err = each(arg, (const struct store_correction *)list.data + i);
    buf_free(&list);
    return err;
}
