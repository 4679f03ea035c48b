/* What people ask to be corrected or erased. */
#include "base/err.h"
#include "store/sqlite/sqlite.h"

int sqlite_put_correction(struct sqlite *q, const struct store_correction *row)
{
    struct row_binder b;

    if (!sqlite_bind(q, SQL_CORRECTION_SET, &b))
        return ERR_IO;
    row_put_int(&b, (int64_t)row->concern);
    row_put_int(&b, row->wish);
    row_put_int(&b, row->reason);
    row_put_int(&b, row->waiting);
    row_put_int(&b, row->granted);
    row_put_int(&b, row->refused);
    row_put_int(&b, row->since);
    row_put_int(&b, row->decided);
    row_put_int(&b, row->hour);
    row_put_int(&b, row->in_hour);
    return sqlite_run(q, &b);
}

static void read_row(struct row *row, struct store_correction *out)
{
    *out = (struct store_correction){.concern = (uint64_t)row_int(row)};
    out->wish = (uint8_t)row_choice(row, STORE_WISHES);
    out->reason = (uint8_t)row_choice(row, ERASURES);
    out->waiting = (uint32_t)row_int(row);
    out->granted = (uint32_t)row_int(row);
    out->refused = (uint32_t)row_int(row);
    out->since = row_int(row);
    out->decided = row_int(row);
    out->hour = row_int(row);
    out->in_hour = (uint32_t)row_int(row);
}

int sqlite_corrections(struct store *s, const struct store_correction *from, size_t limit,
                       int (*each)(void *arg, const struct store_correction *row), void *arg)
{
    struct sqlite *q = (struct sqlite *)s;
    struct store_correction one;
    struct buf list = BUF_INIT;
    struct row_binder b;
    struct row row;
    int more, err = 0;

    if (!sqlite_bind(q, SQL_CORRECTIONS, &b))
        return ERR_IO;
    row_put_int(&b, (int64_t)from->concern);
    row_put_int(&b, from->wish);
    row_put_int(&b, from->reason);
    row_put_int(&b, (int64_t)limit);
    while (!err && (more = sqlite_next(q, &b, &row)) != 0) {
        err = more < 0 ? more : 0;
        if (!err)
            read_row(&row, &one);
        if (!err)
            err = row.bad ? ERR_CORRUPT : buf_add(&list, &one, sizeof one);
    }
    sqlite_done(&b);
    for (size_t i = 0; i < list.len / sizeof one && !err; i++)
        err = each(arg, (const struct store_correction *)list.data + i);
    buf_free(&list);
    return err;
}
