/* Arrivals of the memory twin. */
#include <stdlib.h>

#include "base/err.h"
#include "store/memory/memory.h"

static int order(const void *a, const void *b)
{
    const struct burst_row *x = a, *y = b;

    if (x->step != y->step)
        return x->step < y->step ? -1 : 1;
    return strcmp(x->topic, y->topic);
}

static void set(struct memory_state *m, const struct burst_row *row)
{
    for (size_t i = 0; i < m->narrivals; i++)
        if (order(&m->arrivals[i], row) == 0) {
            m->arrivals[i].count = row->count;
            return;
        }
    m->arrivals[m->narrivals++] = *row;
}

void memory_apply_arrivals(struct memory_state *m, const struct store_batch *b)
{
    int64_t latest = 0;
    size_t n = 0;

    for (size_t i = 0; i < b->narrivals; i++) {
        set(m, &b->arrivals[i]);
        latest = b->arrivals[i].step > latest ? b->arrivals[i].step : latest;
    }
    if (!b->narrivals)
        return;
    for (size_t i = 0; i < m->narrivals; i++)
        if (m->arrivals[i].step >= latest - STORE_ARRIVALS_KEPT)
            m->arrivals[n++] = m->arrivals[i];
    m->narrivals = n;
    qsort(m->arrivals, n, sizeof *m->arrivals, order);
}

int memory_each_arrivals(struct store *s, int (*each)(void *arg, const struct burst_row *row),
                         void *arg)
{
    struct memory_state *m = memory_lock(s);
    size_t n = m->narrivals;
    struct burst_row *copy = reallocarray(NULL, n + 1, sizeof *copy);
    int err = copy ? 0 : ERR_NOMEM;

    if (copy && n)
        memcpy(copy, m->arrivals, n * sizeof *copy);
    memory_unlock(m);
    for (size_t i = 0; i < n && !err; i++)
        err = each(arg, &copy[i]);
    free(copy);
    return err;
}
