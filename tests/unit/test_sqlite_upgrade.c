/* Files that an earlier version left are brought up to today's schema. */
#include "tests/unit/unit.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/err.h"
#include "base/file.h"
#include "store/sqlite/migrate.h"
#include "tests/unit/paths.h"
#include "tests/unit/sqlite_file.h"
#include "tests/unit/store_samples.h"

static void steps_apply_in_order_or_not_at_all(void **state)
{
    struct sqlite_file *f = *state;
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
    assert_int_equal(sqlite_file_sql(f->path, "SELECT sum(y) FROM a"), 2);
    assert_int_equal(sqlite_file_sql(f->path, "PRAGMA user_version"), 4);
    assert_int_equal(
        sqlite_file_sql(f->path, "SELECT count(*) FROM sqlite_schema WHERE name = 'b'"), 0);
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
static void write_version_1(struct sqlite_file *f)
{
    struct buf schema = BUF_INIT;
    char path[4096];
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

    assert_int_equal(file_read(paths_source("store/sqlite/schema.sql", path), 1 << 20, &schema), 0);
    buf_add_char(&schema, '\0');
    sqlite_file_sql(f->path, schema.data);
    sqlite_file_sql(f->path, rows);
    buf_free(&schema);
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
    struct sqlite_file *f = *state;
    const unsigned char ident[1][STORE_IDENT] = {{1, 2, 3, 4, 5, 6, 7, 8, 1, 2, 3, 4, 5, 6, 7, 8}};
    struct store_seen seen;
    struct event e;
    int is = -1;

    write_version_1(f);
    struct store *s = sqlite_file_open(f);
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
    s = sqlite_file_open(f);
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

static int take_times(void *arg, const struct store_source *src)
{
    int64_t *to = arg;

    to[0] = src->since;
    to[1] = src->moved_at;
    return 0;
}

/* Since when a source is what it is stood in its events alone. */
static void version_25_learns_when_sources_changed(void **state)
{
    static const struct event events[] = {
        {.seq = 1, .at = 5, .type = EVENT_SOURCE_SILENT, .act = ACT_NONE, .source = "quiet"},
        {.seq = 2, .at = 6, .type = EVENT_SOURCE_MOVED, .act = ACT_NONE, .source = "mover"},
        {.seq = 3, .at = 7, .type = EVENT_SOURCE_RETIRED, .act = ACT_NONE, .source = "quiet"},
        {.seq = 4, .at = 8, .type = EVENT_SOURCE_MOVED, .act = ACT_NONE, .source = "quiet"}};
    static const struct store_source rows[] = {
        {.id = STR("quiet"), .state = STORE_SOURCE_RETIRED},
        {.id = STR("mover"), .moved_to = STR("https://b.example/")},
        {.id = STR("well")}};
    static const struct {
        struct str id;
        int64_t since, moved_at;
    } want[] = {{STR("quiet"), 7, 0}, {STR("mover"), 0, 6}, {STR("well"), 0, 0}};
    struct sqlite_file *f = *state;
    struct store *s = sqlite_file_open(f);

    struct store_batch b = {.events = events, .nevents = 4, .sources = rows, .nsources = 3};
    assert_int_equal(store_commit(s, &b), 0);
    store_close(s);
    sqlite_file_sql(f->path, "ALTER TABLE sources DROP COLUMN since; "
                             "ALTER TABLE sources DROP COLUMN moved_at; PRAGMA user_version = 25");
    s = sqlite_file_open(f);
    for (size_t i = 0; i < 3; i++) {
        int64_t is[2] = {-1, -1};
        assert_int_equal(store_source(s, want[i].id, take_times, is), 0);
        assert_true(is[0] == want[i].since && is[1] == want[i].moved_at);
    }
    store_close(s);
}

/* Takes out of a file of today what the steps after the first have put there. */
static const char without_later_steps[] =
    "DROP TABLE outbox; CREATE TABLE outbox (unit TEXT NOT NULL, unitseq INTEGER NOT NULL, "
    "seq INTEGER NOT NULL, PRIMARY KEY (unit, unitseq)) STRICT, WITHOUT ROWID; "
    "INSERT INTO outbox SELECT 'health', row_number() OVER (ORDER BY seq), seq FROM events "
    "WHERE seq % 3 != 0; "
    "DROP INDEX items_doubt; DROP INDEX clocks_promised; DROP INDEX concerns_open_graver; "
    "ALTER TABLE events DROP COLUMN source; ALTER TABLE events DROP COLUMN rules; "
    "ALTER TABLE events DROP COLUMN previous; ALTER TABLE events DROP COLUMN likeness; "
    "ALTER TABLE concerns DROP COLUMN traits; ALTER TABLE sources DROP COLUMN state; "
    "ALTER TABLE sources DROP COLUMN strikes; ALTER TABLE sources DROP COLUMN moved_to; "
    "ALTER TABLE sources DROP COLUMN moved_from; ALTER TABLE sources DROP COLUMN owed; "
    "ALTER TABLE sources DROP COLUMN moved_at; ALTER TABLE sources DROP COLUMN since; "
    "ALTER TABLE items DROP COLUMN rules; ALTER TABLE items DROP COLUMN marked; "
    "ALTER TABLE meta DROP COLUMN rules; ALTER TABLE items DROP COLUMN doubt; "
    "ALTER TABLE items DROP COLUMN proposed; ALTER TABLE items DROP COLUMN by_model; "
    "ALTER TABLE events DROP COLUMN rest; ALTER TABLE concerns DROP COLUMN rest; "
    "ALTER TABLE clocks DROP COLUMN level; ALTER TABLE units DROP COLUMN offline; "
    "ALTER TABLE meta DROP COLUMN answers_full; "
    "ALTER TABLE meta DROP COLUMN answers_summary; "
    "ALTER TABLE meta DROP COLUMN answers_withheld; "
    "ALTER TABLE meta DROP COLUMN reopened_hand; "
    "ALTER TABLE meta DROP COLUMN reopened_survey; "
    "ALTER TABLE meta DROP COLUMN reopened_posts; ALTER TABLE meta DROP COLUMN trail; "
    "ALTER TABLE meta DROP COLUMN trail_hash; ALTER TABLE meta DROP COLUMN forgotten; "
    "ALTER TABLE meta DROP COLUMN forgotten_before; "
    "ALTER TABLE meta DROP COLUMN forget_at; ALTER TABLE meta DROP COLUMN forget_round; "
    "ALTER TABLE meta DROP COLUMN sweep_at; ALTER TABLE meta DROP COLUMN swept; "
    "DROP TABLE reply_pages; DROP TABLE corrections; DROP TABLE shared; "
    "DROP TABLE publications; DROP TABLE surveys; DROP TABLE publication_texts; "
    "DROP TABLE touched; DROP TABLE parties; DROP TABLE notes; DROP TABLE arrivals; "
    "DROP TABLE marks; DROP TABLE accounts; DROP TABLE tokens; DROP TABLE trail; "
    "DROP TABLE added; DROP TABLE aliases; DROP TABLE pages; "
    "PRAGMA user_version = 1";

static void outbox_of_version_1_is_packed(void **state)
{
    struct sqlite_file *f = *state;
    struct store *s = sqlite_file_open(f);
    uint64_t head = 0;

    commit_events(s, 1, 10, &head);
    store_close(s);
    sqlite_file_sql(f->path, without_later_steps);
    s = sqlite_file_open(f);
    check_unit(s, head, 1);
    commit_events(s, 11, 200, &head);
    check_unit(s, head, 7);
    store_close(s);
    assert_true(sqlite_file_sql(f->path, "SELECT count(*) FROM outbox") < 7 + 200 / 16);
    sqlite_file_sql(f->path, "UPDATE outbox SET seqs = seqs || ' x' "
                             "WHERE last = (SELECT max(last) FROM outbox)");
    s = sqlite_file_open(f);
    struct event out;
    assert_int_equal(store_unit_events_after(s, "health", head - 1, &out, 1), ERR_CORRUPT);
    store_close(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SQLITE_FILE_TEST(steps_apply_in_order_or_not_at_all),
        SQLITE_FILE_TEST(version_1_is_brought_up),
        SQLITE_FILE_TEST(version_25_learns_when_sources_changed),
        SQLITE_FILE_TEST(outbox_of_version_1_is_packed),
    };
    return cmocka_run_group_tests_name("sqlite upgrade", tests, NULL, NULL);
}
