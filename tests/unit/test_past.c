/* What happened by the day and by the hour. */
#include "base/clock.h"
#include "base/err.h"
#include "daemon/views/statistics_past.h"
#include "tests/unit/seed.h"
#include "tests/unit/unit.h"

#define HOUR (CLOCK_DAY / 24)
/* 2026-11-22 08:00 in China: the day that ends here is the calendar's 22nd. */
#define MORNING (INT64_C(20779) * CLOCK_DAY)

static void add(struct statistics_past *p, int64_t at, enum event_type type, const char *topic)
{
    struct event e = {.at = at, .type = type, .act = ACT_REPLY};

    memccpy(e.topic, topic, '\0', sizeof e.topic);
    assert_int_equal(statistics_past_take(p, &e), 0);
}

static void test_a_day_ends_at_eight(void **state)
{
    struct statistics_past *p = statistics_past_new();
    struct statistics_spell s;
    int year, month, day;

    (void)state;
    clock_date(statistics_day(MORNING - 1), &year, &month, &day);
    assert_int_equal(year * 10000 + month * 100 + day, 20261122);
    add(p, MORNING - CLOCK_DAY - 1, EVENT_OPENED, "a");
    add(p, MORNING - CLOCK_DAY, EVENT_OPENED, "b");
    add(p, MORNING - 1, EVENT_JOINED, "b");
    add(p, MORNING - 1, EVENT_ANSWERED, "c");
    add(p, MORNING, EVENT_OPENED, "d");
    assert_int_equal(statistics_past_read(p, STATISTICS_DAY, statistics_day(MORNING - 1), &s), 0);
    assert_int_equal(s.counts[STATISTICS_OPENED], 1);
    assert_int_equal(s.counts[STATISTICS_JOINED], 1);
    assert_int_equal(s.counts[STATISTICS_ANSWERED], 1);
    assert_int_equal(s.ntopics, 2);
    assert_string_equal(s.topics[0].topic, "b");
    assert_int_equal(s.topics[0].opened + s.topics[0].joined, 2);
    assert_string_equal(s.topics[1].topic, "c");
    assert_int_equal(s.topics[1].answered, 1);
    assert_int_equal(statistics_past_read(p, STATISTICS_HOUR, statistics_hour(MORNING), &s), 0);
    assert_int_equal(s.ntopics, 1);
    assert_string_equal(s.topics[0].topic, "d");
    assert_int_equal(statistics_past_read(p, STATISTICS_DAY, 11323, &s), 0); /* 2001-01-01 */
    assert_int_equal(s.ntopics, 0);
    statistics_past_free(p);
}

/* The act of one who only helps is no answer, and other clocks than the reply's do not count. */
static void test_what_counts(void **state)
{
    struct statistics_past *p = statistics_past_new();
    struct event e = {.at = MORNING, .type = EVENT_ANSWERED, .act = ACT_NONE, .topic = "a"};
    struct statistics_spell s;

    (void)state;
    assert_int_equal(statistics_past_take(p, &e), 0);
    e.act = ACT_REPLY;
    e.late = true;
    assert_int_equal(statistics_past_take(p, &e), 0);
    e = (struct event){.at = MORNING, .type = EVENT_OVERDUE, .act = ACT_ACCEPT, .topic = "a"};
    assert_int_equal(statistics_past_take(p, &e), 0);
    e = (struct event){.at = MORNING, .type = EVENT_SOURCE_SILENT, .source = "s"};
    assert_int_equal(statistics_past_take(p, &e), 0);
    e = (struct event){.at = MORNING, .type = EVENT_BURST, .topic = "b", .items = 2, .before = 3,
                       .after = 40};
    for (int i = 0; i <= STATISTICS_BURSTS; i++)
        assert_int_equal(statistics_past_take(p, &e), 0);
    assert_int_equal(statistics_past_read(p, STATISTICS_DAY, statistics_day(MORNING), &s), 0);
    assert_int_equal(s.counts[STATISTICS_ANSWERED], 1);
    assert_int_equal(s.counts[STATISTICS_LATE], 1);
    assert_int_equal(s.counts[STATISTICS_OVERDUE], 0);
    assert_int_equal(s.counts[STATISTICS_SILENT], 1);
    assert_int_equal(s.ntopics, 2);
    assert_false(s.topics[0].burst);
    assert_true(s.topics[1].burst);
    assert_int_equal(s.nbursts, STATISTICS_BURSTS);
    assert_int_equal(s.bursts[0].hours, 2);
    assert_int_equal(s.bursts[0].expected, 3);
    assert_int_equal(s.bursts[0].seen, 40);
    statistics_past_free(p);
}

static void test_what_is_too_old_is_said_to_be_gone(void **state)
{
    struct statistics_past *p = statistics_past_new();
    struct statistics_spell s;
    int64_t first = statistics_day(MORNING);

    (void)state;
    add(p, MORNING, EVENT_OPENED, "a");
    for (int i = 1; i < STATISTICS_DAYS; i++)
        add(p, MORNING + i * CLOCK_DAY, EVENT_OPENED, "a");
    assert_int_equal(statistics_past_read(p, STATISTICS_DAY, first, &s), 0);
    assert_int_equal(s.counts[STATISTICS_OPENED], 1);
    add(p, MORNING + STATISTICS_DAYS * CLOCK_DAY, EVENT_OPENED, "a");
    assert_int_equal(statistics_past_read(p, STATISTICS_DAY, first, &s), ERR_NOTFOUND);
    assert_int_equal(statistics_past_read(p, STATISTICS_DAY, first + 1, &s), 0);
    assert_int_equal(s.counts[STATISTICS_OPENED], 1);
    add(p, MORNING, EVENT_OPENED, "a"); /* does not come back */
    assert_int_equal(statistics_past_read(p, STATISTICS_DAY, first, &s), ERR_NOTFOUND);
    statistics_past_forget(p);
    assert_int_equal(statistics_past_read(p, STATISTICS_DAY, first + 1, &s), 0);
    assert_int_equal(s.counts[STATISTICS_OPENED], 0);
    statistics_past_free(p);
}

/* The hours of a day add up to it, whatever came in whatever order. */
static void test_hours_add_up(void **state)
{
    static const char *const topics[] = {"a", "b", "c", "d"};
    struct statistics_past *p = statistics_past_new();
    struct statistics_spell day, hour;
    uint64_t seed = seed_begin();
    uint32_t opened = 0, per[4] = {0}, hours[4] = {0};

    (void)state;
    for (int i = 0; i < 5000; i++) {
        size_t topic = seed_roll(&seed, 4);
        enum event_type type = seed_roll(&seed, 2) ? EVENT_OPENED : EVENT_JOINED;
        add(p, MORNING + (int64_t)seed_roll(&seed, (uint32_t)CLOCK_DAY), type, topics[topic]);
        opened += type == EVENT_OPENED;
        per[topic]++;
    }
    assert_int_equal(statistics_past_read(p, STATISTICS_DAY, statistics_day(MORNING), &day), 0);
    assert_int_equal(day.counts[STATISTICS_OPENED], opened);
    for (int i = 0; i < 24; i++) {
        int64_t at = MORNING + i * HOUR;
        assert_int_equal(statistics_past_read(p, STATISTICS_HOUR, statistics_hour(at), &hour), 0);
        for (size_t k = 0; k < hour.ntopics; k++)
            hours[hour.topics[k].topic[0] - 'a'] += hour.topics[k].opened + hour.topics[k].joined;
    }
    for (size_t k = 0; k < day.ntopics; k++) {
        size_t topic = (size_t)(day.topics[k].topic[0] - 'a');
        assert_int_equal(day.topics[k].opened + day.topics[k].joined, per[topic]);
    }
    for (size_t k = 0; k < 4; k++)
        assert_int_equal(hours[k], per[k]);
    statistics_past_free(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_day_ends_at_eight),
        cmocka_unit_test(test_what_counts),
        cmocka_unit_test(test_what_is_too_old_is_said_to_be_gone),
        cmocka_unit_test(test_hours_add_up),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
