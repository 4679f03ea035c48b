/* The words of items, for those who keep an index of them: new ones in the order of their numbers,
 * which are never given again; then the ones that changed, in the order of `touched`. */
#include "store/sqlite/sqlite.h"

#include "base/arena.h"
#include "base/err.h"

int sqlite_touch(struct sqlite *q, int64_t item)
{
    struct row_binder b;

    if (!sqlite_bind(q, SQL_TOUCH, &b))
        return ERR_IO;
    row_put_int(&b, item);
    return sqlite_run(q, &b);
}

int sqlite_forget_touched(struct sqlite *q)
{
    struct row_binder b;

    if (!sqlite_bind(q, SQL_TOUCHED_CUT, &b))
        return ERR_IO;
    row_put_int(&b, CHANGES_KEPT);
    return sqlite_run(q, &b);
}

/* What is gathered within one transaction. */
struct gathered {
    struct arena *arena;
    struct store_words *list;
    size_t n, max;
    struct store_tail tail;
};

static int gather(struct sqlite *q, enum sqlite_sql sql, uint64_t after, struct gathered *g)
{
    struct row_binder b;
    struct row row;
    int more = 0;

    if (!sqlite_bind(q, sql, &b))
        return ERR_IO;
    row_put_int(&b, (int64_t)after);
    row_put_int(&b, (int64_t)(g->max - g->n));
    while (g->n < g->max && (more = sqlite_next(q, &b, &row)) > 0) {
        uint64_t change = (uint64_t)row_int(&row);
        struct store_words w = {.item = (uint64_t)row_int(&row)};
        w.expires = row_int(&row);
        w.title = arena_str(g->arena, row_str(&row));
        w.text = arena_str(g->arena, row_str(&row));
        if (change)
            g->tail.change = change;
        else
            g->tail.item = w.item;
        g->list[g->n++] = w;
    }
    sqlite_done(&b);
    return more < 0 ? more : 0;
}

/* At the beginning nothing that changed earlier matters; later, a gap does. */
static int check_changes(struct sqlite *q, struct store_tail *tail)
{
    struct row_binder b;
    struct row row;

    if (!sqlite_bind(q, SQL_TOUCHED_SPAN, &b))
        return ERR_IO;
    int found = sqlite_next(q, &b, &row);
    if (found <= 0)
        return found ? found : ERR_CORRUPT;
    uint64_t first = (uint64_t)row_int(&row), last = (uint64_t)row_int(&row);
    sqlite_done(&b);
    if (!tail->item)
        tail->change = last;
    return tail->change > last || (first && tail->change + 1 < first) ? ERR_STALE : 0;
}

int sqlite_words_after(struct store *s, struct store_tail *tail, size_t max,
                       int (*each)(void *arg, const struct store_words *words), void *arg)
{
    struct sqlite *q = (struct sqlite *)s;
    struct gathered g = {.arena = arena_new(), .max = max, .tail = *tail};
    struct store_counts counts;
    int err = g.arena ? 0 : ERR_NOMEM;

    if (!err && !(g.list = arena_alloc(g.arena, max, sizeof *g.list)))
        err = ERR_NOMEM;
    if (!err)
        err = sqlite_do(q, SQL_BEGIN);
    if (!err)
        err = check_changes(q, &g.tail);
    if (!err)
        err = sqlite_counts(s, &counts);
    if (!err && g.tail.item > counts.items)
        err = ERR_STALE;
    if (!err)
        err = gather(q, SQL_WORDS_AFTER, g.tail.item, &g);
    if (!err && g.n < max)
        err = gather(q, SQL_WORDS_TOUCHED, g.tail.change, &g);
    if (!sqlite3_get_autocommit(q->db)) {
        int end = sqlite_do(q, SQL_COMMIT);
        err = err ? err : end;
    }
    for (size_t i = 0; i < g.n && !err; i++)
        err = each(arg, &g.list[i]);
    if (!err)
        *tail = g.tail;
    arena_free(g.arena);
    return err ? err : (int)g.n;
}
