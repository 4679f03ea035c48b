/* What the events of real concerns count for, as the desk emits them. */
#include "tests/unit/unit.h"

#include <string.h>

#include "alerts/desk/tally.h"
#include "base/clock.h"
#include "tests/unit/life_fixture.h"

static struct tally tally;

static int open_life(void **state)
{
    (void)state;
    life_open(&life);
    memset(&tally, 0, sizeof tally);
    return 0;
}

static void hear(void)
{
    for (size_t i = 0; i < life.out.nevents; i++)
        if (life.out.events[i].concern == life.id)
            tally_add(&tally, &life.out.events[i]);
}

static void ok(enum command_act act, const char *by, const char *first)
{
    life_ok(act, by, first, NULL);
    hear();
}

static void raise(const char *topic)
{
    life_item(&life, topic);
    hear();
}

static void pass_time(int64_t ms)
{
    life.now += ms;
    desk_changes_reset(&life.out);
    assert_int_equal(desk_tick(life.desk, life.now, 1000, &life.out), 0);
    hear();
}

/* Of one unit, or of all (NULL), when nothing more comes. */
static void sum_up(const char *unit, struct tally_sum *sum)
{
    struct tally whole = tally;

    tally_end(&whole);
    memset(sum, 0, sizeof *sum);
    for (size_t i = 0; i < whole.nparts; i++)
        if (!unit || strcmp(whole.parts[i].unit, unit) == 0)
            tally_put(sum, &whole.parts[i]);
}

static unsigned counted(const char *unit, enum tally_count count)
{
    struct tally_sum sum;

    sum_up(unit, &sum);
    return sum.counts[count];
}

static int rate(const char *unit, size_t which)
{
    struct tally_sum sum;

    sum_up(unit, &sum);
    return tally_per_mille(&sum, &tally_rates[which]);
}

static void accepted_and_answered_in_time(void **state)
{
    struct tally_sum sum;
    uint32_t n;

    (void)state;
    raise("wage-arrears");
    assert_int_equal(counted("hr-west", TALLY_OPENED), 1);
    assert_int_equal(counted("hr-west", TALLY_OPEN), 1);
    assert_int_equal(rate(NULL, 0), -1);
    pass_time(HOUR);
    ok(COMMAND_ACCEPT, "hr-west", NULL);
    pass_time(23 * HOUR);
    ok(COMMAND_ANSWER, "hr-west", NULL);
    assert_int_equal(rate("hr-west", 0), 1000);
    assert_int_equal(rate("hr-west", 1), 1000);
    assert_int_equal(counted(NULL, TALLY_OPEN), 0);
    assert_int_equal(counted("hr-west", TALLY_FULL), 1);
    sum_up("hr-west", &sum);
    int64_t median = tally_median(&sum, &n);
    assert_int_equal(n, 1);
    assert_true(median > 24 * HOUR * 93 / 100 && median < 24 * HOUR * 107 / 100);
}

static void an_extension_does_not_mend_a_miss(void **state)
{
    (void)state;
    raise("wage-arrears");
    ok(COMMAND_ACCEPT, "hr-west", NULL);
    ok(COMMAND_EXTEND, "hr-west", NULL);
    assert_int_equal(counted(NULL, TALLY_EXTENDED), 0); /* asked for only */
    ok(COMMAND_APPROVE, "office", NULL);
    life.now = life_concern(&life)->due + HOUR / 2; /* within the extension */
    pass_time(0);
    assert_int_equal(counted("hr-west", TALLY_OVERDUE), 1);
    ok(COMMAND_ANSWER, "hr-west", NULL);
    assert_int_equal(counted("hr-west", TALLY_OVERDUE), 0);
    assert_int_equal(counted(NULL, TALLY_ANSWER_DUE), 1); /* once, as overdue and as answered */
    assert_int_equal(rate("hr-west", 1), 0);
    assert_int_equal(rate("hr-west", 3), 1000);
}

static void who_had_it_when_its_time_came_is_counted(void **state)
{
    (void)state;
    raise("wage-arrears");
    life.now = life_concern(&life)->due + HOUR;
    pass_time(0);
    ok(COMMAND_DECLINE, "hr-west", NULL);
    ok(COMMAND_REASSIGN, "office", "health");
    ok(COMMAND_ACCEPT, "health", NULL);
    ok(COMMAND_ANSWER, "health", NULL);
    assert_int_equal(counted("hr-west", TALLY_ANSWER_DUE), 1);
    assert_int_equal(counted("health", TALLY_ANSWER_DUE), 0);
    assert_int_equal(rate("hr-west", 2), 1000); /* given once, declined once */
    assert_int_equal(rate("health", 2), 0);
    assert_int_equal(counted("hr-west", TALLY_OPENED), 0);
    assert_int_equal(counted("health", TALLY_OPENED), 1);
    assert_int_equal(counted("health", TALLY_ANSWERED), 1);
    assert_int_equal(counted(NULL, TALLY_OPENED), 1);
}

static void each_round_counts(void **state)
{
    (void)state;
    raise("wage-arrears");
    ok(COMMAND_ACCEPT, "hr-west", NULL);
    ok(COMMAND_ANSWER, "hr-west", NULL);
    ok(COMMAND_REOPEN, "office", NULL);
    assert_int_equal(counted("hr-west", TALLY_OPEN), 1);
    assert_int_equal(counted("hr-west", TALLY_OPENED), 1);
    life.now = life_concern(&life)->due + HOUR;
    pass_time(0);
    assert_int_equal(counted(NULL, TALLY_ROUNDS), 2);
    assert_int_equal(counted(NULL, TALLY_ANSWER_DUE), 2);
    assert_int_equal(rate("hr-west", 1), 500);
    assert_int_equal(rate("hr-west", 4), 1000);
    assert_int_equal(counted(NULL, TALLY_OVERDUE), 1);
}

/* No rate is above one: each part is of its whole. */
static void a_round_that_is_given_on_is_one_of_each_unit(void **state)
{
    (void)state;
    raise("wage-arrears");
    ok(COMMAND_EXTEND, "office", NULL);
    ok(COMMAND_REASSIGN, "office", "health");
    ok(COMMAND_EXTEND, "office", NULL);
    ok(COMMAND_EXTEND, "office", NULL);
    assert_int_equal(rate("hr-west", 3), 1000);
    assert_int_equal(counted("health", TALLY_ROUNDS), 1);
    assert_int_equal(rate("health", 3), 1000);
    ok(COMMAND_REASSIGN, "office", "hr-west");
    assert_int_equal(counted("hr-west", TALLY_ROUNDS), 1);
    assert_int_equal(counted("hr-west", TALLY_GIVEN), 2);
}

static void a_decline_that_is_denied_gives_it_once_more(void **state)
{
    (void)state;
    raise("wage-arrears");
    ok(COMMAND_DECLINE, "hr-west", NULL);
    ok(COMMAND_DENY, "office", NULL);
    ok(COMMAND_DECLINE, "hr-west", NULL);
    assert_int_equal(rate("hr-west", 2), 1000);
    ok(COMMAND_DENY, "office", NULL);
    ok(COMMAND_EXTEND, "hr-west", NULL);
    ok(COMMAND_DENY, "office", NULL); /* of an extension: gives nothing */
    assert_int_equal(counted("hr-west", TALLY_GIVEN), 3);
}

static void only_an_answer_is_reopened(void **state)
{
    (void)state;
    raise("wage-arrears");
    ok(COMMAND_DISMISS, "office", NULL);
    ok(COMMAND_REOPEN, "office", NULL);
    assert_int_equal(rate("hr-west", 4), -1);
    ok(COMMAND_ANSWER, "hr-west", NULL);
    ok(COMMAND_RETURN, "office", NULL);
    assert_int_equal(rate("hr-west", 4), 1000);
}

static void what_needs_no_answer_is_told_by_its_code(void **state)
{
    (void)state;
    raise("wage-arrears");
    ok(COMMAND_ACCEPT, "hr-west", NULL);
    ok(COMMAND_DISMISS, "office", NULL);
    assert_int_equal(counted(NULL, TALLY_OLD_NEWS), 1);
    assert_int_equal(counted(NULL, TALLY_ADVERTISEMENT) + counted(NULL, TALLY_NOTICE), 0);
    assert_int_equal(counted(NULL, TALLY_OPEN), 0);
    assert_int_equal(counted(NULL, TALLY_ANSWER_DUE), 0);
}

/* Each unit that helps is counted for what it did, and for none of the lead's rates. */
static void each_assisting_unit_is_counted(void **state)
{
    (void)state;
    raise("wage-arrears");
    ok(COMMAND_ASSIST, "office", "health");
    ok(COMMAND_ASSIST, "office", "roads");
    ok(COMMAND_ACCEPT, "roads", NULL);
    ok(COMMAND_ANSWER, "roads", NULL);
    ok(COMMAND_ASSIST, "office", "parks");
    ok(COMMAND_DECLINE, "parks", NULL);
    for (size_t i = 0; i < TALLY_ASSISTED; i++) {
        assert_int_equal(counted("health", (enum tally_count)i), 0);
        assert_int_equal(counted("roads", (enum tally_count)i), 0);
        assert_int_equal(counted("parks", (enum tally_count)i), 0);
    }
    assert_int_equal(counted(NULL, TALLY_DECLINED), 0);
    assert_int_equal(counted(NULL, TALLY_OPEN), 1);
    assert_int_equal(counted("health", TALLY_ASSISTED), 1);
    assert_int_equal(counted("health", TALLY_ASSIST_ANSWERED), 0);
    assert_int_equal(counted("roads", TALLY_ASSISTED), 1);
    assert_int_equal(counted("roads", TALLY_ASSIST_ANSWERED), 1);
    assert_int_equal(counted("parks", TALLY_ASSISTED), 0);
    assert_int_equal(counted("parks", TALLY_ASSIST_DECLINED), 1);
    assert_int_equal(rate(NULL, 6), 500);
    ok(COMMAND_ASSIST, "office", "parks"); /* once more */
    ok(COMMAND_ANSWER, "hr-west", NULL);   /* the lead's is nobody's part */
    assert_int_equal(counted("parks", TALLY_ASSISTED), 1);
    assert_int_equal(counted("parks", TALLY_ASSIST_DECLINED), 0);
    assert_int_equal(counted("hr-west", TALLY_ASSISTED), 0);
    assert_int_equal(rate(NULL, 6), 333);
    assert_int_equal(rate("hr-west", 1), 1000);
}

static void an_assisting_unit_that_comes_to_lead_assists_no_more(void **state)
{
    (void)state;
    raise("wage-arrears");
    ok(COMMAND_ASSIST, "office", "roads");
    ok(COMMAND_REASSIGN, "office", "roads");
    ok(COMMAND_ANSWER, "roads", NULL);
    assert_int_equal(counted("roads", TALLY_ASSISTED), 0);
    assert_int_equal(counted("roads", TALLY_ANSWERED), 1);
    assert_int_equal(counted(NULL, TALLY_ASSISTED), 0);
}

/* One that waited before it was seen: in no rate. */
static void what_came_with_its_reply_is_in_no_rate(void **state)
{
    struct event e = {.seq = 1, .at = HOUR, .type = EVENT_OPENED, .concern = 1, .act = ACT_NONE};

    (void)state;
    memcpy(e.unit, "health", sizeof "health");
    tally_add(&tally, &e);
    e.type = EVENT_ANSWERED;
    e.act = ACT_REPLY;
    tally_add(&tally, &e);
    e.type = EVENT_CLOSED;
    tally_add(&tally, &e);
    assert_int_equal(counted("health", TALLY_CAME_ANSWERED), 1);
    assert_int_equal(counted("health", TALLY_ANSWERED), 0);
    for (size_t i = 0; i < TALLY_RATES; i++)
        assert_int_equal(rate(NULL, i), -1);
}

static void what_is_taken_back_leaves_nothing(void **state)
{
    struct tally_sum sum = {0};
    struct tally before, after;

    (void)state;
    raise("wage-arrears");
    before = tally;
    tally_end(&before);
    pass_time(100 * HOUR);
    ok(COMMAND_ACCEPT, "hr-west", NULL);
    ok(COMMAND_HAND_ON, "hr-west", "hr-desk");
    ok(COMMAND_ANSWER, "hr-desk", NULL);
    after = tally;
    tally_end(&after);
    for (size_t i = 0; i < before.nparts; i++)
        tally_put(&sum, &before.parts[i]);
    for (size_t i = 0; i < before.nparts; i++)
        tally_take(&sum, &before.parts[i]);
    for (size_t i = 0; i < after.nparts; i++)
        tally_put(&sum, &after.parts[i]);
    assert_int_equal(sum.counts[TALLY_OPENED], 1);
    assert_int_equal(sum.counts[TALLY_OPEN], 0);
    for (size_t i = 0; i < after.nparts; i++)
        tally_take(&sum, &after.parts[i]);
    for (size_t i = 0; i < TALLY_COUNTS; i++)
        assert_int_equal(sum.counts[i], 0);
    for (size_t i = 0; i < TALLY_TIMES; i++)
        assert_int_equal(sum.times[i], 0);
}

static void medians_are_near_the_truth(void **state)
{
    (void)state;
    for (int64_t minutes = 1; minutes < 1000000; minutes = minutes * 9 / 8 + 1) {
        struct tally one = {0};
        struct tally_sum sum = {0};
        struct event e = {.seq = 1, .at = HOUR, .type = EVENT_OPENED, .concern = 1};
        tally_add(&one, &e);
        e.type = EVENT_DISPATCHED;
        tally_add(&one, &e);
        e.type = EVENT_ANSWERED;
        e.act = ACT_REPLY;
        e.at += minutes * 60000;
        tally_add(&one, &e);
        tally_put(&sum, &one.parts[0]);
        int64_t median = tally_median(&sum, NULL), truth = minutes * 60000;
        assert_true(median + 60000 >= truth * 93 / 100 && median - 60000 <= truth * 107 / 100);
    }
}

#define TALLY_TEST(name) cmocka_unit_test_setup_teardown(name, open_life, life_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TALLY_TEST(accepted_and_answered_in_time),
        TALLY_TEST(an_extension_does_not_mend_a_miss),
        TALLY_TEST(who_had_it_when_its_time_came_is_counted),
        TALLY_TEST(each_round_counts),
        TALLY_TEST(a_round_that_is_given_on_is_one_of_each_unit),
        TALLY_TEST(a_decline_that_is_denied_gives_it_once_more),
        TALLY_TEST(only_an_answer_is_reopened),
        TALLY_TEST(what_needs_no_answer_is_told_by_its_code),
        TALLY_TEST(each_assisting_unit_is_counted),
        TALLY_TEST(an_assisting_unit_that_comes_to_lead_assists_no_more),
        TALLY_TEST(what_came_with_its_reply_is_in_no_rate),
        TALLY_TEST(what_is_taken_back_leaves_nothing),
        TALLY_TEST(medians_are_near_the_truth),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
