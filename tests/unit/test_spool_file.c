/* The spool's file: its entries, its end, its damage. */
#define _GNU_SOURCE
#include "tests/unit/unit.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/file.h"
#include "store/sqlite/spool.h"
#include "tests/unit/store_samples.h"

static struct spool_entry entry(const char *id, const char *prior, uint64_t before, uint64_t head,
                                const char *values)
{
    struct spool_entry e = {.before = before, .head = head, .count = 1, .values = str_from(values)};

    snprintf(e.epoch, sizeof e.epoch, "epoch");
    snprintf(e.id, sizeof e.id, "%s", id);
    snprintf(e.prior, sizeof e.prior, "%s", prior);
    return e;
}

static int name(void *arg, const struct spool_entry *e)
{
    buf_addf(arg, "%s:%s ", e->id, e->values.p);
    return 0;
}

static void add(struct spool *s, const char *id, const char *prior, uint64_t before)
{
    struct spool_entry e = entry(id, prior, before, before + 1, id);

    e.values.n++; /* with its NUL */
    assert_int_equal(spool_add(s, &e), 0);
}

static void entries_stand_in_a_chain(void **state)
{
    char *folder = samples_folder(), *path;
    struct spool *s, *second;
    struct buf b = BUF_INIT;
    struct spool_entry last;
    uint64_t from, forced;

    (void)state;
    assert_true(asprintf(&path, "%s/below/spool.db", folder) > 0);
    assert_int_equal(spool_open(path, &s), 0);
    assert_int_equal(spool_find(s, "epoch", "a", &from), ERR_NOTFOUND);
    assert_false(spool_last(s, &last));
    add(s, "b", "a", 1);
    add(s, "c", "b", 2);
    add(s, "x", "c", 3);
    assert_int_equal(spool_take_back(s), 0);
    add(s, "d", "c", 3);
    assert_int_equal(spool_open(path, &second), ERR_AGAIN);
    spool_close(s);
    assert_int_equal(spool_open(path, &s), 0);
    assert_int_equal(spool_find(s, "epoch", "a", &from), 0);
    assert_int_equal(spool_each(s, from, name, &b), 3);
    assert_int_equal(spool_find(s, "epoch", "c", &from), 0);
    assert_int_equal(spool_each(s, from, name, &b), 1);
    assert_true(str_is(buf_str(&b), "b:b c:c d:d d:d "));
    assert_int_equal(spool_find(s, "epoch", "d", &from), 0);
    assert_int_equal(spool_each(s, from, name, &b), 0);
    assert_int_equal(spool_find(s, "other", "a", &from), ERR_NOTFOUND);
    assert_int_equal(spool_find(s, "epoch", "x", &from), ERR_NOTFOUND);
    add(s, "f", "e", 5); /* somebody else wrote e */
    assert_int_equal(spool_find(s, "epoch", "a", &from), ERR_NOTFOUND);
    assert_int_equal(spool_find(s, "epoch", "e", &from), 0);
    assert_int_equal(spool_trim(s, spool_number(s), clock_now(), &forced), 0);
    assert_true(!forced && !spool_number(s));
    assert_int_equal(spool_find(s, "epoch", "f", &from), 0);
    assert_true(spool_last(s, &last) && last.head == 6 && !strcmp(last.id, "f"));
    spool_close(s);
    buf_free(&b);
    samples_remove(folder);
    free(folder);
    free(path);
}

static int count(void *arg, const struct spool_entry *e)
{
    *(int *)arg += e->note == 7;
    return 0;
}

static void it_does_not_grow_for_ever(void **state)
{
    enum { MANY = 12 };
    char *folder = samples_folder(), *path;
    struct buf big = BUF_INIT;
    struct spool *s;
    uint64_t forced;
    int notes = 0;

    (void)state;
    assert_true(asprintf(&path, "%s/spool.db", folder) > 0);
    for (size_t i = 0; i < SPOOL_BYTES / 8; i++)
        buf_add_char(&big, 'x');
    buf_add_char(&big, '\0');
    assert_int_equal(spool_open(path, &s), 0);
    struct spool_entry note = entry("n", "", 0, 0, "");
    note.note = 7;
    assert_int_equal(spool_add(s, &note), 0);
    for (int i = 0; i < MANY; i++) {
        struct spool_entry e = entry("b", "a", 0, 0, big.data);
        assert_int_equal(spool_add(s, &e), 0);
    }
    assert_int_equal(spool_trim(s, 0, clock_now(), &forced), 0);
    assert_int_equal(forced, MANY - 8);
    /* What tells of a note is neither too much nor safe, only too old one day. */
    assert_int_equal(spool_trim(s, INT64_MAX, clock_now(), &forced), 0);
    assert_true(!forced && !spool_number(s));
    assert_int_equal(spool_each(s, 0, count, &notes), 1);
    assert_int_equal(notes, 1);
    struct spool_entry e = entry("b", "a", 0, 0, "");
    assert_int_equal(spool_add(s, &e), 0);
    assert_int_equal(spool_trim(s, 0, clock_now() + SPOOL_KEEP_MS + 60000, &forced), 0);
    assert_true(forced == 1 && !spool_number(s));
    assert_int_equal(spool_each(s, 0, count, &notes), 0);
    spool_close(s);
    buf_free(&big);
    samples_remove(folder);
    free(folder);
    free(path);
}

static void a_damaged_file_is_replaced(void **state)
{
    char *folder = samples_folder(), *path;
    struct spool *s;

    (void)state;
    assert_true(asprintf(&path, "%s/spool.db", folder) > 0);
    assert_int_equal(file_replace(path, STR("no database at all, and long enough to be read as one"
                                            "................................................."),
                                  0600), 0);
    assert_int_equal(spool_open(path, &s), 0);
    add(s, "b", "a", 1);
    assert_true(spool_number(s) == 1);
    spool_close(s);
    samples_remove(folder);
    free(folder);
    free(path);
}

/* What another version kept is for another script; its notes are read as ever, and it is known who
 * wrote last. */
static void what_another_version_kept_is_dropped(void **state)
{
    char *folder = samples_folder(), *path;
    struct spool_entry note = entry("n", "", 0, 0, "note"), last;
    struct spool *s;
    uint64_t from;
    int notes = 0;
    sqlite3 *db;

    (void)state;
    note.note = 7;
    assert_true(asprintf(&path, "%s/spool.db", folder) > 0);
    assert_int_equal(spool_open(path, &s), 0);
    add(s, "b", "a", 1);
    assert_int_equal(spool_add(s, &note), 0);
    assert_int_equal(spool_set_last(s, "epoch", "b", 2), 0);
    spool_close(s);
    assert_int_equal(spool_open(path, &s), 0); /* the same version: all of it stays */
    assert_int_equal(spool_find(s, "epoch", "a", &from), 0);
    spool_close(s);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, "PRAGMA user_version = 0", NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
    assert_int_equal(spool_open(path, &s), 0);
    assert_int_equal(spool_find(s, "epoch", "a", &from), ERR_NOTFOUND);
    assert_true(spool_last(s, &last));
    assert_string_equal(last.id, "b");
    assert_int_equal(spool_each(s, 0, count, &notes), 1);
    assert_int_equal(notes, 1);
    spool_close(s);
    samples_remove(folder);
    free(folder);
    free(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(entries_stand_in_a_chain),
        cmocka_unit_test(it_does_not_grow_for_ever),
        cmocka_unit_test(a_damaged_file_is_replaced),
        cmocka_unit_test(what_another_version_kept_is_dropped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
