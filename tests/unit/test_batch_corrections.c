/* 更正与删除: what is asked for is counted, bounded by the hour and decided, onto the real store. */
#include "base/clock.h"
#include "base/err.h"
#include "tests/unit/batch_rig.h"
#include "tests/unit/unit.h"

enum { CONCERN_HOUR = 10, ALL_HOUR = 500 }; /* what an hour takes of a kind, and of all */

static const struct store_correction none;

static void begin(struct batch_rig *t)
{
    assert_int_equal(batch_begin(t->batch, t->desk, t->now, &(struct batch_bounds){.commands = 1}),
                     0);
}

/* How many rows of requests the transaction holds. */
static size_t commit(struct batch_rig *t)
{
    struct store_batch out = {0};

    if (batch_finish(t->batch, &out))
        assert_int_equal(store_commit(t->store, &out), 0);
    batch_applied(t->batch);
    return out.ncorrections;
}

static int add(struct batch_rig *t, enum batch_correction_act act, uint64_t concern,
               enum store_wish wish, enum erasure reason)
{
    const struct batch_correction what = {act, concern, wish, reason};
    const char *why = "";
    int status = -1;

    assert_int_equal(batch_correct(t->batch, &what, &status, &why), 0);
    assert_true((status == 0) == (why == NULL));
    return status;
}

/* In a transaction of its own. */
static int act(struct batch_rig *t, enum batch_correction_act a, enum store_wish wish,
               enum erasure reason)
{
    begin(t);
    int status = add(t, a, t->concern, wish, reason);
    commit(t);
    return status;
}

static int ask(struct batch_rig *t)
{
    return act(t, BATCH_CORRECTION_ASK, STORE_WISH_ERASE, ERASURE_PERSONAL);
}

static int take(void *arg, const struct store_correction *row)
{
    struct store_correction *wanted = arg;

    if (row->concern == wanted->concern && row->wish == wanted->wish &&
        row->reason == wanted->reason)
        *wanted = *row;
    return 0;
}

/* As the store has it; zeroes when it has none. */
static struct store_correction kept(struct batch_rig *t, uint64_t concern, enum store_wish wish,
                                    enum erasure reason)
{
    struct store_correction row = {.concern = concern, .wish = wish, .reason = reason};

    assert_int_equal(store_corrections(t->store, 0, 0, 0, 0, take, &row), 0);
    return row;
}

static struct store_correction asked(struct batch_rig *t)
{
    return kept(t, t->concern, STORE_WISH_ERASE, ERASURE_PERSONAL);
}

static struct store_correction sums(struct batch_rig *t)
{
    return kept(t, none.concern, none.wish, none.reason);
}

static void requests_are_counted_by_kind(void **state)
{
    struct batch_rig *t = *state;
    int64_t first = t->now;

    assert_int_equal(ask(t), 0);
    t->now += 60000;
    assert_int_equal(ask(t), 0);
    assert_int_equal(act(t, BATCH_CORRECTION_ASK, STORE_WISH_CORRECT, ERASURE_WRONG), 0);
    batch_rig_restart(t);
    assert_int_equal(asked(t).waiting, 2);
    assert_true(asked(t).since == first); /* the one that waits longest */
    assert_true(kept(t, t->concern, STORE_WISH_CORRECT, ERASURE_WRONG).since == t->now);
    assert_int_equal(sums(t).waiting, 3);
    assert_int_equal(kept(t, t->concern, STORE_WISH_CORRECT, ERASURE_PERSONAL).waiting, 0);
}

static void all_that_wait_of_a_kind_are_decided(void **state)
{
    struct batch_rig *t = *state;
    const enum store_wish wish = STORE_WISH_ERASE;

    assert_int_equal(ask(t) + ask(t), 0);
    assert_int_equal(act(t, BATCH_CORRECTION_ASK, STORE_WISH_CORRECT, ERASURE_WRONG), 0);
    t->now += BATCH_RIG_HOUR;
    assert_int_equal(act(t, BATCH_CORRECTION_GRANT, wish, ERASURE_PERSONAL), 0);
    struct store_correction row = asked(t), all = sums(t);
    assert_true(row.waiting == 0 && row.granted == 2 && row.refused == 0);
    assert_true(row.since == 0 && row.decided == t->now);
    assert_true(all.waiting == 1 && all.granted == 2 && all.decided == t->now);
    /* nothing is left of it to decide, and nothing is told to the store */
    begin(t);
    assert_int_equal(add(t, BATCH_CORRECTION_GRANT, t->concern, wish, ERASURE_PERSONAL),
                     ERR_NOTFOUND);
    assert_int_equal(add(t, BATCH_CORRECTION_REFUSE, t->concern, wish, ERASURE_SECRET),
                     ERR_NOTFOUND);
    assert_int_equal(commit(t), 0);
    t->now += BATCH_RIG_HOUR;
    assert_int_equal(ask(t), 0); /* asked for again: it waits since then */
    assert_true(asked(t).since == t->now);
    assert_int_equal(act(t, BATCH_CORRECTION_REFUSE, wish, ERASURE_PERSONAL), 0);
    assert_true(asked(t).granted == 2 && asked(t).refused == 1);
    assert_true(sums(t).waiting == 1 && sums(t).granted == 2 && sums(t).refused == 1);
}

/* Asked one by one, and in one batch: the count within a batch goes on from what is in it. */
static void an_hour_takes_so_many_of_a_kind(void **state)
{
    struct batch_rig *t = *state;

    t->now -= t->now % BATCH_RIG_HOUR;
    for (int i = 0; i < CONCERN_HOUR / 2; i++)
        assert_int_equal(ask(t), 0);
    begin(t);
    for (int i = CONCERN_HOUR / 2; i < CONCERN_HOUR + 3; i++)
        assert_int_equal(add(t, BATCH_CORRECTION_ASK, t->concern, STORE_WISH_ERASE,
                             ERASURE_PERSONAL), i < CONCERN_HOUR ? 0 : ERR_AGAIN);
    /* another kind has its own hour, and comes behind what was refused */
    assert_int_equal(add(t, BATCH_CORRECTION_ASK, t->concern, STORE_WISH_ERASE, ERASURE_ASKED), 0);
    assert_int_equal(commit(t), 3); /* both kinds, and the sums */
    assert_int_equal(asked(t).waiting, CONCERN_HOUR);
    assert_int_equal(sums(t).waiting, CONCERN_HOUR + 1);
    t->now += BATCH_RIG_HOUR - 1;
    batch_rig_restart(t);
    assert_int_equal(ask(t), ERR_AGAIN);
    /* deciding is not bounded, and opens no second hour */
    assert_int_equal(act(t, BATCH_CORRECTION_GRANT, STORE_WISH_ERASE, ERASURE_PERSONAL), 0);
    assert_int_equal(ask(t), ERR_AGAIN);
    assert_int_equal(asked(t).waiting, 0);
    t->now++;
    assert_int_equal(ask(t), 0);
    assert_int_equal(asked(t).in_hour, 1);
}

static void an_hour_takes_so_many_of_all(void **state)
{
    struct batch_rig *t = *state;
    const struct store_correction full = {.waiting = ALL_HOUR, .since = t->now,
                                          .hour = t->now / BATCH_RIG_HOUR,
                                          .in_hour = ALL_HOUR - 1};

    assert_int_equal(store_commit(t->store, &(struct store_batch){.corrections = &full,
                                                                  .ncorrections = 1}), 0);
    begin(t);
    assert_int_equal(add(t, BATCH_CORRECTION_ASK, t->concern, STORE_WISH_ERASE, ERASURE_ASKED), 0);
    assert_int_equal(add(t, BATCH_CORRECTION_ASK, t->concern, STORE_WISH_CORRECT, ERASURE_WRONG),
                     ERR_AGAIN);
    assert_int_equal(commit(t), 2); /* what came before the refusal is kept */
    assert_int_equal(sums(t).in_hour, ALL_HOUR);
    assert_int_equal(kept(t, t->concern, STORE_WISH_ERASE, ERASURE_ASKED).waiting, 1);
    assert_int_equal(kept(t, t->concern, STORE_WISH_CORRECT, ERASURE_WRONG).waiting, 0);
    t->now += BATCH_RIG_HOUR;
    assert_int_equal(ask(t), 0);
}

static void what_is_not_there_is_not_asked_about(void **state)
{
    struct batch_rig *t = *state;

    begin(t);
    assert_int_equal(add(t, BATCH_CORRECTION_ASK, t->concern + 1000, STORE_WISH_ERASE,
                         ERASURE_ASKED), ERR_NOTFOUND);
    assert_int_equal(commit(t), 0);
    assert_int_equal(sums(t).waiting, 0);
}

/* Which the desk forgot long ago. */
static void a_closed_matter_is_asked_about(void **state)
{
    struct batch_rig *t = *state;
    const struct command answer = {.act = COMMAND_ANSWER, .by = STR("labour"),
                                   .url = STR(BATCH_RIG_URL)};

    assert_int_equal(batch_rig_do(t, &answer), 0);
    t->now += 400 * CLOCK_DAY;
    batch_rig_restart(t);
    assert_null(desk_concern(t->desk, t->concern));
    assert_int_equal(ask(t), 0);
    assert_int_equal(asked(t).waiting, 1);
}

/* A commit that fails takes what was asked with it: it is counted when it comes again. */
static void what_was_not_committed_was_not_asked(void **state)
{
    struct batch_rig *t = *state;
    struct store_batch out;

    begin(t);
    for (int i = 0; i < CONCERN_HOUR; i++)
        assert_int_equal(add(t, BATCH_CORRECTION_ASK, t->concern, STORE_WISH_ERASE,
                             ERASURE_PERSONAL), 0);
    assert_true(batch_finish(t->batch, &out));
    batch_rig_restart(t);
    assert_int_equal(asked(t).waiting, 0);
    assert_int_equal(ask(t), 0);
    assert_int_equal(asked(t).waiting, 1);
}

int main(void)
{
#define RIG_TEST(f) cmocka_unit_test_setup_teardown(f, batch_rig_set_up, batch_rig_tear_down)
    const struct CMUnitTest tests[] = {
        RIG_TEST(requests_are_counted_by_kind),
        RIG_TEST(all_that_wait_of_a_kind_are_decided),
        RIG_TEST(an_hour_takes_so_many_of_a_kind),
        RIG_TEST(an_hour_takes_so_many_of_all),
        RIG_TEST(what_is_not_there_is_not_asked_about),
        RIG_TEST(a_closed_matter_is_asked_about),
        RIG_TEST(what_was_not_committed_was_not_asked),
    };
    return cmocka_run_group_tests_name("batch corrections", tests, NULL, NULL);
}
