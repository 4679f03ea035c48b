/* How often to come: the law in a table, and against publishers that are played. */
#include "tests/unit/unit.h"

#include <stdio.h>

#include "feeds/fetch/freshness.h"
#include "feeds/schedule/pace.h"
#include "feeds/schedule/rounds_entry.h"

#define MINUTE (60 * INT64_C(1000))
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)

static const struct pace_bounds wide = {5 * MINUTE, DAY};

static void steps(void **state)
{
    (void)state;
    static const struct {
        struct pace_bounds bounds;
        int64_t interval, quiet;
        int64_t fresh, stale;
    } cases[] = {
        {{5 * MINUTE, DAY}, HOUR, 0, 30 * MINUTE, 66 * MINUTE + 1},
        {{5 * MINUTE, DAY}, 6 * MINUTE, 0, 5 * MINUTE, 396001},
        {{5 * MINUTE, DAY}, 23 * HOUR, 0, 41400000, DAY},
        /* Sixteen days of silence: a day at once. */
        {{5 * MINUTE, DAY}, 10 * MINUTE, 16 * DAY, 5 * MINUTE, DAY},
        {{5 * MINUTE, DAY}, 10 * MINUTE, 8 * HOUR, 5 * MINUTE, 30 * MINUTE},
        /* Fixed. */
        {{HOUR, HOUR}, HOUR, 16 * DAY, HOUR, HOUR},
        /* Short ones grow, too. */
        {{1, 1000}, 1, 0, 1, 2},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(pace_fresh(cases[i].bounds, cases[i].interval), cases[i].fresh);
        assert_int_equal(pace_stale(cases[i].bounds, cases[i].interval, cases[i].quiet),
                         cases[i].stale);
    }
}

static void wishes(void **state)
{
    (void)state;
    static const struct pace_bounds fixed = {HOUR, HOUR};
    static const struct {
        int64_t interval, asked, cached, pause;
    } cases[] = {
        {10 * MINUTE, 0, 0, 10 * MINUTE},
        {10 * MINUTE, HOUR, 0, HOUR},
        {10 * MINUTE, 0, 20 * MINUTE, 20 * MINUTE},
        {10 * MINUTE, HOUR, 2 * HOUR, 2 * HOUR},
        {2 * HOUR, HOUR, HOUR, 2 * HOUR},
        {10 * MINUTE, 30 * DAY, 0, DAY},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(pace_pause(wide, cases[i].interval, cases[i].asked, cases[i].cached),
                         cases[i].pause);
        assert_int_equal(pace_pause(fixed, HOUR, cases[i].asked, cases[i].cached), HOUR);
    }
    struct feed_hints h = {.ttl = HOUR, .update_period = DAY};
    assert_int_equal(pace_asked(&h), DAY);
    h.update_period = 0;
    assert_int_equal(pace_asked(&h), HOUR);
    h.ttl = -1;
    assert_int_equal(pace_asked(&h), 0);
}

static void skipped_hours_and_days(void **state)
{
    (void)state;
    /* 2026-01-04 was a Sunday. */
    const int64_t sunday = INT64_C(20457) * DAY;
    struct feed_hints night = {.skip_hours = 0x3f}, weekend = {.skip_days = 1 | 1 << 6},
                      all = {.skip_hours = 0xffffff, .skip_days = 0x7f};
    struct pace_bounds week = {MINUTE, 7 * DAY};

    assert_int_equal(pace_skip(&all), 0);
    int64_t due = sunday + 17 * MINUTE;
    assert_int_equal(pace_unskip(week, pace_skip(&night), sunday, due), due + 6 * HOUR);
    assert_int_equal(pace_unskip(week, pace_skip(&night), sunday, due + 6 * HOUR), due + 6 * HOUR);
    assert_int_equal(pace_unskip(week, pace_skip(&weekend), sunday, due), due + DAY);
    assert_int_equal(pace_unskip(week, pace_skip(&weekend), sunday, due - DAY), due + DAY);
    assert_int_equal(pace_unskip(week, 0, sunday, due), due);
    /* Not past the longest interval, and not at all where it is fixed. */
    assert_int_equal(pace_unskip((struct pace_bounds){MINUTE, HOUR}, pace_skip(&weekend), sunday,
                                 due),
                     sunday + HOUR);
    assert_int_equal(pace_unskip((struct pace_bounds){HOUR, HOUR}, pace_skip(&weekend), sunday,
                                 due),
                     due);
}

static void rests_after_failures(void **state)
{
    (void)state;

    assert_int_equal(pace_rest(wide, HOUR, 1, false), 0);
    assert_int_equal(pace_rest(wide, HOUR, 8, false), 0);
    assert_int_equal(pace_rest(wide, HOUR, 9, false), HOUR);
    assert_int_equal(pace_rest(wide, HOUR, 11, false), 4 * HOUR);
    assert_int_equal(pace_rest(wide, HOUR, 60000, false), DAY);
    assert_int_equal(pace_rest(wide, HOUR, 1, true), HOUR);
    assert_int_equal(pace_rest(wide, HOUR, 3, true), 4 * HOUR);
    assert_int_equal(pace_rest(wide, HOUR, 60000, true), DAY);
    assert_int_equal(pace_rest((struct pace_bounds){DAY, 7 * DAY}, DAY, 60000, true), 7 * DAY);
}

struct played {
    double polls_a_day, late_minutes; /* in the second half of the time */
    int64_t interval;                 /* at the end */
};

/* Poll a publisher for `days`, whose k-th item appears at item(k) (ascending; -1: no more). */
static struct played play(int64_t (*item)(int64_t k), int days)
{
    int64_t now = 0, last = 0, k = 0, interval = 10 * MINUTE, late = 0, heard = 0, polls = 0;

    while (now < days * DAY) {
        int64_t fresh = 0, at;
        for (; (at = item(k)) >= 0 && at <= now; k++, fresh++) {
            last = at;
            if (now < days * DAY / 2)
                continue;
            late += now - at;
            heard++;
        }
        polls += now >= days * DAY / 2;
        interval = fresh ? pace_fresh(wide, interval) : pace_stale(wide, interval, now - last);
        now += interval;
    }
    return (struct played){(double)polls / ((double)days / 2),
                           heard ? (double)late / (double)heard / MINUTE : 0, interval};
}

static int64_t hourly(int64_t k)
{
    return k * HOUR + 3 * MINUTE;
}

/* 20 items within ten minutes, each morning. */
static int64_t bursts(int64_t k)
{
    return k / 20 * DAY + 8 * HOUR + k % 20 * 30000;
}

static int64_t dead(int64_t k)
{
    return k < 100 ? k * HOUR : -1;
}

/* One item in half a minute, day and night. */
static int64_t busy(int64_t k)
{
    return k * MINUTE / 2;
}

static void follows_publishers(void **state)
{
    (void)state;
    struct played p;

    p = play(hourly, 60);
    print_message("hourly bulletin: %.0f polls a day, %.1f min late\n", p.polls_a_day,
                  p.late_minutes);
    assert_in_range((int)p.polls_a_day, 120, 250);
    assert_in_range((int)p.late_minutes, 2, 9);
    p = play(bursts, 60);
    print_message("a burst a day: %.0f polls a day, %.1f min late\n", p.polls_a_day,
                  p.late_minutes);
    assert_in_range((int)p.polls_a_day, 6, 30);
    assert_in_range((int)p.late_minutes, 10, 180);
    p = play(dead, 60);
    print_message("dead since the fifth of 60 days: %.1f polls a day\n", p.polls_a_day);
    assert_int_equal(p.interval, DAY);
    assert_in_range((int)p.polls_a_day, 1, 1);
    p = play(busy, 10);
    print_message("an item every 30 s: %.0f polls a day, %.1f min late\n", p.polls_a_day,
                  p.late_minutes);
    assert_int_equal(p.interval, wide.least);
}

/* Due times of a run before: kept when they can be true, else spread anew (0). */
static void after_a_restart(void **state)
{
    (void)state;
    const int64_t now = 20000 * DAY;
    const struct pace_bounds b = {5 * MINUTE, HOUR};
    const struct {
        struct timetable_entry entry;
        int64_t due;
    } cases[] = {
        {{.last = now - MINUTE, .due = now + MINUTE}, now + MINUTE},
        /* Stopped for long, or the clock was set forward: overdue. */
        {{.last = now - DAY, .due = now - DAY + HOUR}, 0},
        /* The clock was set back since. */
        {{.last = now + DAY, .due = now + DAY + HOUR}, 0},
        /* Its longest interval was an hour; now it was made shorter, or never was so long. */
        {{.last = now - MINUTE, .due = now + 3 * HOUR}, 0},
        /* A server asked for a day of patience. */
        {{.last = now - MINUTE, .due = now + DAY - MINUTE, .failures = 1}, now + DAY - MINUTE},
        {{.last = now - MINUTE, .due = now + 40 * DAY, .failures = 1}, 0},
        /* Its body may have been lost. */
        {{.last = now - MINUTE, .due = now + MINUTE, .owed = 1}, 0},
        {{.key = 1}, 0},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        if (rounds_entry_due(&cases[i].entry, b, now) != cases[i].due)
            fail_msg("case %zu", i);
}

static void whole_answers_now_and_then(void **state)
{
    (void)state;
    const int64_t now = 20000 * DAY;
    const uint32_t hour_ago = (uint32_t)((now - HOUR) / 1000);
    const uint32_t day_ago = (uint32_t)((now - DAY) / 1000);
    struct timetable_entry e = {.whole = hour_ago};

    assert_false(rounds_entry_wants_whole(&e, now));
    e.conditional = 39;
    assert_false(rounds_entry_wants_whole(&e, now));
    e.conditional = 50;
    assert_true(rounds_entry_wants_whole(&e, now));
    e = (struct timetable_entry){.whole = day_ago, .conditional = 1};
    assert_true(rounds_entry_wants_whole(&e, now));
    /* The one of another key, sooner. */
    e = (struct timetable_entry){.key = UINT64_MAX, .conditional = 41, .whole = hour_ago};
    assert_true(rounds_entry_wants_whole(&e, now));
}

static void cache_headers(void **state)
{
    (void)state;
    static const char now[] = "Fri, 31 Dec 1999 23:00:00 GMT";
    static const struct {
        const char *control, *expires;
        int64_t ms;
    } cases[] = {
        {NULL, NULL, 0},
        {"max-age=600", NULL, 600000},
        {"public, Max-Age=\"600\" , must-revalidate", NULL, 600000},
        {"max-age=600, no-cache", NULL, 0},
        {"no-store", "Fri, 31 Dec 1999 23:30:00 GMT", 0},
        {"max-age=0", "Fri, 31 Dec 1999 23:30:00 GMT", 0},
        {"max-age=99999999999999999999", NULL, DAY},
        {"max-age=-5", NULL, 0},
        {"max-age=x", NULL, 0},
        {"s-maxage=600", NULL, 0},
        {",,=,max-age", NULL, 0},
        {"private", "Fri, 31 Dec 1999 23:30:00 GMT", 1800000},
        {NULL, "0", 0},
        {NULL, "Fri, 31 Dec 1999 22:30:00 GMT", 0},
        {NULL, "Fri, 31 Dec 2049 22:30:00 GMT", DAY},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        if (freshness_ms(cases[i].control, cases[i].expires, now) != cases[i].ms)
            fail_msg("case %zu: %lld", i,
                     (long long)freshness_ms(cases[i].control, cases[i].expires, now));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(steps),
        cmocka_unit_test(wishes),
        cmocka_unit_test(skipped_hours_and_days),
        cmocka_unit_test(rests_after_failures),
        cmocka_unit_test(follows_publishers),
        cmocka_unit_test(after_a_restart),
        cmocka_unit_test(whole_answers_now_and_then),
        cmocka_unit_test(cache_headers),
    };
    return cmocka_run_group_tests_name("pace", tests, NULL, NULL);
}
