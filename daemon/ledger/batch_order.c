#include "daemon/ledger/batch_order.h"

#include <stdlib.h>
#include <xxhash.h>

#include "base/err.h"

enum { NAMES = 3 }; /* that an item is known by */

/* Items of the polls behind: how high the versions of each rank. Open addressing, 0 empty. */
struct later {
    struct {
        uint64_t name;
        uint8_t rank;
    } *list;
    size_t size; /* power of two */
};

static uint8_t rank_of(const struct verdict *v)
{
    int most = 0;

    for (size_t i = 0; i < v->ntags; i++) {
        int rank = 1 + event_grade_find(v->tags[i].grade);
        rank = rank ? rank : 1 + GRADE_ORDINARY;
        most = rank > most ? rank : most;
    }
    return (uint8_t)most;
}

void batch_order_ranks(const struct verdicts *v, uint8_t *ranks)
{
    for (size_t i = 0; i < v->count; i++)
        ranks[i] = rank_of(&v->list[i]);
}

void batch_order_items(const struct verdicts *v, const uint8_t *ranks, size_t *order)
{
    size_t n = 0;

    for (int rank = BATCH_RANKS - 1; rank >= 0; rank--)
        for (size_t i = 0; i < v->count; i++)
            if (ranks[i] == rank)
                order[n++] = i;
}

static uint64_t name(uint32_t source, uint64_t which, const void *p, size_t n)
{
    return n ? XXH3_64bits_withSeed(p, n, (which << 32) + source) : 0;
}

static void names_of(uint32_t source, const struct verdict *v, uint64_t out[static NAMES])
{
    out[0] = name(source, 0, v->identity.p, v->identity.n);
    out[1] = name(source, 1, v->alt_link.p, v->alt_link.n);
    out[2] = v->alt_content ? name(source, 2, &v->alt_content, sizeof v->alt_content) : 0;
}

static uint8_t *slot(struct later *l, uint64_t of)
{
    size_t i = of & (l->size - 1);

    while (l->list[i].name && l->list[i].name != of)
        i = (i + 1) & (l->size - 1);
    l->list[i].name = of;
    return &l->list[i].rank;
}

/* An older version goes before the newer one, however low it is. */
static void lift(struct later *l, struct batch_waiting *w)
{
    for (size_t i = 0; w->verdicts && i < w->verdicts->count; i++) {
        uint64_t names[NAMES];
        names_of(w->source, &w->verdicts->list[i], names);
        for (size_t k = 0; k < NAMES; k++)
            if (names[k] && *slot(l, names[k]) > w->ranks[i])
                w->ranks[i] = *slot(l, names[k]);
    }
    for (size_t i = 0; w->verdicts && i < w->verdicts->count; i++) {
        uint64_t names[NAMES];
        names_of(w->source, &w->verdicts->list[i], names);
        for (size_t k = 0; k < NAMES; k++)
            if (names[k] && *slot(l, names[k]) < w->ranks[i])
                *slot(l, names[k]) = w->ranks[i];
    }
}

static bool has_later(const struct batch_waiting *polls, size_t n, size_t i)
{
    for (size_t k = i + 1; k < n; k++)
        if (polls[k].source == polls[i].source)
            return true;
    return false;
}

static int lift_all(struct batch_waiting *polls, size_t n)
{
    struct later later = {.size = 16};
    size_t names = 0;
    bool any = false;

    for (size_t i = 0; i < n; i++) {
        names += polls[i].verdicts ? NAMES * polls[i].verdicts->count : 0;
        any = any || has_later(polls, n, i);
    }
    if (!any)
        return 0;
    while (later.size < 2 * names)
        later.size *= 2;
    later.list = calloc(later.size, sizeof *later.list);
    if (!later.list)
        return ERR_NOMEM;
    for (size_t i = n; i-- > 0;)
        lift(&later, &polls[i]);
    free(later.list);
    return 0;
}

int batch_order_polls(struct batch_waiting *polls, size_t n, size_t *order)
{
    size_t out = 0;

    for (size_t i = 0; i < n; i++)
        if (polls[i].verdicts)
            batch_order_ranks(polls[i].verdicts, polls[i].ranks);
    int err = lift_all(polls, n);
    if (err)
        return err;
    for (size_t i = n; i-- > 0;) { /* a later poll lifts those of its source before it */
        polls[i].rank = 0;
        for (size_t k = 0; polls[i].verdicts && k < polls[i].verdicts->count; k++)
            if (polls[i].ranks[k] > polls[i].rank)
                polls[i].rank = polls[i].ranks[k];
        for (size_t k = i + 1; k < n; k++)
            if (polls[k].source == polls[i].source && polls[k].rank > polls[i].rank)
                polls[i].rank = polls[k].rank;
    }
    for (int rank = BATCH_RANKS - 1; rank >= 0; rank--)
        for (size_t i = 0; i < n; i++)
            if (polls[i].rank == rank)
                order[out++] = i;
    return 0;
}
