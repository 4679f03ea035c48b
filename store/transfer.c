#include "store/transfer.h"

#include <xxhash.h>

#include "base/err.h"
#include "store/backend.h"
#include "store/transfer_state.h"

enum { ROWS = 500, STEP = 256, EXPIRED = 2000 };

const char *transfer_name(enum transfer_kind kind)
{
    return transfer_kinds[kind].name;
}

static void step(struct transfer *t)
{
    if (t->done < t->total)
        t->done++;
    if (t->watch && t->watch->step && (t->done % STEP == 0 || t->done == t->total))
        t->watch->step(t->watch->arg, t->done, t->total);
}

int transfer_count(struct transfer *t, enum transfer_kind kind)
{
    if (!buf_ok(&t->bytes))
        return ERR_NOMEM;
    t->census->of[kind].count++;
    t->census->of[kind].sum += XXH3_64bits_withSeed(t->bytes.data, t->bytes.len, kind);
    buf_reset(&t->bytes);
    if (kind == TRANSFER_EVENTS || kind == TRANSFER_ITEMS || kind == TRANSFER_CONCERNS)
        step(t);
    return 0;
}

struct str transfer_str(struct transfer *t, struct str s, int *err)
{
    struct str copy = arena_str(t->arena, s);

    if (s.n && !copy.p)
        *err = ERR_NOMEM;
    return copy;
}

/* What was put off is committed. */
static int flush(struct transfer *t, enum transfer_kind kind)
{
    const struct transfer_row_kind *k = &transfer_kinds[kind];
    size_t n = k->size ? t->rows.len / k->size : 0;
    struct store_batch b = {.nitems = 0};

    if (!t->to || !n)
        return 0;
    int err = k->fill(t, &b, n);
    if (!err)
        err = store_commit(t->to, &b);
    buf_reset(&t->rows);
    arena_reset(t->arena);
    return err;
}

int transfer_put(struct transfer *t, enum transfer_kind kind, const void *row)
{
    size_t size = transfer_kinds[kind].size;

    if (!t->to)
        return 0;
    if (buf_add(&t->rows, row, size))
        return ERR_NOMEM;
    return t->rows.len / size >= ROWS ? flush(t, kind) : 0;
}

/* Kind after kind, in the order in which they may be written. */
static int walk_all(struct transfer *t, enum transfer_kind *at)
{
    int err = 0;

    t->arena = arena_new();
    if (!t->arena)
        return ERR_NOMEM;
    for (unsigned k = 0; k < TRANSFER_KINDS && !err; k++) {
        *at = k;
        err = transfer_kinds[k].walk(t);
        if (!err)
            err = flush(t, k);
    }
    arena_free(t->arena);
    buf_free(&t->rows);
    buf_free(&t->bytes);
    return err;
}

static int rows_of(struct store *s, size_t *out)
{
    struct store_counts n;
    int err = store_counts(s, &n);

    *out = err ? 0 : n.events + n.items - n.forgotten + n.concerns;
    return err;
}

int transfer_census(struct store *s, const struct transfer_watch *watch,
                    struct transfer_census *out, enum transfer_kind *at)
{
    struct transfer t = {.from = s, .census = out, .watch = watch};

    *out = (struct transfer_census){0};
    *at = TRANSFER_META;
    int err = rows_of(s, &t.total);
    return err ? err : walk_all(&t, at);
}

static int be_empty(struct store *s)
{
    struct store_counts n;
    int err = store_counts(s, &n);

    return err ? err : n.events || n.items || n.concerns ? ERR_EXISTS : 0;
}

static int expire_all(struct store *s, int64_t now)
{
    int n;

    do
        n = store_expire(s, now, EXPIRED);
    while (n == EXPIRED);
    return n < 0 ? n : 0;
}

/* The bar goes on where the copying ended. */
static int compare(struct store *to, const struct transfer *copied, enum transfer_kind *at)
{
    struct transfer_census there = {0};
    struct transfer t = {.from = to, .census = &there, .watch = copied->watch,
                         .done = copied->done, .total = copied->total};
    int err = walk_all(&t, at);

    for (unsigned k = 0; k < TRANSFER_KINDS && !err; k++)
        if (there.of[k].count != copied->census->of[k].count ||
            there.of[k].sum != copied->census->of[k].sum) {
            *at = k;
            err = ERR_CORRUPT;
        }
    return err;
}

int transfer_copy(struct store *from, struct store *to, int64_t now,
                  const struct transfer_watch *watch, struct transfer_census *out,
                  enum transfer_kind *at)
{
    struct transfer t = {.from = from, .to = to, .census = out, .watch = watch};

    *out = (struct transfer_census){0};
    *at = TRANSFER_META;
    if (!from->writer || !to->writer)
        return ERR_REFUSED;
    int err = be_empty(to);
    if (!err)
        err = expire_all(from, now);
    if (!err)
        err = to->backend->adopt(to, from);
    if (!err)
        err = rows_of(from, &t.total);
    t.total *= 2;
    if (!err)
        err = walk_all(&t, at);
    return err ? err : compare(to, &t, at);
}
