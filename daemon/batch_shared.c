/* What all machines of the town go by. */
#include "base/err.h"
#include "daemon/batch_state.h"

struct look {
    const struct store_shared *row;
    int64_t latest;
    bool taken;
};

static int look_at(void *arg, const struct store_shared *stored)
{
    struct look *l = arg;
    const struct store_shared *row = l->row;

    if (stored->at > l->latest)
        l->latest = stored->at;
    if (stored->kind == STORE_SHARED_KEY && stored->value.n && str_eq(stored->value, row->value) &&
        strcmp(stored->name, row->name) != 0)
        l->taken = true;
    return 0;
}

int batch_share(struct batch *b, const struct store_shared *rows, size_t n, int *status)
{
    struct look l = {.latest = INT64_MIN};
    int err = 0;

    for (size_t i = 0; i < n && !err; i++) {
        l.row = &rows[i];
        err = store_each_shared(b->conf.store, rows[i].kind, "", look_at, &l);
    }
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
