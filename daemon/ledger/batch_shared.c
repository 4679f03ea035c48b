/* What all machines of the town go by. */
#include "base/err.h"
#include "daemon/ledger/batch_state.h"

struct look {
    const struct store_shared *rows; /* to be changed */
    size_t n;
    int64_t latest;
    bool taken;
};

static int look_at(void *arg, const struct store_shared *stored)
{
    struct look *l = arg;

    if (stored->at > l->latest)
        l->latest = stored->at;
    for (size_t i = 0; i < l->n && stored->value.n; i++)
        l->taken |= l->rows[i].kind == STORE_SHARED_KEY &&
                    str_eq(stored->value, l->rows[i].value) &&
                    strcmp(stored->name, l->rows[i].name) != 0;
    return 0;
}

/* Keys alone are one owner's each, and known by when they were changed: of the others, which may be
 * large, none is read. */
static int look(struct batch *b, struct look *l)
{
    bool keys = false;

    for (size_t i = 0; i < l->n; i++)
        keys |= l->rows[i].kind == STORE_SHARED_KEY;
    return keys ? store_each_shared(b->conf.store, STORE_SHARED_KEY, "", look_at, l) : 0;
}

int batch_share(struct batch *b, const struct store_shared *rows, size_t n, int *status)
{
    struct look l = {rows, n, INT64_MIN, false};
    int err = look(b, &l);

    if (err)
        return err;
    *status = l.taken ? ERR_EXISTS : 0;
    for (size_t i = 0; i < n && !l.taken && !err; i++) {
        struct store_shared row = rows[i];
        /* By it a machine knows what it has not heard of: no two changes may share an instant. */
        row.at = b->now > l.latest ? b->now : l.latest + 1;
        err = buf_add(&b->shared, &row, sizeof row);
    }
    return err;
}
