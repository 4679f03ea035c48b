/* The index file and its one writer. */
#define _GNU_SOURCE
#include "store/search/search.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "base/log.h"
#include "store/search/search_state.h"

enum {
    APPLICATION = 0x68797373, /* "hyss" */
    VERSION = 1,              /* of the file, of grams and of folding */
    MERGED = 8,               /* segments of one level that become one */
    BUSY_MS = 1000
};
#define PURGE_EVERY (3600 * INT64_C(1000)) /* as the store drops texts */
#define SQL_VERSION "1"
#define SQL_APPLICATION "1752789875"
_Static_assert(APPLICATION == 1752789875 && VERSION == 1, "the same in SQL");

static const char schema[] = "PRAGMA application_id = " SQL_APPLICATION ";\n"
                             "PRAGMA user_version = " SQL_VERSION ";\n"
                             "CREATE TABLE meta (\n"
                             "    one    INTEGER PRIMARY KEY CHECK (one = 1),\n"
                             "    epoch  TEXT NOT NULL, -- of the store\n"
                             "    item   INTEGER NOT NULL DEFAULT 0,\n"
                             "    change INTEGER NOT NULL DEFAULT 0\n"
                             ") STRICT;\n";

static int run(sqlite3 *db, const char *sql)
{
    return sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK ? 0 : segment_failure(db);
}

static int ask(sqlite3 *db, const char *sql, int64_t *out)
{
    sqlite3_stmt *statement = NULL;
    int err = 0;

    if (sqlite3_prepare_v2(db, sql, -1, &statement, NULL) == SQLITE_OK &&
        sqlite3_step(statement) == SQLITE_ROW)
        *out = sqlite3_column_int64(statement, 0);
    else
        err = segment_failure(db);
    sqlite3_finalize(statement);
    return err;
}

int search_identify(sqlite3 *db, const char *epoch, struct store_tail *tail)
{
    sqlite3_stmt *statement = NULL;
    int64_t application = 0, version = 0;
    int err = ask(db, "PRAGMA application_id", &application);

    if (!err)
        err = ask(db, "PRAGMA user_version", &version);
    if (!err && (application != APPLICATION || version != VERSION))
        return ERR_STALE;
    if (!err && (sqlite3_prepare_v2(db, "SELECT epoch, item, change FROM meta", -1, &statement,
                                    NULL) != SQLITE_OK ||
                 sqlite3_step(statement) != SQLITE_ROW))
        err = sqlite3_errcode(db) == SQLITE_DONE ? ERR_CORRUPT : segment_failure(db);
    if (!err) {
        const char *of = (const char *)sqlite3_column_text(statement, 0);
        err = of && strcmp(of, epoch) == 0 ? 0 : ERR_STALE;
        tail->item = (uint64_t)sqlite3_column_int64(statement, 1);
        tail->change = (uint64_t)sqlite3_column_int64(statement, 2);
    }
    sqlite3_finalize(statement);
    return err;
}

static void forget(struct search *x)
{
    sqlite3_close(x->db);
    free(x->segments);
    x->db = NULL;
    x->segments = NULL;
    x->count = 0;
    x->tail = (struct store_tail){0};
    x->purged = 0;
}

static int connect(struct search *x)
{
    struct stat st;

    if (stat(x->path, &st) == 0 && (st.st_mode & 077) && chmod(x->path, st.st_mode & 0700))
        return ERR_IO;
    if (sqlite3_open_v2(x->path, &x->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL) !=
        SQLITE_OK)
        return x->db ? segment_failure(x->db) : ERR_NOMEM;
    sqlite3_busy_timeout(x->db, BUSY_MS);
    /* NORMAL: a crash may cost the last passes, which are done again, never the file's sense. */
    return run(x->db, "PRAGMA trusted_schema = OFF; PRAGMA temp_store = MEMORY; "
                      "PRAGMA secure_delete = ON; PRAGMA synchronous = NORMAL; "
                      "PRAGMA cache_size = -16384; PRAGMA journal_mode = WAL");
}

static int list_segments(struct search *x)
{
    struct segment *list;
    int n = segment_list(x->db, &list);

    if (n < 0)
        return n;
    free(x->segments);
    x->segments = list;
    x->count = n;
    return 0;
}

static int make(struct search *x)
{
    char *sql = NULL;
    int fd = open(x->path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

    if (fd < 0 || close(fd))
        return ERR_IO;
    int err = connect(x);
    if (!err && asprintf(&sql, "BEGIN;\n%s%sINSERT INTO meta (one, epoch) VALUES (1, '%s');\n"
                               "COMMIT", schema, segment_schema, store_epoch(x->store)) < 0)
        return ERR_NOMEM;
    if (!err)
        err = run(x->db, sql);
    free(sql);
    return err;
}

static int remove_files(const char *path)
{
    static const char *const ends[] = {"", "-wal", "-shm", "-journal"};
    char *name;
    int err = 0;

    for (size_t i = 0; i < sizeof ends / sizeof *ends && !err; i++) {
        if (asprintf(&name, "%s%s", path, ends[i]) < 0)
            return ERR_NOMEM;
        if (unlink(name) && errno != ENOENT)
            err = ERR_IO;
        free(name);
    }
    return err;
}

int search_remake(struct search *x, const char *reason)
{
    log_warn("search.rebuild", "reason=%s", reason);
    forget(x);
    int err = remove_files(x->path);
    if (!err)
        err = make(x);
    if (err)
        log_error("search.rebuild", "err=%s", err_name(err));
    return err;
}

static const char *why_remake(int err)
{
    return err == ERR_STALE ? "version" : "damaged";
}

int search_open(const char *path, struct store *store, struct search **out)
{
    struct search *x = calloc(1, sizeof *x);
    int err;

    *out = NULL;
    if (!x || !(x->path = strdup(path))) {
        free(x);
        return ERR_NOMEM;
    }
    x->store = store;
    if (access(path, F_OK)) {
        err = search_remake(x, "missing");
    } else {
        err = connect(x);
        if (!err)
            err = search_identify(x->db, store_epoch(store), &x->tail);
        if (!err)
            err = list_segments(x);
        if (err == ERR_STALE || err == ERR_CORRUPT)
            err = search_remake(x, why_remake(err));
    }
    if (err) {
        log_error("search.open", "err=%s", err_name(err));
        search_close(x);
        return err;
    }
    x->residue = true; /* of a process that was killed */
    *out = x;
    return 0;
}

void search_close(struct search *x)
{
    if (!x)
        return;
    forget(x);
    free(x->path);
    free(x);
}

static bool holds_dead(const struct segment *s, const struct segment_doc *docs,
                       const struct search_intake *in)
{
    for (size_t i = 0, k = 0; i < in->ndead && k < s->count;) {
        if (in->dead[i] == docs[k].number)
            return true;
        if (in->dead[i] < docs[k].number)
            i++;
        else
            k++;
    }
    return false;
}

/* Must it be written again? 1, 0, or negative err. */
static int is_stained(struct search *x, const struct segment *s, const struct search_intake *in,
                      bool purge, int64_t now)
{
    struct segment_doc *docs;

    if (purge && s->soonest <= now)
        return 1;
    if (!in->ndead || in->dead[in->ndead - 1] < s->first || in->dead[0] > s->last)
        return 0;
    int err = segment_docs(x->db, s, &docs);
    if (err)
        return err;
    int stained = holds_dead(s, docs, in);
    free(docs);
    return stained;
}

static int clean(struct search *x, const struct search_intake *in, bool purge, int64_t now,
                 int64_t *next_id)
{
    int err = 0;

    for (int i = 0; i < x->count && !err; i++) {
        const struct segment *s = &x->segments[i];
        int stained = is_stained(x, s, in, purge, now);
        err = stained < 0 ? stained : 0;
        if (stained > 0) {
            err = search_merge(x, &s, 1, in, now, next_id);
            x->residue = true;
        }
    }
    return err ? err : list_segments(x);
}

/* Make one of MERGED segments of a level and kind: 1 when there were so many, 0, or an error. */
static int merge_some(struct search *x, int64_t now, int64_t *next_id)
{
    static const struct search_intake nobody;
    const struct segment *list[MERGED];

    for (int level = 0; level < SEGMENT_LEVELS - 1; level++)
        for (int brief = 0; brief < 2; brief++) {
            size_t n = 0;
            for (int i = x->count - 1; i >= 0 && n < MERGED; i--) /* the oldest first */
                if (x->segments[i].brief == brief && segment_level(&x->segments[i]) == level)
                    list[n++] = &x->segments[i];
            if (n < MERGED)
                continue;
            int err = search_merge(x, list, n, &nobody, now, next_id);
            return err ? err : 1;
        }
    return 0;
}

static int save_tail(struct search *x, const struct store_tail *tail)
{
    char sql[128];

    snprintf(sql, sizeof sql, "UPDATE meta SET item = %llu, change = %llu",
             (unsigned long long)tail->item, (unsigned long long)tail->change);
    return run(x->db, sql);
}

/* The WAL still holds what was dropped; a reader in the way keeps it there until the next pass. */
static void cut_wal(struct search *x)
{
    if (sqlite3_wal_checkpoint_v2(x->db, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL) == SQLITE_OK)
        x->residue = false;
}

static int change(struct search *x, struct search_intake *in, const struct store_tail *tail,
                  bool purge, int64_t now)
{
    int64_t next_id = 1;
    int more = 1;
    int err = ask(x->db, "SELECT coalesce(max(id), 0) + 1 FROM segments", &next_id);

    if (!err)
        err = clean(x, in, purge, now, &next_id);
    if (!err && in->n)
        err = search_add(x, in, now, &next_id);
    while (!err && more) {
        err = list_segments(x);
        more = err ? 0 : merge_some(x, now, &next_id);
        err = more < 0 ? more : err;
    }
    return err ? err : save_tail(x, tail);
}

int search_follow(struct search *x, int64_t now)
{
    struct search_intake in;
    struct store_tail tail = x->tail;
    bool purge = search_expires(x) <= now &&
                 (now >= x->purged + PURGE_EVERY || now < x->purged - PURGE_EVERY);
    int n = search_read(x, &tail, &in);

    if (n > 0 || (n == 0 && purge)) {
        int err = run(x->db, "BEGIN IMMEDIATE");
        if (!err)
            err = change(x, &in, &tail, purge, now);
        if (!err)
            err = run(x->db, "COMMIT");
        if (!sqlite3_get_autocommit(x->db))
            run(x->db, "ROLLBACK");
        if (err) {
            int again = list_segments(x);
            n = err != ERR_CORRUPT && again ? again : err;
        } else {
            x->tail = tail;
            x->purged = purge ? now : x->purged;
        }
    }
    search_intake_free(&in);
    if (n >= 0 && x->residue)
        cut_wal(x);
    return n;
}

int64_t search_expires(const struct search *x)
{
    int64_t soonest = INT64_MAX;

    for (int i = 0; i < x->count; i++)
        soonest = x->segments[i].soonest < soonest ? x->segments[i].soonest : soonest;
    return soonest;
}

int search_check(struct search *x)
{
    int err = 0;

    for (int i = 0; i < x->count && !err; i++) {
        struct segment_doc *docs = NULL;
        struct segment_reader r;
        int more = 1;
        err = segment_docs(x->db, &x->segments[i], &docs);
        free(docs);
        if (err)
            break;
        err = segment_open(&r, x->db, &x->segments[i]);
        while (!err && more) {
            more = segment_next(&r);
            err = more < 0 ? more : 0;
        }
        segment_close(&r);
    }
    return err;
}
