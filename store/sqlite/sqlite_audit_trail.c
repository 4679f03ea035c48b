/* Is the audit trail whole? */
#include "base/err.h"
#include "store/sqlite/row.h"
#include "store/sqlite/sqlite.h"
#include "store/sqlite/sqlite_audit.h"

static void tell(struct audit *a, enum trail_fault fault, uint64_t from, uint64_t seq)
{
    if (fault == TRAIL_CHANGED)
        audit_tell(a, "审计记录被改动", "a row of the audit trail was changed", "row %llu",
                   (unsigned long long)seq);
    else if (fault == TRAIL_MISSING)
        audit_tell(a, "审计记录缺行", "rows of the audit trail are missing", "row %llu to %llu",
                   (unsigned long long)from, (unsigned long long)seq - 1);
}

static int look_at_rows(struct audit *a, struct trail_check *check)
{
    int err, rc = SQLITE_DONE;
    sqlite3_stmt *statement = audit_prepare(
        a, "SELECT seq, at, who, role, act, target, hash FROM trail ORDER BY seq", &err);
    struct trail_row one;

    audit_begin(a);
    while (!err && (rc = sqlite3_step(statement)) == SQLITE_ROW) {
        struct row row = {.statement = statement};
        uint64_t from;
        sqlite_read_trail(&row, &one);
        enum trail_fault fault = trail_check(check, &one, &from);
        tell(a, row.bad && fault == TRAIL_SOUND ? TRAIL_CHANGED : fault, from, one.seq);
    }
    if (!err && rc != SQLITE_DONE)
        err = audit_failure(a);
    sqlite3_finalize(statement);
    return err;
}

int audit_trail(struct audit *a)
{
    struct trail_check check = {0};
    int err = look_at_rows(a, &check), rc = SQLITE_ROW;
    sqlite3_stmt *statement =
        err ? NULL : audit_prepare(a, "SELECT trail, trail_hash FROM meta", &err);

    audit_begin(a);
    if (!err && (rc = sqlite3_step(statement)) == SQLITE_ROW) {
        struct row row = {.statement = statement};
        uint64_t head = (uint64_t)row_int(&row);
        struct str hash = row_str(&row);
        static const unsigned char none[TRAIL_HASH];
        bool same = head == check.seq &&
                    (hash.n == TRAIL_HASH ? memcmp(hash.p, check.hash, TRAIL_HASH) == 0
                                          : !hash.n && !memcmp(none, check.hash, TRAIL_HASH));
        if (!same)
            audit_tell(a, "审计记录的末行与记下的不符", "the audit trail does not end as was kept",
                       "row %llu, kept %llu", (unsigned long long)check.seq,
                       (unsigned long long)head);
    } else if (!err) {
        err = audit_failure(a);
    }
    sqlite3_finalize(statement);
    return err;
}
