/* Streets and towns by the hashes of their names. */
#include <stdlib.h>

#include "base/utf8.h"
#include "classifiers/regions/regions.h"
#include "classifiers/rules/draft.h"

static int by_hash(const void *a, const void *b)
{
    const struct block_street *x = a, *y = b;

    if (x->hash != y->hash)
        return x->hash < y->hash ? -1 : 1;
    return (x->place > y->place) - (x->place < y->place);
}

/* A map of `count` bits, with those that the list names set. */
static void add_bits(struct draft *d, const struct draft_list *list, size_t count, struct buf *out)
{
    uint32_t *bits = calloc(count / 32, sizeof *bits);

    d->nomem |= !bits;
    for (size_t i = 0; bits && i < list->n; i++) {
        uint32_t bit = ((const uint32_t *)list->list)[i];
        bits[bit / 32] |= UINT32_C(1) << bit % 32;
    }
    if (bits)
        buf_add(out, bits, count / 8);
    free(bits);
}

void draft_index_streets(struct draft *d, struct buf *buckets, struct buf *tails, struct buf *ends)
{
    struct block_street *list = d->streets.list;
    uint32_t at = 0;

    if (d->streets.n)
        qsort(list, d->streets.n, sizeof *list, by_hash);
    for (uint32_t i = 0; i <= BLOCK_BUCKETS; i++) {
        while (at < d->streets.n && list[at].hash >> BLOCK_BUCKET_SHIFT < i)
            at++;
        buf_add(buckets, &at, sizeof at);
    }
    add_bits(d, &d->street_tails, (size_t)1 << BLOCK_TAIL_BITS, tails);
    add_bits(d, &d->street_ends, BLOCK_ENDS, ends);
}
