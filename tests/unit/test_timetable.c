/* The timetable over restarts, damage and kills. */
#define _GNU_SOURCE
#include "tests/unit/unit.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "feeds/schedule/timetable.h"
#include "tests/unit/scratch.h"

struct paper {
    char dir[SCRATCH_PATH], path[SCRATCH_PATH + 16];
};

static int set_up(void **state)
{
    struct paper *p = calloc(1, sizeof *p);

    assert_int_equal(scratch_folder(p->dir, "timetable"), 0);
    snprintf(p->path, sizeof p->path, "%s/timetable", p->dir);
    *state = p;
    return 0;
}

static int tear_down(void **state)
{
    struct paper *p = *state;

    unlink(p->path);
    rmdir(p->dir);
    free(p);
    return 0;
}

static uint64_t key(uint32_t i)
{
    return (i + 1) * UINT64_C(0x9e3779b97f4a7c15);
}

/* Claim n keys from `from` on, whose entries a run before found, or not; then set due to `due` + i.
 * */
static void fill(struct timetable *t, uint32_t from, uint32_t n, int64_t due)
{
    for (uint32_t i = from; i < from + n; i++) {
        uint32_t place;
        bool found;
        assert_int_equal(timetable_claim(t, key(i), &place, &found), 0);
        struct timetable_entry *e = timetable_begin(t, place);
        e->due = due + i;
        timetable_end(t, place);
    }
}

/* How many of n keys are found, with the due time that fill() gave. */
static uint32_t count_kept(struct timetable *t, uint32_t n, int64_t due)
{
    uint32_t kept = 0, place;
    bool found;

    for (uint32_t i = 0; i < n; i++) {
        assert_int_equal(timetable_claim(t, key(i), &place, &found), 0);
        assert_true(timetable_at(t, place)->key == key(i));
        if (found)
            assert_int_equal(timetable_at(t, place)->due, due + i);
        else
            assert_int_equal(timetable_at(t, place)->due, 0);
        kept += found;
    }
    timetable_settle(t);
    return kept;
}

static void survives_a_restart(void **state)
{
    struct paper *p = *state;
    enum { N = 10000 };

    for (int run = 0; run < 3; run++) {
        struct timetable *t = timetable_open(p->path);
        assert_non_null(t);
        assert_int_equal(count_kept(t, N, 7), run ? N : 0);
        timetable_close(t);
        t = timetable_open(p->path);
        fill(t, 0, N, 7);
        timetable_settle(t);
        timetable_close(t);
    }
}

static void reuses_the_places_of_those_who_left(void **state)
{
    struct paper *p = *state;
    struct stat before, after;
    struct timetable *t = timetable_open(p->path);

    fill(t, 0, 4096, 7);
    timetable_settle(t);
    timetable_close(t);
    assert_int_equal(stat(p->path, &before), 0);
    for (uint32_t run = 1; run < 4; run++) {
        t = timetable_open(p->path);
        fill(t, 0, 96, 7); /* the others are gone */
        timetable_settle(t);
        fill(t, run * 10000, 4000, 7);
        timetable_close(t);
    }
    assert_int_equal(stat(p->path, &after), 0);
    assert_int_equal(before.st_size, after.st_size);
}

static void damage(const char *path, off_t at, size_t n)
{
    int fd = open(path, O_RDWR);
    char byte;

    assert_true(fd >= 0);
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(pread(fd, &byte, 1, at + (off_t)i), 1);
        byte = (char)(byte ^ 0x55);
        assert_int_equal(pwrite(fd, &byte, 1, at + (off_t)i), 1);
    }
    close(fd);
}

static void forgets_only_what_is_damaged(void **state)
{
    struct paper *p = *state;
    enum { N = 100, ENTRY = sizeof(struct timetable_entry) };
    struct timetable *t = timetable_open(p->path);

    fill(t, 0, N, 7);
    timetable_close(t);
    damage(p->path, 4096 + 10 * ENTRY + 20, 1);
    damage(p->path, 4096 + 11 * ENTRY, ENTRY);
    t = timetable_open(p->path);
    assert_int_equal(count_kept(t, N, 7), N - 2);
    timetable_close(t);
    /* Another version, or no timetable at all, is begun anew. */
    damage(p->path, 3, 2);
    t = timetable_open(p->path);
    assert_int_equal(count_kept(t, N, 7), 0);
    timetable_close(t);
    assert_int_equal(truncate(p->path, 17), 0);
    t = timetable_open(p->path);
    assert_int_equal(count_kept(t, N, 7), 0);
    timetable_close(t);
}

static void lives_in_memory_without_a_file(void **state)
{
    struct paper *p = *state;
    char none[SCRATCH_PATH + 32];
    struct timetable *t = timetable_open(p->path);
    snprintf(none, sizeof none, "%s/nowhere/timetable", p->dir);
    const char *const paths[] = {NULL, none, p->path /* locked */};

    for (size_t i = 0; i < 3; i++) {
        struct timetable *other = timetable_open(paths[i]);
        assert_non_null(other);
        fill(other, 0, 5000, 7);
        timetable_close(other);
    }
    timetable_close(t);
}

/* A process that changes entries without rest is killed: each is as it was or as it became. */
static void a_kill_loses_nothing(void **state)
{
    struct paper *p = *state;
    enum { N = 4, KILLS = 30 };
    uint32_t place[N];
    bool found;
    int64_t *told = mmap(NULL, sizeof *told * N, PROT_READ | PROT_WRITE,
                         MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    for (int kill_number = 0; kill_number < KILLS; kill_number++) {
        pid_t child = fork();
        if (child == 0) {
            struct timetable *t = timetable_open(p->path);
            for (uint32_t i = 0; i < N; i++)
                timetable_claim(t, key(i), &place[i], &found);
            for (int64_t n = 1;; n++) {
                struct timetable_entry *e = timetable_begin(t, place[n % N]);
                e->due = e->last = told[n % N] + 1;
                e->polls = (uint32_t)e->due;
                timetable_end(t, place[n % N]);
                ((volatile int64_t *)told)[n % N] = e->due;
            }
        }
        volatile int64_t *seen = told;
        int64_t begun = seen[0];
        while (seen[0] < begun + 1000 + kill_number * 37)
            ;
        kill(child, SIGKILL);
        assert_int_equal(waitpid(child, NULL, 0), child);
        struct timetable *t = timetable_open(p->path);
        for (uint32_t i = 0; i < N; i++) {
            assert_int_equal(timetable_claim(t, key(i), &place[i], &found), 0);
            const struct timetable_entry *e = timetable_at(t, place[i]);
            assert_true(found);
            assert_true(e->due == told[i] || e->due == told[i] + 1);
            assert_true(e->last == e->due && e->polls == (uint32_t)e->due);
            told[i] = e->due;
        }
        timetable_close(t);
    }
    munmap(told, sizeof *told * N);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(survives_a_restart, set_up, tear_down),
        cmocka_unit_test_setup_teardown(reuses_the_places_of_those_who_left, set_up, tear_down),
        cmocka_unit_test_setup_teardown(forgets_only_what_is_damaged, set_up, tear_down),
        cmocka_unit_test_setup_teardown(lives_in_memory_without_a_file, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_kill_loses_nothing, set_up, tear_down),
    };
    return cmocka_run_group_tests_name("timetable", tests, NULL, NULL);
}
