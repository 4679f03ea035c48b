/* The clocks of a concern: which run, from when, what ends or moves them. */
#include "tests/unit/unit.h"

#include <stdio.h>

#include "alerts/deadlines/clocks.h"
#include "base/clock.h"
#include "tests/unit/desk_fixture.h"

#define MINUTE INT64_C(60000)

static int64_t instant(const char *text)
{
    int64_t ms;

    assert_int_equal(clock_parse(str_from(text), &ms), 0);
    return ms;
}

static struct concern found(const char *topic, enum grade grade, int64_t at)
{
    struct concern c = {.id = 1, .grade = grade, .proposed = grade, .opened = at,
                        .kind = SOURCE_BOARD, .request = REQUEST_COMPLAINT};

    snprintf(c.topic, sizeof c.topic, "%s", topic);
    clocks_start(&c, town.deadlines, town.conf.rules, at, true);
    return c;
}

static const struct concern_clock *clock_of(const struct concern *c, const char *rule)
{
    for (size_t i = 0; i < c->nclocks; i++)
        if (!strcmp(c->clocks[i].rule, rule))
            return &c->clocks[i];
    return NULL;
}

static void a_proposed_grade_runs_provisionally(void **state)
{
    int64_t now = town_morning();
    struct concern c = found("wage-arrears", GRADE_ORDINARY, now);
    (void)state;

    assert_int_equal(c.nclocks, 2);
    assert_true(c.due == now + 48 * HOUR);
    assert_false(clocks_propose(&c, town.deadlines, town.conf.rules, GRADE_ORDINARY, now));
    assert_true(clocks_propose(&c, town.deadlines, town.conf.rules, GRADE_LARGER, now + HOUR));
    assert_true(c.nclocks == 2 && c.grade == GRADE_LARGER);
    assert_true(clocks_propose(&c, town.deadlines, town.conf.rules, GRADE_GRAVE, now + 2 * HOUR));
    assert_false(clocks_propose(&c, town.deadlines, town.conf.rules, GRADE_MAJOR, now + 2 * HOUR));
    assert_int_equal(c.nclocks, 5);
    assert_true(clock_of(&c, "major-5h")->provisional);
    assert_true(clock_of(&c, "major-5h")->due == now + 7 * HOUR); /* from the proposal */
    assert_true(clock_of(&c, "assess-30min")->due == now + 2 * HOUR + 30 * MINUTE);
    assert_true(c.due == now + 48 * HOUR);

    struct concern denied = c; /* 研判: not major */
    clocks_regrade(&denied, town.deadlines, town.conf.rules, GRADE_LARGER, now + 3 * HOUR);
    assert_true(clock_of(&denied, "major-5h")->shelved);
    assert_true(clock_of(&denied, "major-24h")->shelved);
    assert_null(clocks_find(&denied, ACT_BRIEFING));
    assert_true(clock_of(&denied, "assess-30min")->met == now + 3 * HOUR);
    assert_true(denied.assessed == now + 3 * HOUR && denied.grade == GRADE_LARGER);
    assert_true(denied.due == now + 48 * HOUR);

    clocks_regrade(&c, town.deadlines, town.conf.rules, GRADE_MAJOR, now + 3 * HOUR);
    assert_false(clock_of(&c, "major-5h")->provisional);
    assert_true(clock_of(&c, "major-5h")->due == now + 7 * HOUR);
    clocks_meet(&c, ACT_FIRST_INFO, now + 4 * HOUR);
    /* what is met stays so */
    clocks_regrade(&c, town.deadlines, town.conf.rules, GRADE_GRAVE, now + 5 * HOUR);
    assert_true(clock_of(&c, "major-5h")->met == now + 4 * HOUR);
    assert_int_equal(c.nclocks, 5);
}

static void a_lower_grade_keeps_what_was_missed(void **state)
{
    int64_t now = town_morning();
    struct concern c = found("wage-arrears", GRADE_ORDINARY, now);
    (void)state;

    clocks_regrade(&c, town.deadlines, town.conf.rules, GRADE_MAJOR, now);
    struct concern punctual = c;
    clocks_regrade(&c, town.deadlines, town.conf.rules, GRADE_LARGER, now + 6 * HOUR);
    const struct concern_clock *missed = clock_of(&c, "major-5h");
    assert_non_null(missed);
    assert_true(missed->due == now + 5 * HOUR && missed->met == now + 6 * HOUR);
    assert_true(clock_of(&c, "major-24h")->shelved && missed->shelved);
    assert_true(clocks_waits(clock_of(&c, "major-24h")) && !clocks_waits(missed)); /* it was late */
    clocks_regrade(&c, town.deadlines, town.conf.rules, GRADE_MAJOR, now + 7 * HOUR);
    missed = clock_of(&c, "major-5h");
    assert_true(missed->due == now + 5 * HOUR && missed->met == now + 6 * HOUR);
    clocks_meet(&c, ACT_FIRST_INFO, now + 8 * HOUR); /* nor is it done by what comes after */
    assert_true(missed->met == now + 6 * HOUR && missed->shelved);
    assert_true(clock_of(&c, "major-24h")->due == now + 24 * HOUR);
    /* on the dot */
    clocks_regrade(&punctual, town.deadlines, town.conf.rules, GRADE_LARGER, now + 5 * HOUR);
    assert_true(clock_of(&punctual, "major-5h")->shelved);
}

static bool goes_on(const struct concern *c, const char *rule, int64_t due)
{
    const struct concern_clock *k = clock_of(c, rule);

    return k && !k->met && !k->shelved && k->due == due;
}

static void a_grade_raised_again_winds_nothing_back(void **state)
{
    int64_t now = town_morning();
    struct concern c = found("wage-arrears", GRADE_ORDINARY, now);
    size_t which;
    (void)state;

    clocks_regrade(&c, town.deadlines, town.conf.rules, GRADE_MAJOR, now);
    which = (size_t)(clock_of(&c, "major-5h") - c.clocks);
    assert_int_equal(clocks_advance(&c, which, town.deadlines, now + 3 * HOUR), CLOCKS_HALF);
    clocks_regrade(&c, town.deadlines, town.conf.rules, GRADE_LARGER, now + 3 * HOUR);
    assert_int_equal(clocks_advance(&c, which, town.deadlines, now + 9 * HOUR), CLOCKS_NOTHING);
    struct concern quiet = c, told = c, proposed = c, aside = c;
    clocks_regrade(&c, town.deadlines, town.conf.rules, GRADE_MAJOR, now + 4 * HOUR);
    assert_true(goes_on(&c, "major-5h", now + 5 * HOUR));
    assert_true(goes_on(&c, "major-24h", now + 24 * HOUR));
    assert_int_equal(c.nclocks, 4);
    assert_false(clock_of(&c, "major-5h")->provisional);
    /* what was told by then is not told again */
    assert_int_equal(clocks_advance(&c, which, town.deadlines, now + 4 * HOUR - 1),
                     CLOCKS_NOTHING);
    assert_int_equal(clocks_advance(&c, which, town.deadlines, now + 4 * HOUR), CLOCKS_MOST);
    /* missed by then: told at once, straight on to 督办 */
    clocks_regrade(&quiet, town.deadlines, town.conf.rules, GRADE_MAJOR, now + 6 * HOUR);
    assert_true(goes_on(&quiet, "major-5h", now + 5 * HOUR));
    assert_int_equal(clocks_advance(&quiet, which, town.deadlines, now + 6 * HOUR),
                     CLOCKS_OVERDUE);
    assert_int_equal(clocks_advance(&quiet, which, town.deadlines, now + 6 * HOUR),
                     CLOCKS_ESCALATED);
    /* done while nobody was held to it: done */
    clocks_meet(&told, ACT_FIRST_INFO, now + 4 * HOUR);
    clocks_regrade(&told, town.deadlines, town.conf.rules, GRADE_MAJOR, now + 6 * HOUR);
    assert_true(clock_of(&told, "major-5h")->met == now + 4 * HOUR);
    assert_true(goes_on(&told, "major-24h", now + 24 * HOUR));
    /* nor is anybody late for what nobody was held to */
    clocks_meet(&aside, ACT_FIRST_INFO, now + 30 * HOUR);
    assert_true(clock_of(&aside, "major-5h")->met == now + 30 * HOUR);
    assert_true(clocks_done_aside(clock_of(&aside, "major-5h")));
    clocks_regrade(&aside, town.deadlines, town.conf.rules, GRADE_MAJOR, now + 31 * HOUR);
    assert_true(clock_of(&aside, "major-5h")->met == now + 30 * HOUR);
    /* raised by heat: the same, until somebody decides */
    assert_true(clocks_propose(&proposed, town.deadlines, town.conf.rules, GRADE_GRAVE,
                               now + 4 * HOUR));
    assert_true(goes_on(&proposed, "major-5h", now + 5 * HOUR));
    assert_true(clock_of(&proposed, "major-5h")->provisional);
    /* what is closed is over */
    clocks_meet(&proposed, ACT_NONE, now + 4 * HOUR);
    clocks_start(&proposed, town.deadlines, town.conf.rules, now + 90 * HOUR, true);
    assert_null(clock_of(&proposed, "major-5h"));
}

static void a_denied_proposal_starts_nothing_for_good(void **state)
{
    int64_t now = town_morning();
    struct concern c = found("wage-arrears", GRADE_ORDINARY, now);
    const struct rules *rules = town.conf.rules;
    (void)state;

    assert_true(clocks_propose(&c, town.deadlines, rules, GRADE_MAJOR, now));
    clocks_regrade(&c, town.deadlines, rules, GRADE_LARGER, now + HOUR);
    struct concern again = c, merged = c, running = found("wage-arrears", GRADE_ORDINARY, now);
    clocks_regrade(&running, town.deadlines, rules, GRADE_MAJOR, now + 80 * HOUR);
    clocks_join(&merged, &running);
    assert_true(goes_on(&merged, "major-5h", now + 85 * HOUR));
    clocks_join(&running, &c);
    assert_true(goes_on(&running, "major-5h", now + 85 * HOUR));
    /* days later, on other facts: by 研判, or by another proposal */
    clocks_regrade(&c, town.deadlines, rules, GRADE_MAJOR, now + 90 * HOUR);
    assert_true(goes_on(&c, "major-5h", now + 95 * HOUR));
    assert_true(goes_on(&c, "major-24h", now + 114 * HOUR));
    assert_false(clock_of(&c, "major-5h")->provisional);
    assert_true(clocks_propose(&again, town.deadlines, rules, GRADE_GRAVE, now + 90 * HOUR));
    assert_true(goes_on(&again, "major-5h", now + 95 * HOUR));
    assert_int_equal(again.nclocks, 5);
    /* which held: from now on its start stands */
    clocks_regrade(&again, town.deadlines, rules, GRADE_MAJOR, now + 91 * HOUR);
    clocks_regrade(&again, town.deadlines, rules, GRADE_LARGER, now + 92 * HOUR);
    clocks_regrade(&again, town.deadlines, rules, GRADE_MAJOR, now + 93 * HOUR);
    assert_true(goes_on(&again, "major-5h", now + 95 * HOUR));
}

static void nor_does_a_merge(void **state)
{
    int64_t now = town_morning();
    struct concern was = found("wage-arrears", GRADE_ORDINARY, now), plain = was, major = was;
    (void)state;

    clocks_regrade(&was, town.deadlines, town.conf.rules, GRADE_MAJOR, now);
    clocks_regrade(&was, town.deadlines, town.conf.rules, GRADE_LARGER, now + HOUR);
    clocks_regrade(&major, town.deadlines, town.conf.rules, GRADE_MAJOR, now + 2 * HOUR);
    struct concern both = major, back = was, answered = major;
    clocks_join(&plain, &was); /* the shelf goes along */
    assert_true(clock_of(&plain, "major-5h")->shelved && !clocks_find(&plain, ACT_BRIEFING));
    clocks_regrade(&plain, town.deadlines, town.conf.rules, GRADE_MAJOR, now + 3 * HOUR);
    assert_true(goes_on(&plain, "major-5h", now + 5 * HOUR));
    clocks_join(&both, &was); /* the earlier start holds for what runs */
    assert_true(goes_on(&both, "major-5h", now + 5 * HOUR));
    assert_true(goes_on(&both, "major-24h", now + 24 * HOUR));
    clocks_join(&back, &major);
    assert_true(goes_on(&back, "major-5h", now + 5 * HOUR) && back.nclocks == 4);
    clocks_meet(&answered, ACT_FIRST_INFO, now + 3 * HOUR);
    clocks_join(&answered, &was); /* what was done stays done */
    assert_true(clock_of(&answered, "major-5h")->met == now + 3 * HOUR);
}

static void only_an_emergency_starts_its_clocks(void **state)
{
    int64_t now = town_morning();
    struct rules_topic *topic = &town.rules.topics[0];
    (void)state;

    topic->no_emergency = true;
    struct concern c = found("wage-arrears", GRADE_MAJOR, now);
    assert_int_equal(c.nclocks, 3); /* 研判 all the same */
    assert_true(clock_of(&c, "assess-30min") && c.due == now + 48 * HOUR);
    assert_true(clocks_propose(&c, town.deadlines, town.conf.rules, GRADE_GRAVE, now));
    clocks_regrade(&c, town.deadlines, town.conf.rules, GRADE_GRAVE, now + HOUR);
    assert_int_equal(c.nclocks, 3);
    assert_true(c.grade == GRADE_GRAVE && !clocks_find(&c, ACT_FIRST_INFO));
    /* one that the rules do not know may be an emergency */
    snprintf(c.topic, sizeof c.topic, "unheard-of");
    assert_false(clocks_no_emergency(&c, town.conf.rules));
    clocks_regrade(&c, town.deadlines, town.conf.rules, GRADE_MAJOR, now + 2 * HOUR);
    assert_true(goes_on(&c, "major-5h", now + 7 * HOUR));
}

static void a_decided_grade_waits_for_another_assessment(void **state)
{
    int64_t now = town_morning();
    struct concern c = found("wage-arrears", GRADE_ORDINARY, now);
    (void)state;

    clocks_regrade(&c, town.deadlines, town.conf.rules, GRADE_ORDINARY, now);
    assert_int_equal(c.nclocks, 2); /* nothing to assess any more */
    assert_true(clocks_propose(&c, town.deadlines, town.conf.rules, GRADE_MAJOR, now + HOUR));
    assert_int_equal(c.grade, GRADE_ORDINARY);
    assert_true(clock_of(&c, "major-24h")->provisional && clock_of(&c, "assess-30min"));
    clocks_regrade(&c, town.deadlines, town.conf.rules, GRADE_MAJOR, now + 2 * HOUR);
    assert_false(clock_of(&c, "major-24h")->provisional);
    assert_true(clocks_propose(&c, town.deadlines, town.conf.rules, GRADE_GRAVE, now + 3 * HOUR));
    assert_true(clock_of(&c, "assess-30min")->due == now + 3 * HOUR + 30 * MINUTE);
    assert_true(clock_of(&c, "assess-30min")->met == 0);
    assert_false(clock_of(&c, "major-24h")->provisional); /* decided before */
    assert_int_equal(c.nclocks, 5);
    /* a grade that nobody had proposed */
    struct concern sudden = found("wage-arrears", GRADE_ORDINARY, now);
    clocks_regrade(&sudden, town.deadlines, town.conf.rules, GRADE_MAJOR, now + 90 * HOUR);
    assert_int_equal(sudden.nclocks, 4);
    assert_true(clock_of(&sudden, "major-5h")->due == now + 95 * HOUR);
    assert_false(clock_of(&sudden, "major-5h")->provisional);
}

static void clocks_wait_for_their_trigger(void **state)
{
    int64_t now = town_morning();
    struct concern c = {.id = 1, .topic = "wage-arrears"};
    (void)state;

    for (size_t i = 0; i < town.deadlines->count; i++)
        if (town.deadlines->list[i].act == ACT_ACCEPT)
            town.deadlines->list[i].trigger = DEADLINE_DISPATCHED;
    clocks_start(&c, town.deadlines, town.conf.rules, now, false); /* waits for 研判 */
    assert_int_equal(c.nclocks, 1);
    assert_null(clock_of(&c, "accept-2h"));
    clocks_trigger(&c, town.deadlines, town.conf.rules, DEADLINE_DISPATCHED, now + HOUR);
    assert_true(clock_of(&c, "accept-2h")->due == now + 3 * HOUR);
    clocks_trigger(&c, town.deadlines, town.conf.rules, DEADLINE_DISPATCHED, now + 2 * HOUR);
    assert_true(c.nclocks == 2 && clock_of(&c, "accept-2h")->due == now + 3 * HOUR);
    assert_true(c.due == now + 48 * HOUR);
    clocks_start(&c, town.deadlines, town.conf.rules, now + 90 * HOUR, true); /* a new round */
    assert_true(c.nclocks == 2 && c.due == now + 138 * HOUR);
}

static void a_corrected_request_only_shortens(void **state)
{
    int64_t now = town_morning();
    (void)state;

    town.rules.topics[0].deadlines[0] = STR("chosen");
    town.rules.topics[0].ndeadlines = 1;
    struct concern c = found("wage-arrears", GRADE_ORDINARY, now);
    int64_t due = c.due;
    assert_non_null(clock_of(&c, "complaint-15wd"));
    c.request = REQUEST_REPORT; /* 20 working days: the original due stays */
    clocks_rechoose(&c, town.deadlines, town.conf.rules, now + HOUR);
    assert_true(c.due == due && clock_of(&c, "complaint-15wd"));
    struct concern late = c;
    c.request = late.request = REQUEST_ENQUIRY; /* 3 */
    clocks_rechoose(&c, town.deadlines, town.conf.rules, now + HOUR);
    assert_true(c.due == instant("2026-03-05T17:30:00+08:00"));
    assert_non_null(clock_of(&c, "enquiry-3wd"));
    assert_null(clock_of(&c, "complaint-15wd"));
    /* corrected when 3 working days are over: nobody becomes overdue by a correction */
    clocks_rechoose(&late, town.deadlines, town.conf.rules, now + 5 * CLOCK_DAY);
    assert_true(late.due == due);
}

static void supervision_waits_for_an_extension(void **state)
{
    int64_t now = town_morning(), due = now + 48 * HOUR;
    struct concern c = found("wage-arrears", GRADE_ORDINARY, now);
    size_t which;
    (void)state;

    clocks_meet(&c, ACT_ACCEPT, now);
    c.extended = due + 100 * HOUR;
    assert_int_equal(clocks_advance(&c, 1, town.deadlines, due), CLOCKS_OVERDUE); /* original */
    assert_int_equal(clocks_advance(&c, 1, town.deadlines, due + 99 * HOUR), CLOCKS_NOTHING);
    assert_true(clocks_next(&c, town.deadlines, &which) == due + 100 * HOUR);
    assert_int_equal(clocks_advance(&c, 1, town.deadlines, due + 100 * HOUR), CLOCKS_ESCALATED);
    assert_true(clocks_next(&c, town.deadlines, &which) == due + 124 * HOUR);
    assert_int_equal(c.clocks[1].level, 1);
    c.extended = due + 150 * HOUR; /* once more: level 1 is not told again */
    assert_true(clocks_next(&c, town.deadlines, &which) == due + 174 * HOUR);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TOWN_TEST(a_proposed_grade_runs_provisionally),
        TOWN_TEST(a_lower_grade_keeps_what_was_missed),
        TOWN_TEST(a_grade_raised_again_winds_nothing_back),
        TOWN_TEST(a_denied_proposal_starts_nothing_for_good),
        TOWN_TEST(nor_does_a_merge),
        TOWN_TEST(only_an_emergency_starts_its_clocks),
        TOWN_TEST(a_decided_grade_waits_for_another_assessment),
        TOWN_TEST(clocks_wait_for_their_trigger),
        TOWN_TEST(a_corrected_request_only_shortens),
        TOWN_TEST(supervision_waits_for_an_extension),
    };
    return cmocka_run_group_tests_name("clocks", tests, NULL, NULL);
}
