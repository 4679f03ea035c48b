/* A concern that is an emergency: who decides so, which clocks that starts, what a merge makes of
 * it. */
#include "tests/unit/unit.h"

#include <string.h>

#include "alerts/deadlines/clocks.h"
#include "base/clock.h"
#include "base/err.h"
#include "tests/unit/life_fixture.h"

/* The town's 拖欠工资 is no emergency, its 疫情 is one. */
static void an_emergency_is_decided_upon(void **state)
{
    struct command c = {.act = COMMAND_ASSESS, .graded = true, .grade = GRADE_MAJOR,
                        .by = STR("office"), .note = STR("核实")};
    int64_t first;
    (void)state;

    life.town.rules.topics[0].no_emergency = true;
    life_item(&life, "wage-arrears");
    assert_int_equal(life_do(&life, &c), 0);
    assert_int_equal(life_event(&life, 0, EVENT_ASSESSED)->code, EMERGENCY_UNSAID);
    assert_null(clocks_running(life_concern(&life), ACT_FIRST_INFO));
    c.emergency = EMERGENCY_YES;
    assert_int_equal(life_do(&life, &c), 0);
    assert_int_equal(life_event(&life, 0, EVENT_ASSESSED)->code, EMERGENCY_YES);
    first = life.now + 5 * HOUR;
    assert_true(clocks_running(life_concern(&life), ACT_FIRST_INFO)->due == first);
    life.now += HOUR;
    c.emergency = EMERGENCY_UNSAID; /* as it was */
    c.grade = GRADE_GRAVE;
    assert_int_equal(life_do(&life, &c), 0);
    assert_true(clocks_running(life_concern(&life), ACT_FIRST_INFO)->due == first);
    c.emergency = EMERGENCY_NO;
    assert_int_equal(life_do(&life, &c), 0);
    assert_null(clocks_running(life_concern(&life), ACT_FIRST_INFO));
    assert_null(clocks_running(life_concern(&life), ACT_BRIEFING));
    life.now += HOUR;
    c.emergency = EMERGENCY_YES; /* nor does that wind a clock back */
    assert_int_equal(life_do(&life, &c), 0);
    assert_true(clocks_running(life_concern(&life), ACT_FIRST_INFO)->due == first);
}

static void a_merged_emergency_stays_one(void **state)
{
    struct command c = {.act = COMMAND_ASSESS, .graded = true, .grade = GRADE_MAJOR,
                        .by = STR("office"), .note = STR("核实")};
    (void)state;

    life.town.rules.topics[0].no_emergency = true;
    life_item(&life, "wage-arrears");
    life.other = life.id;
    life_item(&life, "epidemic");
    int64_t due = clocks_running(life_concern(&life), ACT_FIRST_INFO)->due;
    life_ok(COMMAND_MERGE, "office", NULL, NULL);
    life.id = life.other;
    life.now += HOUR;
    assert_int_equal(life_do(&life, &c), 0);
    assert_true(clocks_running(life_concern(&life), ACT_FIRST_INFO)->due == due);
}

/* 研判 on the concern that commands go to. */
static void decide(enum grade grade, enum emergency emergency)
{
    struct command c = {.act = COMMAND_ASSESS, .graded = true, .grade = grade,
                        .emergency = emergency, .by = STR("office"), .note = STR("核实")};

    assert_int_equal(life_do(&life, &c), 0);
}

/* Merges it into the other, and goes on with that. What the other's event says of emergencies. */
static int merge_into_other(void)
{
    life_ok(COMMAND_MERGE, "office", NULL, NULL);
    life.id = life.other;
    return life_event(&life, 2, EVENT_JOINED)->code;
}

static bool runs(enum act act, int64_t due, bool provisional)
{
    const struct concern_clock *k = clocks_running(life_concern(&life), act);

    return k && k->due == due && k->provisional == provisional;
}

static void its_clocks_begin_now(void)
{
    assert_true(runs(ACT_FIRST_INFO, life.now + 5 * HOUR, false));
    assert_true(runs(ACT_BRIEFING, life.now + 24 * HOUR, false));
}

static void a_merged_grade_starts_its_clocks(void **state)
{
    (void)state;

    life.town.rules.topics[0].no_emergency = true;
    life_item(&life, "land"); /* a matter of it may be an emergency */
    life.other = life.id;
    decide(GRADE_ORDINARY, EMERGENCY_UNSAID);
    life_ok(COMMAND_DISPATCH, "office", NULL, NULL);
    life_item(&life, "wage-arrears");
    decide(GRADE_MAJOR, EMERGENCY_UNSAID);
    assert_null(clocks_running(life_concern(&life), ACT_FIRST_INFO));
    life.now += HOUR;
    assert_int_equal(merge_into_other(), EMERGENCY_UNSAID);
    assert_int_equal(life_concern(&life)->grade, GRADE_MAJOR);
    its_clocks_begin_now();
}

static void nor_is_what_was_published_due_again(void **state)
{
    (void)state;

    life_item(&life, "wage-arrears"); /* 拖欠工资 may be an emergency here */
    life.other = life.id;
    life_item(&life, "epidemic");
    decide(GRADE_MAJOR, EMERGENCY_UNSAID);
    int64_t due = clocks_running(life_concern(&life), ACT_BRIEFING)->due, told = life.now += HOUR;
    life_ok(COMMAND_PROGRESS, "health", NULL, NULL);
    life.now += HOUR;
    merge_into_other();
    assert_int_equal(life_concern(&life)->grade, GRADE_MAJOR);
    const struct concern_clock *first = clocks_find(life_concern(&life), ACT_FIRST_INFO);
    assert_true(first && first->met == told && !first->shelved);
    assert_true(runs(ACT_BRIEFING, due, false));
}

static void a_merged_emergency_starts_its_clocks(void **state)
{
    (void)state;

    life.town.rules.topics[0].no_emergency = true;
    life_item(&life, "wage-arrears");
    life.other = life.id;
    decide(GRADE_MAJOR, EMERGENCY_UNSAID);
    life_item(&life, "wage-arrears");
    decide(GRADE_ORDINARY, EMERGENCY_YES);
    life.now += HOUR;
    assert_int_equal(merge_into_other(), EMERGENCY_YES);
    assert_int_equal(life_concern(&life)->emergency, EMERGENCY_YES);
    its_clocks_begin_now();
}

/* A grave one of its topic goes into one that is none: by its topic, or because 研判 held so. */
static void what_was_held_to_be_none_stays_so(void **state)
{
    (void)state;

    life.town.rules.topics[0].no_emergency = true;
    life_item(&life, "wage-arrears");
    life.other = life.id;
    life_item(&life, "epidemic");
    int64_t due = clocks_running(life_concern(&life), ACT_FIRST_INFO)->due;
    assert_int_equal(merge_into_other(), EMERGENCY_YES);
    assert_int_equal(life_concern(&life)->emergency, EMERGENCY_MERGED); /* nobody has said */
    assert_false(clocks_emergency_decided(life_concern(&life)));
    assert_true(runs(ACT_FIRST_INFO, due, true));
    decide(GRADE_MAJOR, EMERGENCY_NO);
    assert_null(clocks_running(life_concern(&life), ACT_FIRST_INFO));
    life_item(&life, "epidemic");
    due = clocks_running(life_concern(&life), ACT_FIRST_INFO)->due;
    life.now = due + HOUR;
    assert_int_equal(merge_into_other(), EMERGENCY_NO);
    assert_true(life_concern(&life)->emergency == EMERGENCY_NO);
    assert_null(clocks_running(life_concern(&life), ACT_FIRST_INFO));
    assert_null(clocks_running(life_concern(&life), ACT_BRIEFING));
    struct concern_clock day = life_concern(&life)->clocks[0];
    for (size_t i = 0; i < life_concern(&life)->nclocks; i++)
        if (life_concern(&life)->clocks[i].act == ACT_BRIEFING)
            day = life_concern(&life)->clocks[i];
    assert_true(day.act == ACT_BRIEFING && day.shelved && !day.provisional);
    life_item(&life, "epidemic");
    decide(GRADE_LARGER, EMERGENCY_YES); /* but what 研判 held to be one does not end by a merge */
    assert_int_equal(merge_into_other(), EMERGENCY_YES);
    assert_non_null(clocks_running(life_concern(&life), ACT_BRIEFING));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        LIFE_TEST(an_emergency_is_decided_upon),
        LIFE_TEST(a_merged_emergency_stays_one),
        LIFE_TEST(a_merged_grade_starts_its_clocks),
        LIFE_TEST(nor_is_what_was_published_due_again),
        LIFE_TEST(a_merged_emergency_starts_its_clocks),
        LIFE_TEST(what_was_held_to_be_none_stays_so),
    };
    return cmocka_run_group_tests_name("life: emergencies", tests, NULL, NULL);
}
