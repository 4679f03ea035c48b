/* What is known of the pages of published replies. */
#include "base/err.h"
#include "store/sqlite/sqlite.h"

static int cut(struct sqlite *q, const struct store_reply *reply)
{
    struct row_binder b;

    if (!sqlite_bind(q, SQL_REPLY_CUT, &b))
        return ERR_IO;
    row_put_int(&b, (int64_t)reply->concern);
    row_put_int(&b, (int64_t)reply->address);
    return sqlite_run(q, &b);
}

int sqlite_put_reply(struct sqlite *q, const struct store_reply *reply)
{
    unsigned char sketch[4 * VERDICT_SKETCH];
    struct row_binder b;

    if (reply->drop)
        return cut(q, reply);
    if (!sqlite_bind(q, SQL_REPLY_SET, &b))
        return ERR_IO;
    row_put_int(&b, (int64_t)reply->concern);
    row_put_int(&b, reply->due);
    row_put_int(&b, (int64_t)reply->address);
    row_put_int(&b, reply->since);
    row_put_int(&b, reply->checked);
    row_put_int(&b, reply->published);
    row_put_int(&b, (int64_t)reply->content);
    row_put_sketch(&b, reply->sketch, sketch);
    row_put_int(&b, reply->step);
    row_put_int(&b, reply->tries);
    row_put_int(&b, reply->strikes);
    row_put_int(&b, reply->state);
    row_put_int(&b, reply->edited);
    row_put_int(&b, reply->untitled);
    row_put_text(&b, reply->title);
    row_put_int(&b, reply->round);
    row_put_text(&b, reply->url);
    return sqlite_run(q, &b);
}

static void read_reply(struct row *row, struct store_reply *out)
{
    *out = (struct store_reply){0};
    out->concern = (uint64_t)row_int(row);
    out->due = row_int(row);
    out->address = (uint64_t)row_int(row);
    out->since = row_int(row);
    out->checked = row_int(row);
    out->published = row_int(row);
    out->content = (uint64_t)row_int(row);
    row_sketch(row, out->sketch);
    out->step = (uint8_t)row_choice(row, UINT8_MAX + 1u);
    out->tries = (uint8_t)row_choice(row, UINT8_MAX + 1u);
    out->strikes = (uint8_t)row_choice(row, UINT8_MAX + 1u);
    out->state = (uint8_t)row_choice(row, STORE_REPLY_STATES);
    out->edited = row_choice(row, 2) != 0;
    out->untitled = row_choice(row, 2) != 0;
    row_text(row, out->title, sizeof out->title);
    out->round = (uint16_t)row_choice(row, UINT16_MAX + 1u);
    row_text(row, out->url, sizeof out->url);
}

/* Read up to max rows of a bound statement, then hand them out. */
static int hand_out(struct sqlite *q, struct row_binder *b, size_t max,
                    int (*each)(void *arg, const struct store_reply *reply), void *arg)
{
    struct store_reply reply;
    struct buf list = BUF_INIT;
    struct row row;
    size_t n = 0;
    int more = 0, err = 0;

    while (!err && n < max && (more = sqlite_next(q, b, &row)) > 0) {
        read_reply(&row, &reply);
        err = row.bad ? ERR_CORRUPT : buf_add(&list, &reply, sizeof reply);
        n++;
    }
    sqlite_done(b);
    err = err ? err : more < 0 ? more : 0;
    for (size_t i = 0; i < n && !err; i++)
        err = each(arg, (const struct store_reply *)list.data + i);
    buf_free(&list);
    return err;
}

int sqlite_replies_due(struct store *s, int64_t now, size_t max,
                       int (*each)(void *arg, const struct store_reply *reply), void *arg)
{
    struct sqlite *q = (struct sqlite *)s;
    struct row_binder b;

    if (!sqlite_bind(q, SQL_REPLIES_DUE, &b))
        return ERR_IO;
    row_put_int(&b, now);
    row_put_int(&b, (int64_t)max);
    return hand_out(q, &b, max, each, arg);
}

int sqlite_replies(struct store *s, uint64_t concern,
                   int (*each)(void *arg, const struct store_reply *reply), void *arg)
{
    struct sqlite *q = (struct sqlite *)s;
    struct row_binder b;

    if (!sqlite_bind(q, SQL_REPLIES, &b))
        return ERR_IO;
    row_put_int(&b, (int64_t)concern);
    row_put_int(&b, STORE_PAGE_MAX);
    return hand_out(q, &b, STORE_PAGE_MAX, each, arg);
}

int sqlite_next_reply(struct store *s, uint64_t *out)
{
    struct sqlite *q = (struct sqlite *)s;
    struct row_binder b;
    struct row row;

    *out = INT64_MAX;
    if (!sqlite_bind(q, SQL_NEXT_REPLY, &b))
        return ERR_IO;
    int found = sqlite_next(q, &b, &row);
    if (found > 0 && sqlite3_column_type(row.statement, 0) != SQLITE_NULL)
        *out = (uint64_t)row_int(&row);
    sqlite_done(&b);
    return found < 0 ? found : 0;
}
