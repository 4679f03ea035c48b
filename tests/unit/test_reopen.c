/* What reopens an answered concern by itself: 回访, and posts that raise it again. */
#include "tests/unit/unit.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/err.h"
#include "classifiers/likeness/traits.h"
#include "tests/unit/life_fixture.h"

static int by_value(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

    return (x > y) - (x < y);
}

/* The same matter at the same firm, in other words each time. */
static void tell(struct verdict_box *box, uint32_t words)
{
    town_verdict(box, "wage-arrears", "330106", words, 0);
    uint32_t *t = box->v.traits;
    t[0] = trait_make(TRAIT_FIRM, 1);
    t[1] = trait_make(TRAIT_TERM, 2);
    t[2] = trait_make(TRAIT_TERM, 3);
    t[3] = trait_make(TRAIT_TERM, 4);
    t[4] = trait_make(TRAIT_SUBJECT, 5);
    qsort(t, 5, sizeof *t, by_value);
}

/* An item: which concern it belongs to; its events are in life.out. */
static uint64_t item(const struct verdict_box *box, uint64_t source)
{
    uint64_t id = 0;

    desk_changes_reset(&life.out);
    assert_int_equal(desk_item(life.desk, &box->v, &(struct desk_origin){.source = source},
                               life.now, &life.out, &id), 0);
    return id;
}

static int set_up(void **state)
{
    struct verdict_box box;
    (void)state;

    life_open(&life);
    tell(&box, 1);
    life.id = item(&box, 1);
    assert_true(life.id != 0);
    life.now += HOUR;
    assert_int_equal(life_act(&life, COMMAND_ANSWER, "hr-west", NULL, NULL), 0);
    life.now += HOUR;
    return 0;
}

static const struct concern *concern_at(uint64_t id)
{
    const struct concern *c = desk_concern(life.desk, id);

    assert_non_null(c);
    return c;
}

/* A new complaint, which is never without a clock: the concern that it came to is open. */
static uint64_t complain(uint32_t words, uint64_t source)
{
    struct verdict_box box;

    tell(&box, words);
    box.v.published = life.now;
    uint64_t id = item(&box, source);
    const struct concern *c = concern_at(id);
    assert_int_equal(c->state, CONCERN_OPEN);
    assert_true(c->nclocks && c->due > c->opened);
    return id;
}

static bool again(uint32_t words, uint64_t source)
{
    complain(words, source);
    return life_concern(&life)->state != CONCERN_CLOSED;
}

static void survey(uint32_t solved, uint32_t not_yet)
{
    desk_changes_reset(&life.out);
    assert_int_equal(desk_survey(life.desk, life.id, solved, not_yet, life.now, &life.out), 0);
}

static const struct event *reopened(size_t i)
{
    const struct event *e = life_event(&life, i, EVENT_REOPENED);

    assert_string_equal(e->by, "");
    assert_true(e->round == 1 && life_heard(e, "office") && life_heard(e, "hr-west"));
    assert_int_equal(life_concern(&life)->state, CONCERN_OPEN);
    return e;
}

static void three_posts_from_two_sources_reopen(void **state)
{
    const struct concern *c = life_concern(&life);
    int64_t due = c->due;
    (void)state;

    uint64_t beside = complain(2, 5);
    assert_false(again(3, 5));
    assert_int_equal(c->late_items, 2);
    assert_true(again(4, 6));
    const struct event *e = reopened(1);
    assert_true(e->code == REOPENING_POSTS && e->before == 2 && e->after == 3);
    assert_true(e->other == beside && concern_at(beside)->state == CONCERN_OPEN);
    assert_true(c->due > due && c->misses == 0 && !c->reply_url && !c->late_items);
    assert_int_equal(c->items, 1); /* the others have their place in the one beside it */
    /* In its new round it is open: what comes reopens nothing. */
    assert_true(again(5, 7));
    assert_int_equal(life.out.nevents, 1);
}

/* The first opens a concern that names the answered one, what comes later joins it, and all count
 * for the answered one. */
static void one_post_alone_has_a_clock_of_its_own(void **state)
{
    uint64_t own = complain(2, 5);
    const struct concern *c = concern_at(own);
    const struct event *e = life_event(&life, 0, EVENT_OPENED);
    (void)state;

    assert_true(own != life.id && c->related == life.id && e->concern == own);
    assert_true(e->other == life.id && life_heard(e, "hr-west") && c->opened == life.now);
    life_event(&life, 1, EVENT_DISPATCHED);
    assert_int_equal(life_concern(&life)->state, CONCERN_CLOSED);
    assert_int_equal(life_concern(&life)->late_items, 1);
    assert_int_equal(life_concern(&life)->items, 1);
    assert_true(complain(3, 6) == own && life_concern(&life)->late_items == 2);
    assert_int_equal(life.out.nevents, 1);
    assert_true(complain(4, 6) == own && life_concern(&life)->state == CONCERN_OPEN);
    reopened(1);
    assert_true(concern_at(own)->state == CONCERN_OPEN && concern_at(own)->items == 3);
}

/* What one beside it was answered with in the meantime does not begin the count anew. */
static void posts_count_across_related_concerns(void **state)
{
    uint64_t own[2];
    (void)state;

    for (uint32_t i = 0; i < 2; i++) {
        own[i] = complain(2 + i, 5 + i);
        uint64_t first = life.id;
        life.id = own[i];
        life.now += HOUR;
        assert_int_equal(life_act(&life, COMMAND_ANSWER, "hr-west", NULL, NULL), 0);
        life.id = first;
        life.now += HOUR;
    }
    assert_true(own[0] != own[1] && concern_at(own[0])->related == life.id);
    assert_int_equal(life_concern(&life)->late_items, 2);
    complain(8, 7);
    assert_int_equal(life_concern(&life)->state, CONCERN_OPEN);
    assert_int_equal(life_concern(&life)->round, 1);
}

/* Both are open then, and are put together by one act: the answered one keeps its number, its
 * rounds and the earliest due time of both; taken apart again, each is found. */
static void the_one_beside_it_goes_into_the_reopened(void **state)
{
    uint64_t first = life.id, beside = complain(2, 5);
    int64_t due = concern_at(beside)->due;
    (void)state;

    life.now += HOUR;
    complain(3, 5);
    complain(4, 6);
    assert_true(concern_at(first)->round == 1 && concern_at(first)->due > due);
    life.id = beside;
    assert_int_equal(life_do(&life, &(struct command){.act = COMMAND_MERGE, .by = STR("office"),
                                                      .other = first}), 0);
    life.id = first;
    const struct concern *c = concern_at(first);
    assert_true(c->state == CONCERN_OPEN && c->round == 1 && c->items == 4 && c->due == due);
    assert_true(concern_at(beside)->merged == first && concern_at(beside)->items == 0);
    assert_true(complain(5, 7) == first);
}

/* That is enough: it joins, and has the clocks of the new round. */
static void the_post_that_reopens_joins(void **state)
{
    (void)state;

    life.town.deadlines->reopen.items = life.town.deadlines->reopen.sources = 1;
    assert_true(complain(2, 5) == life.id);
    assert_int_equal(life_concern(&life)->items, 2);
    assert_int_equal(reopened(1)->other, 0);
}

/* Of one that was dismissed no rule counts what comes; it is not left waiting either. */
static void other_ends_keep_nobody_waiting(void **state)
{
    (void)state;

    assert_int_equal(life_act(&life, COMMAND_REOPEN, "office", NULL, NULL), 0);
    assert_int_equal(life_act(&life, COMMAND_DISMISS, "office", NULL, NULL), 0);
    uint64_t own = complain(2, 5);
    assert_true(own != life.id && concern_at(own)->related == life.id);
    assert_int_equal(life_concern(&life)->late_items, 0);
}

static void one_source_is_not_enough(void **state)
{
    (void)state;

    for (uint32_t i = 0; i < 10; i++)
        assert_false(again(20 + i, 5));
    assert_true(again(40, 6));
}

static void what_is_no_new_complaint_does_not_count(void **state)
{
    struct verdict_box box;
    (void)state;

    for (uint32_t i = 0; i < 6; i++) {
        tell(&box, 50 + i); /* written before the answer */
        box.v.published = life_concern(&life)->answered;
        assert_true(item(&box, 5 + i) == life.id);
        tell(&box, 60 + i); /* a report */
        box.v.published = life.now;
        box.v.kind = VERDICT_REPORTED;
        assert_true(item(&box, 5 + i) == life.id);
        tell(&box, 1); /* a reprint */
        box.v.published = life.now;
        assert_true(item(&box, 5 + i) == life.id);
    }
    assert_int_equal(life_concern(&life)->state, CONCERN_CLOSED);
    assert_int_equal(life_concern(&life)->late_items, 0);
}

static void posts_after_the_time_do_not_count(void **state)
{
    struct verdict_box box;
    (void)state;

    for (uint32_t day = 0; day < 25; day += 5) {
        assert_false(again(70 + day, 5));
        life.now += 5 * CLOCK_DAY;
    }
    assert_int_equal(life_concern(&life)->late_items, 5);
    tell(&box, 1); /* a reprint, so that it is kept longer */
    assert_true(item(&box, 5) == life.id);
    life.now += 5 * CLOCK_DAY;
    assert_false(again(120, 6));
    assert_int_equal(life_concern(&life)->late_items, 5);
}

/* The rule's own time decides, not the window in which items join. */
static void posts_reopen_past_the_window_of_joining(void **state)
{
    struct verdict_box box;
    (void)state;

    life.now += 20 * CLOCK_DAY; /* nothing has come since */
    assert_true(life.town.conf.group_window < 20 * CLOCK_DAY);
    assert_false(again(2, 5));
    life.now += 9 * CLOCK_DAY;
    assert_false(again(3, 6));
    assert_true(again(4, 6));
    assert_int_equal(reopened(1)->code, REOPENING_POSTS);
    /* after it a post is a matter of its own */
    assert_int_equal(life_act(&life, COMMAND_ANSWER, "hr-west", NULL, NULL), 0);
    life.now += 30 * CLOCK_DAY + 1;
    tell(&box, 5);
    box.v.published = life.now;
    assert_true(item(&box, 5) != life.id);
}

static void too_many_say_not_yet(void **state)
{
    const struct concern *c = life_concern(&life);
    (void)state;

    survey(0, 4); /* too few */
    assert_int_equal(life.out.nevents, 0);
    survey(3, 4); /* 57 % */
    assert_int_equal(life.out.nevents, 0);
    survey(2, 3); /* 60 % */
    const struct event *e = life_event(&life, 0, EVENT_SURVEYED);
    assert_true(e->before == 3 && e->after == 2 && e->round == 0 && life_heard(e, "hr-west"));
    e = reopened(1);
    assert_true(e->code == REOPENING_SURVEY && e->before == 3 && e->after == 2 && !e->other);
    assert_int_equal(c->round, 1);
    survey(0, 100); /* of an open concern nobody is asked */
    assert_int_equal(life.out.nevents, 0);
}

static void a_late_answer_stays_a_miss(void **state)
{
    struct verdict_box box;
    (void)state;

    life_clear(&life);
    tell(&box, 1);
    life.id = item(&box, 1);
    life.now = life_concern(&life)->due + 1;
    assert_int_equal(life_act(&life, COMMAND_ANSWER, "hr-west", NULL, NULL), 0);
    survey(0, 5);
    reopened(1);
    assert_int_equal(life_concern(&life)->misses, 1);
}

static void after_the_time_it_is_counted_only(void **state)
{
    (void)state;

    life.now = life_concern(&life)->answered + 30 * CLOCK_DAY + 1;
    survey(0, 100);
    assert_int_equal(life.out.nevents, 0);
    life.now--;
    survey(0, 100);
    reopened(1);
}

static void without_a_reply_nobody_is_asked(void **state)
{
    (void)state;

    assert_int_equal(life_act(&life, COMMAND_REOPEN, "office", NULL, NULL), 0);
    assert_int_equal(life.out.events[0].code, REOPENING_NONE);
    assert_int_equal(life_act(&life, COMMAND_DISMISS, "office", NULL, NULL), 0);
    survey(0, 100);
    assert_false(again(2, 5) || again(3, 6) || again(4, 7));
    assert_int_equal(life_concern(&life)->state, CONCERN_CLOSED);
}

static void rules_may_say_never(void **state)
{
    (void)state;

    life.town.deadlines->reopen.answers = life.town.deadlines->reopen.items = 0;
    survey(0, 100);
    assert_false(again(2, 5) || again(3, 6) || again(4, 7));
    life.town.deadlines->reopen.items = 1;
    life.town.deadlines->reopen.sources = 1;
    assert_true(again(8, 5));
}

int main(void)
{
#define REOPEN_TEST(f) cmocka_unit_test_setup_teardown(f, set_up, life_tear_down)
    const struct CMUnitTest tests[] = {
        REOPEN_TEST(three_posts_from_two_sources_reopen),
        REOPEN_TEST(one_post_alone_has_a_clock_of_its_own),
        REOPEN_TEST(posts_count_across_related_concerns),
        REOPEN_TEST(the_one_beside_it_goes_into_the_reopened),
        REOPEN_TEST(the_post_that_reopens_joins),
        REOPEN_TEST(other_ends_keep_nobody_waiting),
        REOPEN_TEST(one_source_is_not_enough),
        REOPEN_TEST(what_is_no_new_complaint_does_not_count),
        REOPEN_TEST(posts_after_the_time_do_not_count),
        REOPEN_TEST(posts_reopen_past_the_window_of_joining),
        REOPEN_TEST(too_many_say_not_yet),
        REOPEN_TEST(a_late_answer_stays_a_miss),
        REOPEN_TEST(after_the_time_it_is_counted_only),
        REOPEN_TEST(without_a_reply_nobody_is_asked),
        REOPEN_TEST(rules_may_say_never),
    };
    return cmocka_run_group_tests_name("reopen", tests, NULL, NULL);
}
