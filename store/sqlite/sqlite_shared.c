/* What all machines go by. */
#include <stdio.h>

#include "base/err.h"
#include "store/sqlite/sqlite.h"

int sqlite_put_shared(struct sqlite *q, const struct store_shared *row)
{
    struct row_binder b;

    if (!sqlite_bind(q, row->drop ? SQL_SHARED_CUT : SQL_SHARED_SET, &b))
        return ERR_IO;
    row_put_int(&b, row->kind);
    row_put_text(&b, row->name);
    if (!row->drop) {
        row_put_int(&b, row->at);
        row_put_blob(&b, row->value.n ? row->value.p : "", row->value.n);
    }
    return sqlite_run(q, &b);
}

/* Into the list, and the bytes of its value behind those of the others. */
static int keep(struct row *row, struct store_shared *one, struct buf *list, struct buf *bytes)
{
    row_text(row, one->name, sizeof one->name);
    one->at = row_int(row);
    struct str value = row_str(row);
    one->value = (struct str){NULL, value.n};
    buf_add_str(bytes, value);
    buf_add(list, one, sizeof *one);
    return row->bad ? ERR_CORRUPT : buf_ok(bytes) && buf_ok(list) ? 0 : ERR_NOMEM;
}

int sqlite_each_shared(struct store *s, const struct store_shared *which,
                       int (*each)(void *arg, const struct store_shared *row), void *arg)
{
    struct sqlite *q = (struct sqlite *)s;
    struct store_shared one = {.kind = which->kind};
    struct buf list = BUF_INIT, bytes = BUF_INIT;
    struct row_binder b;
    struct row row;
    int more, err = 0;

    if (!sqlite_bind(q, *which->name ? SQL_SHARED : SQL_EACH_SHARED, &b))
        return ERR_IO;
    row_put_int(&b, which->kind);
    if (*which->name)
        row_put_text(&b, which->name);
    while (!err && (more = sqlite_next(q, &b, &row)) != 0)
        err = more < 0 ? more : keep(&row, &one, &list, &bytes);
    sqlite_done(&b);
    size_t n = list.len / sizeof one, at = 0;
    if (!err && !n && *which->name)
        err = ERR_NOTFOUND;
    for (size_t i = 0; i < n && !err; i++) {
        one = ((const struct store_shared *)list.data)[i];
        one.value.p = bytes.data ? bytes.data + at : "";
        at += one.value.n;
        err = each(arg, &one);
    }
    buf_free(&list);
    buf_free(&bytes);
    return err;
}
