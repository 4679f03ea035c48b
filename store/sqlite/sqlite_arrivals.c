/* How many items of a topic came in a step of time: for what is usual of it (alerts/heat/burst.h).
 * */
#include <stdlib.h>

#include "base/err.h"
#include "store/sqlite/sqlite.h"

enum { CHUNK = 1024 };

static int put(struct sqlite *q, const struct burst_row *row)
{
    struct row_binder b;

    if (!sqlite_bind(q, SQL_ARRIVALS_SET, &b))
        return ERR_IO;
    row_put_int(&b, row->step);
    row_put_text(&b, row->topic);
    row_put_int(&b, row->count);
    return sqlite_run(q, &b);
}

int sqlite_put_arrivals(struct sqlite *q, const struct store_batch *batch)
{
    struct row_binder b;
    int64_t latest = 0;
    int err = 0;

    for (size_t i = 0; i < batch->narrivals && !err; i++) {
        err = put(q, &batch->arrivals[i]);
        latest = batch->arrivals[i].step > latest ? batch->arrivals[i].step : latest;
    }
    if (err || !batch->narrivals)
        return err;
    if (!sqlite_bind(q, SQL_ARRIVALS_CUT, &b))
        return ERR_IO;
    row_put_int(&b, latest - STORE_ARRIVALS_KEPT);
    return sqlite_run(q, &b);
}

/* The next ones after *from: how many, or an error. */
static int gather(struct sqlite *q, const struct burst_row *from, struct burst_row *out)
{
    struct row_binder b;
    struct row row;
    int n = 0, more;

    if (!sqlite_bind(q, SQL_EACH_ARRIVALS, &b))
        return ERR_IO;
    row_put_int(&b, from->step);
    row_put_text(&b, from->topic);
    row_put_int(&b, CHUNK);
    while ((more = sqlite_next(q, &b, &row)) > 0) {
        out[n] = (struct burst_row){.step = row_int(&row)};
        row_text(&row, out[n].topic, sizeof out[n].topic);
        int64_t count = row_int(&row);
        out[n++].count = (uint32_t)count;
        if (row.bad || count < 0 || count > UINT32_MAX) {
            sqlite_done(&b);
            return ERR_CORRUPT;
        }
    }
    return more < 0 ? more : n;
}

int sqlite_each_arrivals(struct store *s, int (*each)(void *arg, const struct burst_row *row),
                         void *arg)
{
    struct burst_row from = {.step = INT64_MIN}, *chunk = reallocarray(NULL, CHUNK, sizeof *chunk);
    int err = chunk ? 0 : ERR_NOMEM, n = CHUNK;

    while (!err && n == CHUNK) {
        n = gather((struct sqlite *)s, &from, chunk);
        for (int i = 0; i < n && !err; i++)
            err = each(arg, &chunk[i]);
        err = n < 0 ? n : err;
        if (n > 0)
            from = chunk[n - 1];
    }
    free(chunk);
    return err;
}
