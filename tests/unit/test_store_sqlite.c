/* What the SQLite backend promises of its file; a little longer than others for the same reason as
 * test_contract_*.c. */
#define _GNU_SOURCE
#include "tests/unit/unit.h"

#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/file.h"
#include "store/sqlite/migrate.h"
#include "store/sqlite/sqlite.h"
#include "tests/helpers/fault_vfs.h"
#include "tests/unit/store_samples.h"

struct fixture {
    char *folder, *path, *address;
};

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);

    f->folder = samples_folder();
    *state = f;
    return asprintf(&f->address, "sqlite:%s/ledger.db", f->folder) < 0 ||
           !(f->path = strdup(f->address + strlen("sqlite:")));
}

static int tear_down(void **state)
{
    struct fixture *f = *state;

    samples_remove(f->folder);
    free(f->folder);
    free(f->address);
    free(f->path);
    free(f);
    return 0;
}

static struct store *open_it(struct fixture *f)
{
    struct store *s;

    assert_int_equal(store_open(f->address, &s), 0);
    return s;
}

/* Run SQL on the closed file, past the store; the first value as an integer. */
static int64_t sql(struct fixture *f, const char *text)
{
    sqlite3 *db;
    sqlite3_stmt *st;
    int64_t value = 0;

    assert_int_equal(sqlite3_open(f->path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db, text, -1, &st, NULL), SQLITE_OK);
    if (sqlite3_step(st) == SQLITE_ROW)
        value = sqlite3_column_int64(st, 0);
    assert_int_equal(sqlite3_finalize(st), SQLITE_OK);
    sqlite3_close(db);
    return value;
}

static bool in_file(const char *path, const char *suffix, const char *needle)
{
    struct buf raw = BUF_INIT;
    char *name;

    assert_true(asprintf(&name, "%s%s", path, suffix) > 0);
    int err = file_read(name, SIZE_MAX >> 1, &raw);
    assert_true(err == 0 || err == ERR_NOTFOUND);
    bool found = str_find(buf_str(&raw), str_from(needle), 0) != (size_t)-1;
    buf_free(&raw);
    free(name);
    return found;
}

static void file_is_private_and_ours(void **state)
{
    struct fixture *f = *state;
    struct store *s = open_it(f), *second;
    struct stat st;
    char name[512], epoch[STORE_EPOCH];
    struct event e = samples_event(1, 1);

    assert_int_equal(store_commit(s, &(struct store_batch){.events = &e, .nevents = 1}), 0);
    static const char *const suffixes[] = {"", "-wal", "-shm", ".lock"};
    for (size_t i = 0; i < 4; i++) {
        snprintf(name, sizeof name, "%s%s", f->path, suffixes[i]);
        assert_int_equal(stat(name, &st), 0);
        assert_int_equal(st.st_mode & 0777, 0600);
    }
    assert_int_equal(store_open(f->address, &second), ERR_REFUSED);
    snprintf(epoch, sizeof epoch, "%s", store_epoch(s));
    store_close(s);
    assert_int_equal(sql(f, "PRAGMA application_id"), MIGRATE_APPLICATION);
    assert_int_equal(sql(f, "PRAGMA user_version"), migrate_steps[migrate_count - 1].version);
    assert_int_equal(sql(f, "SELECT clean FROM meta"), 1);
    assert_int_equal(chmod(f->path, 0644), 0);
    s = open_it(f);
    assert_string_equal(store_epoch(s), epoch);
    assert_int_equal(store_head(s), 1);
    assert_int_equal(stat(f->path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    store_close(s);
}

static void foreign_files_stay_untouched(void **state)
{
    struct fixture *f = *state;
    struct store *s;

    assert_int_equal(file_replace(f->path, STR("<rss>this is a feed, not a database</rss>"), 0644),
                     0);
    assert_int_equal(store_open(f->address, &s), ERR_CORRUPT);
    assert_true(in_file(f->path, "", "not a database</rss>"));
    unlink(f->path);
    sql(f, "CREATE TABLE recipes (name)");
    assert_int_equal(store_open(f->address, &s), ERR_CORRUPT);
    assert_int_equal(sql(f, "SELECT count(*) FROM sqlite_schema"), 1);
    unlink(f->path);
    store_close(open_it(f));
    sql(f, "PRAGMA user_version = 99");
    assert_int_equal(store_open(f->address, &s), ERR_STALE);
    assert_int_equal(sql(f, "PRAGMA user_version"), 99);
}

static void steps_apply_in_order_or_not_at_all(void **state)
{
    struct fixture *f = *state;
    static const struct migrate_step good[] = {
        {1, "CREATE TABLE a (x)"}, {2, "ALTER TABLE a ADD y"}, {4, "INSERT INTO a VALUES (1, 2)"}};
    static const struct migrate_step bad[] = {{4, ""}, {5, "CREATE TABLE b (x); SELECT nothing"}};
    sqlite3 *db;

    assert_int_equal(sqlite3_open(f->path, &db), SQLITE_OK);
    assert_int_equal(migrate_run(db, good, 1), 0);
    assert_int_equal(migrate_run(db, good, 3), 0);
    assert_int_equal(migrate_run(db, good, 3), 0); /* nothing twice */
    assert_int_equal(migrate_run(db, bad, 2), ERR_IO);
    assert_int_equal(migrate_run(db, good, 2), ERR_STALE);
    sqlite3_close(db);
    assert_int_equal(sql(f, "SELECT sum(y) FROM a"), 2);
    assert_int_equal(sql(f, "PRAGMA user_version"), 4);
    assert_int_equal(sql(f, "SELECT count(*) FROM sqlite_schema WHERE name = 'b'"), 0);
}

/* `count` events from seq on; each third is not for the unit. */
static void commit_events(struct store *s, uint64_t seq, size_t count, uint64_t *unitseq)
{
    struct event *list = calloc(count, sizeof *list);

    for (size_t i = 0; i < count; i++) {
        list[i] = samples_event(seq + i, 1);
        if ((seq + i) % 3 == 0)
            continue;
        list[i].naudience = 1;
        list[i].audience[0] = (struct event_audience){"health", ++*unitseq};
    }
    assert_int_equal(store_commit(s, &(struct store_batch){.events = list, .nevents = count}), 0);
    free(list);
}

/* Read a unit's events from every place and in portions of every size: gap-free and in order. */
static void check_unit(struct store *s, uint64_t head, size_t step)
{
    struct event out[100];

    for (uint64_t from = 0; from <= head; from += step)
        for (size_t max = 1; max <= 100; max += step) {
            int n = store_unit_events_after(s, "health", from, out, max);
            assert_int_equal(n, head - from < max ? head - from : max);
            for (int i = 0; i < n; i++) {
                uint64_t unitseq = from + 1 + (uint64_t)i;
                assert_int_equal(out[i].audience[0].unitseq, unitseq);
                assert_int_equal(out[i].seq, unitseq + (unitseq - 1) / 2);
            }
        }
}

/* A file as the first version left it: its schema, a concern with its event, an item with words. */
static void write_version_1(struct fixture *f)
{
    const char *source = getenv("srcdir");
    struct buf schema = BUF_INIT;
    char *path;
    sqlite3 *db;
    static const char rows[] =
        "INSERT INTO meta (one, epoch, hash_key, head, items, concerns, open) VALUES (1, "
        "'0a1b2c3d-0000-4000-8000-000000000000', zeroblob(16), 1, 1, 1, 1);"
        "INSERT INTO events VALUES (1, 5, 0, 1, 'epidemic', 'health', '110101', 0, 4, 7, 1, 0, 0, "
        "x'00');"
        "INSERT INTO concerns VALUES (1, 0, 0, 0, 0, 'epidemic', 'health', '110101', 5, 5, 0, 0, 7,"
        " 1, 1, NULL, NULL);"
        "INSERT INTO concerns VALUES (2, 2, 0, 0, 0, 'epidemic', 'health', '110101', 5, 5, 6, 6, 7,"
        " 1, 1, 'https://a.gov.cn/1', NULL);"
        "INSERT INTO clocks VALUES (1, 0, 'ordinary-48h', 3, 5, 7, 0, 3, 0);"
        "INSERT INTO texts_short VALUES (1, 'title', 'text');"
        "INSERT INTO items VALUES (1, x'01020304050607080102030405060708', 9, 1, 1, 99, 5, 5, 1, "
        "0, "
        "'daily', 'https://a.example/1', 'epidemic', '', NULL);"
        "INSERT INTO sources VALUES ('daily', 'tag', '', 5, 0, 0, '');"
        "PRAGMA application_id = 0x6879696e; PRAGMA user_version = 1;";

    assert_true(asprintf(&path, "%s/store/sqlite/schema.sql", source ? source : ".") > 0);
    assert_int_equal(file_read(path, 1 << 20, &schema), 0);
    buf_add_char(&schema, '\0');
    assert_int_equal(sqlite3_open(f->path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, schema.data, NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, rows, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
    buf_free(&schema);
    free(path);
}

static int take_state(void *arg, const struct store_source *src)
{
    *(int *)arg = src->state * 100 + src->strikes * 10 + (str_is(src->etag, "tag") ? 1 : 0) +
                  (src->moved_to.n ? 1000 : 0);
    return 0;
}

static int add_doubt(void *arg, const struct store_item *item)
{
    *(int *)arg += item->doubt + (int)item->proposed.n;
    return 0;
}

static void version_1_is_brought_up(void **state)
{
    struct fixture *f = *state;
    const unsigned char ident[1][STORE_IDENT] = {{1, 2, 3, 4, 5, 6, 7, 8, 1, 2, 3, 4, 5, 6, 7, 8}};
    struct store_seen seen;
    struct event e;
    int is = -1;

    write_version_1(f);
    struct store *s = open_it(f);
    assert_int_equal(store_events_after(s, 0, &e, 1), 1);
    assert_true(e.concern == 1 && e.source[0] == '\0');
    assert_string_equal(e.topic, "epidemic");
    struct concern closed;
    assert_int_equal(store_concern(s, 2, &closed), 0);
    assert_int_equal(closed.outcome, OUTCOME_ANSWERED);
    concern_clear(&closed);
    struct concern c;
    assert_int_equal(store_concern(s, 1, &c), 0);
    assert_true(c.nclocks == 1 && c.clocks[0].stage == STAGE_OVERDUE);
    assert_int_equal(c.clocks[0].level, 1); /* its 督办 was told with it, and is not told again */
    concern_clear(&c);
    assert_int_equal(store_seen(s, ident, 1, &seen), 0);
    assert_true(seen.found && seen.raised && seen.content == 9 && seen.concern == 1);
    assert_int_equal(store_source(s, STR("daily"), take_state, &is), 0);
    assert_int_equal(is, 1);
    /* what is new works on it */
    struct event of_source = {.seq = 2, .at = 6, .type = EVENT_SOURCE_SILENT, .act = ACT_NONE,
                              .source = "daily"};
    struct store_page page = {.due = 3};
    memcpy(page.ident, ident[0], STORE_IDENT);
    struct store_mark mark = {.aspect = STORE_MARK_REQUEST, .value = REQUEST_HELP};
    memcpy(mark.ident, ident[0], STORE_IDENT);
    struct store_batch b = {.events = &of_source, .nevents = 1, .pages = &page, .npages = 1,
                            .marks = &mark, .nmarks = 1, .rules = UINT64_MAX};
    struct store_item doubtful = samples_item(2, "doubtful");
    doubtful.doubt = 400;
    doubtful.proposed = STR("housing-property");
    b.items = &doubtful;
    b.nitems = 1;
    assert_true(store_rules(s) == 0 && !seen.marked);
    is = 0;
    assert_int_equal(store_each_doubt(s, 10, add_doubt, &is), 0);
    assert_int_equal(is, 0); /* nothing is in doubt that nobody doubted */
    assert_int_equal(store_commit(s, &b), 0);
    store_close(s);
    s = open_it(f);
    assert_true(store_rules(s) == UINT64_MAX);
    assert_int_equal(store_each_doubt(s, 10, add_doubt, &is), 0);
    assert_int_equal(is, 400 + 16);
    assert_int_equal(store_seen(s, ident, 1, &seen), 0);
    assert_true(seen.marked == STORE_MARKED_REQUEST && seen.request == REQUEST_HELP);
    assert_int_equal(store_events_after(s, 1, &e, 1), 1);
    assert_string_equal(e.source, "daily");
    assert_true(store_next_page(s) == 3);
    store_close(s);
}

static void outbox_of_version_1_is_packed(void **state)
{
    struct fixture *f = *state;
    struct store *s = open_it(f);
    uint64_t head = 0;

    commit_events(s, 1, 10, &head);
    store_close(s);
    sql(f, "DROP TABLE outbox");
    sql(f, "CREATE TABLE outbox (unit TEXT NOT NULL, unitseq INTEGER NOT NULL, seq INTEGER NOT "
           "NULL, PRIMARY KEY (unit, unitseq)) STRICT, WITHOUT ROWID");
    sql(f, "INSERT INTO outbox SELECT 'health', row_number() OVER (ORDER BY seq), seq FROM events "
           "WHERE seq % 3 != 0");
    static const char *const columns[] = {
        "events DROP COLUMN source",   "events DROP COLUMN rules",   "events DROP COLUMN previous",
        "events DROP COLUMN likeness", "concerns DROP COLUMN traits",
        "sources DROP COLUMN state",   "sources DROP COLUMN strikes",
        "sources DROP COLUMN moved_to", "sources DROP COLUMN moved_from",
        "sources DROP COLUMN owed",
        "items DROP COLUMN rules",     "items DROP COLUMN marked",   "meta DROP COLUMN rules",
        "items DROP COLUMN doubt",     "items DROP COLUMN proposed",
        "items DROP COLUMN by_model",  "events DROP COLUMN rest",    "concerns DROP COLUMN rest",
        "clocks DROP COLUMN level",    "units DROP COLUMN offline",
        "meta DROP COLUMN answers_full", "meta DROP COLUMN answers_summary",
        "meta DROP COLUMN answers_withheld", "meta DROP COLUMN reopened_hand",
        "meta DROP COLUMN reopened_survey", "meta DROP COLUMN reopened_posts",
        "meta DROP COLUMN trail",
        "meta DROP COLUMN trail_hash"};
    sql(f, "DROP INDEX items_doubt");
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++) {
        char drop[80];
        snprintf(drop, sizeof drop, "ALTER TABLE %s", columns[i]);
        sql(f, drop);
    }
    sql(f, "DROP INDEX clocks_promised");
    sql(f, "DROP TABLE reply_pages");
    sql(f, "DROP TABLE corrections");
    sql(f, "DROP TABLE shared");
    sql(f, "DROP TABLE publications");
    sql(f, "DROP TABLE surveys");
    sql(f, "DROP TABLE publication_texts");
    sql(f, "DROP TABLE touched");
    sql(f, "DROP TABLE parties");
    sql(f, "DROP TABLE notes");
    sql(f, "DROP TABLE arrivals");
    sql(f, "DROP TABLE marks");
    sql(f, "DROP TABLE accounts");
    sql(f, "DROP TABLE tokens");
    sql(f, "DROP TABLE trail");
    sql(f, "DROP TABLE added");
    sql(f, "DROP TABLE aliases");
    sql(f, "DROP TABLE pages");
    sql(f, "PRAGMA user_version = 1");
    s = open_it(f);
    check_unit(s, head, 1);
    commit_events(s, 11, 200, &head);
    check_unit(s, head, 7);
    store_close(s);
    assert_true(sql(f, "SELECT count(*) FROM outbox") < 7 + 200 / 16);
    sql(f, "UPDATE outbox SET seqs = seqs || ' x' WHERE last = (SELECT max(last) FROM outbox)");
    s = open_it(f);
    struct event out;
    assert_int_equal(store_unit_events_after(s, "health", head - 1, &out, 1), ERR_CORRUPT);
    store_close(s);
}

/* Overwrite part of the file after a crash: it must be noticed at open, never served. */
static void damage_is_noticed(void **state)
{
    struct fixture *f = *state;
    struct samples_batch *b = malloc(sizeof *b);
    struct samples given = {.random = 14};
    struct store *s = open_it(f);

    for (int i = 0; i < 30; i++) {
        samples_batch(&given, b);
        assert_int_equal(store_commit(s, &b->batch), 0);
    }
    store_close(s);
    int64_t root = sql(f, "SELECT rootpage FROM sqlite_schema WHERE name = 'concerns'");
    sql(f, "UPDATE meta SET clean = 0");
    sql(f, "PRAGMA wal_checkpoint(TRUNCATE)");
    FILE *file = fopen(f->path, "r+");
    assert_non_null(file);
    assert_int_equal(fseek(file, (long)(root - 1) * 4096, SEEK_SET), 0);
    for (int i = 0; i < 512; i++)
        fputc(0xa5, file);
    fclose(file);
    assert_int_equal(store_open(f->address, &s), ERR_CORRUPT);
    free(b);
}

/* A process that commits and dies by SIGKILL leaves all it was told is durable. */
static void killed_writer_loses_nothing(void **state)
{
    struct fixture *f = *state;
    struct samples_batch *b = malloc(sizeof *b);
    struct samples given = {.random = 14};
    struct buf left = BUF_INIT, right = BUF_INIT;
    struct store *s, *twin;
    int status;
    pid_t child = fork();

    if (child == 0) {
        if (store_open(f->address, &s))
            _exit(1);
        for (int i = 0; i < 20; i++) {
            samples_batch(&given, b);
            if (store_commit(s, &b->batch))
                _exit(2);
        }
        kill(getpid(), SIGKILL);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    assert_int_equal(store_open("memory:", &twin), 0);
    for (int i = 0; i < 20; i++) {
        samples_batch(&given, b);
        assert_int_equal(store_commit(twin, &b->batch), 0);
    }
    s = open_it(f);
    samples_dump(s, &left);
    samples_dump(twin, &right);
    assert_int_equal(left.len, right.len);
    assert_memory_equal(left.data, right.data, left.len);
    store_close(s);
    store_close(twin);
    buf_free(&left);
    buf_free(&right);
    free(b);
}

enum { CANARIES = 9000 }; /* enough that rows are deleted, past the margin that stays blank */

static struct {
    char text[1200];
    int64_t expires;
} canary[CANARIES];

static unsigned found_canaries(const char *path, const char *suffix, int64_t now)
{
    struct buf raw = BUF_INIT;
    char *name, needle[32];
    unsigned found = 0;

    assert_true(asprintf(&name, "%s%s", path, suffix) > 0);
    assert_int_equal(file_read(name, SIZE_MAX >> 1, &raw), 0);
    /* One pass: every canary begins with the same word, then its number. */
    for (size_t at = 0; (at = str_find(buf_str(&raw), STR("CANARY"), at)) != (size_t)-1; at++) {
        snprintf(needle, sizeof needle, "%.5s", raw.data + at + 6);
        int number = (int)strtol(needle, NULL, 10);
        found += number < CANARIES && canary[number].expires <= now;
    }
    buf_free(&raw);
    free(name);
    return found;
}

/* Texts of all lengths, edited and expiring in random order, leave no copy of any dropped one:
 * not of cells that were moved when a page was rebalanced either. */
static void expired_words_leave_no_trace(void **state)
{
    struct fixture *f = *state;
    struct samples given = {.random = (uint64_t)clock_now()};
    struct store *s = open_it(f);
    int dropped = 0;

    print_message("seed %ju\n", (uintmax_t)given.random);
    for (unsigned i = 0; i < CANARIES; i++) {
        unsigned fill = samples_random(&given, 1100);
        int n = snprintf(canary[i].text, sizeof canary[i].text, "CANARY%05u", i);
        memset(canary[i].text + n, 'w', fill);
        snprintf(canary[i].text + n + fill, 16, "CANARY%05u", i);
        struct store_item item = samples_item(i, canary[i].text);
        item.expires = canary[i].expires =
            2000 + samples_random(&given, 90) * (samples_random(&given, 2) ? 1 : CLOCK_DAY);
        item.update = false;
        assert_int_equal(store_commit(s, &(struct store_batch){.items = &item, .nitems = 1}), 0);
        if (i % 5 == 4) { /* an edit: the old words go at once */
            unsigned old = samples_random(&given, i);
            struct store_item edit = samples_item(old, "later words");
            edit.update = true;
            edit.expires = INT64_C(1) << 60;
            canary[old].expires = 0;
            struct store_batch b = {.items = &edit, .nitems = 1};
            assert_int_equal(store_commit(s, &b), 0);
        }
    }
    for (int64_t day = 0; day <= 90; day += 6) {
        int n = store_expire(s, 2000 + day * CLOCK_DAY, SIZE_MAX);
        assert_true(n >= 0);
        dropped += n;
        assert_int_equal(found_canaries(f->path, "", 2000 + day * CLOCK_DAY), 0);
        assert_int_equal(found_canaries(f->path, "-wal", 2000 + day * CLOCK_DAY), 0);
    }
    assert_true(dropped > CANARIES / 2);
    store_close(s);
    /* What is dropped is freed too, but for the margin. */
    assert_in_range(sql(f, "SELECT count(*) FROM texts_short"), 1, 2100);
    assert_int_equal(sql(f, "SELECT count(*) FROM items"), CANARIES);
}

/* A reader in the middle of a walk keeps the WAL; the next call cuts it. */
static void later_call_cuts_the_wal(void **state)
{
    struct fixture *f = *state;
    struct store *s = open_it(f);
    struct store_item item = samples_item(1, "CANARY-in-the-wal");
    sqlite3 *db;
    struct stat st;
    char wal[512];

    assert_int_equal(store_commit(s, &(struct store_batch){.items = &item, .nitems = 1}), 0);
    assert_true(in_file(f->path, "-wal", "CANARY-in-the-wal"));
    assert_int_equal(sqlite3_open_v2(f->path, &db, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
    sqlite3_exec(db, "BEGIN; SELECT count(*) FROM items", NULL, NULL, NULL);
    assert_int_equal(store_expire(s, 5000, 10), 1);
    assert_true(in_file(f->path, "-wal", "CANARY-in-the-wal"));
    sqlite3_close(db);
    assert_int_equal(store_expire(s, 5000, 10), 0);
    assert_false(in_file(f->path, "-wal", "CANARY-in-the-wal"));
    assert_false(in_file(f->path, "", "CANARY-in-the-wal"));
    snprintf(wal, sizeof wal, "%s-wal", f->path);
    assert_int_equal(stat(wal, &st), 0);
    assert_int_equal(st.st_size, 0);
    store_close(s);
}

/* Many notes fill pages, one after the other; every third is dropped. */
static void dropped_notes_leave_no_trace(void **state)
{
    enum { NOTES = 600 };
    struct fixture *f = *state;
    struct store *s = open_it(f);
    char text[220];

    for (uint64_t i = 1; i <= NOTES; i++) {
        struct event e = samples_event(i, 1);
        struct store_note note = {i, {text, sizeof text}};
        memset(text, 'x', sizeof text);
        snprintf(text, sizeof text, "%s-%04d-", i % 3 ? "stays" : "DROPPED", (int)i);
        assert_int_equal(store_commit(s, &(struct store_batch){.events = &e, .nevents = 1,
                                                               .notes = &note, .nnotes = 1}), 0);
    }
    for (uint64_t i = 3; i <= NOTES; i += 3)
        assert_int_equal(store_drop_note(s, i), 0);
    assert_false(in_file(f->path, "", "DROPPED"));
    assert_false(in_file(f->path, "-wal", "DROPPED"));
    assert_true(in_file(f->path, "", "stays-0301"));
    store_close(s);
}

/* Texts that fill several pieces of the WAL: see sqlite_wal.c. */
static void make_long(struct samples_batch *b)
{
    enum { LONG = 1 << 20 };
    static char text[LONG];

    memset(text, 'x', sizeof text);
    for (size_t i = 0; i < b->batch.nitems; i++)
        b->items[i].text = (struct str){text, LONG / b->batch.nitems};
}

/* One batch, failing at every write and sync in turn: all of it or nothing is there, then and after
 * reopening, and it goes in once there is room. */
static bool fail_at(struct fixture *f, long point, int code, bool lasting)
{
    struct samples given = {.random = 14};
    struct samples_batch *b = malloc(sizeof *b);
    struct store *s;

    samples_remove(f->folder);
    s = open_it(f);
    for (int i = 0; i < 3; i++) {
        samples_batch(&given, b);
        assert_int_equal(store_commit(s, &b->batch), 0);
    }
    uint64_t before = store_head(s);
    samples_batch(&given, b);
    assert_true(b->batch.nevents > 0 && b->batch.nitems > 0 && b->batch.nnotes > 0);
    make_long(b);
    fault_vfs_arm(point, code, lasting);
    int err = store_commit(s, &b->batch);
    bool reached = fault_vfs_disarm() > 0;
    if (reached)
        assert_int_equal(err, ERR_IO);
    assert_int_equal(store_head(s), err ? before : before + b->batch.nevents);
    if (err && point % 2)
        assert_int_equal(store_commit(s, &b->batch), 0); /* room again */
    uint64_t expected = store_head(s);
    store_close(s);
    assert_int_equal(sql(f, "SELECT count(*) FROM pragma_integrity_check "
                            "WHERE integrity_check != 'ok'"), 0);
    s = open_it(f);
    assert_int_equal(store_head(s), expected);
    assert_int_equal(sql(f, "SELECT items = (SELECT count(*) FROM items) FROM meta"), 1);
    store_close(s);
    free(b);
    return reached;
}

static void full_disk_keeps_all_or_nothing(void **state)
{
    static const int codes[] = {SQLITE_FULL, SQLITE_IOERR_WRITE, SQLITE_IOERR_FSYNC};
    long points = 0;

    for (size_t c = 0; c < 3; c++)
        for (int lasting = 0; lasting < 2; lasting++) {
            long point = 0;
            while (fail_at(*state, point, codes[c], lasting))
                point++;
            points += point;
        }
    print_message("failing points %ld\n", points);
    assert_true(points >= 30);
}

/* Each form of a page is read in the order of an index, and open ones through the partial ones. */
static void pages_never_sort(void **state)
{
    struct fixture *f = *state;
    sqlite3 *db;

    store_close(open_it(f));
    assert_int_equal(sqlite3_open(f->path, &db), SQLITE_OK);
    for (unsigned i = 0; i < SQLITE_PLANS; i++) {
        struct backend_query q = {.states = i & 7,
                                  .order = i & 8 ? STORE_BY_DUE : STORE_BY_NEWEST,
                                  .topic = i & 16 ? "t" : NULL,
                                  .unit = i & 32 ? "u" : NULL,
                                  .after = i & 64,
                                  .least = i & 128 ? GRADE_LARGER : GRADE_ORDINARY};
        bool live = q.states != STATES_ANY && q.states != STATES_CLOSED;
        if ((i & 7) >= STATES_CHOICES)
            continue;
        struct buf text = BUF_INIT, plan = BUF_INIT;
        sqlite3_stmt *st;
        buf_add_text(&text, "EXPLAIN QUERY PLAN ");
        assert_int_equal(sqlite_page_sql(&q, &text), i);
        assert_int_equal(sqlite3_prepare_v2(db, text.data, -1, &st, NULL), SQLITE_OK);
        while (sqlite3_step(st) == SQLITE_ROW)
            buf_addf(&plan, "%s\n", sqlite3_column_text(st, 3));
        buf_add_char(&plan, '\0');
        sqlite3_finalize(st);
        assert_null(strstr(plan.data, "TEMP B-TREE"));
        assert_non_null(strstr(plan.data, "INDEX"));
        if (live && q.order == STORE_BY_DUE)
            assert_non_null(strstr(plan.data, q.unit ? "concerns_open_unit" : "concerns_open_due"));
        if (live && q.order == STORE_BY_DUE && q.unit) /* what it assists in, by its own index */
            assert_non_null(strstr(plan.data, "parties_open"));
        if (q.after) /* the cursor is a seek, not a filter */
            assert_non_null(strstr(plan.data, "SEARCH"));
        buf_free(&text);
        buf_free(&plan);
    }
    sqlite3_close(db);
}

static void no_column_for_a_person(void **state)
{
    static const char *const words[] = {"author", "user", "handle", "avatar", "phone"};
    struct fixture *f = *state;
    struct buf schema = BUF_INIT;
    char query[256];

    assert_int_equal(file_read(SCHEMA_SQL, 1 << 20, &schema), 0);
    store_close(open_it(f));
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        for (size_t at = 0; at < schema.len; at++)
            assert_false(str_eq_nocase((struct str){schema.data + at, strlen(words[i])},
                                       str_from(words[i])) &&
                         at + strlen(words[i]) <= schema.len);
        snprintf(query, sizeof query,
                 "SELECT count(*) FROM sqlite_schema AS t JOIN pragma_table_info(t.name) AS c "
                 "WHERE c.name LIKE '%%%s%%'", words[i]);
        assert_int_equal(sql(f, query), 0);
    }
    buf_free(&schema);
}

#define FILE_TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        FILE_TEST(file_is_private_and_ours),
        FILE_TEST(foreign_files_stay_untouched),
        FILE_TEST(steps_apply_in_order_or_not_at_all),
        FILE_TEST(version_1_is_brought_up),
        FILE_TEST(outbox_of_version_1_is_packed),
        FILE_TEST(damage_is_noticed),
        FILE_TEST(killed_writer_loses_nothing),
        FILE_TEST(expired_words_leave_no_trace),
        FILE_TEST(dropped_notes_leave_no_trace),
        FILE_TEST(later_call_cuts_the_wal),
        FILE_TEST(full_disk_keeps_all_or_nothing),
        FILE_TEST(pages_never_sort),
        FILE_TEST(no_column_for_a_person),
    };
    if (fault_vfs_install())
        return 1;
    return cmocka_run_group_tests_name("store sqlite", tests, NULL, NULL);
}
