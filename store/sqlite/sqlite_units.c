/* A page of what several units have, by due time: the rows of each come in the order of its index,
 * and as soon as one is later than a full page's last, the unit has nothing more for it. So it
 * costs a look a unit and the rows of the page, however many are open. */
#include "store/sqlite/sqlite.h"

#include <stdlib.h>

#include "base/err.h"

struct best {
    struct concern **rows; /* rising due, then id; each once */
    size_t count, limit;
};

static bool before(const struct concern *a, const struct concern *b)
{
    return a->due != b->due ? a->due < b->due : a->id < b->id;
}

/* Where it stands, or would. */
static size_t place_of(const struct best *best, const struct concern *c)
{
    size_t low = 0, high = best->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (before(best->rows[middle], c))
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void drop(struct concern *c)
{
    concern_clear(c);
    free(c);
}

/* Takes *c and clears it when the row is put in. */
static int put(struct sqlite *q, struct best *best, size_t at, struct concern *c)
{
    struct concern *row = malloc(sizeof *row);

    if (!row)
        return ERR_NOMEM;
    if (best->count == best->limit)
        drop(best->rows[--best->count]);
    memmove(&best->rows[at + 1], &best->rows[at], (best->count - at) * sizeof *best->rows);
    best->rows[at] = row;
    best->count++;
    *row = *c;
    *c = (struct concern){0};
    return sqlite_read_clocks(q, row);
}

/* The rows of one unit that are of the page so far. */
static int take_unit(struct sqlite *q, const struct backend_query *query, struct best *best)
{
    struct row_binder b;
    struct row row;
    int more = 0, err = sqlite_bind_page(q, query, &b);

    while (!err && (more = sqlite_next(q, &b, &row)) > 0) {
        struct concern c = {0};
        err = row_concern(&row, &c);
        err = err ? err : row.bad ? ERR_CORRUPT : 0;
        size_t at = err ? 0 : place_of(best, &c);
        bool known = !err && at < best->count && best->rows[at]->id == c.id;
        bool late = !err && at == best->limit;
        if (!err && !known && !late)
            err = put(q, best, at, &c);
        concern_clear(&c);
        if (late)
            break;
    }
    if (more > 0)
        sqlite_done(&b);
    return err ? err : more < 0 ? more : 0;
}

int sqlite_units_page(struct sqlite *q, const struct backend_query *query,
                      int (*each)(void *arg, const struct concern *c), void *arg)
{
    struct best best = {calloc(query->limit, sizeof *best.rows), 0, query->limit};
    struct backend_query one = *query;
    int err = best.rows ? sqlite_do(q, SQL_BEGIN) : ERR_NOMEM;

    one.nunits = 0;
    for (size_t i = 0; i < query->nunits && !err; i++) {
        one.unit = query->units[i];
        err = take_unit(q, &one, &best);
    }
    if (!sqlite3_get_autocommit(q->db)) {
        int ended = sqlite_do(q, SQL_COMMIT);
        err = err ? err : ended;
    }
    for (size_t i = 0; i < best.count; i++) {
        err = err ? err : each(arg, best.rows[i]);
        drop(best.rows[i]);
    }
    free(best.rows);
    return err;
}
