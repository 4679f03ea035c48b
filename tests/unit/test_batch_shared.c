/* What all machines go by: a key is one owner's, and what is large is not read to be replaced. */
#include "base/err.h"
#include "store/backend.h"
#include "tests/unit/batch_rig.h"
#include "tests/unit/unit.h"

static struct {
    const struct backend *real;
    struct backend between; /* the real one; counts */
    unsigned reads;
} counted;

static int each_shared(struct store *s, const struct store_shared *which,
                       int (*each)(void *arg, const struct store_shared *row), void *arg)
{
    counted.reads++;
    return counted.real->each_shared(s, which, each, arg);
}

/* In a batch of its own, at this time: its status. */
static int share(struct batch_rig *t, const struct store_shared *rows, size_t n, int64_t now)
{
    struct store_batch out = {0};
    int status = -1;

    counted.real = t->store->backend;
    counted.between = *counted.real;
    counted.between.each_shared = each_shared;
    counted.reads = 0;
    t->store->backend = &counted.between;
    assert_int_equal(batch_begin(t->batch, t->desk, now, &(struct batch_bounds){.commands = 1}), 0);
    assert_int_equal(batch_share(t->batch, rows, n, &status), 0);
    t->store->backend = counted.real;
    if (batch_finish(t->batch, &out))
        assert_int_equal(store_commit(t->store, &out), 0);
    batch_applied(t->batch);
    return status;
}

static int take_time(void *arg, const struct store_shared *row)
{
    *(int64_t *)arg = row->at;
    return 0;
}

static int64_t time_of(struct batch_rig *t, const char *name)
{
    int64_t at;

    assert_int_equal(store_each_shared(t->store, STORE_SHARED_KEY, name, take_time, &at), 0);
    return at;
}

static void a_key_is_one_owners(void **state)
{
    struct batch_rig *t = *state;
    const struct store_shared rows[] = {
        {.kind = STORE_SHARED_KEY, .name = "units/a", .value = STR("first")},
        {.kind = STORE_SHARED_KEY, .name = "units/b", .value = STR("second")},
        {.kind = STORE_SHARED_KEY, .name = "units/c", .value = STR("first")}};

    assert_int_equal(share(t, rows, 2, t->now), 0);
    assert_int_equal(counted.reads, 1);
    assert_int_equal(share(t, &rows[2], 1, t->now), ERR_EXISTS);
    /* in whatever place it stands, and with the clock set back */
    const struct store_shared both[] = {
        {.kind = STORE_SHARED_KEY, .name = "units/d", .value = STR("third")}, rows[2]};
    assert_int_equal(share(t, both, 2, t->now), ERR_EXISTS);
    assert_int_equal(share(t, both, 1, t->now - 1000), 0);
    assert_true(time_of(t, "units/d") > time_of(t, "units/a"));
}

static void what_is_large_is_not_read(void **state)
{
    struct batch_rig *t = *state;
    const struct store_shared rows[] = {
        {.kind = STORE_SHARED_RULES, .name = "head", .value = STR("name")},
        {.kind = STORE_SHARED_RULES, .name = "files", .value = STR("block")},
        {.kind = STORE_SHARED_STAGED, .name = "files", .drop = true}};

    assert_int_equal(share(t, rows, 3, t->now), 0);
    assert_int_equal(share(t, rows, 3, t->now + 1), 0);
    assert_int_equal(counted.reads, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_key_is_one_owners, batch_rig_set_up,
                                        batch_rig_tear_down),
        cmocka_unit_test_setup_teardown(what_is_large_is_not_read, batch_rig_set_up,
                                        batch_rig_tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
