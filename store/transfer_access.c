/* Accounts, tokens and the audit trail in a transfer. The trail's hashes are made anew there, and
 * counted: a chain that was broken here is another one there. */
#include "base/err.h"
#include "store/transfer_state.h"

static int take_account(void *arg, const struct account *a)
{
    struct transfer *t = arg;

    buf_add_lstr(&t->bytes, str_from(a->name));
    buf_add_lstr(&t->bytes, str_from(a->unit));
    buf_add_lstr(&t->bytes, str_from(a->hash));
    buf_add_u8(&t->bytes, a->role);
    buf_add_u8(&t->bytes, a->disabled);
    buf_add_u64(&t->bytes, (uint64_t)a->created);
    buf_add_u64(&t->bytes, (uint64_t)a->changed);
    int err = transfer_count(t, TRANSFER_ACCOUNTS);
    return err ? err : transfer_put(t, TRANSFER_ACCOUNTS, a);
}

int transfer_access_accounts(struct transfer *t)
{
    return account_each(t->from, take_account, t);
}

int transfer_access_fill_accounts(struct transfer *t, struct store_batch *b, size_t n)
{
    b->accounts = (const struct account *)t->rows.data;
    b->naccounts = n;
    return 0;
}

static int take_token(void *arg, const struct account_token *token)
{
    struct transfer *t = arg;

    buf_add(&t->bytes, token->hash, ACCOUNT_TOKEN);
    buf_add_lstr(&t->bytes, str_from(token->account));
    buf_add_lstr(&t->bytes, str_from(token->unit));
    buf_add_u8(&t->bytes, token->role);
    buf_add_u64(&t->bytes, (uint64_t)token->created);
    buf_add_u64(&t->bytes, (uint64_t)token->expires);
    int err = transfer_count(t, TRANSFER_TOKENS);
    return err ? err : transfer_put(t, TRANSFER_TOKENS, token);
}

int transfer_access_tokens(struct transfer *t)
{
    return account_each_token(t->from, take_token, t);
}

int transfer_access_fill_tokens(struct transfer *t, struct store_batch *b, size_t n)
{
    b->tokens = (const struct account_token *)t->rows.data;
    b->ntokens = n;
    return 0;
}

struct followed {
    struct transfer *t;
    uint64_t last;
};

static int take_row(void *arg, const struct trail_row *row)
{
    struct followed *f = arg;
    struct buf *b = &f->t->bytes;

    buf_add_u64(b, row->seq);
    buf_add_u64(b, (uint64_t)row->at);
    buf_add_lstr(b, str_from(row->who));
    buf_add_lstr(b, str_from(row->role));
    buf_add_lstr(b, str_from(row->act));
    buf_add_lstr(b, str_from(row->target));
    buf_add(b, row->hash, TRAIL_HASH);
    f->last = row->seq;
    int err = transfer_count(f->t, TRANSFER_TRAIL);
    return err ? err : transfer_put(f->t, TRANSFER_TRAIL, row);
}

int transfer_access_trail(struct transfer *t)
{
    struct followed f = {.t = t};
    uint64_t before;
    int err;

    do {
        before = f.last;
        err = trail_after(t->from, f.last, TRAIL_PAGE, take_row, &f);
    } while (!err && f.last != before);
    return err;
}

int transfer_access_fill_trail(struct transfer *t, struct store_batch *b, size_t n)
{
    b->trail = (const struct trail_row *)t->rows.data;
    b->ntrail = n;
    return 0;
}

/* Few, and large: each has a batch of its own. */
static int take_shared(void *arg, const struct store_shared *row)
{
    struct transfer *t = arg;

    buf_add_u8(&t->bytes, row->kind);
    buf_add_lstr(&t->bytes, str_from(row->name));
    buf_add_u64(&t->bytes, (uint64_t)row->at);
    buf_add_lstr(&t->bytes, row->value);
    int err = transfer_count(t, TRANSFER_SHARED);
    if (err || !t->to)
        return err;
    return store_commit(t->to, &(struct store_batch){.shared = row, .nshared = 1});
}

int transfer_access_shared(struct transfer *t)
{
    int err = 0;

    for (unsigned kind = 0; kind < STORE_SHARED_KINDS && !err; kind++)
        err = store_each_shared(t->from, kind, "", take_shared, t);
    return err;
}
