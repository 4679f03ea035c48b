/* Keys of several machines: each does what the store has of them, and loses none of it. */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alerts/bus/keys.h"
#include "base/err.h"
#include "daemon/cluster/keyring.h"
#include "store/backend.h"
#include "tests/unit/store_samples.h"

static struct {
    struct store *store;
    const struct backend *real;
    struct backend between; /* the real one, and what another machine commits meanwhile */
    struct store_shared late;
    unsigned reads, late_after; /* 0: nothing is late */
    char *folder;
    char keys[2][KEY_TEXT];
} t;

static void put(struct store_shared row, int64_t at)
{
    row.at = at;
    struct store_batch batch = {.shared = &row, .nshared = 1};

    assert_int_equal(store_commit(t.store, &batch), 0);
}

static int each_shared(struct store *s, const struct store_shared *which,
                       int (*each)(void *arg, const struct store_shared *row), void *arg)
{
    int err = t.real->each_shared(s, which, each, arg);

    if (++t.reads == t.late_after)
        put(t.late, t.late.at);
    return err;
}

static int begin(void **state)
{
    char stem[8];

    (void)state;
    t.folder = samples_folder();
    assert_int_equal(store_open("memory:", &t.store), 0);
    t.real = t.store->backend;
    t.between = *t.real;
    t.between.each_shared = each_shared;
    t.store->backend = &t.between;
    t.reads = t.late_after = 0;
    for (int i = 0; i < 2; i++) {
        struct key_pair pair;
        snprintf(stem, sizeof stem, "made%c", 'a' + i);
        assert_int_equal(keys_ensure(t.folder, stem), 0);
        assert_int_equal(keys_read(t.folder, stem, false, &pair), 0);
        memcpy(t.keys[i], pair.public_key, KEY_TEXT);
        keys_wipe(&pair);
    }
    return 0;
}

static int end(void **state)
{
    (void)state;
    t.store->backend = t.real;
    store_close(t.store);
    samples_remove(t.folder);
    free(t.folder);
    return 0;
}

static bool follow(void)
{
    bool changed;

    assert_int_equal(keyring_follow(t.store, t.folder, &changed), 0);
    return changed;
}

static bool there(const char *stem)
{
    struct key_pair pair;
    int err = keys_read(t.folder, stem, false, &pair);

    keys_wipe(&pair);
    return !err;
}

static void what_is_done_elsewhere_is_done_here(void **state)
{
    (void)state;
    put(keyring_row("labour", false, str_from(t.keys[0])), 10);
    put(keyring_row("hall", true, str_from(t.keys[1])), 11);
    assert_true(follow() && there("units/labour") && there("dashboards/hall"));
    assert_false(follow());
    put(keyring_row("labour", false, STR_NONE), 12);
    assert_true(follow() && !there("units/labour") && there("dashboards/hall"));
    assert_false(follow());
}

/* The two passes over the keys are two readings of the store. */
static void a_revocation_between_the_passes_is_not_lost(void **state)
{
    (void)state;
    put(keyring_row("labour", false, str_from(t.keys[0])), 10);
    assert_true(follow() && there("units/labour"));
    put(keyring_row("health", false, str_from(t.keys[1])), 20);
    t.late = keyring_row("labour", false, STR_NONE);
    t.late.at = 30;
    t.late_after = t.reads + 1;
    assert_true(follow() && there("units/health"));
    follow();
    assert_false(there("units/labour"));
    assert_false(follow());
}

/* One that takes a key over whose owner gave it up after the first pass waits for the next call. */
static void a_key_between_the_passes_is_taken_next(void **state)
{
    (void)state;
    put(keyring_row("labour", false, str_from(t.keys[0])), 10);
    t.late = keyring_row("health", false, str_from(t.keys[1]));
    t.late.at = 30;
    t.late_after = t.reads + 1;
    assert_true(follow() && there("units/labour"));
    assert_false(there("units/health"));
    assert_true(follow() && there("units/health"));
    assert_false(follow());
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_is_done_elsewhere_is_done_here, begin, end),
        cmocka_unit_test_setup_teardown(a_revocation_between_the_passes_is_not_lost, begin, end),
        cmocka_unit_test_setup_teardown(a_key_between_the_passes_is_taken_next, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
