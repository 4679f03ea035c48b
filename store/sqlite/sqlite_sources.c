/* Sources: what was polled of them, and those that were added while the daemon ran. */
#include "store/sqlite/sqlite.h"

#include "base/arena.h"
#include "base/err.h"
#include "store/definition.h"

enum { CHUNK = 256 }; /* rows of a walk read in one go */

int sqlite_put_source(struct sqlite *q, const struct store_source *src)
{
    struct row_binder b;

    if (!sqlite_bind(q, SQL_SOURCE_SET, &b))
        return ERR_IO;
    row_put_str(&b, src->id);
    row_put_str(&b, src->etag);
    row_put_str(&b, src->last_modified);
    row_put_int(&b, src->polled);
    row_put_int(&b, src->quarantine_until);
    row_put_int(&b, src->failures);
    row_put_str(&b, src->reason);
    row_put_int(&b, src->state);
    row_put_int(&b, src->strikes);
    row_put_str(&b, src->moved_from);
    row_put_str(&b, src->moved_to);
    row_put_int(&b, src->keep);
    row_put_int(&b, src->owed * 2 + src->owed_first);
    row_put_int(&b, src->moved_at);
    row_put_int(&b, src->since);
    return sqlite_run(q, &b);
}

int sqlite_put_added(struct sqlite *q, const struct source *source)
{
    struct row_binder b;

    if (!sqlite_bind(q, SQL_ADDED_SET, &b))
        return ERR_IO;
    buf_reset(&q->scratch);
    if (definition_write_extras(source->extras, &q->scratch))
        return ERR_NOMEM;
    row_put_text(&b, source->id);
    row_put_str(&b, str_from(source->name));
    row_put_text(&b, source->url);
    row_put_int(&b, source->kind);
    row_put_int(&b, source->interval);
    row_put_int(&b, source->least);
    row_put_int(&b, source->most);
    row_put_int(&b, source->since);
    row_put_int(&b, source->zone_minutes);
    row_put_int(&b, source->full_text);
    row_put_str(&b, str_from(source->region));
    row_put_str(&b, str_from(source->category));
    row_put_blob(&b, q->scratch.data, q->scratch.len);
    return sqlite_run(q, &b);
}

int sqlite_cut_source(struct sqlite *q, struct str id)
{
    static const enum sqlite_sql cuts[] = {SQL_ADDED_CUT, SQL_SOURCE_CUT};
    int err = 0;

    for (size_t i = 0; i < sizeof cuts / sizeof *cuts && !err; i++) {
        struct row_binder b;
        if (!sqlite_bind(q, cuts[i], &b))
            return ERR_IO;
        row_put_str(&b, id);
        err = sqlite_run(q, &b);
    }
    return err;
}

static void read_source(struct row *row, struct arena *arena, struct store_source *src)
{
    *src = (struct store_source){0};
    src->id = arena_str(arena, row_str(row));
    src->etag = arena_str(arena, row_str(row));
    src->last_modified = arena_str(arena, row_str(row));
    src->polled = row_int(row);
    src->quarantine_until = row_int(row);
    src->failures = (int)row_int(row);
    src->reason = arena_str(arena, row_str(row));
    src->state = (uint8_t)row_choice(row, STORE_SOURCE_QUARANTINED + 1);
    src->strikes = (uint8_t)row_int(row);
    src->moved_from = arena_str(arena, row_str(row));
    src->moved_to = arena_str(arena, row_str(row));
    unsigned owed = row_choice(row, 2 * (UINT8_MAX + 1u));
    src->owed = (uint8_t)(owed / 2);
    src->owed_first = owed % 2;
    src->moved_at = row_int(row);
    src->since = row_int(row);
}

/* Sources past the id `last`, copied into the arena: count or error. */
static int read_sources(struct sqlite *q, struct str last, struct arena *arena,
                        struct store_source *out)
{
    struct row_binder b;
    struct row row;
    int n = 0, more;

    if (!sqlite_bind(q, SQL_EACH_SOURCE, &b))
        return ERR_IO;
    row_put_str(&b, last);
    row_put_int(&b, CHUNK);
    while ((more = sqlite_next(q, &b, &row)) > 0)
        read_source(&row, arena, &out[n++]);
    return more < 0 ? more : n;
}

int sqlite_each_source(struct store *s, int (*each)(void *arg, const struct store_source *src),
                       void *arg)
{
    struct arena *arena = arena_new(), *next = arena_new();
    struct store_source chunk[CHUNK];
    struct str last = STR_NONE;
    int err = arena && next ? 0 : ERR_NOMEM, n = CHUNK;

    while (!err && n == CHUNK) {
        /* `last` lives in the arena that was filled before. */
        arena_reset(next);
        n = read_sources((struct sqlite *)s, last, next, chunk);
        err = n < 0 ? n : 0;
        for (int i = 0; i < n && !err; i++)
            err = each(arg, &chunk[i]);
        if (n > 0)
            last = chunk[n - 1].id;
        struct arena *swap = arena;
        arena = next;
        next = swap;
    }
    arena_free(arena);
    arena_free(next);
    return err;
}

static int read_added(struct sqlite *q, struct str last, struct arena *arena, struct source *out)
{
    struct row_binder b;
    struct row row;
    int n = 0, more, err = 0;

    if (!sqlite_bind(q, SQL_EACH_ADDED, &b))
        return ERR_IO;
    row_put_str(&b, last);
    row_put_int(&b, CHUNK);
    while (!err && (more = sqlite_next(q, &b, &row)) != 0) {
        if (more < 0)
            return more;
        err = definition_read(&row, arena, &out[n++]);
    }
    sqlite_done(&b);
    return err ? err : n;
}

int sqlite_each_added(struct store *s, int (*each)(void *arg, const struct source *source),
                      void *arg)
{
    struct arena *arena = arena_new(), *next = arena_new();
    struct source chunk[CHUNK];
    struct str last = STR_NONE;
    int err = arena && next ? 0 : ERR_NOMEM, n = CHUNK;

    while (!err && n == CHUNK) {
        arena_reset(next);
        n = read_added((struct sqlite *)s, last, next, chunk);
        err = n < 0 ? n : 0;
        for (int i = 0; i < n && !err; i++)
            err = each(arg, &chunk[i]);
        if (n > 0)
            last = str_from(chunk[n - 1].id);
        struct arena *swap = arena;
        arena = next;
        next = swap;
    }
    arena_free(arena);
    arena_free(next);
    return err;
}

int sqlite_source(struct store *s, struct str id,
                  int (*each)(void *arg, const struct store_source *src), void *arg)
{
    struct sqlite *q = (struct sqlite *)s;
    struct arena *arena = arena_new();
    struct store_source src;
    struct row_binder b;
    struct row row;

    if (!arena || !sqlite_bind(q, SQL_SOURCE, &b)) {
        arena_free(arena);
        return ERR_NOMEM;
    }
    row_put_str(&b, id);
    int found = sqlite_next(q, &b, &row);
    if (found > 0) {
        read_source(&row, arena, &src);
        found = row.bad ? ERR_CORRUPT : found;
        sqlite_done(&b);
    }
    if (found > 0)
        found = each(arg, &src);
    else if (!found)
        found = ERR_NOTFOUND;
    arena_free(arena);
    return found;
}
