/* Items that are forgotten. Their aliases are not found by them, without an index that every new
 * item would pay for: they go in a sweep over all, when there have gone a quarter as many as are
 * left since the last one. An alias that stays till then leads to a number that is not given again,
 * thus to nothing. */
#include "store/forget.h"

#include "base/err.h"
#include "store/sqlite/sqlite.h"

enum {
    SWEEP_PART = 4,
    SWEEPS = 5 /* pieces in one go: a sweep has to keep up with what is forgotten */
};

/* The numbers that go, into `list`; t->forget_at moves to the last one that is old, or gone. */
static int look(struct sqlite *q, int64_t older, size_t max, struct sqlite_tally *t,
                struct buf *list)
{
    struct row_binder b;
    struct row row;
    bool old = true;
    size_t rows = 0;
    int more;

    if (!sqlite_bind(q, SQL_FORGETTABLE, &b))
        return ERR_IO;
    row_put_int(&b, (int64_t)t->forget_at);
    row_put_int(&b, older);
    row_put_int(&b, (int64_t)max);
    while ((more = sqlite_next(q, &b, &row)) > 0) {
        int64_t id = row_int(&row);
        old = row_int(&row) != 0;
        bool goes = row_int(&row) != 0;
        int64_t dated = row_int(&row) + STORE_FORGET_SLACK;
        rows++;
        if (old)
            t->forget_at = (uint64_t)id;
        if (goes && dated >= t->forgotten_before)
            t->forgotten_before = dated + 1;
        if (goes && buf_add(list, &id, sizeof id)) {
            sqlite_done(&b);
            return ERR_NOMEM;
        }
    }
    if (!more && old && rows < max)
        t->forget_at = t->items;
    return more;
}

static int drop(struct sqlite *q, const struct buf *list)
{
    const int64_t *ids = (const int64_t *)(const void *)list->data;
    int err = 0;

    for (size_t i = 0; i < list->len / sizeof *ids && !err; i++) {
        struct row_binder b;
        if (!sqlite_bind(q, SQL_FORGET, &b))
            return ERR_IO;
        row_put_int(&b, ids[i]);
        err = sqlite_run(q, &b);
    }
    return err;
}

/* A piece of the sweep that is under way, or is to begin. */
static int sweep(struct sqlite *q, struct sqlite_tally *t)
{
    struct row_binder b;
    struct row row;

    if (t->sweep_at == INT64_MIN) {
        if ((t->forgotten - t->swept) * SWEEP_PART < t->items - t->forgotten ||
            t->forgotten == t->swept)
            return 0;
        t->swept = t->forgotten;
    }
    if (!sqlite_bind(q, SQL_SWEEP_END, &b))
        return ERR_IO;
    row_put_int(&b, t->sweep_at);
    row_put_int(&b, STORE_FORGET_SWEEP);
    int found = sqlite_next(q, &b, &row);
    if (found < 0)
        return found;
    const int64_t from = t->sweep_at, to = found ? row_int(&row) : INT64_MAX;
    sqlite_done(&b);
    if (!sqlite_bind(q, SQL_SWEEP, &b))
        return ERR_IO;
    row_put_int(&b, from);
    row_put_int(&b, to);
    t->sweep_at = found ? to : INT64_MIN;
    return sqlite_run(q, &b);
}

int sqlite_forget(struct store *s, int64_t before, int64_t older, size_t max)
{
    struct sqlite *q = (struct sqlite *)s;
    struct sqlite_tally t = q->tally;
    struct buf list = BUF_INIT;
    int err = sqlite_do(q, SQL_BEGIN_WRITE);

    if (!t.forget_at)
        t.forget_round = before;
    if (!err)
        err = look(q, older, max, &t, &list);
    if (!err)
        err = drop(q, &list);
    t.forgotten += list.len / sizeof(int64_t);
    buf_free(&list);
    const uint64_t passed = t.forget_at - q->tally.forget_at;
    if (!passed && before - t.forget_round >= STORE_FORGET_ROUND)
        t.forget_at = 0;
    for (int i = 0; i < SWEEPS && !err; i++)
        err = sweep(q, &t);
    if (!err && !passed && t.forget_at == q->tally.forget_at && t.swept == q->tally.swept &&
        t.sweep_at == q->tally.sweep_at)
        return sqlite_do(q, SQL_ROLLBACK); /* nothing to write, nothing to sync */
    err = sqlite_end_write(q, &t, err);
    return err ? err : passed < INT32_MAX ? (int)passed : INT32_MAX;
}
