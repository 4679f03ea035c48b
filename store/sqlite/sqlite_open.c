#define _GNU_SOURCE
#include "store/sqlite/sqlite.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/file.h"
#include "base/log.h"
#include "store/sqlite/migrate.h"
#include "store/sqlite/sqlite_wal.h"

enum {
    CHECK_BUDGET_MS = 200, /* of looking for damage after a crash */
    CHECK_STEPS = 20000,   /* SQLite steps between two looks at the clock */
    BUSY_MS = 2000
};

#define CACHE_KIB "32768"

static struct sqlite *make(const char *path)
{
    struct sqlite *q = calloc(1, sizeof *q);

    if (!q)
        return NULL;
    q->base.backend = &sqlite_backend;
    q->lock = -1;
    q->path = strdup(path);
    if (!q->path) {
        free(q);
        return NULL;
    }
    return q;
}

static void destroy(struct sqlite *q)
{
    for (size_t i = 0; i < SQL_COUNT; i++)
        sqlite3_finalize(q->kept[i]);
    for (size_t i = 0; i < SQLITE_PLANS; i++)
        sqlite3_finalize(q->plans[i]);
    sqlite3_close(q->db);
    if (q->lock >= 0)
        close(q->lock);
    buf_free(&q->scratch);
    buf_free(&q->aliases);
    free(q->path);
    free(q);
}

void sqlite_close_store(struct store *s)
{
    struct sqlite *q = (struct sqlite *)s;

    if (q->dirty)
        sqlite_do(q, SQL_SET_CLEAN);
    destroy(q);
}

/* The lock is a file of its own: closing any descriptor of the database would drop the locks that
 * SQLite holds on it in this process. */
static int take_lock(struct sqlite *q)
{
    char *name = NULL, *folder = strdup(q->path);
    int err = folder ? file_make_dirs(dirname(folder)) : ERR_NOMEM;

    free(folder);
    if (err)
        return err;
    if (asprintf(&name, "%s.lock", q->path) < 0)
        return ERR_NOMEM;
    err = file_lock(name, &q->lock);
    free(name);
    return err;
}

static int create(const char *path)
{
    int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

    if (fd < 0)
        return errno == EEXIST ? 0 : ERR_IO;
    return close(fd) ? ERR_IO : 0;
}

/* WAL and index take the mode that the database file has. */
static int make_private(const char *path)
{
    struct stat st;

    if (stat(path, &st))
        return ERR_IO;
    return (st.st_mode & 077) && chmod(path, st.st_mode & 0700) ? ERR_IO : 0;
}

static int set(struct sqlite *q, const char *pragmas)
{
    int rc = sqlite3_exec(q->db, pragmas, NULL, NULL, NULL);

    return rc == SQLITE_OK ? 0 : sqlite_failure(q, rc);
}

static int keep_first(void *arg, int columns, char **values, char **names)
{
    (void)names;
    snprintf(arg, 64, "%s", columns && values[0] ? values[0] : "");
    return 0;
}

static int set_wal(struct sqlite *q)
{
    char mode[64] = "";
    int rc = sqlite3_exec(q->db, "PRAGMA journal_mode = WAL", keep_first, mode, NULL);

    if (rc != SQLITE_OK)
        return sqlite_failure(q, rc);
    return strcmp(mode, "wal") == 0 ? 0 : ERR_IO; /* a file system without shared memory */
}

static int load_identity(struct sqlite *q, bool *clean)
{
    sqlite3_stmt *statement = NULL;
    int err = ERR_CORRUPT;
    struct row row;

    if (sqlite3_prepare_v2(q->db, "SELECT epoch, hash_key, clean FROM meta", -1, &statement,
                           NULL) == SQLITE_OK &&
        sqlite3_step(statement) == SQLITE_ROW) {
        row = (struct row){.statement = statement};
        row_text(&row, q->base.epoch, sizeof q->base.epoch);
        struct str key = row_str(&row);
        *clean = row_int(&row) != 0;
        if (!row.bad && key.n == HASH_KEY && q->base.epoch[0]) {
            memcpy(q->base.hash_key, key.p, key.n);
            err = 0;
        }
    }
    sqlite3_finalize(statement);
    return err;
}

/* A file that has its schema but no identity yet is new. */
static int ensure_identity(struct sqlite *q)
{
    sqlite3_stmt *statement = NULL;
    struct row_binder b;
    int rc;

    backend_new_identity(&q->base);
    rc = sqlite3_prepare_v2(q->db, "INSERT OR IGNORE INTO meta (one, epoch, hash_key) "
                                   "VALUES (1, ?, ?)", -1, &statement, NULL);
    if (rc == SQLITE_OK) {
        b = (struct row_binder){.statement = statement};
        row_put_text(&b, q->base.epoch);
        row_put_blob(&b, q->base.hash_key, HASH_KEY);
        rc = b.rc ? b.rc : sqlite3_step(statement);
    }
    sqlite3_finalize(statement);
    return rc == SQLITE_DONE ? 0 : sqlite_failure(q, rc);
}

static int past_deadline(void *arg)
{
    return clock_mono() > *(int64_t *)arg;
}

/* What cannot be fetched again comes first. Running out of time is no fault. */
static int look_for_damage(struct sqlite *q)
{
    static const char *const tables[] = {"meta",     "units",  "concerns", "clocks", "cursors",
                                         "commands", "notes",  "publications", "surveys",
                                         "corrections", "shared", "publication_texts", "outbox",
                                         "events",   "items",  "parties", "texts_long"};
    int64_t deadline = clock_mono() + CHECK_BUDGET_MS;
    char sql[64], verdict[64];
    int err = 0;

    sqlite3_progress_handler(q->db, CHECK_STEPS, past_deadline, &deadline);
    for (size_t i = 0; i < sizeof tables / sizeof tables[0] && !err; i++) {
        snprintf(sql, sizeof sql, "PRAGMA quick_check(%s)", tables[i]);
        snprintf(verdict, sizeof verdict, "none");
        int rc = sqlite3_exec(q->db, sql, keep_first, verdict, NULL);
        if (rc == SQLITE_INTERRUPT)
            break;
        if (rc == SQLITE_OK && strcmp(verdict, "ok") == 0)
            continue;
        log_error("store.damaged", "table=%s code=%d", tables[i], rc);
        err = ERR_CORRUPT;
    }
    sqlite3_progress_handler(q->db, 0, NULL, NULL);
    return err;
}

/* The tally and the ledger must agree on where the ledger ends. */
static int compare_head(struct sqlite *q)
{
    char last[64] = "";
    long long seq = 0;
    int rc = sqlite3_exec(q->db, "SELECT coalesce(max(seq), 0) FROM events", keep_first, last,
                          NULL);

    if (rc != SQLITE_OK)
        return sqlite_failure(q, rc);
    if (str_int(str_from(last), 0, INT64_MAX, &seq) || (uint64_t)seq != q->tally.head)
        return ERR_CORRUPT;
    return 0;
}

static int note_wal(void *arg, sqlite3 *db, const char *name, int pages)
{
    (void)db;
    (void)name;
    ((struct sqlite *)arg)->wal_pages = pages;
    return SQLITE_OK;
}

static int prepare_writer(struct sqlite *q)
{
    bool clean = true;
    int err;

    sqlite3_busy_timeout(q->db, BUSY_MS);
    err = set(q, "PRAGMA trusted_schema = OFF; PRAGMA temp_store = MEMORY; "
                 "PRAGMA secure_delete = ON; PRAGMA synchronous = FULL; "
                 "PRAGMA cache_size = -" CACHE_KIB);
    /* Before anything is written: a file of somebody else's stays as it is. */
    if (!err)
        err = migrate_run(q->db, migrate_steps, migrate_count);
    if (!err)
        err = make_private(q->path);
    if (!err)
        err = set_wal(q);
    if (!err)
        err = set(q, "PRAGMA wal_autocheckpoint = 0");
    if (!err)
        err = ensure_identity(q);
    if (!err)
        err = load_identity(q, &clean);
    if (!err)
        err = sqlite_read_tally(q, &q->tally);
    if (!err)
        err = compare_head(q);
    if (!err && !clean)
        err = look_for_damage(q);
    if (err)
        return err;
    q->residue = !clean;
    sqlite3_wal_hook(q->db, note_wal, q);
    return 0;
}

/* SQLite's count of the memory it uses takes a lock at each allocation. Too late, and no matter,
 * when somebody in the process has used SQLite before. */
static void stop_counting(void)
{
    sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

int sqlite_open(const char *path, struct store **out)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    struct sqlite *q = make(path);
    int err;

    if (!q)
        return ERR_NOMEM;
    pthread_once(&once, stop_counting);
    q->base.writer = true;
    err = take_lock(q);
    if (!err)
        err = create(path);
    if (!err && sqlite3_open_v2(path, &q->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX,
                                sqlite_wal_vfs()) != SQLITE_OK)
        err = q->db ? sqlite_failure(q, sqlite3_errcode(q->db)) : ERR_NOMEM;
    if (!err)
        err = prepare_writer(q);
    if (err) {
        log_error("store.open", "err=%s", err_name(err));
        destroy(q);
        return err;
    }
    *out = &q->base;
    return 0;
}

int sqlite_open_reader(struct store *writer, struct store **out)
{
    struct sqlite *q = make(((struct sqlite *)writer)->path);
    int err = 0;

    if (!q)
        return ERR_NOMEM;
    memcpy(q->base.epoch, writer->epoch, sizeof q->base.epoch);
    memcpy(q->base.hash_key, writer->hash_key, sizeof q->base.hash_key);
    if (sqlite3_open_v2(q->path, &q->db, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, NULL) !=
        SQLITE_OK)
        err = q->db ? sqlite_failure(q, sqlite3_errcode(q->db)) : ERR_NOMEM;
    if (!err) {
        sqlite3_busy_timeout(q->db, BUSY_MS);
        err = set(q, "PRAGMA trusted_schema = OFF; PRAGMA temp_store = MEMORY; "
                     "PRAGMA query_only = ON");
    }
    if (err) {
        destroy(q);
        return err;
    }
    *out = &q->base;
    return 0;
}
