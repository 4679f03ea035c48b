/* What was dropped or has expired leaves no bytes of it in the file, nor in its WAL. */
#define _GNU_SOURCE
#include "tests/unit/unit.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/file.h"
#include "tests/unit/sqlite_file.h"
#include "tests/unit/store_samples.h"

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
    struct sqlite_file *f = *state;
    struct samples given = {.random = (uint64_t)clock_now()};
    struct store *s = sqlite_file_open(f);
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
    assert_in_range(sqlite_file_sql(f->path, "SELECT count(*) FROM texts_short"), 1, 2100);
    assert_int_equal(sqlite_file_sql(f->path, "SELECT count(*) FROM items"), CANARIES);
}

/* A reader in the middle of a walk keeps the WAL; the next call cuts it. */
static void later_call_cuts_the_wal(void **state)
{
    struct sqlite_file *f = *state;
    struct store *s = sqlite_file_open(f);
    struct store_item item = samples_item(1, "CANARY-in-the-wal");
    sqlite3 *db;
    struct stat st;
    char wal[512];

    assert_int_equal(store_commit(s, &(struct store_batch){.items = &item, .nitems = 1}), 0);
    assert_true(sqlite_file_holds(f->path, "-wal", "CANARY-in-the-wal"));
    assert_int_equal(sqlite3_open_v2(f->path, &db, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
    sqlite3_exec(db, "BEGIN; SELECT count(*) FROM items", NULL, NULL, NULL);
    assert_int_equal(store_expire(s, 5000, 10), 1);
    assert_true(sqlite_file_holds(f->path, "-wal", "CANARY-in-the-wal"));
    sqlite3_close(db);
    assert_int_equal(store_expire(s, 5000, 10), 0);
    assert_false(sqlite_file_holds(f->path, "-wal", "CANARY-in-the-wal"));
    assert_false(sqlite_file_holds(f->path, "", "CANARY-in-the-wal"));
    snprintf(wal, sizeof wal, "%s-wal", f->path);
    assert_int_equal(stat(wal, &st), 0);
    assert_int_equal(st.st_size, 0);
    store_close(s);
}

/* Many notes fill pages, one after the other; every third is dropped. */
static void dropped_notes_leave_no_trace(void **state)
{
    enum { NOTES = 600 };
    struct sqlite_file *f = *state;
    struct store *s = sqlite_file_open(f);
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
    assert_false(sqlite_file_holds(f->path, "", "DROPPED"));
    assert_false(sqlite_file_holds(f->path, "-wal", "DROPPED"));
    assert_true(sqlite_file_holds(f->path, "", "stays-0301"));
    store_close(s);
}

/* A page that is split leaves a copy of what it gives away: the links of items whose neighbours
 * grew are looked for in the whole file. */
static void redacted_items_leave_no_trace(void **state)
{
    struct sqlite_file *f = *state;
    enum { N = 400, GONE = 80 };
    struct store_item *items = calloc(N, sizeof *items);
    static char links[N][64], texts[N][64];
    unsigned char redacts[GONE][STORE_IDENT];
    struct store *s = sqlite_file_open(f);

    for (unsigned i = 0; i < N; i++) {
        items[i] = samples_item(1000 + i, "");
        snprintf(links[i], sizeof *links, "https://board.example/kanari-%04u.html", i);
        snprintf(texts[i], sizeof *texts, "kanarienvogel %04u!", i);
        items[i].link = str_from(links[i]);
        items[i].text = str_from(texts[i]);
        items[i].expires = CLOCK_DAY;
    }
    for (unsigned i = 0; i < N; i += 50)
        assert_int_equal(store_commit(s, &(struct store_batch){.items = items + i, .nitems = 50}),
                         0);
    /* Corrections and edits make rows longer, all over the table. */
    for (unsigned round = 0; round < 3; round++)
        for (unsigned i = 0; i < N; i += 3 - round) {
            items[i].update = true;
            items[i].region = round ? STR("350199001002") : STR("350199");
            items[i].proposed = round > 1 ? STR("social-insurance-and-relief") : STR("transport");
            assert_int_equal(store_commit(s, &(struct store_batch){.items = &items[i],
                                                                   .nitems = 1}), 0);
        }
    for (unsigned i = 0; i < GONE; i++)
        memcpy(redacts[i], items[5 * i].ident, STORE_IDENT);
    struct store_batch gone = {.redacts = redacts, .nredacts = GONE};
    sqlite3 *reader;
    assert_int_equal(sqlite3_open_v2(f->path, &reader, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_exec(reader, "BEGIN; SELECT 1 FROM items LIMIT 1", NULL, NULL, NULL),
                     SQLITE_OK);
    assert_int_equal(store_commit(s, &gone), 0);
    assert_true(store_expire(s, items[0].found, 1) >= 0);
    assert_true(store_residue(s)); /* the reader may look at them still */
    sqlite3_close(reader);
    assert_true(store_expire(s, items[0].found, 1) >= 0);
    assert_false(store_residue(s));
    for (unsigned i = 0; i < N; i += 5) {
        if (sqlite_file_holds(f->path, "", links[i]) ||
            sqlite_file_holds(f->path, "", texts[i]) ||
            sqlite_file_holds(f->path, "-wal", links[i]))
            fail_msg("%s is still there", links[i]);
    }
    assert_true(sqlite_file_holds(f->path, "", links[8]));
    free(items);
    store_close(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SQLITE_FILE_TEST(expired_words_leave_no_trace),
        SQLITE_FILE_TEST(dropped_notes_leave_no_trace),
        SQLITE_FILE_TEST(redacted_items_leave_no_trace),
        SQLITE_FILE_TEST(later_call_cuts_the_wal),
    };
    return cmocka_run_group_tests_name("sqlite trace", tests, NULL, NULL);
}
