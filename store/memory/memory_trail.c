/* The audit trail of the memory twin. */
#include <stdlib.h>

#include "base/err.h"
#include "store/memory/memory.h"

static const unsigned char none[TRAIL_HASH];

void memory_apply_trail(struct memory_state *m, const struct store_batch *b)
{
    for (size_t i = 0; i < b->ntrail; i++) {
        struct trail_row *row = &m->trail[m->ntrail];
        *row = b->trail[i];
        row->seq = m->ntrail + 1;
        trail_hash(m->ntrail ? row[-1].hash : none, row, row->hash);
        m->ntrail++;
    }
}

int memory_trail_after(struct store *s, uint64_t after, size_t max,
                       int (*each)(void *arg, const struct trail_row *row), void *arg)
{
    struct memory_state *m = memory_lock(s);
    size_t n = after < m->ntrail ? m->ntrail - (size_t)after : 0;
    struct trail_row *copies = calloc(n + 1, sizeof *copies);
    int err = copies ? 0 : ERR_NOMEM;

    if (copies && n)
        memcpy(copies, m->trail + after, n * sizeof *copies);
    memory_unlock(m);
    for (size_t i = 0; i < n && i < max && !err; i++)
        err = each(arg, &copies[i]);
    free(copies);
    return err;
}

int memory_trail_head(struct store *s, uint64_t *seq, unsigned char *hash)
{
    struct memory_state *m = memory_lock(s);

    *seq = m->ntrail;
    if (m->ntrail)
        memcpy(hash, m->trail[m->ntrail - 1].hash, TRAIL_HASH);
    memory_unlock(m);
    return 0;
}
