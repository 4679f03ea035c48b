#include "daemon/http/access.h"

#include <string.h>

#include "daemon/routes/routes.h"

enum {
    C = 1 << ACCESS_COORDINATOR,
    U = 1 << ACCESS_UNIT,
    O = 1 << ACCESS_OPERATOR,
    A = 1 << ACCESS_AUDITOR,
    P = 1 << ACCESS_PUBLIC,
    G = 1 << ACCESS_GUEST,
    LOGGED_IN = C | U | O | A,
    STAFF = C | O | A | G, /* sees everything of its town */
    ANY = LOGGED_IN | P | G
};

#define CONCERN "/api/v1/concerns/{id}"
#define ACT(verb, own) {"POST", CONCERN "/" verb, "concern." verb, C, own, TRACE_DONE}
/* Grouping is the operators' work, too: what belongs together, not what becomes of it. */
#define REGROUP(verb) {"POST", CONCERN "/" verb, "concern." verb, C | O, 0, TRACE_DONE}

/* The socket may everything and has no column. In a unit's own matters the desk has the last word:
 * an act passes here and is refused there when the unit has no part in it, or not this one. */
static const struct access_row rows[] = {
    {"GET", "/api/v1/status", NULL, LOGGED_IN | G, 0, TRACE_DONE},
    {"GET", "/api/v1/session", NULL, ANY, 0, TRACE_DONE},
    {"POST", "/api/v1/session", NULL, ANY, 0, TRACE_DONE}, /* leaves its rows itself */
    {"DELETE", "/api/v1/session", "logout", LOGGED_IN, 0, TRACE_FIRST},
    {"GET", "/login", NULL, ANY, 0, TRACE_DONE},
    {"POST", "/login", NULL, ANY, 0, TRACE_DONE}, /* as a session's */
    {"POST", "/logout", "logout", LOGGED_IN, 0, TRACE_SOUND},

    {"GET", "/api/v1/concerns", NULL, STAFF, U, TRACE_DONE},
    {"GET", CONCERN, NULL, STAFF, U, TRACE_DONE},
    {"GET", CONCERN "/items", NULL, STAFF, U, TRACE_DONE},
    {"GET", CONCERN "/similar", NULL, STAFF, U, TRACE_DONE},
    {"GET", "/api/v1/headlines", NULL, STAFF, U, TRACE_DONE},
    ACT("accept", U),
    ACT("answer", U),
    ACT("assess", 0),
    ACT("dispatch", 0),
    ACT("progress", U),
    ACT("decline", U),
    ACT("reassign", 0),
    ACT("hand-on", U),
    ACT("assist", 0),
    ACT("remind", U),
    ACT("extend", U),
    ACT("draft", U),
    ACT("approve", U), /* 审签 of another unit's text */
    ACT("deny", U),
    ACT("return", U),
    ACT("dismiss", U),
    ACT("hand-out", 0),
    ACT("close", U),
    ACT("reopen", 0),
    REGROUP("merge"),
    REGROUP("split"),
    REGROUP("move"),
    {"GET", "/api/v1/replies/{reply}", NULL, ANY, 0, TRACE_DONE},
    {"GET", "/replies/{reply}", NULL, ANY, 0, TRACE_DONE},
    {"GET", "/survey/{id}", NULL, ANY, 0, TRACE_DONE},
    {"POST", "/survey/{id}", NULL, ANY, 0, TRACE_DONE},
    {"GET", "/ledger", NULL, ANY, 0, TRACE_DONE},
    {"GET", "/ledger.atom", NULL, ANY, 0, TRACE_DONE},
    {"GET", "/ledger.csv", NULL, ANY, 0, TRACE_DONE},
    {"GET", "/ledger.json", NULL, ANY, 0, TRACE_DONE},
    {"GET", "/ledger/{id}", NULL, ANY, 0, TRACE_DONE},
    {"GET", "/ledger/month/{month}", NULL, ANY, 0, TRACE_DONE},
    {"GET", "/ledger/rules", NULL, ANY, 0, TRACE_DONE},
    {"GET", "/ledger/sources", NULL, ANY, 0, TRACE_DONE},
    {"GET", "/reports/{id}", NULL, STAFF, U, TRACE_DONE},
    {"GET", "/overview", NULL, STAFF, 0, TRACE_DONE},
    {"GET", "/reports/daily", NULL, STAFF, 0, TRACE_DONE},
    {"GET", "/reports/drill", NULL, STAFF | U, 0, TRACE_DONE},
    {"GET", "/reports/month/{month}", NULL, STAFF | U, 0, TRACE_DONE},
    {"GET", "/api/v1/mending/{month}", NULL, STAFF | U, 0, TRACE_DONE},
    {"GET", "/privacy", NULL, ANY, 0, TRACE_DONE},
    {"GET", "/api/v1/statistics", NULL, ANY, 0, TRACE_DONE},
    {"GET", "/api/v1/asked", NULL, ANY, 0, TRACE_DONE},
    {"GET", "/correct/{id}", NULL, ANY, 0, TRACE_DONE},
    {"POST", "/correct/{id}", NULL, ANY, 0, TRACE_DONE},
    {"GET", "/api/v1/corrections", NULL, C | A, 0, TRACE_DONE},
    {"POST", "/api/v1/corrections", "correction.decide", C, 0, TRACE_DONE},
    {"POST", "/api/v1/register", "concern.register", C, 0, TRACE_DONE},

    {"GET", "/api/v1/items", "read.items", STAFF, 0, TRACE_SOUND}, /* without a search */
    {"GET", "/api/v1/items/{item}", NULL, STAFF, U, TRACE_DONE},
    {"GET", "/api/v1/items/{item}/why", NULL, STAFF, U, TRACE_DONE},
    {"PUT", "/api/v1/items/{item}/mark", "item.mark", C | O, 0, TRACE_DONE},
    {"POST", "/api/v1/items/{item}/redact", "item.redact", C | O, 0, TRACE_DONE},
    {"POST", "/api/v1/erase", "text.erase", C, 0, TRACE_DONE},
    {"GET", "/api/v1/marks", "read.marks", STAFF, 0, TRACE_TEXTS},
    {"GET", "/api/v1/corpus", "read.corpus", O | A, 0, TRACE_SOUND},
    {"GET", "/api/v1/review", NULL, C | O | A, 0, TRACE_DONE},
    {"GET", "/api/v1/events", NULL, STAFF, U, TRACE_DONE},

    {"GET", "/api/v1/sources", NULL, ANY, 0, TRACE_DONE},
    {"POST", "/api/v1/sources", "source.add", O, 0, TRACE_DONE},
    {"POST", "/api/v1/sources/try", "source.try", O, 0, TRACE_SOUND},
    {"GET", "/api/v1/sources/{source}", NULL, LOGGED_IN | G, 0, TRACE_DONE},
    {"DELETE", "/api/v1/sources/{source}", "source.remove", O, 0, TRACE_DONE},
    {"POST", "/api/v1/sources/{source}/pause", "source.pause", O, 0, TRACE_DONE},
    {"POST", "/api/v1/sources/{source}/resume", "source.resume", O, 0, TRACE_DONE},
    {"POST", "/api/v1/sources/{source}/poll", "source.poll", O, 0, TRACE_DONE},

    {"GET", "/api/v1/units", NULL, ANY, 0, TRACE_DONE},
    {"GET", "/api/v1/keys", NULL, C | A, 0, TRACE_DONE},
    {"PUT", "/api/v1/keys/units/{source}", "key.unit-enrol", C, 0, TRACE_SOUND},
    {"DELETE", "/api/v1/keys/units/{source}", "key.unit-revoke", C, 0, TRACE_SOUND},
    {"PUT", "/api/v1/keys/dashboards/{source}", "key.dashboard-enrol", C, 0, TRACE_SOUND},
    {"DELETE", "/api/v1/keys/dashboards/{source}", "key.dashboard-revoke", C, 0, TRACE_SOUND},

    {"GET", "/api/v1/topics", NULL, ANY, 0, TRACE_DONE},
    {"GET", "/api/v1/deadlines", NULL, ANY, 0, TRACE_DONE},
    {"GET", "/api/v1/rules", NULL, ANY, 0, TRACE_DONE},
    {"GET", "/api/v1/rules/block", NULL, LOGGED_IN, 0, TRACE_DONE},
    {"GET", "/api/v1/rules/topics/{source}", NULL, STAFF, 0, TRACE_DONE},
    {"POST", "/api/v1/rules/check", NULL, C | O, 0, TRACE_DONE}, /* keeps nothing */
    {"POST", "/api/v1/rules/explain", NULL, C | O, 0, TRACE_DONE}, /* keeps nothing */
    {"GET", "/api/v1/rules/edits", NULL, C | O | A, 0, TRACE_DONE},
    {"POST", "/api/v1/rules/edits", "rules.edit", O, 0, TRACE_SOUND},
    {"POST", "/api/v1/rules/edits/{source}/restore", "rules.restore", O, 0, TRACE_SOUND},
    {"POST", "/api/v1/rules/eval", "rules.eval", C | O, 0, TRACE_SOUND}, /* they read texts */
    {"POST", "/api/v1/rules/backtest", "rules.backtest", C | O, 0, TRACE_SOUND},
    {"POST", "/api/v1/rules/suggest", "rules.suggest", C | O, 0, TRACE_SOUND},
    {"GET", "/api/v1/rules/jobs", NULL, C | O, 0, TRACE_DONE},
    {"GET", "/api/v1/rules/jobs/{source}", NULL, C | O, 0, TRACE_DONE},
    {"DELETE", "/api/v1/rules/jobs/{source}", NULL, C | O, 0, TRACE_DONE}, /* keeps nothing */
    {"POST", "/api/v1/rules/load", "rules.load", O, 0, TRACE_SOUND},
    {"POST", "/api/v1/rules/staged/{source}/approve", "rules.approve", C | O, 0, TRACE_SOUND},
    {"POST", "/api/v1/rules/staged/{source}/deny", "rules.deny", C | O, 0, TRACE_SOUND},

    {"GET", "/api/v1/accounts", NULL, C | A, 0, TRACE_DONE},
    {"POST", "/api/v1/accounts", "account.add", 0, 0, TRACE_DONE},
    {"DELETE", "/api/v1/accounts/{source}", "account.remove", 0, 0, TRACE_DONE},
    {"PUT", "/api/v1/accounts/{source}/password", "account.password", 0, 0, TRACE_DONE},
    {"POST", "/api/v1/accounts/{source}/tokens", "token.add", 0, 0, TRACE_DONE},
    {"DELETE", "/api/v1/tokens/{source}", "token.remove", 0, 0, TRACE_DONE},
    {"GET", "/api/v1/audit", NULL, A, 0, TRACE_DONE},

    {"GET", "/metrics", NULL, C | O | A | G, 0, TRACE_DONE},
    {"GET", "/{page}", NULL, ANY, 0, TRACE_DONE}, /* as pages.c names them; they hold no data */
};

enum { ROWS = sizeof rows / sizeof *rows };

const struct access_row *access_find(const char *method, const char *path)
{
    for (size_t i = 0; i < ROWS; i++)
        if (strcmp(rows[i].method, method) == 0 && strcmp(rows[i].path, path) == 0)
            return &rows[i];
    return NULL;
}

enum access_may access_may(const struct access_row *row, enum access_role role)
{
    if (role == ACCESS_SOCKET || row->may & (1u << role))
        return ACCESS_ALL;
    return row->own & (1u << role) ? ACCESS_OWN : ACCESS_NEVER;
}

bool access_within(enum access_role part, enum access_role whole)
{
    for (size_t i = 0; i < ROWS; i++)
        if (access_may(&rows[i], part) > access_may(&rows[i], whole))
            return false;
    return true;
}

const char *access_missing(void)
{
    const struct route *route;
    size_t n = 0;

    for (; (route = routes_at(n)); n++)
        if (!access_find(route->method, route->path))
            return route->path;
    for (size_t i = 0; i < ROWS; i++) {
        bool there = false;
        for (size_t k = 0; k < n; k++)
            there = there || access_find(routes_at(k)->method, routes_at(k)->path) == &rows[i];
        if (!there)
            return rows[i].path;
    }
    return NULL;
}

const char *access_role_name(enum access_role role)
{
    static const char *const others[] = {"public", "guest", "socket"};

    return role < ACCESS_PUBLIC ? account_role_name((enum account_role)role)
                                : others[role - ACCESS_PUBLIC];
}
