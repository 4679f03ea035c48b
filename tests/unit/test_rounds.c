/* What the rounds do with those that fell due while a large roster was read. */
#include "tests/unit/unit.h"

#include <stdio.h>

#include "base/clock.h"
#include "feeds/schedule/rounds.h"
#include "feeds/source/roster.h"

enum { SOURCES = 2000, WINDOW_S = 20, LOADING_S = 5, HOUR_MS = 3600000 };

static struct roster *full_roster(void)
{
    struct roster *r = roster_new();

    for (int i = 0; i < SOURCES; i++) {
        char id[16], url[64];
        uint32_t index;
        snprintf(id, sizeof id, "s%d", i);
        snprintf(url, sizeof url, "http://s%d.example.org/feed", i);
        struct source one = {.id = id, .name = id, .url = url, .interval = HOUR_MS};
        assert_int_equal(roster_add(r, &one, &index), 0);
    }
    return r;
}

static int taken(struct rounds *r, int64_t now)
{
    struct visit_task task;
    int n = 0;

    while (rounds_take(r, now, &task)) {
        assert_true(task.due <= now);
        n++;
    }
    return n;
}

static void a_slow_start_makes_no_herd(void **state)
{
    (void)state;
    const int64_t begun = INT64_C(1795000000000);
    const struct fetch_memory memory = {.polled = begun - 1000};
    const int even = SOURCES / WINDOW_S;
    struct roster *roster = full_roster();

    clock_set_rate(begun, 1);
    struct rounds *r = rounds_new(roster, NULL);
    assert_non_null(r);
    for (uint32_t i = 0; i < SOURCES; i++)
        assert_int_equal(rounds_recall(r, i, &memory), 0);
    /* First polls of so many come within WINDOW_S; a fourth of that goes by. */
    clock_set_rate(begun + LOADING_S * 1000, 1);
    int64_t before = clock_now();
    assert_int_equal(rounds_start(r), 0);
    int all = taken(r, before);
    assert_int_equal(all, 0);
    /* They come among the others, and none is left for the next round. */
    int64_t slack = clock_now() - before;
    for (int s = 1; s <= 4 * LOADING_S; s++) {
        int n = taken(r, before + s * 1000);
        assert_true(n <= even * 2);
        all += n;
    }
    all += taken(r, before + 4 * LOADING_S * 1000 + 5 * slack + 2);
    assert_int_equal(all, SOURCES);
    rounds_free(r);
    roster_free(roster);
    clock_set_rate(0, 1);
}

/* What another machine asks keeps its pace here: this one goes on with it. */
static void what_is_passed_keeps_its_pace(void **state)
{
    (void)state;
    const int64_t begun = INT64_C(1795000000000);
    struct roster *roster = full_roster();
    struct visit_task task;
    struct fetch_state of;

    clock_set_rate(begun, 1);
    struct rounds *r = rounds_new(roster, NULL);
    assert_non_null(r);
    assert_int_equal(rounds_start(r), 0);
    int64_t later = clock_now() + WINDOW_S * 1000 + 1;
    for (int i = 0; i < SOURCES; i++) {
        assert_true(rounds_take(r, later, &task));
        rounds_pass(r, task.source);
        rounds_state(r, task.source, &of);
        assert_in_range(of.next_due - clock_now(), HOUR_MS * 9 / 10, HOUR_MS * 11 / 10);
        assert_true(of.polls == 0 && of.last_poll == 0);
    }
    assert_false(rounds_take(r, later, &task));
    assert_int_equal(taken(r, later + HOUR_MS * 11 / 10), SOURCES);
    rounds_free(r);
    roster_free(roster);
    clock_set_rate(0, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_slow_start_makes_no_herd),
        cmocka_unit_test(what_is_passed_keeps_its_pace),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
