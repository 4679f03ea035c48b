/* What all machines go by, in the memory twin: by kind, then name. */
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "store/memory/memory.h"

static int compare(const struct store_shared *a, const struct store_shared *b)
{
    return a->kind != b->kind ? a->kind - b->kind : strcmp(a->name, b->name);
}

struct store_shared *memory_stage_shared(const struct store_batch *b)
{
    struct store_shared *staged = calloc(b->nshared + 1, sizeof *staged);
    bool fits = staged != NULL;

    for (size_t i = 0; i < b->nshared && fits; i++) {
        struct str value = b->shared[i].value;
        char *copy = malloc(value.n + 1);
        staged[i] = b->shared[i];
        staged[i].value = (struct str){copy, value.n};
        fits = copy != NULL;
        if (fits && value.n)
            memcpy(copy, value.p, value.n);
    }
    if (fits)
        return staged;
    memory_unstage_shared(staged, b->nshared);
    return NULL;
}

void memory_unstage_shared(struct store_shared *staged, size_t n)
{
    for (size_t i = 0; staged && i < n; i++)
        free((char *)staged[i].value.p);
    free(staged);
}

/* The first that is not before it. */
static size_t place(const struct memory_state *m, const struct store_shared *row)
{
    size_t at = 0;

    while (at < m->nshared && compare(&m->shared[at], row) < 0)
        at++;
    return at;
}

static void apply(struct memory_state *m, struct store_shared *row)
{
    size_t at = place(m, row);
    bool there = at < m->nshared && compare(&m->shared[at], row) == 0;

    if (there) {
        free((char *)m->shared[at].value.p);
        memmove(&m->shared[at], &m->shared[at + 1], (--m->nshared - at) * sizeof *m->shared);
    }
    if (row->drop)
        return;
    memmove(&m->shared[at + 1], &m->shared[at], (m->nshared++ - at) * sizeof *m->shared);
    m->shared[at] = *row;
    row->value.p = NULL;
}

void memory_apply_shared(struct memory_state *m, struct store_shared *staged, size_t n)
{
    for (size_t i = 0; i < n; i++)
        apply(m, &staged[i]);
}

int memory_each_shared(struct store *s, const struct store_shared *which,
                       int (*each)(void *arg, const struct store_shared *row), void *arg)
{
    struct memory_state *m = memory_lock(s);
    size_t at = place(m, which), n = 0;

    while (at + n < m->nshared && m->shared[at + n].kind == which->kind &&
           (!*which->name || !strcmp(m->shared[at + n].name, which->name)))
        n++;
    struct store_batch found = {.shared = m->shared ? m->shared + at : NULL, .nshared = n};
    struct store_shared *rows = memory_stage_shared(&found);
    memory_unlock(m);
    int err = !rows ? ERR_NOMEM : !n && *which->name ? ERR_NOTFOUND : 0;
    for (size_t i = 0; i < n && !err; i++)
        err = each(arg, &rows[i]);
    memory_unstage_shared(rows, n);
    return err;
}
