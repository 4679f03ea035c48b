/* Items, what they are known by, and the pages that are to be read of them. */
#include "store/sqlite/sqlite.h"

#include <stdlib.h>

#include "base/arena.h"
#include "base/err.h"

/* What an update needs to know of the stored row. */
struct stored {
    int64_t id, words; /* words 0: none */
    uint8_t marked;
};

/* The stored row of an ident: 1, 0 none. */
static int find_item(struct sqlite *q, const unsigned char *ident, struct stored *out)
{
    struct row_binder b;
    struct row row;

    if (!sqlite_bind(q, SQL_ITEM_FIND, &b))
        return ERR_IO;
    row_put_blob(&b, ident, STORE_IDENT);
    int found = sqlite_next(q, &b, &row);
    if (found > 0) {
        out->id = row_int(&row);
        out->words = row_int(&row); /* NULL reads as 0 */
        out->marked = (uint8_t)row_int(&row);
        sqlite_done(&b);
    }
    return found;
}

struct alias {
    uint64_t alias;
    int64_t item;
    size_t at; /* in the batch: of equal ones the last is in force */
};

static int keep_aliases(struct sqlite *q, const struct store_item *item, int64_t id)
{
    int err = 0;

    for (size_t i = 0; i < 2 && !err; i++) {
        struct alias a = {item->aliases[i], id, q->aliases.len};
        if (a.alias)
            err = buf_add(&q->aliases, &a, sizeof a);
    }
    return err;
}

static int rising(const void *a, const void *b)
{
    const struct alias *x = a, *y = b;

    if (x->alias != y->alias)
        return x->alias < y->alias ? -1 : 1;
    return (x->at > y->at) - (x->at < y->at);
}

static int put_alias(struct sqlite *q, uint64_t alias, int64_t item)
{
    struct row_binder b;

    if (!sqlite_bind(q, SQL_ALIAS_SET, &b))
        return ERR_IO;
    row_put_int(&b, (int64_t)alias);
    row_put_int(&b, item);
    return sqlite_run(q, &b);
}

/* Rising, so that those of one page of the tree stand together: they are hashes, and each would
 * else look for its page among all. */
int sqlite_put_aliases(struct sqlite *q)
{
    struct alias *list = (struct alias *)(void *)q->aliases.data;
    size_t n = q->aliases.len / sizeof *list;
    int err = 0;

    if (n)
        qsort(list, n, sizeof *list, rising);
    for (size_t i = 0; i < n && !err; i++)
        err = put_alias(q, list[i].alias, list[i].item);
    return err;
}

int sqlite_put_alias(struct sqlite *q, const struct store_alias *alias)
{
    struct stored old = {0};
    int found = alias->alias ? find_item(q, alias->ident, &old) : 0;

    return found > 0 ? put_alias(q, alias->alias, old.id) : found;
}

int sqlite_put_item(struct sqlite *q, const struct store_item *item, struct sqlite_tally *tally)
{
    static const uint32_t none[VERDICT_SKETCH];
    unsigned char sketch[4 * VERDICT_SKETCH];
    struct stored old = {0};
    int64_t words = 0;
    struct row_binder b;
    int err, found = 0;

    if (item->update)
        found = find_item(q, item->ident, &old);
    bool redacted = old.marked & STORE_REDACTED;
    err = found < 0 ? found : 0;
    if (!err && old.words)
        err = sqlite_blank_words(q, old.words);
    if (!err && !redacted)
        err = sqlite_add_words(q, item->title, item->text, item->expires - item->found, &words);
    if (err)
        return err;
    if (!sqlite_bind(q, found ? SQL_ITEM_SET : SQL_ITEM_ADD, &b))
        return ERR_IO;
    row_put_blob(&b, item->ident, STORE_IDENT);
    row_put_int(&b, (int64_t)item->content);
    row_put_int(&b, (int64_t)item->concern);
    if (words)
        row_put_int(&b, words);
    else
        row_put_null(&b);
    row_put_int(&b, item->expires);
    row_put_int(&b, item->found);
    row_put_int(&b, item->published);
    row_put_int(&b, item->kind);
    row_put_int(&b, item->request);
    row_put_str(&b, item->source);
    row_put_str(&b, redacted ? STR_NONE : item->link);
    row_put_str(&b, item->topic);
    row_put_str(&b, item->region);
    row_put_sketch(&b, redacted ? none : item->sketch, sketch);
    row_put_int(&b, (int64_t)item->rules);
    row_put_int(&b, item->marked | (redacted ? STORE_REDACTED : 0));
    row_put_int(&b, item->doubt);
    row_put_str(&b, item->proposed);
    row_put_int(&b, item->by_model);
    /* SQLite would give the number of the last row again, were that forgotten. */
    const int64_t id = found ? old.id : (int64_t)++tally->items;
    row_put_int(&b, id);
    err = sqlite_run(q, &b);
    if (!err && found)
        err = sqlite_touch(q, id);
    if (!err && (item->aliases[0] || item->aliases[1]))
        err = keep_aliases(q, item, id);
    return err;
}

/* Words go, and with `redact` what else there is to be read of it. */
static int drop_words(struct sqlite *q, const unsigned char *ident, bool redact)
{
    struct stored old = {0};
    struct row_binder b;
    int found = find_item(q, ident, &old);

    if (found <= 0 || (!old.words && !redact))
        return found < 0 ? found : 0;
    int err = old.words ? sqlite_blank_words(q, old.words) : 0;
    if (err)
        return err;
    if (!sqlite_bind(q, redact ? SQL_ITEM_REDACT : SQL_ITEM_WORDLESS, &b))
        return ERR_IO;
    row_put_int(&b, old.id);
    err = sqlite_run(q, &b);
    return err ? err : sqlite_touch(q, old.id);
}

int sqlite_blank_item(struct sqlite *q, const unsigned char *ident)
{
    return drop_words(q, ident, false);
}

static int cut_page(struct sqlite *q, const unsigned char *ident)
{
    struct row_binder b;

    if (!sqlite_bind(q, SQL_PAGE_CUT, &b))
        return ERR_IO;
    row_put_blob(&b, ident, STORE_IDENT);
    return sqlite_run(q, &b);
}

int sqlite_redact_item(struct sqlite *q, const unsigned char *ident)
{
    int err = drop_words(q, ident, true);

    q->residue = true; /* its link is in the WAL, if no words are */
    return err ? err : cut_page(q, ident);
}

/* One look-up: found or not, or an error. */
static int look_up(struct sqlite *q, struct row_binder *b, bool as, struct store_seen *out)
{
    struct row row;
    int found = sqlite_next(q, b, &row);

    if (found <= 0)
        return found;
    out->found = true;
    out->content = (uint64_t)row_int(&row);
    out->concern = (uint64_t)row_int(&row);
    bool tagged = row_int(&row) != 0;
    out->kind = (uint8_t)row_choice(&row, VERDICT_RAISED + 1);
    out->request = (uint8_t)row_choice(&row, REQUEST_REPORT + 1);
    out->marked = (uint8_t)row_int(&row);
    out->raised = tagged && out->kind == VERDICT_RAISED;
    struct str ident = as ? row_str(&row) : STR_NONE;
    if (ident.n == STORE_IDENT)
        memcpy(out->ident, ident.p, STORE_IDENT);
    sqlite_done(b);
    return 0;
}

static int end_read(struct sqlite *q, int err)
{
    if (sqlite3_get_autocommit(q->db))
        return err;
    int end = sqlite_do(q, SQL_COMMIT);
    return err ? err : end;
}

int sqlite_seen(struct store *s, const unsigned char (*idents)[STORE_IDENT], size_t n,
                struct store_seen *out)
{
    struct sqlite *q = (struct sqlite *)s;
    /* One transaction for all: each of its own would lock and unlock the file. */
    int err = sqlite_do(q, SQL_BEGIN);

    for (size_t i = 0; i < n && !err; i++) {
        struct row_binder b;
        out[i] = (struct store_seen){0};
        memcpy(out[i].ident, idents[i], STORE_IDENT);
        if (!sqlite_bind(q, SQL_SEEN, &b)) {
            err = ERR_IO;
            break;
        }
        row_put_blob(&b, idents[i], STORE_IDENT);
        err = look_up(q, &b, false, &out[i]);
    }
    return end_read(q, err);
}

int sqlite_seen_as(struct store *s, const uint64_t (*aliases)[2], size_t n, struct store_seen *out)
{
    struct sqlite *q = (struct sqlite *)s;
    int err = sqlite_do(q, SQL_BEGIN);

    for (size_t i = 0; i < 2 * n && !err; i++) {
        struct row_binder b;
        if (out[i / 2].found || !aliases[i / 2][i % 2])
            continue;
        if (!sqlite_bind(q, SQL_SEEN_AS, &b)) {
            err = ERR_IO;
            break;
        }
        row_put_int(&b, (int64_t)aliases[i / 2][i % 2]);
        err = look_up(q, &b, true, &out[i / 2]);
    }
    return end_read(q, err);
}

int sqlite_put_page(struct sqlite *q, const struct store_page *page)
{
    struct row_binder b;

    if (page->drop)
        return cut_page(q, page->ident);
    if (!sqlite_bind(q, SQL_PAGE_SET, &b))
        return ERR_IO;
    row_put_blob(&b, page->ident, STORE_IDENT);
    row_put_int(&b, page->due);
    row_put_int(&b, (int64_t)page->content);
    row_put_int(&b, page->tries);
    row_put_int(&b, page->gone);
    row_put_int(&b, page->kind);
    return sqlite_run(q, &b);
}

static void read_page(struct row *row, struct arena *arena, struct store_page *out)
{
    struct str ident = row_str(row);

    *out = (struct store_page){0};
    if (ident.n == STORE_IDENT)
        memcpy(out->ident, ident.p, STORE_IDENT);
    else
        row->bad = true;
    out->due = row_int(row);
    out->content = (uint64_t)row_int(row);
    out->tries = (uint32_t)row_int(row);
    out->gone = (uint8_t)row_int(row);
    out->kind = (uint8_t)row_choice(row, STORE_PAGE_LAST + 1);
    out->source = arena_str(arena, row_str(row));
    out->link = arena_str(arena, row_str(row));
    out->title = arena_str(arena, row_str(row));
    out->concern = (uint64_t)row_int(row);
    out->item_content = (uint64_t)row_int(row);
    out->published = row_int(row);
    out->raised = row_int(row) != 0;
}

/* Read up to max rows of a bound statement, then hand them out: how many, or an error. */
static int hand_out_pages(struct sqlite *q, struct row_binder *b, size_t max,
                          int (*each)(void *arg, const struct store_page *page), void *arg)
{
    struct arena *arena = arena_new();
    struct store_page *pages = arena ? arena_alloc(arena, max, sizeof *pages) : NULL;
    struct row row;
    int n = 0, more = 0, err = pages ? 0 : ERR_NOMEM;

    while (!err && (size_t)n < max && (more = sqlite_next(q, b, &row)) > 0) {
        read_page(&row, arena, &pages[n++]);
        err = row.bad ? ERR_CORRUPT : 0;
    }
    sqlite_done(b);
    err = err ? err : more < 0 ? more : 0;
    for (int i = 0; i < n && !err; i++)
        err = each(arg, &pages[i]);
    arena_free(arena);
    return err ? err : n;
}

int sqlite_pages_due(struct store *s, int64_t now, size_t max,
                     int (*each)(void *arg, const struct store_page *page), void *arg)
{
    struct sqlite *q = (struct sqlite *)s;
    struct row_binder b;

    if (!sqlite_bind(q, SQL_PAGES_DUE, &b))
        return ERR_IO;
    row_put_int(&b, now);
    row_put_int(&b, (int64_t)max);
    int n = hand_out_pages(q, &b, max, each, arg);
    return n > 0 ? 0 : n;
}

int sqlite_page(struct store *s, const unsigned char *ident,
                int (*each)(void *arg, const struct store_page *page), void *arg)
{
    struct sqlite *q = (struct sqlite *)s;
    struct row_binder b;

    if (!sqlite_bind(q, SQL_PAGE, &b))
        return ERR_IO;
    row_put_blob(&b, ident, STORE_IDENT);
    int n = hand_out_pages(q, &b, 1, each, arg);
    return n > 0 ? 0 : n < 0 ? n : ERR_NOTFOUND;
}

int sqlite_next_page(struct store *s, uint64_t *out)
{
    struct sqlite *q = (struct sqlite *)s;
    struct row_binder b;
    struct row row;

    *out = INT64_MAX;
    if (!sqlite_bind(q, SQL_NEXT_PAGE, &b))
        return ERR_IO;
    int found = sqlite_next(q, &b, &row);
    if (found > 0 && sqlite3_column_type(row.statement, 0) != SQLITE_NULL)
        *out = (uint64_t)row_int(&row);
    sqlite_done(&b);
    return found < 0 ? found : 0;
}
