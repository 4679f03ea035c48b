/* daemon/http/access.h - who may do what: one table of routes and roles. */
#ifndef HUIYING_DAEMON_HTTP_ACCESS_H
#define HUIYING_DAEMON_HTTP_ACCESS_H

#include <stddef.h>

#include "store/account.h"

/* The roles of accounts, and those that need none. */
enum access_role {
    ACCESS_COORDINATOR = ACCOUNT_COORDINATOR,
    ACCESS_UNIT = ACCOUNT_UNIT,
    ACCESS_OPERATOR = ACCOUNT_OPERATOR,
    ACCESS_AUDITOR = ACCOUNT_AUDITOR,
    ACCESS_PUBLIC = ACCOUNT_ROLES, /* nobody is logged in */
    ACCESS_GUEST,  /* the same on the loopback port until the first account is made: reads */
    ACCESS_SOCKET, /* whoever may open the daemon's Unix socket: everything */
    ACCESS_ROLES
};

enum access_may {
    ACCESS_NEVER,
    ACCESS_OWN, /* of the unit of the account: its handler sees to it */
    ACCESS_ALL
};

struct access_row {
    const char *method, *path; /* as in routes.c */
    const char *act;  /* for the audit trail; NULL: leaves no row */
    unsigned may, own; /* bits of roles */
    enum access_trace {
        TRACE_DONE,  /* a row with what was done, in its transaction */
        TRACE_FIRST, /* a row before it is begun: what the ledger does not commit */
        TRACE_TEXTS, /* the same, when texts are asked for */
        TRACE_SOUND  /* the same, once its handler found the request good: exchange_traced() */
    } trace;
};

/* The row of a route; NULL: it has none. */
const struct access_row *access_find(const char *method, const char *path);
enum access_may access_may(const struct access_row *row, enum access_role role);
/* May everything that `part` may, `whole` too? What a token's role must be to its account's. */
bool access_within(enum access_role part, enum access_role whole);
/* Does every route have a row, every row a route? The first that has none, or NULL. */
const char *access_missing(void);

/* "public", "socket", or as account_role_name(). */
const char *access_role_name(enum access_role role);

#endif
