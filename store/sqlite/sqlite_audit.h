/* store/sqlite/sqlite_audit.h - inside of the audit, for its own files only. */
#ifndef HUIYING_STORE_SQLITE_AUDIT_H
#define HUIYING_STORE_SQLITE_AUDIT_H

#include <sqlite3.h>

#include "base/buf.h"
#include "store/audit.h"

struct audit {
    sqlite3 *db;
    const struct audit_watch *watch;
    struct audit_result *result;
    uint64_t told; /* rows of the promise that is looked at */
};

/* One promise is looked at from here on. */
void audit_begin(struct audit *a);
/* A row that breaks it. */
void audit_tell(struct audit *a, const char *zh, const char *en, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
/* Prepare a statement: NULL (*err set) when the file does not allow it. */
sqlite3_stmt *audit_prepare(struct audit *a, const char *sql, int *err);
/* ERR_* of the connection's last failure. */
int audit_failure(const struct audit *a);

/* sqlite_audit_events.c: events, outbox and the heads of the units against each other, then the
 * concerns against what the events say of them. 0 or ERR_*. */
int audit_events(struct audit *a);
/* sqlite_audit_trail.c: the same of the audit trail's chain. */
int audit_trail(struct audit *a);

#endif
