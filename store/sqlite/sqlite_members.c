/* The items of a concern, and what moves them to another. */
#define _GNU_SOURCE
#include "store/sqlite/sqlite.h"

#include <stdlib.h>

#include "base/arena.h"
#include "base/err.h"

enum { CHUNK = 256 }; /* rows of a walk read in one go */

int sqlite_put_move(struct sqlite *q, const struct store_move *move)
{
    struct row_binder b;

    if (!sqlite_bind(q, move->all ? SQL_MOVE_ALL : SQL_MOVE_ONE, &b))
        return ERR_IO;
    row_put_int(&b, (int64_t)move->to);
    row_put_int(&b, (int64_t)move->from);
    if (!move->all)
        row_put_blob(&b, move->ident, STORE_IDENT);
    return sqlite_run(q, &b);
}

struct place { /* of the last one read */
    int64_t found, id;
};

static int gather(struct sqlite *q, uint64_t concern, struct place *place, struct arena *arena,
                  struct store_item *out)
{
    struct row_binder b;
    struct row row;
    int n = 0, more;

    if (!sqlite_bind(q, SQL_MEMBERS, &b))
        return ERR_IO;
    row_put_int(&b, (int64_t)concern);
    row_put_int(&b, place->found);
    row_put_int(&b, place->id);
    row_put_int(&b, CHUNK);
    while ((more = sqlite_next(q, &b, &row)) > 0) {
        struct store_item *item = &out[n++];
        struct str ident = row_str(&row);
        *item = (struct store_item){.concern = concern};
        if (ident.n == STORE_IDENT)
            memcpy(item->ident, ident.p, STORE_IDENT);
        else
            row.bad = true;
        item->found = place->found = row_int(&row);
        place->id = row_int(&row);
        item->source = arena_str(arena, row_str(&row));
        row_sketch(&row, item->sketch);
        if (row.bad) {
            sqlite_done(&b);
            return ERR_CORRUPT;
        }
    }
    return more < 0 ? more : n;
}

int sqlite_each_member(struct store *s, uint64_t concern,
                       int (*each)(void *arg, const struct store_item *item), void *arg)
{
    struct store_item *chunk = reallocarray(NULL, CHUNK, sizeof *chunk);
    struct arena *arena = arena_new();
    struct place place = {INT64_MIN, 0};
    int err = arena && chunk ? 0 : ERR_NOMEM, n = CHUNK;

    while (!err && n == CHUNK) {
        arena_reset(arena);
        n = gather((struct sqlite *)s, concern, &place, arena, chunk);
        err = n < 0 ? n : 0;
        for (int i = 0; i < n && !err; i++)
            err = each(arg, &chunk[i]);
    }
    free(chunk);
    arena_free(arena);
    return err;
}
