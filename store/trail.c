#include "store/trail.h"

#include <sodium.h>
#include <string.h>

#include "store/backend.h"

static void add_number(crypto_generichash_state *h, uint64_t v, size_t bytes)
{
    unsigned char big[8];

    for (size_t i = 0; i < bytes; i++)
        big[i] = (unsigned char)(v >> (8 * (bytes - 1 - i)));
    crypto_generichash_update(h, big, bytes);
}

static void add_text(crypto_generichash_state *h, const char *text)
{
    size_t n = strlen(text);

    add_number(h, n, 2);
    crypto_generichash_update(h, (const unsigned char *)text, n);
}

void trail_hash(const unsigned char before[TRAIL_HASH], const struct trail_row *row,
                unsigned char out[TRAIL_HASH])
{
    crypto_generichash_state h;

    crypto_generichash_init(&h, NULL, 0, TRAIL_HASH);
    crypto_generichash_update(&h, before, TRAIL_HASH);
    add_number(&h, row->seq, 8);
    add_number(&h, (uint64_t)row->at, 8);
    add_text(&h, row->who);
    add_text(&h, row->role);
    add_text(&h, row->act);
    add_text(&h, row->target);
    crypto_generichash_final(&h, out, TRAIL_HASH);
}

/* After a fault the row is taken as it says itself, so that each fault is told once. */
enum trail_fault trail_check(struct trail_check *c, const struct trail_row *row, uint64_t *from)
{
    unsigned char hash[TRAIL_HASH];
    enum trail_fault fault = TRAIL_SOUND;

    *from = row->seq;
    if (row->seq <= c->seq)
        return TRAIL_ORDER;
    trail_hash(c->hash, row, hash);
    if (!c->unknown && row->seq != c->seq + 1) {
        *from = c->seq + 1;
        fault = TRAIL_MISSING;
    } else if (!c->unknown && memcmp(hash, row->hash, TRAIL_HASH) != 0) {
        fault = TRAIL_CHANGED;
    }
    c->unknown = false;
    c->seq = row->seq;
    memcpy(c->hash, row->hash, TRAIL_HASH);
    return fault;
}

int trail_after(struct store *s, uint64_t after, size_t max,
                int (*each)(void *arg, const struct trail_row *row), void *arg)
{
    if (after > INT64_MAX)
        return 0;
    return s->backend->trail_after(s, after, max < TRAIL_PAGE ? max : TRAIL_PAGE, each, arg);
}

int trail_head(struct store *s, uint64_t *seq, unsigned char hash[TRAIL_HASH])
{
    *seq = 0;
    memset(hash, 0, TRAIL_HASH);
    return s->backend->trail_head(s, seq, hash);
}
