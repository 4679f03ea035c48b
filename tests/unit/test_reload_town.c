/* What a machine does with everybody's rules that cannot be put in force at it. */
#include "tests/unit/unit.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/reload/reload_state.h"
#include "store/backend.h"
#include "tests/unit/store_samples.h"

static struct {
    struct store *store;
    const struct backend *real;
    struct backend between; /* the real one; counts */
    struct config config;
    unsigned reads;
} t;

static int each_shared(struct store *s, const struct store_shared *which,
                       int (*each)(void *arg, const struct store_shared *row), void *arg)
{
    t.reads++;
    return t.real->each_shared(s, which, each, arg);
}

static int begin(void **state)
{
    (void)state;
    t.config = (struct config){.cache = samples_folder()};
    assert_int_equal(store_open("memory:", &t.store), 0);
    t.real = t.store->backend;
    t.between = *t.real;
    t.between.each_shared = each_shared;
    t.store->backend = &t.between;
    return 0;
}

static int end(void **state)
{
    (void)state;
    t.store->backend = t.real;
    store_close(t.store);
    samples_remove(t.config.cache);
    free(t.config.cache);
    return 0;
}

/* `named`: the block whose name is given to it. */
static void publish(const char *named, const char *block, int64_t at)
{
    struct store_shared rows[TOWN_RULES_ROWS];
    struct store_batch batch = {.shared = rows, .nshared = TOWN_RULES_ROWS};
    char name[RULES_PACK_NAME];

    rules_pack_name(str_from(named), name);
    town_rules_rows(str_from(block), name, rows);
    rows[0].at = rows[1].at = at;
    assert_int_equal(store_commit(t.store, &batch), 0);
}

/* How often the store is read for it. */
static unsigned follow(struct reload *r)
{
    unsigned before = t.reads;

    reload_town_follow(r);
    return t.reads - before;
}

static void what_can_never_be_in_force_is_tried_once(void **state)
{
    struct reload r = {.conf = {.config = &t.config, .follows = true}, .reader = t.store};

    (void)state;
    assert_int_equal(follow(&r), 1); /* nobody has any */
    publish("no block", "no block", 1);
    unsigned tried = follow(&r);
    assert_true(tried > 1);
    for (int i = 0; i < 3; i++)
        assert_int_equal(follow(&r), 1);
    /* another one is */
    publish("nor this", "nor this", 2);
    assert_int_equal(follow(&r), tried);
    assert_int_equal(follow(&r), 1);
    assert_string_equal(r.pack, "");
    /* and so is, each time, what is not all there yet */
    publish("half", "ha", 3);
    assert_int_equal(follow(&r), tried);
    assert_int_equal(follow(&r), tried);
    publish("half", "half", 4);
    assert_int_equal(follow(&r), tried);
    assert_int_equal(follow(&r), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_can_never_be_in_force_is_tried_once, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
