/* Accounts, tokens and the audit trail. A change of access has its transaction to itself: what it
 * is checked against is stored. */
#include "base/err.h"
#include "daemon/ledger/batch_state.h"

int batch_access_begin(struct batch *b, const struct batch_bounds *bounds)
{
    size_t most = bounds->commands + bounds->polls + 1;

    b->naccounts = b->ntokens = b->ntrail = 0;
    b->accounts = arena_alloc(b->arena, bounds->commands + 1, sizeof *b->accounts);
    b->tokens = arena_alloc(b->arena, bounds->commands + 1, sizeof *b->tokens);
    b->trail = arena_alloc(b->arena, most, sizeof *b->trail);
    return b->accounts && b->tokens && b->trail ? 0 : ERR_NOMEM;
}

static int add_account(struct batch *b, const struct account *asked, const struct account *was)
{
    struct account *a = &b->accounts[b->naccounts];

    if (was && !was->disabled)
        return ERR_EXISTS;
    *a = *asked;
    a->created = a->changed = b->now;
    a->disabled = false;
    b->naccounts++;
    return 0;
}

static int change_account(struct batch *b, const struct account *asked, const struct account *was)
{
    struct account *a = &b->accounts[b->naccounts];

    if (!was || was->disabled)
        return ERR_NOTFOUND;
    *a = *was;
    /* A session compares the instant: no two changes may share one. */
    a->changed = b->now > was->changed ? b->now : was->changed + 1;
    a->disabled = asked->disabled;
    memset(a->hash, 0, sizeof a->hash);
    if (!a->disabled)
        memcpy(a->hash, asked->hash, sizeof a->hash);
    b->naccounts++;
    return 0;
}

static int change_token(struct batch *b, const struct account_token *asked,
                        const struct account *was)
{
    struct account_token stored, *t = &b->tokens[b->ntokens];

    if (asked->drop ? account_find_token(b->conf.store, asked->hash, &stored) != 0
                    : !was || was->disabled)
        return ERR_NOTFOUND;
    *t = *asked;
    t->created = b->now;
    b->ntokens++;
    return 0;
}

int batch_access(struct batch *b, const struct batch_access *asked, int *status)
{
    const char *name = asked->act >= BATCH_TOKEN_ADD ? asked->token.account : asked->account.name;
    struct account stored;
    int err = account_find(b->conf.store, name, &stored);
    const struct account *was = err ? NULL : &stored;

    if (err && err != ERR_NOTFOUND)
        return err;
    switch (asked->act) {
    case BATCH_ACCOUNT_ADD: *status = add_account(b, &asked->account, was); break;
    case BATCH_ACCOUNT_CHANGE: *status = change_account(b, &asked->account, was); break;
    case BATCH_TOKEN_ADD:
    case BATCH_TOKEN_REMOVE: *status = change_token(b, &asked->token, was); break;
    }
    return 0;
}

void batch_trail(struct batch *b, const struct trail_row *row)
{
    b->trail[b->ntrail] = *row;
    b->trail[b->ntrail++].at = b->now;
}

bool batch_access_finish(const struct batch *b, struct store_batch *out)
{
    out->accounts = b->accounts;
    out->naccounts = b->naccounts;
    out->tokens = b->tokens;
    out->ntokens = b->ntokens;
    out->trail = b->trail;
    out->ntrail = b->ntrail;
    return b->naccounts || b->ntokens || b->ntrail;
}
