/* Texts of replies that the ledger publishes: appended, and dropped by zeroes in place, as the
 * words of items are (see sqlite_words.c). */
#include "base/arena.h"
#include "base/err.h"
#include "store/sqlite/sqlite.h"

static int add(struct sqlite *q, const struct store_publication *p)
{
    struct row_binder b;
    int err;

    if (!sqlite_bind(q, SQL_PUBLICATION_ADD, &b))
        return ERR_IO;
    row_put_int(&b, (int64_t)p->seq);
    row_put_int(&b, (int64_t)p->concern);
    row_put_int(&b, p->round);
    row_put_int(&b, p->drafted);
    row_put_blob(&b, p->hash, sizeof p->hash);
    err = sqlite_run(q, &b);
    if (err)
        return err;
    if (!sqlite_bind(q, SQL_PUBLICATION_TEXT, &b))
        return ERR_IO;
    row_put_int(&b, (int64_t)p->seq);
    row_put_str(&b, p->text);
    return sqlite_run(q, &b);
}

static int publish(struct sqlite *q, const struct store_publication *p)
{
    struct row_binder b;
    int err;

    if (!sqlite_bind(q, SQL_PUBLICATION_SET, &b))
        return ERR_IO;
    row_put_int(&b, p->edition);
    row_put_text(&b, p->unit);
    row_put_int(&b, p->published);
    row_put_int(&b, (int64_t)p->seq);
    err = sqlite_run(q, &b);
    if (err)
        return err;
    if (!sqlite_bind(q, SQL_PUBLICATIONS_BLANK, &b))
        return ERR_IO;
    row_put_int(&b, (int64_t)p->concern);
    row_put_int(&b, p->round);
    row_put_int(&b, p->edition);
    q->residue = true;
    return sqlite_run(q, &b);
}

static int blank(struct sqlite *q, enum sqlite_sql id, uint64_t seq)
{
    struct row_binder b;

    if (!sqlite_bind(q, id, &b))
        return ERR_IO;
    row_put_int(&b, (int64_t)seq);
    return sqlite_run(q, &b);
}

int sqlite_put_publication(struct sqlite *q, const struct store_publication *p)
{
    int err;

    switch (p->act) {
    case STORE_PUBLICATION_DRAFT: return add(q, p);
    case STORE_PUBLICATION_PUBLISH: return publish(q, p);
    case STORE_PUBLICATION_DROP:
    case STORE_PUBLICATION_BLANK: break;
    }
    q->residue = true;
    err = blank(q, SQL_PUBLICATION_BLANK, p->seq);
    return err || p->act == STORE_PUBLICATION_BLANK ? err
                                                    : blank(q, SQL_PUBLICATION_CUT, p->seq);
}

static int read_one(struct row *row, struct arena *arena, struct store_publication *out)
{
    *out = (struct store_publication){.act = STORE_PUBLICATION_DRAFT};
    out->seq = (uint64_t)row_int(row);
    out->concern = (uint64_t)row_int(row);
    out->round = (uint16_t)row_choice(row, UINT16_MAX + 1u);
    out->edition = (uint16_t)row_choice(row, UINT16_MAX + 1u);
    row_text(row, out->unit, sizeof out->unit);
    out->drafted = row_int(row);
    out->published = row_int(row);
    struct str hash = row_str(row);
    if (hash.n == sizeof out->hash)
        memcpy(out->hash, hash.p, hash.n);
    out->text = arena_str(arena, row_str(row));
    if (!out->text.p)
        return ERR_NOMEM;
    return row->bad || hash.n != sizeof out->hash ? ERR_CORRUPT : 0;
}

int sqlite_publications(struct store *s, uint64_t concern,
                        int (*each)(void *arg, const struct store_publication *p), void *arg)
{
    struct sqlite *q = (struct sqlite *)s;
    struct arena *arena = arena_new();
    struct store_publication *list =
        arena ? arena_alloc(arena, STORE_PUBLICATIONS_MAX, sizeof *list) : NULL;
    struct row_binder b;
    struct row row;
    int n = 0, more = 0, err = list ? 0 : ERR_NOMEM;

    if (!err && !sqlite_bind(q, SQL_PUBLICATIONS, &b))
        err = ERR_IO;
    if (!err) {
        row_put_int(&b, (int64_t)concern);
        row_put_int(&b, STORE_PUBLICATIONS_MAX);
        while (!err && n < STORE_PUBLICATIONS_MAX && (more = sqlite_next(q, &b, &row)) > 0)
            err = read_one(&row, arena, &list[n++]);
        sqlite_done(&b);
        err = err ? err : more < 0 ? more : 0;
    }
    while (n > 0 && !err)
        err = each(arg, &list[--n]);
    arena_free(arena);
    return err;
}
