/* What the rounds do with those that fell due while a large roster was read, and with those that
 * another machine asks. */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "feeds/schedule/rounds.h"
#include "feeds/source/roster.h"

enum { SOURCES = 2000, WINDOW_S = 20, LOADING_S = 5, HOUR_MS = 3600000 };

/* The machine's clocks: they stand still, for what is expected here is exact; it sleeps NAP_MS
 * after so many readings, and its wall clock is set back. */
enum { NAP_MS = 3000 };
static int nap_after = -1;
static int64_t slept, set_back;

int clock_gettime(clockid_t id, struct timespec *out)
{
    static struct timespec begun[2];
    struct timespec *mine = &begun[id == CLOCK_REALTIME];
    int status = mine->tv_sec ? 0 : (int)syscall(SYS_clock_gettime, id, mine);
    int64_t ms = slept - (id == CLOCK_REALTIME ? set_back : 0);

    *out = *mine;
    out->tv_sec += ms / 1000;
    if (nap_after >= 0 && nap_after-- == 0)
        slept += NAP_MS;
    return status;
}

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

enum { PART = 7, OTHER = 8 };

/* All are due and none is asked here: every second one belongs to PART. */
static struct rounds *all_passed(const struct roster *roster)
{
    struct rounds *r = rounds_new(roster, NULL);
    struct visit_task task;
    struct fetch_state of;

    assert_non_null(r);
    assert_int_equal(rounds_start(r), 0);
    int64_t later = clock_now() + WINDOW_S * 1000 + 1;
    for (int i = 0; i < SOURCES; i++) {
        assert_true(rounds_take(r, later, &task));
        rounds_pass(r, task.source, task.source % 2 ? OTHER : PART);
        rounds_state(r, task.source, &of);
        assert_true(of.polls == 0 && of.last_poll == 0 && of.next_due == 0);
    }
    return r;
}

static int64_t due_of(struct rounds *r, uint32_t source)
{
    struct fetch_state of;

    rounds_state(r, source, &of);
    return of.next_due;
}

/* Who takes a part over goes on where its last holder was; what nobody has polled has its turn, and
 * the rest waits. */
static void a_part_goes_on_with_its_next_holder(void **state)
{
    (void)state;
    struct roster *roster = full_roster();

    clock_set_rate(INT64_C(1795000000000), 1);
    struct rounds *r = all_passed(roster);
    int64_t now = clock_now();
    assert_int_equal(taken(r, now + 100 * (int64_t)HOUR_MS), 0);
    struct fetch_due rows[] = {
        {0, now - 1000, now + 5000}, {2, now - HOUR_MS, now - 20},
        {4, now - 1000, now + CLOCK_DAY * 9}, {SOURCES - 1, now - 1000, now + 7000},
    };
    struct fetch_parts parts = {.n = 4, .list = rows};
    parts.held[PART] = 1;
    rounds_begin_parts(r, &parts);
    assert_int_equal(due_of(r, 0), now + 5000);
    assert_in_range(due_of(r, 2), now, now + 1000);
    assert_in_range(due_of(r, 4), now, now + 1000); /* no such pause was ever set */
    assert_int_equal(due_of(r, SOURCES - 1), now + 7000);
    assert_int_equal(due_of(r, 1), 0);
    /* Those that were overdue come one after the other, 10 ms apart. */
    assert_in_range(taken(r, now + 1000), 95, 110);
    taken(r, now + 60000);
    for (uint32_t i = 1; i < SOURCES - 1; i += 2)
        assert_int_equal(due_of(r, i), 0);
    assert_int_equal(taken(r, now + 100 * (int64_t)HOUR_MS), 0);
    rounds_free(r);
    roster_free(roster);
    clock_set_rate(0, 1);
}

/* What was polled here since stands against what another one knew before. */
static void own_polls_are_not_forgotten(void **state)
{
    (void)state;
    struct roster *roster = full_roster();
    struct visit_task task;
    const struct visit_news news = {0};

    clock_set_rate(INT64_C(1795000000000), 1);
    struct rounds *r = rounds_new(roster, NULL);
    assert_non_null(r);
    assert_int_equal(rounds_start(r), 0);
    int64_t now = clock_now();
    assert_true(rounds_take(r, now + WINDOW_S * 1000, &task));
    struct fetched f = {.source = task.source, .outcome = FETCH_UNCHANGED, .status = 304,
                        .at = now};
    assert_true(rounds_done(r, &f, &news));
    int64_t due = due_of(r, task.source);
    assert_true(f.next == due && due > now + HOUR_MS / 2);
    struct fetch_due row = {task.source, now - 5000, now - 1};
    struct fetch_parts parts = {.n = 1, .list = &row};
    parts.held[PART] = 1;
    rounds_begin_parts(r, &parts);
    assert_int_equal(due_of(r, task.source), due);
    row = (struct fetch_due){task.source, now + 1, now + 9000};
    rounds_begin_parts(r, &parts);
    assert_int_equal(due_of(r, task.source), now + 9000);
    rounds_free(r);
    roster_free(roster);
    clock_set_rate(0, 1);
}

/* To be polled soon, while nobody held it: so it is, unless somebody has since. */
static void who_was_called_is_asked(void **state)
{
    (void)state;
    struct roster *roster = full_roster();

    clock_set_rate(INT64_C(1795000000000), 1);
    struct rounds *r = all_passed(roster);
    int64_t now = clock_now();
    rounds_call(r, 0, PART);
    rounds_call(r, 2, PART);
    rounds_soon(r, 4); /* not asked here: harmless */
    struct fetch_due rows[] = {{0, now - 1000, now + HOUR_MS},
                               {2, clock_now() + 1, now + HOUR_MS},
                               {4, now - 1000, now + HOUR_MS}};
    struct fetch_parts parts = {.n = 3, .list = rows};
    parts.held[PART] = 1;
    rounds_begin_parts(r, &parts);
    assert_in_range(due_of(r, 0), now, now + 1000);
    assert_int_equal(due_of(r, 2), now + HOUR_MS);
    assert_int_equal(due_of(r, 4), now + HOUR_MS);
    rounds_free(r);
    roster_free(roster);
    clock_set_rate(0, 1);
}

/* A machine that sleeps between two readings of its clocks has had no step of them; a clock set
 * back takes what waits along. */
static void a_nap_is_no_step(void **state)
{
    (void)state;
    struct roster *roster = full_roster();
    struct rounds *r = rounds_new(roster, NULL);
    const int64_t now = clock_now();
    const struct fetch_memory memory = {.polled = now - 1000};

    assert_non_null(r);
    assert_int_equal(rounds_recall(r, 0, &memory), 0);
    assert_int_equal(rounds_start(r), 0);
    int64_t due = due_of(r, 0);
    for (int readings = 0; readings < 6; readings++) {
        nap_after = readings;
        rounds_watch_clock(r);
        nap_after = -1;
        rounds_watch_clock(r);
        assert_int_equal(due_of(r, 0), due);
    }
    set_back = HOUR_MS;
    rounds_watch_clock(r);
    assert_in_range(due_of(r, 0), due - HOUR_MS - 1000, due - HOUR_MS + 1000);
    set_back = 0;
    rounds_free(r);
    roster_free(roster);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_slow_start_makes_no_herd),
        cmocka_unit_test(a_part_goes_on_with_its_next_holder),
        cmocka_unit_test(own_polls_are_not_forgotten),
        cmocka_unit_test(who_was_called_is_asked),
        cmocka_unit_test(a_nap_is_no_step),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
