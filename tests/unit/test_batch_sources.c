/* What a batch makes of sources: those that move, those that are added, and how many of a state. */
#include "tests/unit/unit.h"

#include <stdio.h>

#include "base/err.h"
#include "tests/unit/batch_bench.h"

/* Two feeds that are made one: the first to move has the address, of the other nothing is said. */
static void two_move_to_one_address(void **state)
{
    (void)state;
    struct batch_bench t;
    size_t n, moves = 0;

    batch_bench_open(&t);
    batch_bench_add(&t, "a", SOURCE_NEWS);
    batch_bench_add(&t, "b", SOURCE_NEWS);
    batch_bench_begin(&t);
    struct fetched polls[2];
    for (uint32_t i = 0; i < 2; i++) {
        polls[i] = (struct fetched){.source = i,
                                    .outcome = FETCH_UNCHANGED,
                                    .status = 304,
                                    .at = t.now,
                                    .moved_to = (char *)"http://one.example/feed"};
        assert_int_equal(batch_poll(t.batch, &polls[i], NULL, NULL), 0);
    }
    const struct batch_deed *deeds = batch_deeds(t.batch, &n);
    for (size_t i = 0; i < n; i++)
        moves += deeds[i].kind == BATCH_MOVE;
    assert_int_equal(moves, 1);
    struct store_batch out;
    assert_true(batch_finish(t.batch, &out));
    assert_int_equal(out.nevents, 1);
    assert_int_equal(out.nsources, 1);
    assert_true(str_is(out.sources[0].id, "a"));
    batch_bench_close(&t);
}

enum { MOTLEY = 100 };

/* Add n sources, of which every second is refused, under a key in a batch of its own: how many are
 * to be added. */
static size_t add_once(struct batch_bench *t, const char *key, uint64_t request, size_t n,
                       int *each, int *status)
{
    const struct batch_once once = {key, request, 5};
    const struct batch_bounds bounds = {.sources = n, .commands = 1};
    char urls[MOTLEY][64], ids[MOTLEY][24];
    struct source list[MOTLEY] = {0};
    struct store_batch out = {0};

    for (size_t i = 0; i < n; i++) {
        snprintf(ids[i], sizeof ids[i], "s%zu", i);
        snprintf(urls[i], sizeof urls[i], i % 2 ? "https://x.example/%zu"
                                                : "https://x.example/space-uid-%zu.html", i);
        list[i] = (struct source){.id = ids[i], .name = ids[i], .url = urls[i]};
    }
    list[0].url = (char *)"http://first.example/";
    assert_int_equal(batch_begin(t->batch, t->desk, t->now, &bounds), 0);
    assert_int_equal(batch_sources_once(t->batch, &once, BATCH_SOURCE_ADD, list, n, each, status),
                     0);
    if (batch_finish(t->batch, &out))
        assert_int_equal(store_commit(t->store, &out), 0);
    batch_applied(t->batch);
    return out.nadds;
}

/* What a client that asks again hears is what it would have heard, whatever came between. */
static void sources_under_a_key_are_added_once(void **state)
{
    (void)state;
    struct batch_bench t;
    int first[MOTLEY], again[MOTLEY], status;

    batch_bench_open(&t);
    assert_int_equal(add_once(&t, "k1", 7, 4, first, &status), 3);
    assert_true(status == 0 && first[0] == 0 && first[1] == 0);
    assert_int_equal(first[2], ERR_REFUSED);
    batch_bench_add(&t, "s1", SOURCE_NEWS);
    memset(again, 1, sizeof again);
    assert_int_equal(add_once(&t, "k1", 7, 4, again, &status), 0);
    assert_int_equal(status, 0);
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(again[i], first[i]);
    /* The key of another request, of another number of sources too. */
    assert_int_equal(add_once(&t, "k1", 8, 4, again, &status), 0);
    assert_int_equal(status, ERR_REUSED);
    assert_int_equal(add_once(&t, "k1", 7, 3, again, &status), 0);
    assert_int_equal(status, ERR_REUSED);
    assert_int_equal(add_once(&t, "k1", 7, 5, again, &status), 0);
    assert_int_equal(status, ERR_REUSED);
    /* Another key says what is there. */
    add_once(&t, "k2", 7, 4, again, &status);
    assert_true(status == 0 && again[1] == ERR_EXISTS);
    /* Too motley to be kept: done again. */
    assert_int_equal(add_once(&t, "k3", 9, MOTLEY, first, &status), MOTLEY / 2);
    batch_bench_add(&t, "s3", SOURCE_NEWS);
    add_once(&t, "k3", 9, MOTLEY, again, &status);
    assert_true(status == 0 && first[3] == 0 && again[3] == ERR_EXISTS);
    batch_bench_close(&t);
}

static void states_are_counted(void **state)
{
    (void)state;
    static const struct source_entry entries[] = {
        {.state = STORE_SOURCE_PAUSED},      {.state = STORE_SOURCE_RETIRED},
        {.strikes = STORE_SILENT},           {.failures = 1},
        {.state = STORE_SOURCE_QUARANTINED}, {.strikes = STORE_SILENT, .failures = 2},
        {.strikes = 1},                      {.state = STORE_SOURCE_PAUSED, .failures = 1},
    };
    enum { N = sizeof entries / sizeof *entries };
    struct source_table *t = source_table_new();
    struct source_table_counts n;

    assert_int_equal(source_table_grow(t, N), 0);
    for (int round = 0; round < 2; round++) {
        for (uint32_t i = 0; i < N; i++)
            source_table_set(t, i, &entries[i]);
        source_table_counts(t, &n);
        assert_int_equal(n.paused, 2);
        assert_int_equal(n.retired, 1);
        assert_int_equal(n.silent, 1);
        assert_int_equal(n.quarantined, 3);
    }
    for (uint32_t i = 0; i < N; i++)
        source_table_set(t, i, &(struct source_entry){0});
    source_table_counts(t, &n);
    assert_int_equal(n.paused + n.retired + n.silent + n.quarantined, 0);
    source_table_free(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_move_to_one_address),
        cmocka_unit_test(sources_under_a_key_are_added_once),
        cmocka_unit_test(states_are_counted),
    };
    return cmocka_run_group_tests_name("batch sources", tests, NULL, NULL);
}
