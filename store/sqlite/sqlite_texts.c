/* Items whose texts are kept, in the order of items_expiry: the walk needs no index of its own. */
#include "store/sqlite/sqlite.h"

#include <stdlib.h>

#include "base/arena.h"
#include "base/err.h"

enum { CHUNK = 64 }; /* rows read in one go: a text may have 64 KiB */

struct text {
    struct store_item item;
    struct store_place place;
};

/* Up to `max` rows from behind the place: how many, or an error. */
static int gather(struct sqlite *q, const struct store_place *after, size_t max,
                  struct arena *arena, struct text *out)
{
    struct row_binder b;
    struct row row;
    int n = 0, more;

    if (!sqlite_bind(q, SQL_EACH_TEXT, &b))
        return ERR_IO;
    row_put_int(&b, after->expires);
    row_put_int(&b, (int64_t)after->id);
    row_put_int(&b, (int64_t)max);
    while ((more = sqlite_next(q, &b, &row)) > 0) {
        struct text *text = &out[n++];
        sqlite_read_item(&row, arena, &text->item);
        text->place = (struct store_place){text->item.expires, (uint64_t)row_int(&row)};
        if (row.bad) {
            sqlite_done(&b);
            return ERR_CORRUPT;
        }
    }
    return more < 0 ? more : n;
}

int sqlite_each_text(struct store *s, struct store_place *place, size_t max,
                     int (*each)(void *arg, const struct store_item *item), void *arg)
{
    struct text *chunk = calloc(CHUNK, sizeof *chunk);
    struct arena *arena = arena_new();
    int err = chunk && arena ? 0 : ERR_NOMEM, n = CHUNK;

    while (!err && n == CHUNK && max) {
        arena_reset(arena);
        n = gather((struct sqlite *)s, place, max < CHUNK ? max : CHUNK, arena, chunk);
        for (int i = 0; i < n && !err; i++) {
            *place = chunk[i].place;
            err = each(arg, &chunk[i].item);
        }
        err = n < 0 ? n : err;
        max -= n > 0 ? (size_t)n : 0;
    }
    free(chunk);
    arena_free(arena);
    return err;
}

int sqlite_each_doubt(struct store *s, size_t max,
                      int (*each)(void *arg, const struct store_item *item), void *arg)
{
    struct sqlite *q = (struct sqlite *)s;
    struct store_item *items = calloc(max + 1, sizeof *items);
    struct arena *arena = arena_new();
    struct row_binder b;
    struct row row;
    int err = items && arena ? 0 : ERR_NOMEM, more = 0;
    size_t n = 0;

    if (!err && !sqlite_bind(q, SQL_EACH_DOUBT, &b))
        err = ERR_IO;
    if (!err)
        row_put_int(&b, (int64_t)max);
    while (!err && (more = sqlite_next(q, &b, &row)) > 0) {
        sqlite_read_item(&row, arena, &items[n++]);
        if (row.bad) {
            sqlite_done(&b);
            err = ERR_CORRUPT;
        }
    }
    err = err ? err : more;
    for (size_t i = 0; i < n && !err; i++)
        err = each(arg, &items[i]);
    free(items);
    arena_free(arena);
    return err;
}

int sqlite_texts(struct store *s, uint64_t *out)
{
    struct sqlite *q = (struct sqlite *)s;
    struct row_binder b;
    struct row row;

    if (!sqlite_bind(q, SQL_TEXTS, &b))
        return ERR_IO;
    int found = sqlite_next(q, &b, &row);
    if (found > 0)
        *out = (uint64_t)row_int(&row);
    sqlite_done(&b);
    return found < 0 ? found : 0;
}
