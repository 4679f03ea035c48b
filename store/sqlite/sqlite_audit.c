#define _GNU_SOURCE
#include "store/sqlite/sqlite_audit.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/err.h"
#include "base/str.h"
#include "store/sqlite/migrate.h"

enum { TOLD_MAX = 20, BUSY_MS = 2000 };

/* Each row that a query gives breaks the promise, and says which it is. */
struct promise {
    const char *zh, *en, *sql;
};

#define WORDS(table, sign)                                                                         \
    "SELECT '" table " id ' || t.id FROM " table " t WHERE typeof(t.text) != 'blob' AND "          \
    "t.id NOT IN (SELECT " sign "words FROM items WHERE words IS NOT NULL)"

static const struct promise promises[] = {
    {"库的身份不对", "the store's identity is wrong",
     "SELECT 'meta' WHERE (SELECT count(*) FROM meta WHERE length(epoch) = 36 AND "
     "length(hash_key) = 16) != 1"},
    {"事件序号有缺口", "a gap in the ledger's events",
     "SELECT 'seq ' || seq || ' after ' || before FROM (SELECT seq, "
     "lag(seq, 1, 0) OVER (ORDER BY seq) AS before FROM events) WHERE seq != before + 1"},
    {"记下的末号与事件不符", "the head that is kept is not that of the events",
     "SELECT 'head ' || head || ', last event ' || (SELECT coalesce(max(seq), 0) FROM events) "
     "FROM meta WHERE head != (SELECT coalesce(max(seq), 0) FROM events)"},
    {"PUB 的位置超过末号", "the PUB cursor is past the head",
     "SELECT 'published ' || published || ', head ' || head FROM meta WHERE published > head"},
    {"条目的计数不符", "the count of items is wrong",
     "SELECT 'kept ' || items || ', there ' || (SELECT count(*) FROM items) FROM meta "
     "WHERE items - forgotten != (SELECT count(*) FROM items)"},
    {"关切的计数不符", "the counts of concerns are wrong",
     "SELECT 'kept ' || m.concerns || ' ' || m.open || ' ' || m.overdue || ', there ' || t.n || "
     "' ' || t.o || ' ' || t.d FROM meta m, (SELECT count(*) AS n, "
     "coalesce(sum(state != 2), 0) AS o, coalesce(sum(overdue), 0) AS d FROM concerns) t "
     "WHERE m.concerns != t.n OR m.open != t.o OR m.overdue != t.d"},
    {"答复的计数不符", "the counts of answers are wrong",
     "SELECT 'kept ' || (answers_full + answers_summary + answers_withheld) FROM meta WHERE "
     "answers_full + answers_summary + answers_withheld != "
     "(SELECT count(*) FROM events WHERE type = 7 AND act = 3)"},
    {"重开的计数不符", "the counts of reopenings are wrong",
     "SELECT 'kept ' || (reopened_hand + reopened_survey + reopened_posts) FROM meta WHERE "
     "reopened_hand + reopened_survey + reopened_posts != "
     "(SELECT count(*) FROM events WHERE type = 37)"},
    {"更正申请所属的关切不存在", "a request for correction of no concern",
     "SELECT 'correction of c' || concern FROM corrections "
     "WHERE concern != 0 AND concern NOT IN (SELECT id FROM concerns)"},
    {"更正申请的总数不符", "the sums of requests for correction",
     "SELECT 'sums' FROM (SELECT sum(waiting) w, sum(granted) g, sum(refused) r FROM corrections "
     "WHERE concern != 0) s JOIN corrections c ON c.concern = 0 "
     "WHERE c.waiting != coalesce(s.w, 0) OR c.granted != coalesce(s.g, 0) OR "
     "c.refused != coalesce(s.r, 0)"},
    {"回访所属的关切不存在", "a survey of no concern",
     "SELECT 'survey of c' || concern FROM surveys WHERE concern NOT IN (SELECT id FROM concerns)"},
    {"关切的超期标记与其时钟不符", "a concern's mark of being overdue is not that of its clocks",
     "SELECT 'c' || id FROM concerns WHERE overdue != EXISTS (SELECT 1 FROM clocks WHERE "
     "concern = concerns.id AND stage = 3 AND met = 0 AND (state != 2 OR act = 6))"},
    {"时钟不属于任何关切", "a clock of no concern",
     "SELECT 'concern ' || concern || ' clock ' || idx FROM clocks "
     "WHERE concern NOT IN (SELECT id FROM concerns)"},
    {"关切的时钟不连号", "a concern's clocks have a gap",
     "SELECT 'c' || concern FROM clocks GROUP BY concern HAVING max(idx) + 1 != count(*)"},
    {"关切与其最后的事件不符", "a concern is not what its last event says",
     "SELECT 'c' || c.id || ' seq ' || e.seq FROM concerns c JOIN events e ON e.seq = "
     "(SELECT max(seq) FROM events WHERE concern = c.id) WHERE e.topic != c.topic OR "
     "e.unit != c.unit OR e.region != c.region"},
    {"接收位置超过该单位的末号", "a receiver's cursor is past its unit's head",
     "SELECT c.unit || ' ' || c.receiver || ' ' || c.unitseq FROM cursors c "
     "LEFT JOIN units u ON u.unit = c.unit WHERE c.unitseq > coalesce(u.head, 0)"},
    {"命令所指的事件不存在", "a command's event is past the head",
     "SELECT 'command at ' || at || ' seq ' || seq FROM commands "
     "WHERE seq > (SELECT head FROM meta)"},
    {"条目所属的关切不存在", "an item's concern does not exist",
     "SELECT 'item ' || id || ' c' || concern FROM items WHERE concern != 0 AND "
     "concern NOT IN (SELECT id FROM concerns)"},
    {"条目的文字不在", "an item's words are not there",
     "SELECT 'item ' || id || ' words ' || words FROM items WHERE words IS NOT NULL AND "
     "NOT EXISTS (SELECT 1 FROM texts_short s WHERE s.id = words AND typeof(s.text) != 'blob') "
     "AND NOT EXISTS (SELECT 1 FROM texts_long l WHERE l.id = -words AND "
     "typeof(l.text) != 'blob')"},
    {"两个条目用同一段文字", "two items have the same words",
     "SELECT 'words ' || words FROM items WHERE words IS NOT NULL GROUP BY words "
     "HAVING count(*) > 1"},
    {"留有不属于任何条目的文字", "words are left of no item", WORDS("texts_short", "")},
    {"留有不属于任何条目的文字", "words are left of no item", WORDS("texts_long", "-")},
    {"别名所指的条目不存在", "an alias of no item",
     "SELECT 'alias of item ' || item FROM aliases WHERE item NOT IN (SELECT id FROM items) "
     "AND (SELECT forgotten = 0 OR item > items FROM meta)"},
    {"待读的页面不属于任何条目", "a page of no item",
     "SELECT 'page ' || lower(hex(ident)) FROM pages "
     "WHERE ident NOT IN (SELECT ident FROM items)"},
    {"评定所指的条目不存在", "a mark of no item",
     "SELECT 'mark ' || lower(hex(ident)) || ' ' || aspect FROM marks "
     "WHERE ident NOT IN (SELECT ident FROM items)"},
    {"协办单位与其关切不符", "an assisting unit's row is not its concern's",
     "SELECT 'c' || p.concern || ' ' || p.unit FROM parties p LEFT JOIN concerns c "
     "ON c.id = p.concern WHERE c.id IS NULL OR p.due != c.due OR p.unit = c.unit OR "
     "p.open != (c.state != 2)"},
    {"答复所属的关切不存在", "a reply of no concern",
     "SELECT 'reply of c' || concern FROM reply_pages "
     "WHERE concern NOT IN (SELECT id FROM concerns)"},
    {"令牌所属的账号不存在或已停用", "a token of no account, or of a disabled one",
     "SELECT 'token of ' || account FROM tokens "
     "WHERE account NOT IN (SELECT name FROM accounts WHERE disabled = 0)"},
    {"账号的职责与单位不符", "an account's role and unit do not fit",
     "SELECT 'account ' || name FROM accounts WHERE (role = 1) != (unit != '')"},
    {"刊登的答复所属的事件或关切不存在", "a published reply of no event or concern",
     "SELECT 'publication ' || seq FROM publications WHERE seq NOT IN (SELECT seq FROM events) OR "
     "concern NOT IN (SELECT id FROM concerns)"},
    {"答复的版次重复或不连号", "editions of a reply have a gap",
     "SELECT 'c' || concern || ' round ' || round FROM publications WHERE edition > 0 "
     "GROUP BY concern, round HAVING max(edition) != count(*) OR "
     "count(DISTINCT edition) != count(*)"},
    {"留有不应在的答复文字", "words are left of no reply, or of one that was replaced",
     "SELECT 'text ' || t.seq FROM publication_texts t LEFT JOIN publications p ON p.seq = t.seq "
     "WHERE typeof(t.text) = 'text' AND (p.seq IS NULL OR EXISTS (SELECT 1 FROM publications n "
     "WHERE p.edition > 0 AND n.concern = p.concern AND n.round = p.round AND "
     "n.edition > p.edition))"},
    {"说明所属的事件不存在", "a note of no event",
     "SELECT 'note ' || seq FROM notes WHERE seq NOT IN (SELECT seq FROM events)"},
};

enum { PROMISES = sizeof promises / sizeof *promises };

void audit_begin(struct audit *a)
{
    a->told = 0;
}

void audit_tell(struct audit *a, const char *zh, const char *en, const char *format, ...)
{
    char row[AUDIT_ROW];
    va_list args;

    a->result->findings++;
    if (a->told++ >= TOLD_MAX)
        return;
    va_start(args, format);
    vsnprintf(row, sizeof row, format, args);
    va_end(args);
    a->watch->found(a->watch->arg, &(struct audit_finding){zh, en, row});
}

int audit_failure(const struct audit *a)
{
    switch (sqlite3_errcode(a->db)) {
    case SQLITE_NOMEM: return ERR_NOMEM;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_ERROR: return ERR_CORRUPT; /* a table is not there */
    default: return ERR_IO;
    }
}

sqlite3_stmt *audit_prepare(struct audit *a, const char *sql, int *err)
{
    sqlite3_stmt *statement = NULL;

    *err = sqlite3_prepare_v2(a->db, sql, -1, &statement, NULL) == SQLITE_OK ? 0 : audit_failure(a);
    return statement;
}

static const char *text_of(sqlite3_stmt *statement)
{
    const char *text = (const char *)sqlite3_column_text(statement, 0);

    return text ? text : "?";
}

/* SQLite's own structure. Its words name tables and pages, no content. */
static int look_at_structure(struct audit *a)
{
    int err, rc = SQLITE_DONE;
    sqlite3_stmt *statement = audit_prepare(a, "PRAGMA integrity_check(20)", &err);

    audit_begin(a);
    while (!err && (rc = sqlite3_step(statement)) == SQLITE_ROW)
        if (strcmp(text_of(statement), "ok") != 0)
            audit_tell(a, "文件结构损坏", "the file's structure is damaged", "%s",
                       text_of(statement));
    if (!err && rc != SQLITE_DONE)
        err = audit_failure(a);
    sqlite3_finalize(statement);
    return err;
}

static int look_at(struct audit *a, const struct promise *promise)
{
    int err, rc = SQLITE_DONE;
    sqlite3_stmt *statement = audit_prepare(a, promise->sql, &err);

    audit_begin(a);
    while (!err && (rc = sqlite3_step(statement)) == SQLITE_ROW)
        audit_tell(a, promise->zh, promise->en, "%s", text_of(statement));
    if (!err && rc != SQLITE_DONE)
        err = audit_failure(a);
    sqlite3_finalize(statement);
    return err;
}

static int ask(struct audit *a, const char *sql, int64_t *out)
{
    int err;
    sqlite3_stmt *statement = audit_prepare(a, sql, &err);

    if (!err && sqlite3_step(statement) == SQLITE_ROW)
        *out = sqlite3_column_int64(statement, 0);
    else if (!err)
        err = audit_failure(a);
    sqlite3_finalize(statement);
    return err;
}

static int look_whose(struct audit *a)
{
    int64_t application = 0, version = 0;
    int err = ask(a, "PRAGMA application_id", &application);

    if (!err)
        err = ask(a, "PRAGMA user_version", &version);
    if (err)
        return err;
    if (application != MIGRATE_APPLICATION || version < 1)
        return ERR_CORRUPT;
    a->result->older = version < migrate_steps[migrate_count - 1].version;
    return version > migrate_steps[migrate_count - 1].version ? ERR_STALE : 0;
}

static int count(struct audit *a)
{
    struct {
        const char *sql;
        uint64_t *out;
    } const counts[] = {
        {"SELECT count(*) FROM units", &a->result->units},
        {"SELECT count(*) FROM concerns", &a->result->concerns},
        {"SELECT count(*) FROM items", &a->result->items},
        {"SELECT count(*) FROM items WHERE words IS NOT NULL", &a->result->texts},
    };
    int err = 0;

    for (size_t i = 0; i < sizeof counts / sizeof *counts && !err; i++) {
        int64_t value = 0;
        err = ask(a, counts[i].sql, &value);
        *counts[i].out = (uint64_t)value;
    }
    return err;
}

static void tell_step(struct audit *a, size_t done)
{
    if (a->watch->step)
        a->watch->step(a->watch->arg, done, PROMISES + 2);
}

static int look(struct audit *a)
{
    int err = look_whose(a);

    if (!err)
        err = look_at_structure(a);
    tell_step(a, 1);
    if (err || a->result->older)
        return err;
    err = audit_events(a);
    if (!err)
        err = audit_trail(a);
    for (size_t i = 0; i < PROMISES && !err; i++) {
        tell_step(a, i + 2);
        err = look_at(a, &promises[i]);
    }
    if (!err)
        err = count(a);
    tell_step(a, PROMISES + 2);
    return err;
}

/* A file on a medium that cannot be written has no room for the WAL's index; without a WAL beside
 * it nobody is writing to it either. */
static int open_file(const char *path, sqlite3 **db)
{
    int rc = sqlite3_open_v2(path, db, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, NULL);
    char *wal = NULL, *fixed;

    if (rc == SQLITE_OK)
        rc = sqlite3_exec(*db, "SELECT 1 FROM sqlite_schema", NULL, NULL, NULL);
    if ((rc & 0xff) != SQLITE_CANTOPEN && (rc & 0xff) != SQLITE_READONLY)
        return rc;
    fixed = sqlite3_mprintf("file:%s?immutable=1", path);
    if (asprintf(&wal, "%s-wal", path) >= 0 && access(wal, F_OK) && fixed &&
        !strpbrk(path, "?#%")) {
        sqlite3_close(*db);
        rc = sqlite3_open_v2(fixed, db, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX |
                             SQLITE_OPEN_URI, NULL);
    }
    sqlite3_free(fixed);
    free(wal);
    return rc;
}

int audit_file(const char *path, const struct audit_watch *watch, struct audit_result *result)
{
    struct audit a = {.watch = watch, .result = result};
    int err = 0;

    *result = (struct audit_result){0};
    if (access(path, F_OK))
        return ERR_NOTFOUND;
    if (open_file(path, &a.db) != SQLITE_OK)
        err = a.db ? audit_failure(&a) : ERR_NOMEM;
    if (!err) {
        sqlite3_busy_timeout(a.db, BUSY_MS);
        sqlite3_exec(a.db, "PRAGMA trusted_schema = OFF; PRAGMA temp_store = MEMORY; "
                           "PRAGMA query_only = ON; BEGIN", NULL, NULL, NULL);
        err = look(&a);
    }
    sqlite3_close(a.db);
    return err;
}
