/* Accounts and tokens of the memory twin. */
#include <stdlib.h>

#include "base/err.h"
#include "store/memory/memory.h"

static size_t find_account(const struct memory_state *m, const char *name, bool *there)
{
    size_t at = 0;

    while (at < m->naccounts && strcmp(m->accounts[at].name, name) < 0)
        at++;
    *there = at < m->naccounts && strcmp(m->accounts[at].name, name) == 0;
    return at;
}

static void cut_tokens(struct memory_state *m, const char *account)
{
    size_t kept = 0;

    for (size_t i = 0; i < m->ntokens; i++)
        if (strcmp(m->tokens[i].account, account) != 0)
            m->tokens[kept++] = m->tokens[i];
    m->ntokens = kept;
}

static void apply_account(struct memory_state *m, const struct account *a)
{
    bool there;
    size_t at = find_account(m, a->name, &there);

    if (!there) {
        memmove(&m->accounts[at + 1], &m->accounts[at],
                (m->naccounts - at) * sizeof *m->accounts);
        m->naccounts++;
    }
    m->accounts[at] = *a;
    if (a->disabled)
        cut_tokens(m, a->name);
}

static void apply_token(struct memory_state *m, const struct account_token *t)
{
    size_t at = 0;

    while (at < m->ntokens && memcmp(m->tokens[at].hash, t->hash, ACCOUNT_TOKEN) != 0)
        at++;
    if (!t->drop) {
        m->ntokens += at == m->ntokens;
        m->tokens[at] = *t;
    } else if (at < m->ntokens) {
        m->tokens[at] = m->tokens[--m->ntokens];
    }
}

void memory_apply_accounts(struct memory_state *m, const struct store_batch *b)
{
    for (size_t i = 0; i < b->naccounts; i++)
        apply_account(m, &b->accounts[i]);
    for (size_t i = 0; i < b->ntokens; i++)
        apply_token(m, &b->tokens[i]);
}

int memory_account(struct store *s, const char *name, struct account *out)
{
    struct memory_state *m = memory_lock(s);
    bool there;
    size_t at = find_account(m, name, &there);

    if (there)
        *out = m->accounts[at];
    memory_unlock(m);
    return there ? 0 : ERR_NOTFOUND;
}

int memory_token(struct store *s, const unsigned char *hash, struct account_token *out)
{
    struct memory_state *m = memory_lock(s);
    int err = ERR_NOTFOUND;

    for (size_t i = 0; i < m->ntokens && err; i++)
        if (memcmp(m->tokens[i].hash, hash, ACCOUNT_TOKEN) == 0) {
            *out = m->tokens[i];
            err = 0;
        }
    memory_unlock(m);
    return err;
}

int memory_each_account(struct store *s, int (*each)(void *arg, const struct account *a),
                        void *arg)
{
    struct memory_state *m = memory_lock(s);
    size_t n = m->naccounts;
    struct account *copies = calloc(n + 1, sizeof *copies);
    int err = copies ? 0 : ERR_NOMEM;

    if (copies && n)
        memcpy(copies, m->accounts, n * sizeof *copies);
    memory_unlock(m);
    for (size_t i = 0; i < n && !err; i++)
        err = each(arg, &copies[i]);
    free(copies);
    return err;
}

int memory_each_token(struct store *s, int (*each)(void *arg, const struct account_token *t),
                      void *arg)
{
    struct memory_state *m = memory_lock(s);
    size_t n = m->ntokens;
    struct account_token *copies = calloc(n + 1, sizeof *copies);
    int err = copies ? 0 : ERR_NOMEM;

    if (copies && n)
        memcpy(copies, m->tokens, n * sizeof *copies);
    memory_unlock(m);
    if (copies)
        qsort(copies, n, sizeof *copies, account_token_order);
    for (size_t i = 0; i < n && !err; i++)
        err = each(arg, &copies[i]);
    free(copies);
    return err;
}
