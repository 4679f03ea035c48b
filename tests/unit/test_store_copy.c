/* Copies are whole: backups of a ledger that a real desk wrote, and what is restored of them. */
#define _GNU_SOURCE
#include "tests/unit/unit.h"

#include <dirent.h>
#include <pthread.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "base/file.h"
#include "store/copy.h"
#include "store/sqlite/migrate.h"
#include "tests/unit/same.h"
#include "tests/unit/town_file.h"

static char *join(const char *a, const char *b)
{
    char *out = NULL;

    assert_true(asprintf(&out, "%s%s", a, b) > 0);
    return out;
}

static const struct copy_watch quiet = {.audit = {.found = town_file_tell}};

struct writer {
    struct town_ledger *town;
    atomic_bool stop;
    atomic_int commits;
};

static void *write_on(void *arg)
{
    struct writer *w = arg;

    while (!w->stop) {
        assert_int_equal(town_ledger_step(w->town), 0);
        w->commits++;
    }
    return NULL;
}

/* Each backup that is taken while the ledger is written is a beginning of that ledger. */
static void backups_under_load_are_prefixes(void **state)
{
    struct town_file *f = *state;
    struct writer w = {.town = &f->town};
    struct audit_result r[5];
    struct event a, b;
    struct stat st;
    pthread_t thread;

    assert_int_equal(pthread_create(&thread, NULL, write_on, &w), 0);
    for (int i = 0; i < 5; i++) {
        char *to = NULL;
        assert_true(asprintf(&to, "%s.%d", f->other, i) > 0);
        for (int before = w.commits; w.commits < before + 3;)
            usleep(1000);
        assert_int_equal(copy_backup(f->file.path, to, &quiet, &r[i]), 0);
        assert_int_equal(stat(to, &st), 0);
        assert_int_equal(st.st_mode & 0777, 0600);
        free(to);
    }
    w.stop = true;
    pthread_join(thread, NULL);
    for (int i = 0; i < 5; i++) {
        char *address = NULL;
        struct store *copy;
        assert_true(asprintf(&address, "sqlite:%s.%d", f->other, i) > 0);
        assert_true(r[i].events > (i ? r[i - 1].events : 0));
        assert_int_equal(store_open(address, &copy), 0);
        assert_string_equal(store_epoch(copy), store_epoch(f->town.store));
        assert_int_equal(store_head(copy), r[i].events);
        for (uint64_t seq = 0; seq < r[i].events; seq++) {
            assert_int_equal(store_events_after(copy, seq, &a, 1), 1);
            assert_int_equal(store_events_after(f->town.store, seq, &b, 1), 1);
            same_event(&a, &b);
        }
        store_close(copy);
        free(address);
    }
    town_ledger_close(&f->town);
}

/* How many files there are besides the ledger's own. */
static int others(const struct town_file *f)
{
    DIR *folder = opendir(f->file.folder);
    int count = 0;

    assert_non_null(folder);
    for (const struct dirent *e; (e = readdir(folder));)
        count += e->d_name[0] != '.' && strncmp(e->d_name, "ledger.db", 9) != 0;
    closedir(folder);
    return count;
}

/* Nothing is beside a backup, and what has expired is not in it. */
static void backups_hold_no_expired_text(void **state)
{
    struct town_file *f = *state;
    struct audit_result r;

    /* The town lived in spring: by today's clock all its texts are to go. */
    assert_true(store_texts(f->town.store) == f->town.items);
    assert_int_equal(copy_backup(f->file.path, f->other, &quiet, &r), 0);
    assert_int_equal(r.texts, 0);
    assert_int_equal(r.items, f->town.items);
    for (unsigned i = 0; i < f->town.items; i++) {
        char text[32];
        snprintf(text, sizeof text, "text %u.", i);
        assert_false(sqlite_file_holds(f->other, "", text));
    }
    town_ledger_close(&f->town);
    assert_int_equal(others(f), 1);
}

/* The ledger writes more meanwhile than the WAL may grow: the copy is begun anew, and given up. */
static void hurry(void *arg, size_t done, size_t total)
{
    (void)done;
    (void)total;
    assert_int_equal(town_ledger_step(arg), 0);
}

static void the_wal_stays_bounded(void **state)
{
    struct town_file *f = *state;
    struct copy_watch watch = {.step = hurry, .audit = {.found = town_file_tell}, .arg = &f->town,
                               .wal_most = 4096};
    struct audit_result r;

    while (sqlite_file_sql(f->file.path, "PRAGMA page_count") < 600)
        assert_int_equal(town_ledger_step(&f->town), 0);
    assert_int_equal(copy_backup(f->file.path, f->other, &watch, &r), ERR_AGAIN);
    assert_int_equal(access(f->other, F_OK), -1);
    watch.wal_most = 0;
    assert_int_equal(copy_backup(f->file.path, f->other, &watch, &r), 0);
    town_ledger_close(&f->town);
}

static void restoring_begins_a_new_epoch(void **state)
{
    struct town_file *f = *state;
    struct audit_result r;
    struct copy_restored done;
    struct store *s;
    char epoch[STORE_EPOCH], *kept;
    unsigned char key[16];

    assert_int_equal(copy_backup(f->file.path, f->other, &quiet, &r), 0);
    for (int i = 0; i < 5; i++)
        assert_int_equal(town_ledger_step(&f->town), 0);
    uint64_t head = store_head(f->town.store), cursor = store_cursor(f->town.store, "hr", "desk");
    snprintf(epoch, sizeof epoch, "%s", store_epoch(f->town.store));
    memcpy(key, store_hash_key(f->town.store), sizeof key);
    assert_int_equal(copy_restore(f->other, f->file.path, &quiet, &done), ERR_REFUSED);
    assert_int_equal(store_head(f->town.store), head);
    town_ledger_close(&f->town);

    assert_int_equal(copy_restore(f->other, f->file.path, &quiet, &done), 0);
    assert_non_null(done.kept);
    assert_int_equal(store_open(f->file.address, &s), 0);
    assert_string_equal(store_epoch(s), done.epoch);
    assert_string_not_equal(store_epoch(s), epoch);
    assert_memory_equal(store_hash_key(s), key, sizeof key);
    assert_int_equal(store_head(s), r.events);
    assert_in_range(store_cursor(s, "hr", "desk"), 1, cursor);
    store_close(s);
    kept = join("sqlite:", done.kept);
    assert_int_equal(store_open(kept, &s), 0);
    assert_string_equal(store_epoch(s), epoch);
    assert_int_equal(store_head(s), head);
    store_close(s);
    free(kept);
    free(done.kept);
}

/* The daemon died: what its WAL holds is in what is kept. */
static void restoring_keeps_what_a_crash_left(void **state)
{
    struct town_file *f = *state;
    struct audit_result r;
    struct copy_restored done;
    struct store *s;
    char *wal = join(f->file.path, "-wal"), *kept;
    struct buf raw = BUF_INIT, raw_wal = BUF_INIT;

    assert_int_equal(copy_backup(f->file.path, f->other, &quiet, &r), 0);
    assert_int_equal(town_ledger_step(&f->town), 0);
    uint64_t head = store_head(f->town.store);
    assert_int_equal(file_read(f->file.path, SIZE_MAX >> 1, &raw), 0);
    assert_int_equal(file_read(wal, SIZE_MAX >> 1, &raw_wal), 0);
    town_ledger_close(&f->town);
    assert_int_equal(file_replace(f->file.path, buf_str(&raw), 0600), 0);
    assert_int_equal(file_replace(wal, buf_str(&raw_wal), 0600), 0);
    assert_int_equal(copy_restore(f->other, f->file.path, &quiet, &done), 0);
    assert_int_equal(access(wal, F_OK), -1);
    assert_int_equal(store_open(f->file.address, &s), 0);
    assert_int_equal(store_head(s), r.events);
    store_close(s);
    kept = join("sqlite:", done.kept);
    assert_int_equal(store_open(kept, &s), 0);
    assert_int_equal(store_head(s), head);
    store_close(s);
    free(kept);
    free(done.kept);
    free(wal);
    buf_free(&raw);
    buf_free(&raw_wal);
}

/* Written by an earlier version: its structure alone can be looked at, and a restore brings it up
 * to date. */
static void older_backups_are_brought_up_to_date(void **state)
{
    struct town_file *f = *state;
    struct audit_watch watch = {.found = town_file_tell};
    struct audit_result r;
    struct copy_restored done;
    sqlite3 *db;

    town_ledger_close(&f->town);
    assert_int_equal(sqlite3_open(f->other, &db), SQLITE_OK);
    assert_int_equal(migrate_run(db, migrate_steps, migrate_count - 1), 0);
    assert_int_equal(sqlite3_exec(db, "INSERT INTO meta (one, epoch, hash_key) VALUES (1, "
                                  "'01234567-89ab-cdef-0123-456789abcdef', zeroblob(16))", NULL,
                                  NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
    assert_int_equal(audit_file(f->other, &watch, &r), 0);
    assert_true(r.older && !r.findings);
    assert_int_equal(copy_restore(f->other, f->file.path, &quiet, &done), 0);
    assert_int_equal(sqlite_file_sql(f->file.path, "PRAGMA user_version"),
                     migrate_steps[migrate_count - 1].version);
    town_file_sound(f->file.path, &r);
    assert_false(r.older);
    assert_int_equal(r.events, 0);
    town_file_sound(done.kept, &r);
    assert_int_equal(r.items, f->town.items);
    free(done.kept);
}

/* The disk of the backup is full: nothing is left there, and the ledger goes on. */
static void a_full_disk_leaves_no_backup(void **state)
{
    struct town_file *f = *state;
    struct rlimit before, small;
    struct audit_result r;

    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    small = before;
    small.rlim_cur = 200 * 1024;
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    assert_int_equal(copy_backup(f->file.path, f->other, &quiet, &r), ERR_IO);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    assert_int_equal(others(f), 0);
    assert_int_equal(town_ledger_step(&f->town), 0);
    assert_int_equal(copy_backup(f->file.path, f->other, &quiet, &r), 0);
    town_ledger_close(&f->town);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TOWN_FILE_TEST(backups_under_load_are_prefixes),
        TOWN_FILE_TEST(backups_hold_no_expired_text),
        TOWN_FILE_TEST(the_wal_stays_bounded),
        TOWN_FILE_TEST(older_backups_are_brought_up_to_date),
        TOWN_FILE_TEST(a_full_disk_leaves_no_backup),
        TOWN_FILE_TEST(restoring_begins_a_new_epoch),
        TOWN_FILE_TEST(restoring_keeps_what_a_crash_left),
    };
    return cmocka_run_group_tests_name("store-copy", tests, NULL, NULL);
}
