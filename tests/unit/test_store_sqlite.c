/* What the SQLite backend promises of its file. */
#include "tests/unit/unit.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "base/file.h"
#include "store/forget.h"
#include "store/sqlite/migrate.h"
#include "store/sqlite/sqlite.h"
#include "tests/unit/paths.h"
#include "tests/unit/sqlite_file.h"
#include "tests/unit/store_samples.h"

static void file_is_private_and_ours(void **state)
{
    struct sqlite_file *f = *state;
    struct store *s = sqlite_file_open(f), *second;
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
    assert_int_equal(sqlite_file_sql(f->path, "PRAGMA application_id"), MIGRATE_APPLICATION);
    assert_int_equal(sqlite_file_sql(f->path, "PRAGMA user_version"),
                     migrate_steps[migrate_count - 1].version);
    assert_int_equal(sqlite_file_sql(f->path, "SELECT clean FROM meta"), 1);
    assert_int_equal(chmod(f->path, 0644), 0);
    s = sqlite_file_open(f);
    assert_string_equal(store_epoch(s), epoch);
    assert_int_equal(store_head(s), 1);
    assert_int_equal(stat(f->path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    store_close(s);
}

static void foreign_files_stay_untouched(void **state)
{
    struct sqlite_file *f = *state;
    struct store *s;

    assert_int_equal(file_replace(f->path, STR("<rss>this is a feed, not a database</rss>"), 0644),
                     0);
    assert_int_equal(store_open(f->address, &s), ERR_CORRUPT);
    assert_true(sqlite_file_holds(f->path, "", "not a database</rss>"));
    unlink(f->path);
    sqlite_file_sql(f->path, "CREATE TABLE recipes (name)");
    assert_int_equal(store_open(f->address, &s), ERR_CORRUPT);
    assert_int_equal(sqlite_file_sql(f->path, "SELECT count(*) FROM sqlite_schema"), 1);
    unlink(f->path);
    store_close(sqlite_file_open(f));
    sqlite_file_sql(f->path, "PRAGMA user_version = 99");
    assert_int_equal(store_open(f->address, &s), ERR_STALE);
    assert_int_equal(sqlite_file_sql(f->path, "PRAGMA user_version"), 99);
}

/* A sweep takes what led to them, from one end of the aliases to the other. */
static void aliases_of_forgotten_ones_go(void **state)
{
    enum { ITEMS = 3000 };
    struct sqlite_file *f = *state;
    struct store *s = sqlite_file_open(f);
    struct store_item *items = calloc(ITEMS, sizeof *items);

    assert_non_null(items);
    for (unsigned i = 0; i < ITEMS; i++) {
        items[i] = samples_item(i + 1, "");
        items[i].marked = STORE_DATED;
        items[i].concern = i % 2;
        for (unsigned k = 0; k < 2; k++) /* from one end of what they may be to the other */
            items[i].aliases[k] = (2 * i + k + 1) * (UINT64_MAX / (2 * ITEMS));
    }
    assert_int_equal(store_commit(s, &(struct store_batch){.items = items, .nitems = ITEMS}), 0);
    for (int calls = 0; calls < 10; calls++)
        assert_true(store_forget(s, STORE_FORGET_SLACK + 2000, 1000) >= 0);
    store_close(s);
    assert_int_equal(sqlite_file_sql(f->path, "SELECT count(*) FROM items"), ITEMS / 2);
    assert_int_equal(sqlite_file_sql(f->path, "SELECT count(*) FROM aliases"), ITEMS);
    assert_int_equal(
        sqlite_file_sql(f->path, "SELECT count(*) FROM aliases JOIN items ON id = item"), ITEMS);
    free(items);
}

/* Each form of a page is read in the order of an index, and open ones through the partial ones. */
static void pages_never_sort(void **state)
{
    struct sqlite_file *f = *state;
    sqlite3 *db;

    store_close(sqlite_file_open(f));
    assert_int_equal(sqlite3_open(f->path, &db), SQLITE_OK);
    for (unsigned i = 0; i < SQLITE_PLANS; i++) {
        struct backend_query q = {.states = i & 7,
                                  .order = i & 8 ? STORE_BY_DUE : STORE_BY_NEWEST,
                                  .topic = i & 16 ? "t" : NULL,
                                  .unit = i & 32 ? "u" : NULL,
                                  .after = i & 64,
                                  .least = i & 128 ? GRADE_LARGER : GRADE_ORDINARY,
                                  .nunits = i & 256 ? 2 : 0};
        bool live = q.states != STATES_ANY && q.states != STATES_CLOSED;
        if ((i & 7) >= STATES_CHOICES || (q.unit && q.nunits))
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
            assert_non_null(strstr(plan.data, q.unit    ? "concerns_open_unit"
                                              : q.least ? "concerns_open_graver"
                                                        : "concerns_open_due"));
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
    struct sqlite_file *f = *state;
    struct buf schema = BUF_INIT;
    char query[256], path[4096];

    assert_int_equal(file_read(paths_source("store/sqlite/schema.sql", path), 1 << 20, &schema), 0);
    store_close(sqlite_file_open(f));
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        for (size_t at = 0; at < schema.len; at++)
            assert_false(str_eq_nocase((struct str){schema.data + at, strlen(words[i])},
                                       str_from(words[i])) &&
                         at + strlen(words[i]) <= schema.len);
        snprintf(query, sizeof query,
                 "SELECT count(*) FROM sqlite_schema AS t JOIN pragma_table_info(t.name) AS c "
                 "WHERE c.name LIKE '%%%s%%'", words[i]);
        assert_int_equal(sqlite_file_sql(f->path, query), 0);
    }
    buf_free(&schema);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SQLITE_FILE_TEST(file_is_private_and_ours),
        SQLITE_FILE_TEST(foreign_files_stay_untouched),
        SQLITE_FILE_TEST(aliases_of_forgotten_ones_go),
        SQLITE_FILE_TEST(pages_never_sort),
        SQLITE_FILE_TEST(no_column_for_a_person),
    };
    return cmocka_run_group_tests_name("store sqlite", tests, NULL, NULL);
}
