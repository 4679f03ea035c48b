/* Streets and towns by the hashes of their names. */
#include <stdlib.h>

#include "base/utf8.h"
#include "classifiers/draft.h"
#include "classifiers/regions.h"

static int by_hash(const void *a, const void *b)
{
    const struct block_street *x = a, *y = b;

    if (x->hash != y->hash)
        return x->hash < y->hash ? -1 : 1;
    return (x->place > y->place) - (x->place < y->place);
}

void draft_index_streets(struct draft *d, struct buf *buckets, struct buf *tails)
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
    uint8_t *bits = calloc(BLOCK_TAILS / 8, 1);
    d->nomem |= !bits;
    for (size_t i = 0; bits && i < d->street_tails.n; i++) {
        uint32_t tail = *DRAFT_AT(d, street_tails, uint32_t, i);
        bits[tail / 8] |= (uint8_t)(1 << tail % 8);
    }
    if (bits)
        buf_add(tails, bits, BLOCK_TAILS / 8);
    free(bits);
}
