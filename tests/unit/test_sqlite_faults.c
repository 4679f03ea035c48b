/* What a killed process, a full disk and a damaged file leave of what was committed. */
#include "tests/unit/unit.h"

#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/err.h"
#include "tests/helpers/fault_vfs.h"
#include "tests/unit/sqlite_file.h"
#include "tests/unit/store_dump.h"
#include "tests/unit/store_samples.h"

/* Overwrite part of the file after a crash: it must be noticed at open, never served. */
static void damage_is_noticed(void **state)
{
    struct sqlite_file *f = *state;
    struct samples_batch *b = malloc(sizeof *b);
    struct samples given = {.random = 14};
    struct store *s = sqlite_file_open(f);

    for (int i = 0; i < 30; i++) {
        samples_batch(&given, b);
        assert_int_equal(store_commit(s, &b->batch), 0);
    }
    store_close(s);
    int64_t root = sqlite_file_sql(f->path,
                                   "SELECT rootpage FROM sqlite_schema WHERE name = 'concerns'");
    sqlite_file_sql(f->path, "UPDATE meta SET clean = 0");
    sqlite_file_sql(f->path, "PRAGMA wal_checkpoint(TRUNCATE)");
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
    struct sqlite_file *f = *state;
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
    s = sqlite_file_open(f);
    store_dump(s, &left);
    store_dump(twin, &right);
    assert_int_equal(left.len, right.len);
    assert_memory_equal(left.data, right.data, left.len);
    store_close(s);
    store_close(twin);
    buf_free(&left);
    buf_free(&right);
    free(b);
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
static bool fail_at(struct sqlite_file *f, long point, int code, bool lasting)
{
    struct samples given = {.random = 14};
    struct samples_batch *b = malloc(sizeof *b);
    struct store *s;

    samples_remove(f->folder);
    s = sqlite_file_open(f);
    samples_batch(&given, b);
    for (int i = 0; i < 3 || !b->batch.nevents || !b->batch.nitems || !b->batch.nnotes; i++) {
        assert_int_equal(store_commit(s, &b->batch), 0);
        samples_batch(&given, b);
    }
    uint64_t before = store_head(s);
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
    assert_int_equal(sqlite_file_sql(f->path, "SELECT count(*) FROM pragma_integrity_check "
                                              "WHERE integrity_check != 'ok'"), 0);
    s = sqlite_file_open(f);
    assert_int_equal(store_head(s), expected);
    assert_int_equal(sqlite_file_sql(f->path,
                                     "SELECT items = (SELECT count(*) FROM items) FROM meta"), 1);
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        SQLITE_FILE_TEST(damage_is_noticed),
        SQLITE_FILE_TEST(killed_writer_loses_nothing),
        SQLITE_FILE_TEST(full_disk_keeps_all_or_nothing),
    };
    if (fault_vfs_install())
        return 1;
    return cmocka_run_group_tests_name("sqlite faults", tests, NULL, NULL);
}
