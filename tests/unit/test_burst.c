/* Surges are found within two polls, and quiet months stay quiet: on simulated years. */
#include "tests/unit/unit.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alerts/burst.h"
#include "base/clock.h"
#include "tests/unit/paths.h"

enum { TOPICS = 24, DAYS = 448, SURGES = 50, MONTH_HOURS = 730 };
#define HOUR (3600 * INT64_C(1000))

static uint64_t random_state;

static double uniform(void)
{
    random_state = random_state * 6364136223846793005u + 1442695040888963407u;
    return ((double)(random_state >> 11) + 0.5) / 9007199254740992.0;
}

static uint32_t poisson(double mean)
{
    double p = exp(-mean), sum = p, u = uniform();
    uint32_t k = 0;

    while (u > sum && k < 10000)
        sum += p *= mean / ++k;
    return k;
}

struct topic {
    char id[24];
    double base;    /* an hour, on average */
    double morning, evening, weekend;
    double wave;    /* how much better and worse days differ */
    double today;
    int64_t surge;  /* step it begins in, or -1 */
    int alarms, found, asked;
    int64_t told; /* step of the last alarm, 0: none */
    int soon;     /* alarms within a month of the one before */
};

static double rate(const struct topic *t, int64_t step)
{
    double hour = (double)(step % 24), day = (double)(step / 24 % 7);
    double shape = 0.25 + 1.2 * exp(-pow((hour - t->morning) / 2.5, 2)) +
                   1.0 * exp(-pow((hour - t->evening) / 3.0, 2));

    return t->base * shape / 0.75 * (day >= 5 ? t->weekend : 1) * t->today;
}

static void begin(struct topic *topics, uint64_t seed)
{
    random_state = seed;
    for (int i = 0; i < TOPICS; i++) {
        topics[i] = (struct topic){.base = 0.2 * pow(1.25, i), .morning = 8 + 4 * uniform(),
                                   .evening = 18 + 4 * uniform(), .weekend = 0.4 + uniform(),
                                   .wave = 0.15, .surge = -1};
        snprintf(topics[i].id, sizeof topics[i].id, "topic-%d", i);
    }
}

/* One simulated hour of one topic: did it alarm? */
static bool hour(struct burst *b, struct topic *t, int64_t at, double times)
{
    int64_t step = burst_step(b, at);
    struct burst_alarm alarm;
    bool told = false;
    size_t rows;

    burst_changed(b, &rows);
    if (step % 24 == 0)
        t->today = exp(t->wave * (uniform() + uniform() + uniform() - 1.5) * 2);
    for (uint32_t n = poisson(rate(t, step) * times); n > 0; n--) {
        assert_int_equal(burst_reserve(b, 1), 0);
        burst_item(b, at);
        if (burst_topic(b, str_from(t->id), &alarm)) {
            assert_true(alarm.seen >= 2 * alarm.expected && alarm.seen >= 5);
            assert_false(told);
            told = true;
        }
    }
    return told;
}

/* Of one simulated year: alarms of the topic with the most, and of all. */
static int quiet_year(uint64_t seed, int *all, int *soon)
{
    static struct topic topics[TOPICS];
    struct burst *b = burst_new(BURST_STEP);
    int64_t start = clock_days(2026, 1, 5) * CLOCK_DAY - CLOCK_CHINA;
    int most = 0;

    begin(topics, seed);
    for (int i = 0; i < TOPICS; i++)
        topics[i].today = 1;
    for (int64_t h = 0; h < DAYS * 24; h++)
        for (int i = 0; i < TOPICS; i++) {
            if (!hour(b, &topics[i], start + h * HOUR, 1))
                continue;
            topics[i].alarms++;
            topics[i].soon += topics[i].told && h - topics[i].told < MONTH_HOURS;
            topics[i].told = h;
        }
    for (int i = 0; i < TOPICS; i++) {
        *all += topics[i].alarms;
        *soon += topics[i].soon;
        most = topics[i].alarms > most ? topics[i].alarms : most;
    }
    burst_free(b);
    return most;
}

/* At most one a month of any topic, whatever months one counts by; chance may break that once in a
 * thousand topic-months. */
static void quiet_months_stay_quiet(void **state)
{
    enum { YEARS = 4 };
    double months = (DAYS - 21) / 30.4;
    int all = 0, soon = 0;
    (void)state;

    for (uint64_t seed = 20260302; seed < 20260302 + YEARS; seed++) {
        int most = quiet_year(seed, &all, &soon);
        assert_true(most <= months);
    }
    print_message("topics=%d topic_months=%.0f false_alarms=%d a_topic_month=%.4f "
                  "second_within_a_month=%d\n", TOPICS, months * TOPICS * YEARS, all,
                  all / months / TOPICS / YEARS, soon);
    assert_true(all / months / TOPICS / YEARS < 0.35);
    assert_true(soon <= months * TOPICS * YEARS / 1000 + 1);
}

struct planted {
    int asked, found, again; /* surges, those told within two polls, told twice */
};

/* Three times the usual for four hours where six an hour and more are usual; those of a topic at
 * least so many hours apart. */
static struct planted plant(int64_t apart)
{
    static struct topic topics[TOPICS];
    struct burst *b = burst_new(BURST_STEP);
    int64_t start = clock_days(2026, 1, 5) * CLOCK_DAY - CLOCK_CHINA, begun = 8 * 7 * 24;
    struct planted p = {0};

    begin(topics, 20260302);
    for (int64_t h = 0; h < DAYS * 24; h++)
        for (int i = 0; i < TOPICS; i++) {
            struct topic *t = &topics[i];
            if (h == 0)
                t->today = 1;
            if (h > begun && h % 173 == 7 * i && (t->surge < 0 || h - t->surge >= apart) &&
                rate(t, burst_step(b, start + h * HOUR)) >= 6 &&
                rate(t, burst_step(b, start + (h + 1) * HOUR)) >= 6)
                t->surge = h;
            bool on = t->surge >= 0 && h < t->surge + 4;
            bool told = hour(b, t, start + h * HOUR, on ? 3 : 1);
            p.asked += t->surge == h;
            p.found += on && told && h < t->surge + 2;
            t->alarms += on && told;
            if (t->surge >= 0 && h == t->surge + 4) {
                p.again += t->alarms > 1;
                t->alarms = 0;
            }
        }
    burst_free(b);
    print_message("surges=%d at_least_hours_apart=%d found_within_two=%d (%.3f) told_again=%d\n",
                  p.asked, (int)apart, p.found, (double)p.found / p.asked, p.again);
    return p;
}

/* Of those that follow an alarm within a month a few more are told late: the month's one accident
 * may have been spent. */
static void surges_are_found_within_two_polls(void **state)
{
    struct planted apart = plant(MONTH_HOURS), close = plant(0);
    (void)state;

    assert_true(apart.asked >= SURGES && close.asked >= 2 * SURGES);
    assert_true(apart.found >= 0.95 * apart.asked);
    assert_true(close.found >= 0.92 * close.asked);
    assert_int_equal(apart.again + close.again, 0);
}

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

/* So many a day, all at once, as a list of a day brings them; alarms of the days `from` to `to`. */
static int daily(struct burst *b, int64_t start, int days, double base, double times, int surge)
{
    struct burst_alarm alarm;
    int alarms = 0;

    for (int d = 0; d < days; d++)
        for (uint32_t n = poisson(base * (d >= surge && d < surge + 2 ? times : 1)); n > 0; n--) {
            assert_int_equal(burst_reserve(b, 1), 0);
            burst_item(b, start + d * CLOCK_DAY);
            alarms += burst_topic(b, STR("epidemic"), &alarm) && d >= surge;
        }
    return alarms;
}

/* Three items a day: four times as many for two days are mostly told, chance seldom brings it. */
static void rare_topics_surge_too(void **state)
{
    int64_t start = clock_days(2026, 3, 2) * CLOCK_DAY;
    int found = 0, alarms = 0;
    (void)state;

    random_state = 20260406;
    for (int i = 0; i < 200; i++) {
        struct burst *b = burst_new(CLOCK_DAY);
        found += daily(b, start, 44, 3, 4, 42) == 1;
        burst_free(b);
        b = burst_new(CLOCK_DAY);
        alarms += daily(b, start, 21 + 60, 3, 1, 21);
        burst_free(b);
    }
    print_message("found=%d of 200 false_alarms=%d in 400 topic-months\n", found, alarms);
    assert_true(found >= 160);
    assert_true(alarms < 200);
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
        cmocka_unit_test(quiet_months_stay_quiet),
        cmocka_unit_test(surges_are_found_within_two_polls),
        cmocka_unit_test(a_surge_is_told_once),
        cmocka_unit_test(rare_topics_surge_too),
        cmocka_unit_test(what_nobody_raised_is_known_to_be_rare),
        cmocka_unit_test(holidays_are_no_surge),
        cmocka_unit_test(a_term_surges_within_its_topic),
        cmocka_unit_test(terms_are_bounded),
        cmocka_unit_test(clock_steps_and_silence_are_no_surge),
        cmocka_unit_test(what_was_counted_is_restored),
        cmocka_unit_test(topics_are_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
