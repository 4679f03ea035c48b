#include "store/sqlite/sqlite.h"

#include <stdlib.h>

#include "base/arena.h"
#include "base/err.h"

enum { CHUNK = 256 }; /* rows of a walk read in one transaction */

/* Concerns gathered in a read transaction, to be handed out after it. */
struct gathered {
    struct concern *list;
    size_t count, cap;
};

static void release(struct gathered *g)
{
    for (size_t i = 0; i < g->count; i++)
        concern_clear(&g->list[i]);
    free(g->list);
    *g = (struct gathered){0};
}

static int hand_out(const struct gathered *g, int (*each)(void *arg, const struct concern *c),
                    void *arg)
{
    int err = 0;

    for (size_t i = 0; i < g->count && !err; i++)
        err = each(arg, &g->list[i]);
    return err;
}

static struct concern *add(struct gathered *g)
{
    if (g->count == g->cap) {
        size_t cap = g->cap ? 2 * g->cap : 16;
        struct concern *grown = reallocarray(g->list, cap, sizeof *grown);
        if (!grown)
            return NULL;
        g->list = grown;
        g->cap = cap;
    }
    return memset(&g->list[g->count++], 0, sizeof *g->list);
}

int sqlite_read_clocks(struct sqlite *q, struct concern *c)
{
    struct row_binder b;
    struct row row;
    int more;

    if (!sqlite_bind(q, SQL_CLOCKS, &b))
        return ERR_IO;
    row_put_int(&b, (int64_t)c->id);
    while ((more = sqlite_next(q, &b, &row)) > 0) {
        row_clock(&row, c);
        if (row.bad) {
            sqlite_done(&b);
            return ERR_CORRUPT;
        }
    }
    return more;
}

/* All rows of a bound statement over concerns. */
static int gather(struct sqlite *q, struct row_binder *b, struct gathered *g)
{
    struct row row;
    int more, err = 0;

    while (!err && (more = sqlite_next(q, b, &row)) != 0) {
        if (more < 0)
            return more;
        struct concern *c = add(g);
        err = c ? row_concern(&row, c) : ERR_NOMEM;
        if (!err && row.bad)
            err = ERR_CORRUPT;
        if (!err)
            err = sqlite_read_clocks(q, c);
    }
    sqlite_done(b);
    return err;
}

/* A row and its clocks must be of one commit, hence the transaction; 0 or error. */
static int begin(struct sqlite *q)
{
    return sqlite_do(q, SQL_BEGIN);
}

static int end(struct sqlite *q, int err)
{
    if (sqlite3_get_autocommit(q->db))
        return err;
    int ended = sqlite_do(q, SQL_COMMIT);
    return err ? err : ended;
}

static int gather_ids(struct sqlite *q, int64_t since, struct buf *ids)
{
    struct row_binder b;
    struct row row;
    int more;

    if (!sqlite_bind(q, SQL_EACH_CONCERN, &b))
        return ERR_IO;
    row_put_int(&b, since);
    while ((more = sqlite_next(q, &b, &row)) > 0) {
        uint64_t id = (uint64_t)row_int(&row);
        if (buf_add(ids, &id, sizeof id)) {
            sqlite_done(&b);
            return ERR_NOMEM;
        }
    }
    return more;
}

static int gather_by_id(struct sqlite *q, const uint64_t *ids, size_t n, struct gathered *g)
{
    int err = begin(q);

    for (size_t i = 0; i < n && !err; i++) {
        struct row_binder b;
        if (!sqlite_bind(q, SQL_CONCERN, &b)) {
            err = ERR_IO;
            break;
        }
        row_put_int(&b, (int64_t)ids[i]); /* beyond INT64_MAX there is none, nor below zero */
        err = gather(q, &b, g);
    }
    return end(q, err);
}

int sqlite_concerns_of(struct store *s, const uint64_t *ids, size_t n,
                       int (*each)(void *arg, const struct concern *c), void *arg)
{
    int err = 0;

    for (size_t at = 0; at < n && !err; at += CHUNK) {
        struct gathered g = {0};
        err = gather_by_id((struct sqlite *)s, ids + at, n - at < CHUNK ? n - at : CHUNK, &g);
        if (!err)
            err = hand_out(&g, each, arg);
        release(&g);
    }
    return err;
}

int sqlite_each_concern(struct store *s, int64_t since,
                        int (*each)(void *arg, const struct concern *c), void *arg)
{
    struct buf ids = BUF_INIT;
    int err = gather_ids((struct sqlite *)s, since, &ids);

    if (!err)
        err = sqlite_concerns_of(s, (const uint64_t *)ids.data, ids.len / sizeof(uint64_t), each,
                                 arg);
    buf_free(&ids);
    return err;
}

static sqlite3_stmt *page_statement(struct sqlite *q, const struct backend_query *query)
{
    struct buf sql = BUF_INIT;
    unsigned plan = sqlite_page_sql(query, &sql);

    if (!q->plans[plan] && buf_ok(&sql) &&
        sqlite3_prepare_v3(q->db, sql.data, -1, SQLITE_PREPARE_PERSISTENT, &q->plans[plan],
                           NULL) != SQLITE_OK)
        sqlite_failure(q, sqlite3_errcode(q->db));
    buf_free(&sql);
    return q->plans[plan];
}

/* "labour","health" … */
static int bind_units(const struct backend_query *query, sqlite3_stmt *st)
{
    struct buf list = BUF_INIT;

    for (size_t i = 0; i < query->nunits; i++) {
        buf_add_char(&list, i ? ',' : '[');
        buf_add_json(&list, str_from(query->units[i]));
    }
    buf_add_char(&list, ']');
    int err = buf_ok(&list) ? 0 : ERR_NOMEM;
    if (!err)
        sqlite3_bind_text(st, 2, list.data, (int)list.len, SQLITE_TRANSIENT);
    buf_free(&list);
    return err;
}

int sqlite_bind_page(struct sqlite *q, const struct backend_query *query, struct row_binder *b)
{
    int err = 0;

    *b = (struct row_binder){.statement = page_statement(q, query)};
    if (!b->statement)
        return ERR_IO;
    /* Parameters that this form does not mention are out of its range: harmless. */
    sqlite3_clear_bindings(b->statement);
    if (query->topic)
        sqlite3_bind_text(b->statement, 1, query->topic, -1, SQLITE_STATIC);
    if (query->unit)
        sqlite3_bind_text(b->statement, 2, query->unit, -1, SQLITE_STATIC);
    else if (query->nunits)
        err = bind_units(query, b->statement);
    if (query->after) {
        sqlite3_bind_int64(b->statement, 3, query->after_key);
        sqlite3_bind_int64(b->statement, 4, (int64_t)query->after_id);
    }
    if (query->least)
        sqlite3_bind_int(b->statement, 6, (int)query->least);
    b->rc = sqlite3_bind_int64(b->statement, 5, (int64_t)query->limit);
    return err;
}

int sqlite_concerns(struct store *s, const struct backend_query *query,
                    int (*each)(void *arg, const struct concern *c), void *arg)
{
    struct sqlite *q = (struct sqlite *)s;
    struct row_binder b;
    struct gathered g = {0};

    if (query->nunits && sqlite_page_by_unit(query))
        return sqlite_units_page(q, query, each, arg);
    int err = sqlite_bind_page(q, query, &b);
    err = err ? err : begin(q);
    if (!err)
        err = gather(q, &b, &g);
    err = end(q, err);
    if (!err)
        err = hand_out(&g, each, arg);
    release(&g);
    return err;
}

int sqlite_concern(struct store *s, uint64_t id, struct concern *out)
{
    struct sqlite *q = (struct sqlite *)s;
    struct gathered g = {0};
    int err = gather_by_id(q, &id, 1, &g);

    memset(out, 0, sizeof *out);
    err = err ? err : g.count ? 0 : ERR_NOTFOUND;
    if (!err) {
        *out = g.list[0]; /* reply_url goes along */
        g.count = 0;
    }
    release(&g);
    return err;
}

void sqlite_read_item(struct row *row, struct arena *arena, struct store_item *item)
{
    struct str ident = row_str(row);

    *item = (struct store_item){0};
    if (ident.n == STORE_IDENT)
        memcpy(item->ident, ident.p, STORE_IDENT);
    else
        row->bad = true;
    item->content = (uint64_t)row_int(row);
    item->concern = (uint64_t)row_int(row);
    item->expires = row_int(row);
    item->found = row_int(row);
    item->published = row_int(row);
    item->kind = (uint8_t)row_choice(row, VERDICT_RAISED + 1);
    item->request = (uint8_t)row_choice(row, REQUEST_REPORT + 1);
    item->source = arena_str(arena, row_str(row));
    item->link = arena_str(arena, row_str(row));
    item->topic = arena_str(arena, row_str(row));
    item->region = arena_str(arena, row_str(row));
    row_sketch(row, item->sketch);
    item->rules = (uint64_t)row_int(row);
    item->marked = (uint8_t)row_int(row);
    item->doubt = (uint16_t)row_choice(row, STORE_DOUBT_MAX + 1);
    item->proposed = arena_str(arena, row_str(row));
    item->by_model = row_int(row) != 0;
    item->title = arena_str(arena, row_str(row));
    item->text = arena_str(arena, row_str(row));
}

static int gather_items(struct sqlite *q, uint64_t concern, size_t limit, struct arena *arena,
                        struct store_item *items, size_t *n)
{
    struct row_binder b;
    struct row row;
    int more;

    if (!sqlite_bind(q, SQL_CONCERN_ITEMS, &b))
        return ERR_IO;
    row_put_int(&b, (int64_t)concern);
    row_put_int(&b, (int64_t)limit);
    while ((more = sqlite_next(q, &b, &row)) > 0) {
        sqlite_read_item(&row, arena, &items[(*n)++]);
        if (row.bad) {
            sqlite_done(&b);
            return ERR_CORRUPT;
        }
    }
    return more;
}

int sqlite_concern_items(struct store *s, uint64_t concern, size_t limit,
                         int (*each)(void *arg, const struct store_item *item), void *arg)
{
    struct arena *arena = arena_new();
    struct store_item *items = calloc(limit, sizeof *items);
    size_t n = 0;
    int err = arena && items ? 0 : ERR_NOMEM;

    if (!err)
        err = gather_items((struct sqlite *)s, concern, limit, arena, items, &n);
    for (size_t i = 0; i < n && !err; i++)
        err = each(arg, &items[i]);
    free(items);
    arena_free(arena);
    return err;
}

/* The item that a bound statement finds. */
static int hand_out_item(struct sqlite *q, struct row_binder *b,
                         int (*each)(void *arg, const struct store_item *item), void *arg)
{
    struct arena *arena = arena_new();
    struct store_item item;
    struct row row;
    int found = arena ? sqlite_next(q, b, &row) : ERR_NOMEM;

    if (found > 0) {
        sqlite_read_item(&row, arena, &item);
        found = row.bad ? ERR_CORRUPT : 1;
        sqlite_done(b);
    }
    int err = found > 0 ? each(arg, &item) : found ? found : ERR_NOTFOUND;
    arena_free(arena);
    return err;
}

int sqlite_item(struct store *s, const unsigned char *ident,
                int (*each)(void *arg, const struct store_item *item), void *arg)
{
    struct row_binder b;

    if (!sqlite_bind((struct sqlite *)s, SQL_ITEM, &b))
        return ERR_IO;
    row_put_blob(&b, ident, STORE_IDENT);
    return hand_out_item((struct sqlite *)s, &b, each, arg);
}

int sqlite_numbered(struct store *s, uint64_t number,
                    int (*each)(void *arg, const struct store_item *item), void *arg)
{
    struct row_binder b;

    if (!sqlite_bind((struct sqlite *)s, SQL_NUMBERED, &b))
        return ERR_IO;
    row_put_int(&b, (int64_t)number);
    return hand_out_item((struct sqlite *)s, &b, each, arg);
}

static int gather_events(struct sqlite *q, uint64_t concern, uint64_t after, struct event *out)
{
    struct row_binder b;
    struct row row;
    int n = 0, more;

    if (!sqlite_bind(q, SQL_CONCERN_EVENTS, &b))
        return ERR_IO;
    row_put_int(&b, (int64_t)concern);
    row_put_int(&b, (int64_t)after);
    row_put_int(&b, CHUNK);
    while ((more = sqlite_next(q, &b, &row)) > 0) {
        row_event(&row, &out[n++]);
        if (row.bad) {
            sqlite_done(&b);
            return ERR_CORRUPT;
        }
    }
    return more < 0 ? more : n;
}

int sqlite_concern_events(struct store *s, uint64_t concern,
                          int (*each)(void *arg, const struct event *e), void *arg)
{
    struct event *chunk = calloc(CHUNK, sizeof *chunk);
    uint64_t after = 0;
    int err = chunk ? 0 : ERR_NOMEM, n = CHUNK;

    while (!err && n == CHUNK) {
        n = gather_events((struct sqlite *)s, concern, after, chunk);
        err = n < 0 ? n : 0;
        for (int i = 0; i < n && !err; i++)
            err = each(arg, &chunk[i]);
        after = n > 0 ? chunk[n - 1].seq : after;
    }
    free(chunk);
    return err;
}
