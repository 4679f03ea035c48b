#include "store/account.h"

#include <string.h>

#include "base/err.h"
#include "store/backend.h"

static const char *const names[ACCOUNT_ROLES] = {
    [ACCOUNT_COORDINATOR] = "coordinator",
    [ACCOUNT_UNIT] = "unit",
    [ACCOUNT_OPERATOR] = "operator",
    [ACCOUNT_AUDITOR] = "auditor",
};

const char *account_role_name(enum account_role role)
{
    return names[role];
}

int account_role_find(const char *name)
{
    for (int i = 0; name && i < ACCOUNT_ROLES; i++)
        if (strcmp(names[i], name) == 0)
            return i;
    return -1;
}

int account_find(struct store *s, const char *name, struct account *out)
{
    return s->backend->account(s, name, out);
}

int account_find_token(struct store *s, const unsigned char hash[ACCOUNT_TOKEN],
                       struct account_token *out)
{
    return s->backend->token(s, hash, out);
}

int account_each(struct store *s, int (*each)(void *arg, const struct account *a), void *arg)
{
    return s->backend->each_account(s, each, arg);
}

int account_each_token(struct store *s, int (*each)(void *arg, const struct account_token *t),
                       void *arg)
{
    return s->backend->each_token(s, each, arg);
}

int account_order(const void *a, const void *b)
{
    return strcmp(((const struct account *)a)->name, ((const struct account *)b)->name);
}

int account_token_order(const void *a, const void *b)
{
    const struct account_token *x = a, *y = b;
    int order = strcmp(x->account, y->account);

    if (order)
        return order;
    if (x->created != y->created)
        return x->created < y->created ? -1 : 1;
    return memcmp(x->hash, y->hash, ACCOUNT_TOKEN);
}
