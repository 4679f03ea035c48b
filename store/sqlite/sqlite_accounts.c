/* Accounts and tokens. There are few: a walk reads them all at once. */
#include <stdlib.h>

#include "base/buf.h"
#include "base/err.h"
#include "store/sqlite/sqlite.h"

static int cut_tokens(struct sqlite *q, const char *account)
{
    struct row_binder b;

    if (!sqlite_bind(q, SQL_TOKENS_CUT, &b))
        return ERR_IO;
    row_put_text(&b, account);
    return sqlite_run(q, &b);
}

static int put_account(struct sqlite *q, const struct account *a)
{
    struct row_binder b;

    if (!sqlite_bind(q, SQL_ACCOUNT_SET, &b))
        return ERR_IO;
    row_put_text(&b, a->name);
    row_put_int(&b, a->role);
    row_put_text(&b, a->unit);
    row_put_text(&b, a->hash);
    row_put_int(&b, a->created);
    row_put_int(&b, a->changed);
    row_put_int(&b, a->disabled);
    int err = sqlite_run(q, &b);
    return err || !a->disabled ? err : cut_tokens(q, a->name);
}

static int put_token(struct sqlite *q, const struct account_token *t)
{
    struct row_binder b;

    if (!sqlite_bind(q, t->drop ? SQL_TOKEN_CUT : SQL_TOKEN_SET, &b))
        return ERR_IO;
    row_put_blob(&b, t->hash, ACCOUNT_TOKEN);
    if (!t->drop) {
        row_put_text(&b, t->account);
        row_put_int(&b, t->role);
        row_put_text(&b, t->unit);
        row_put_int(&b, t->created);
        row_put_int(&b, t->expires);
    }
    return sqlite_run(q, &b);
}

int sqlite_put_accounts(struct sqlite *q, const struct store_batch *batch)
{
    int err = 0;

    for (size_t i = 0; i < batch->naccounts && !err; i++)
        err = put_account(q, &batch->accounts[i]);
    for (size_t i = 0; i < batch->ntokens && !err; i++)
        err = put_token(q, &batch->tokens[i]);
    return err;
}

static void read_account(struct row *row, struct account *out)
{
    *out = (struct account){0};
    row_text(row, out->name, sizeof out->name);
    out->role = (uint8_t)row_choice(row, ACCOUNT_ROLES);
    row_text(row, out->unit, sizeof out->unit);
    row_text(row, out->hash, sizeof out->hash);
    out->created = row_int(row);
    out->changed = row_int(row);
    out->disabled = row_choice(row, 2) != 0;
}

static void read_token(struct row *row, struct account_token *out)
{
    struct str hash = row_str(row);

    *out = (struct account_token){0};
    row->bad = row->bad || hash.n != ACCOUNT_TOKEN;
    if (hash.n == ACCOUNT_TOKEN)
        memcpy(out->hash, hash.p, ACCOUNT_TOKEN);
    row_text(row, out->account, sizeof out->account);
    out->role = (uint8_t)row_choice(row, ACCOUNT_ROLES);
    row_text(row, out->unit, sizeof out->unit);
    out->created = row_int(row);
    out->expires = row_int(row);
}

int sqlite_account(struct store *s, const char *name, struct account *out)
{
    struct sqlite *q = (struct sqlite *)s;
    struct row_binder b;
    struct row row;

    if (!sqlite_bind(q, SQL_ACCOUNT, &b))
        return ERR_IO;
    row_put_text(&b, name);
    int found = sqlite_next(q, &b, &row);
    if (found <= 0)
        return found ? found : ERR_NOTFOUND;
    read_account(&row, out);
    sqlite_done(&b);
    return row.bad ? ERR_CORRUPT : 0;
}

int sqlite_token(struct store *s, const unsigned char *hash, struct account_token *out)
{
    struct sqlite *q = (struct sqlite *)s;
    struct row_binder b;
    struct row row;

    if (!sqlite_bind(q, SQL_TOKEN, &b))
        return ERR_IO;
    row_put_blob(&b, hash, ACCOUNT_TOKEN);
    int found = sqlite_next(q, &b, &row);
    if (found <= 0)
        return found ? found : ERR_NOTFOUND;
    read_token(&row, out);
    sqlite_done(&b);
    return row.bad ? ERR_CORRUPT : 0;
}

/* All rows of a statement without parameters into one block: 0 or ERR_*. */
static int gather(struct sqlite *q, enum sqlite_sql id, bool tokens, struct buf *rows)
{
    struct row_binder b;
    struct row row;
    struct account account;
    struct account_token token;
    int more, err = 0;

    if (!sqlite_bind(q, id, &b))
        return ERR_IO;
    while ((more = sqlite_next(q, &b, &row)) > 0 && !err) {
        if (tokens)
            read_token(&row, &token);
        else
            read_account(&row, &account);
        err = row.bad  ? ERR_CORRUPT
              : tokens ? buf_add(rows, &token, sizeof token)
                       : buf_add(rows, &account, sizeof account);
    }
    sqlite_done(&b);
    return err ? err : more;
}

int sqlite_each_account(struct store *s, int (*each)(void *arg, const struct account *a),
                        void *arg)
{
    struct buf rows = BUF_INIT;
    int err = gather((struct sqlite *)s, SQL_EACH_ACCOUNT, false, &rows);
    const struct account *list = (const struct account *)(const void *)rows.data;

    for (size_t i = 0; i < rows.len / sizeof *list && !err; i++)
        err = each(arg, &list[i]);
    buf_free(&rows);
    return err;
}

int sqlite_each_token(struct store *s, int (*each)(void *arg, const struct account_token *t),
                      void *arg)
{
    struct buf rows = BUF_INIT;
    int err = gather((struct sqlite *)s, SQL_EACH_TOKEN, true, &rows);
    const struct account_token *list = (const struct account_token *)(const void *)rows.data;

    for (size_t i = 0; i < rows.len / sizeof *list && !err; i++)
        err = each(arg, &list[i]);
    buf_free(&rows);
    return err;
}
