/* store/account.h - who may use the API: accounts and the tokens of their scripts. Written by
 * store_commit(); of a password and a token only a hash is kept. */
#ifndef HUIYING_STORE_ACCOUNT_H
#define HUIYING_STORE_ACCOUNT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "alerts/event.h"

struct store;

enum account_role {
    ACCOUNT_COORDINATOR, /* 统筹: every concern */
    ACCOUNT_UNIT,        /* 承办: what its unit leads or assists in */
    ACCOUNT_OPERATOR,    /* 运维: sources, rules, marks */
    ACCOUNT_AUDITOR,     /* 审计: reads everything, changes nothing */
    ACCOUNT_ROLES
};

enum { ACCOUNT_HASH = 128, ACCOUNT_TOKEN = 32 };

struct account {
    char name[SLUG_MAX];
    char unit[SLUG_MAX];     /* of ACCOUNT_UNIT; else empty */
    uint8_t role;            /* enum account_role */
    bool disabled;           /* its row stays: names in the audit trail keep their meaning */
    char hash[ACCOUNT_HASH]; /* argon2id, as crypto_pwhash_str() writes it; empty when disabled */
    int64_t created, changed; /* ms; changed: of role, unit, password or being disabled */
};

struct account_token {
    unsigned char hash[ACCOUNT_TOKEN]; /* BLAKE2b of the token */
    char account[SLUG_MAX];
    char unit[SLUG_MAX]; /* as in struct account */
    uint8_t role;
    int64_t created, expires; /* ms */
    bool drop;                /* on input: forget it */
};

/* 0, ERR_NOTFOUND or ERR_IO, ERR_CORRUPT. A handle's own thread, as all of store.h. */
int account_find(struct store *s, const char *name, struct account *out);
int account_find_token(struct store *s, const unsigned char hash[ACCOUNT_TOKEN],
                       struct account_token *out);
/* By name, respectively account and creation; as store_each_source(). Tokens go with their account
 * when that is disabled. */
int account_each(struct store *s, int (*each)(void *arg, const struct account *a), void *arg);
int account_each_token(struct store *s, int (*each)(void *arg, const struct account_token *t),
                       void *arg);

/* In these orders: for qsort(), of the structs themselves. */
int account_order(const void *a, const void *b);
int account_token_order(const void *a, const void *b);

/* "coordinator", "unit", … and back: -1 for no such role. */
const char *account_role_name(enum account_role role);
int account_role_find(const char *name);

#endif
