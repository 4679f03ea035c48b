/* What leaves a topic's own pattern is told once; what has its reason, or is not known, is not. */
#include "tests/unit/unit.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alerts/heat/burst.h"
#include "base/clock.h"
#include "tests/unit/paths.h"

#define HOUR (3600 * INT64_C(1000))

/* A steady topic, so much an hour, from `from` on; how often it alarmed. */
static int steady(struct burst *b, int64_t from, int hours, unsigned each)
{
    struct burst_alarm alarm;
    int alarms = 0;

    for (int h = 0; h < hours; h++)
        for (unsigned i = 0; i < each; i++) {
            assert_int_equal(burst_reserve(b, 1), 0);
            burst_item(b, from + h * HOUR + i * 1000);
            alarms += burst_topic(b, STR("epidemic"), &alarm);
        }
    return alarms;
}

static void a_surge_is_told_once(void **state)
{
    struct burst *b = burst_new(BURST_STEP);
    int64_t now = clock_days(2026, 1, 5) * CLOCK_DAY;
    (void)state;

    assert_int_equal(steady(b, now, 5 * 168, 10), 0);
    now += 5 * 168 * HOUR;
    assert_true(fabs(burst_expected(b, STR("epidemic"), now) - 10) < 0.5);
    assert_int_equal(steady(b, now, 1, 40), 0); /* one poll is none */
    assert_int_equal(steady(b, now + HOUR, 30, 40), 1);
    now += 31 * HOUR;
    assert_true(burst_expected(b, STR("epidemic"), now + 100 * HOUR) < 15); /* nor usual */
    assert_int_equal(steady(b, now, 24, 10), 0);
    assert_int_equal(steady(b, now + 24 * HOUR, 3, 40), 1); /* another one */
    burst_free(b);
}

/* Three times what comes on this day, though not twice what comes on others. */
static void a_slow_day_surges_as_others_do(void **state)
{
    struct burst *b = burst_new(BURST_STEP);
    int64_t now = clock_days(2026, 1, 5) * CLOCK_DAY;
    (void)state;

    assert_int_equal(steady(b, now, 5 * 168, 10), 0);
    now += 5 * 168 * HOUR;
    assert_int_equal(steady(b, now, 24, 6), 0);
    assert_int_equal(steady(b, now + 24 * HOUR, 2, 18), 1);
    burst_free(b);
}

/* An hour is never far from the one before: it is told all the same, and not taken for a good
 * day. */
static void what_grows_slowly_is_told(void **state)
{
    struct burst *b = burst_new(BURST_STEP);
    int64_t now = clock_days(2026, 1, 5) * CLOCK_DAY;
    int alarms = 0;
    (void)state;

    assert_int_equal(steady(b, now, 5 * 168, 10), 0);
    now += 5 * 168 * HOUR;
    for (int h = 0; h < 36; h++)
        alarms += steady(b, now + h * HOUR, 1, 10 + (unsigned)h / 2);
    assert_int_equal(alarms, 1);
    burst_free(b);
}

/* Nothing came of it for a month: five in two hours are a surge. */
static void what_nobody_raised_is_known_to_be_rare(void **state)
{
    int64_t now = clock_days(2026, 1, 5) * CLOCK_DAY;
    struct burst_alarm alarm;
    (void)state;

    for (int watched = 0; watched < 2; watched++) {
        struct burst *b = burst_new(BURST_STEP);
        if (watched)
            assert_int_equal(burst_watch(b, STR("epidemic")), 0);
        for (int h = 0; h < 30 * 24; h++) {
            assert_int_equal(burst_reserve(b, 0), 0);
            burst_item(b, now + h * HOUR);
        }
        assert_int_equal(steady(b, now + 30 * 24 * HOUR, 1, 4), 0);
        assert_int_equal(burst_reserve(b, 1), 0);
        burst_item(b, now + (30 * 24 + 1) * HOUR);
        assert_int_equal(burst_topic(b, STR("epidemic"), &alarm), watched);
        if (watched)
            assert_true(alarm.seen == 5 && alarm.expected == 0 && alarm.hours == 2);
        burst_free(b);
    }
}

/* Twelve an hour come on days off, three on others: alarms from the fourth of January on, in which
 * are 春节 with its make-up Saturdays, 清明 and the five days of May. */
static int days_off(bool known)
{
    int64_t first = clock_days(2026, 1, 5);
    struct problems *p = problems_new();
    struct burst *b = burst_new(BURST_STEP);
    char path[4096];
    struct calendar *calendar = calendar_load(paths_source("rules/calendars", path), p);
    int alarms = 0;

    assert_non_null(calendar);
    if (known)
        burst_calendar(b, calendar);
    for (int64_t d = 0; d < 130; d++)
        alarms += steady(b, (first + d) * CLOCK_DAY - CLOCK_CHINA, 24,
                         calendar_is_workday(calendar, first + d, NULL) ? 3 : 12);
    burst_free(b);
    calendar_free(calendar);
    problems_free(p);
    return alarms;
}

static void holidays_are_no_surge(void **state)
{
    (void)state;
    assert_int_equal(days_off(true), 0);
    assert_true(days_off(false) > 0);
}

/* An item of the topic with these terms: what of them is told. */
static int item_with(struct burst *b, int64_t now, const char *const *terms, size_t n)
{
    struct burst_alarm alarm;
    int told = 0;

    assert_int_equal(burst_reserve(b, n + 1), 0);
    burst_item(b, now);
    told += 100 * burst_topic(b, STR("housing"), &alarm);
    for (size_t i = 0; i < n; i++)
        told += burst_term(b, STR("housing"), str_from(terms[i]), &alarm);
    return told;
}

/* 12 an hour of the topic, of which one speaks of a lift; then eight do. */
static void a_term_surges_within_its_topic(void **state)
{
    static const char *const other[] = {"电梯", "困人", "物业费", "车位"}, *const *usual = other + 2;
    struct burst *b = burst_new(BURST_STEP);
    int64_t now = clock_days(2026, 1, 5) * CLOCK_DAY;
    int told = 0;
    (void)state;

    for (int h = 0; h < 5 * 168; h++)
        for (int i = 0; i < 12; i++)
            told += item_with(b, now + h * HOUR, i ? usual : other, i ? 2 : 4);
    assert_int_equal(told, 0);
    now += 5 * 168 * HOUR;
    for (int h = 0; h < 3; h++)
        for (int i = 0; i < 12; i++)
            told += item_with(b, now + h * HOUR, i % 3 ? other : usual, i % 3 ? 4 : 2);
    assert_int_equal(told, 1); /* one of the two terms, and not the topic */
    now += 48 * HOUR;
    for (int h = 0; h < 3; h++)
        for (int i = 0; i < 48; i++)
            told += item_with(b, now + h * HOUR, usual, 2);
    assert_int_equal(told, 101); /* the topic as a whole, and not its terms, too */
    burst_free(b);
}

/* However many terms there are, those that come often keep their places. */
static void terms_are_bounded(void **state)
{
    static const char *const often[] = {"电梯"};
    struct burst *b = burst_new(BURST_STEP);
    int64_t now = clock_days(2026, 1, 5) * CLOCK_DAY;
    int told = 0;
    (void)state;

    for (int h = 0; h < 4 * 168; h++) {
        for (int i = 0; i < 4; i++)
            told += item_with(b, now + h * HOUR, often, 1);
        for (int i = 0; i < 20; i++) {
            char word[32];
            const char *const rare[] = {word};
            snprintf(word, sizeof word, "词%d", h * 20 + i);
            told += item_with(b, now + h * HOUR, rare, 1);
        }
    }
    assert_int_equal(told, 0);
    now += 4 * 168 * HOUR;
    for (int h = 0; h < 2; h++)
        for (int i = 0; i < 24; i++)
            told += item_with(b, now + h * HOUR, often, 1);
    assert_int_equal(told, 1);
    burst_free(b);
}

static void clock_steps_and_silence_are_no_surge(void **state)
{
    struct burst *b = burst_new(BURST_STEP);
    int64_t now = clock_days(2026, 1, 5) * CLOCK_DAY;
    (void)state;

    assert_int_equal(steady(b, now, 5 * 168, 10), 0);
    now += 5 * 168 * HOUR;
    assert_int_equal(steady(b, now + 10 * CLOCK_DAY, 30, 10), 0); /* ahead */
    assert_true(fabs(burst_expected(b, STR("epidemic"), now) - 10) < 0.5);
    assert_int_equal(steady(b, now, 300, 10), 0); /* and back again */
    now += 300 * HOUR;
    assert_int_equal(steady(b, now + 5 * CLOCK_DAY, 100, 10), 0); /* it did not run for five days */
    assert_true(fabs(burst_expected(b, STR("epidemic"), now) - 10) < 0.5);
    burst_free(b);
}

/* Rows as a store keeps them make the same detector again. */
static void what_was_counted_is_restored(void **state)
{
    struct burst *b = burst_new(BURST_STEP), *again = burst_new(BURST_STEP);
    int64_t now = clock_days(2026, 1, 5) * CLOCK_DAY;
    struct burst_alarm alarm;
    size_t n;
    (void)state;

    for (int h = 0; h < 5 * 168; h++)
        for (int i = 0; i < 6 + h % 24 / 3; i++) {
            assert_int_equal(burst_reserve(b, 1), 0);
            burst_item(b, now + h * HOUR);
            burst_topic(b, STR("epidemic"), &alarm);
            if (i + 1 < 6 + h % 24 / 3)
                continue;
            const struct burst_row *rows = burst_changed(b, &n);
            assert_int_equal(n, 2);
            assert_true(rows[0].count == rows[1].count && rows[0].step == rows[1].step);
            for (size_t k = 0; k < n; k++)
                assert_int_equal(burst_restore(again, &rows[k]), 0);
        }
    now += 5 * 168 * HOUR;
    for (int h = 0; h < 168; h++)
        assert_true(burst_expected(b, STR("epidemic"), now + h * HOUR) ==
                    burst_expected(again, STR("epidemic"), now + h * HOUR));
    assert_int_equal(steady(b, now, 4, 60), 1);
    assert_int_equal(steady(again, now, 4, 60), 1);
    burst_free(b);
    burst_free(again);
}

/* Takes the rows of `b` over, as a store would hand them to the next start. */
static void store_to(struct burst *b, struct burst *again)
{
    size_t n;
    const struct burst_row *rows = burst_changed(b, &n);

    for (size_t k = 0; k < n; k++)
        assert_int_equal(burst_restore(again, &rows[k]), 0);
}

/* Quiet days, then two hours with so many each: so many alarms. */
static void blip(struct burst *b, struct burst *again, int64_t *now, unsigned each, int days,
                 int alarms)
{
    assert_int_equal(steady(b, *now, days * 24, 10), 0);
    store_to(b, again);
    *now += days * CLOCK_DAY;
    assert_int_equal(steady(b, *now, 2, each), alarms);
    store_to(b, again);
    *now += 2 * HOUR;
}

/* What is just beyond chance is told once a month, and not again after a restart; a true outbreak
 * in that month is told, and so is the next one. */
static void a_month_has_one_accident(void **state)
{
    enum { BLIP = 24, OUTBREAK = 50 };
    int64_t now = clock_days(2026, 1, 5) * CLOCK_DAY;
    struct burst *b = burst_new(BURST_STEP), *again = burst_new(BURST_STEP);
    (void)state;

    blip(b, again, &now, BLIP, 42, 1);
    blip(b, again, &now, BLIP, 10, 0);
    burst_free(b);
    b = again; /* started again */
    again = burst_new(BURST_STEP);
    blip(b, again, &now, BLIP, 10, 0);
    blip(b, again, &now, BLIP, 12, 1);
    for (int outbreak = 0; outbreak < 2; outbreak++) {
        assert_int_equal(steady(b, now, 7 * 24, 10), 0);
        now += 7 * CLOCK_DAY;
        assert_int_equal(steady(b, now, 2, OUTBREAK), 1);
        assert_int_equal(steady(b, now + 2 * HOUR, 4, OUTBREAK), 0);
        now += 6 * HOUR;
    }
    burst_free(b);
    burst_free(again);
}

static void topics_are_bounded(void **state)
{
    struct burst *b = burst_new(BURST_STEP);
    struct burst_alarm alarm;
    char id[24];
    (void)state;

    for (int i = 0; i < BURST_TOPICS_MAX + 10; i++) {
        snprintf(id, sizeof id, "t%d", i);
        assert_int_equal(burst_reserve(b, 1), 0);
        burst_item(b, HOUR);
        assert_false(burst_topic(b, str_from(id), &alarm));
    }
    size_t n;
    burst_changed(b, &n);
    assert_int_equal(n, BURST_TOPICS_MAX + 1);
    burst_free(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_surge_is_told_once),
        cmocka_unit_test(a_slow_day_surges_as_others_do),
        cmocka_unit_test(what_grows_slowly_is_told),
        cmocka_unit_test(what_nobody_raised_is_known_to_be_rare),
        cmocka_unit_test(holidays_are_no_surge),
        cmocka_unit_test(a_term_surges_within_its_topic),
        cmocka_unit_test(terms_are_bounded),
        cmocka_unit_test(clock_steps_and_silence_are_no_surge),
        cmocka_unit_test(what_was_counted_is_restored),
        cmocka_unit_test(a_month_has_one_accident),
        cmocka_unit_test(topics_are_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
