/* When each source is due: soon and spread, over restarts, failures and pauses. */
#include "tests/unit/unit.h"

#include "feeds/schedule/schedule.h"

/* A stand-in for the hash of an id: spread as one, and the same at each call. */
static uint32_t hash(uint32_t id)
{
    return (id + 1) * UINT32_C(2654435761);
}

static int take_all(struct schedule *s, int64_t now)
{
    uint32_t id;
    int taken = 0;

    while (schedule_take(s, now, &id))
        taken++;
    return taken;
}

static struct schedule *schedule_of(uint32_t count, int64_t interval, int64_t now)
{
    struct schedule *s = schedule_new(count);

    assert_non_null(s);
    for (uint32_t i = 0; i < count; i++)
        assert_int_equal(schedule_add(s, i, hash(i), interval, now), 0);
    return s;
}

static void first_polls_are_soon_and_spread(void **state)
{
    (void)state;
    struct schedule *s = schedule_of(50, 600000, 1000);

    assert_int_equal(take_all(s, 1000), 0);
    assert_in_range(take_all(s, 1250), 20, 30);
    assert_int_equal(take_all(s, 1500) > 0, 1);
    schedule_free(s);
    s = schedule_of(50, 600000, 1000);
    assert_int_equal(take_all(s, 1500), 50);
    schedule_free(s);
    /* So many that a hundred a second would take longer than their interval: over all of it,
     * evenly. */
    s = schedule_of(100000, 600000, 1000);
    for (int64_t now = 61000; now <= 601000; now += 60000)
        assert_in_range(take_all(s, now), 9500, 10500);
    schedule_free(s);
}

static void a_restart_keeps_due_times(void **state)
{
    (void)state;
    enum { N = 1000, INTERVAL = 5000 };
    struct schedule *s = schedule_of(N, INTERVAL, 1000000);
    int64_t due[N];

    for (uint32_t i = 0; i < N; i++)
        due[i] = schedule_due(s, i);
    schedule_free(s);
    /* Never polled: at the same phase of the interval. */
    s = schedule_of(N, INTERVAL, 1007000);
    for (uint32_t i = 0; i < N; i++)
        assert_int_equal((schedule_due(s, i) - due[i]) % INTERVAL, 0);
    schedule_free(s);
    /* Remembered: those to come as they were, those missed spread anew, and none too far away. */
    s = schedule_new(N);
    for (uint32_t i = 0; i < N; i++)
        assert_int_equal(schedule_restore(s, i, hash(i), due[i], INTERVAL, 1003000), 0);
    assert_int_equal(schedule_restore(s, N, 0, INT64_MAX, INTERVAL, 1003000), 0);
    for (uint32_t i = 0; i < N; i++) {
        if (due[i] > 1003000)
            assert_int_equal(schedule_due(s, i), due[i]);
        else
            assert_int_equal(schedule_due(s, i), due[i] + INTERVAL);
    }
    assert_in_range(schedule_due(s, N), 1003001, 1003000 + INTERVAL);
    schedule_free(s);
}

static void sources_come_and_go(void **state)
{
    (void)state;
    struct schedule *s = schedule_new(0);
    uint32_t id;

    assert_int_equal(schedule_add(s, 500, 7, 1000, 0), 0);
    assert_int_equal(schedule_add(s, 3, 7, 1000, 0), 0);
    assert_int_equal(schedule_due(s, 4), 0);
    schedule_hold(s, 4, 5); /* not there: nothing */
    schedule_soon(s, 70000, 5);
    schedule_at(s, 3, 100);
    assert_int_equal(schedule_add(s, 3, 7, 1000, 5000), 0); /* there: as it was */
    assert_int_equal(schedule_due(s, 3), 100);
    schedule_remove(s, 500);
    schedule_remove(s, 500);
    assert_true(schedule_take(s, 100, &id));
    assert_int_equal(id, 3);
    schedule_remove(s, 3); /* under way */
    schedule_polled(s, 3, 100, 1000);
    assert_false(schedule_next(s, &(int64_t){0}));
    assert_false(schedule_take(s, INT64_MAX, &id));
    /* One that comes back has lost what held it. */
    schedule_add(s, 3, 0, 1000, 0);
    schedule_hold(s, 3, 90000);
    schedule_remove(s, 3);
    schedule_add(s, 3, 0, 1000, 0);
    assert_in_range(schedule_due(s, 3), 1, 1000);
    schedule_free(s);
}

static void intervals_and_pauses(void **state)
{
    (void)state;
    struct schedule *s = schedule_of(1, 600000, 0);
    uint32_t id;
    int64_t low = INT64_MAX, high = 0;

    for (int i = 0; i < 1000; i++) {
        schedule_polled(s, 0, 0, 600000);
        int64_t due = schedule_due(s, 0);
        low = due < low ? due : low;
        high = due > high ? due : high;
    }
    assert_true(low >= 570000 && low < 572000 && high <= 630000 && high > 628000);
    int64_t last = 0;
    for (int failures = 1; failures < 40; failures++) {
        schedule_failed(s, 0, 0, 600000, failures, 0);
        int64_t due = schedule_due(s, 0);
        assert_in_range(due, 48000, 3600000);
        assert_true(failures > 5 || due > last);
        last = due;
    }
    assert_true(last >= 2880000);
    schedule_failed(s, 0, 0, 600000, 1, 7200000);
    assert_true(schedule_due(s, 0) >= 7200000);

    schedule_polled(s, 0, 0, 1000);
    schedule_hold(s, 0, 50000);
    assert_false(schedule_take(s, 49999, &id));
    assert_true(schedule_take(s, 50000, &id));
    assert_int_equal(schedule_due(s, 0), 0);
    schedule_soon(s, 0, 50000); /* under way: nothing */
    assert_false(schedule_take(s, INT64_MAX, &id));
    schedule_hold(s, 0, 90000); /* remembered */
    schedule_polled(s, 0, 50000, 1000);
    assert_int_equal(schedule_due(s, 0), 90000);
    schedule_hold(s, 0, 0);
    schedule_step(s, 40000);
    assert_in_range(schedule_due(s, 0), 10950, 11050);
    schedule_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(first_polls_are_soon_and_spread),
        cmocka_unit_test(a_restart_keeps_due_times),
        cmocka_unit_test(sources_come_and_go),
        cmocka_unit_test(intervals_and_pauses),
    };
    return cmocka_run_group_tests_name("schedule", tests, NULL, NULL);
}
