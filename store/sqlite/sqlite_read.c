#include "store/sqlite/sqlite.h"

#include "base/err.h"

enum { CHUNK = 256 }; /* rows of a walk read in one go */

int sqlite_read_tally(struct sqlite *q, struct sqlite_tally *out)
{
    struct row_binder b;
    struct row row;

    if (!sqlite_bind(q, SQL_META, &b))
        return ERR_IO;
    int found = sqlite_next(q, &b, &row);
    if (found <= 0)
        return found ? found : ERR_CORRUPT;
    out->head = (uint64_t)row_int(&row);
    out->published = (uint64_t)row_int(&row);
    out->items = (uint64_t)row_int(&row);
    out->concerns = (uint64_t)row_int(&row);
    out->open = (uint64_t)row_int(&row);
    out->overdue = (uint64_t)row_int(&row);
    out->rules = (uint64_t)row_int(&row);
    for (size_t i = 0; i < SCOPES; i++)
        out->answers[i] = (uint64_t)row_int(&row);
    for (size_t i = 0; i < REOPENINGS; i++)
        out->reopened[i] = (uint64_t)row_int(&row);
    out->trail = (uint64_t)row_int(&row);
    struct str hash = row_str(&row);
    if (hash.n == TRAIL_HASH)
        memcpy(out->trail_hash, hash.p, TRAIL_HASH);
    out->forgotten = (uint64_t)row_int(&row);
    out->forgotten_before = row_int(&row);
    out->forget_at = (uint64_t)row_int(&row);
    out->forget_round = row_int(&row);
    out->sweep_at = row_int(&row);
    out->swept = (uint64_t)row_int(&row);
    sqlite_done(&b);
    return hash.n == TRAIL_HASH ? 0 : ERR_CORRUPT;
}

/* The writer knows its tally; a reader looks. */
static int tally(struct sqlite *q, struct sqlite_tally *out)
{
    if (!q->base.writer)
        return sqlite_read_tally(q, out);
    *out = q->tally;
    return 0;
}

int sqlite_head(struct store *s, uint64_t *out)
{
    struct sqlite_tally t;
    int err = tally((struct sqlite *)s, &t);

    *out = err ? 0 : t.head;
    return err;
}

int sqlite_published(struct store *s, uint64_t *out)
{
    struct sqlite_tally t;
    int err = tally((struct sqlite *)s, &t);

    *out = err ? 0 : t.published;
    return err;
}

int sqlite_rules(struct store *s, uint64_t *out)
{
    struct sqlite_tally t;
    int err = tally((struct sqlite *)s, &t);

    *out = err ? 0 : t.rules;
    return err;
}

int sqlite_counts(struct store *s, struct store_counts *out)
{
    struct sqlite_tally t;
    int err = tally((struct sqlite *)s, &t);

    if (!err)
        *out = (struct store_counts){.items = t.items,
                                     .concerns = t.concerns,
                                     .open = t.open,
                                     .overdue = t.overdue,
                                     .events = t.head, /* from 1, without gaps */
                                     .forgotten = t.forgotten,
                                     .forgotten_before = t.forgotten_before};
    for (size_t i = 0; !err && i < SCOPES; i++)
        out->answers[i] = t.answers[i];
    for (size_t i = 0; i < REOPENINGS; i++)
        out->reopened[i] = t.reopened[i];
    return err;
}

/* One integer of a bound statement; 0 when there is no row. */
static int one(struct sqlite *q, struct row_binder *b, uint64_t *out)
{
    struct row row;
    int found = sqlite_next(q, b, &row);

    *out = found > 0 ? (uint64_t)row_int(&row) : 0;
    if (found > 0)
        sqlite_done(b);
    return found < 0 ? found : 0;
}

int sqlite_unit_head(struct store *s, const char *unit, uint64_t *out)
{
    struct sqlite *q = (struct sqlite *)s;
    struct row_binder b;

    *out = 0;
    if (!sqlite_bind(q, SQL_UNIT_HEAD, &b))
        return ERR_IO;
    row_put_text(&b, unit);
    return one(q, &b, out);
}

int sqlite_cursor(struct store *s, const char *unit, const char *receiver, uint64_t *out)
{
    struct sqlite *q = (struct sqlite *)s;
    struct row_binder b;

    *out = 0;
    if (!sqlite_bind(q, SQL_CURSOR, &b))
        return ERR_IO;
    row_put_text(&b, unit);
    row_put_text(&b, receiver);
    return one(q, &b, out);
}

/* Rows of a bound statement as events: count or error. */
static int events(struct sqlite *q, struct row_binder *b, struct event *out, size_t max)
{
    struct row row;
    size_t n = 0;
    int more = 0;

    while (n < max && (more = sqlite_next(q, b, &row)) > 0) {
        row_event(&row, &out[n++]);
        if (row.bad) {
            more = ERR_CORRUPT;
            break;
        }
    }
    sqlite_done(b);
    return more < 0 ? more : (int)n;
}

int sqlite_events_after(struct store *s, uint64_t after, struct event *out, size_t max)
{
    struct sqlite *q = (struct sqlite *)s;
    struct row_binder b;

    if (after > INT64_MAX)
        return 0;
    if (!sqlite_bind(q, SQL_EVENTS_AFTER, &b))
        return ERR_IO;
    row_put_int(&b, (int64_t)after);
    row_put_int(&b, (int64_t)max);
    return events(q, &b, out, max);
}

int sqlite_command(struct store *s, const char *key, struct store_command *out)
{
    struct sqlite *q = (struct sqlite *)s;
    struct row_binder b;
    struct row row;

    *out = (struct store_command){0};
    if (!sqlite_bind(q, SQL_COMMAND, &b))
        return ERR_IO;
    row_put_text(&b, key);
    int found = sqlite_next(q, &b, &row);
    if (found <= 0)
        return found ? found : ERR_NOTFOUND;
    row_text(&row, out->key, sizeof out->key);
    out->status = (int)row_int(&row);
    out->seq = (uint64_t)row_int(&row);
    out->at = row_int(&row);
    row_text(&row, out->reason, sizeof out->reason);
    sqlite_done(&b);
    return row.bad ? ERR_CORRUPT : 0;
}

static int read_units(struct sqlite *q, const char *last, struct check_head *out)
{
    struct row_binder b;
    struct row row;
    int n = 0, more;

    if (!sqlite_bind(q, SQL_EACH_UNIT, &b))
        return ERR_IO;
    row_put_text(&b, last);
    row_put_int(&b, CHUNK);
    while ((more = sqlite_next(q, &b, &row)) > 0) {
        row_text(&row, out[n].unit, sizeof out[n].unit);
        out[n].head = (uint64_t)row_int(&row);
        out[n++].offline = row_int(&row) != 0;
        if (row.bad) {
            sqlite_done(&b);
            return ERR_CORRUPT;
        }
    }
    return more < 0 ? more : n;
}

int sqlite_each_unit(struct store *s,
                     int (*each)(void *arg, const char *unit, uint64_t head, bool offline),
                     void *arg)
{
    struct check_head chunk[CHUNK];
    char last[SLUG_MAX] = "";
    int err = 0, n = CHUNK;

    while (!err && n == CHUNK) {
        n = read_units((struct sqlite *)s, last, chunk);
        err = n < 0 ? n : 0;
        for (int i = 0; i < n && !err; i++)
            err = each(arg, chunk[i].unit, chunk[i].head, chunk[i].offline);
        if (n > 0)
            memcpy(last, chunk[n - 1].unit, sizeof last);
    }
    return err;
}
