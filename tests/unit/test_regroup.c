/* 并单, 拆分 and 移出: what is owed, who hears, and what copies join afterwards. */
#include "tests/unit/unit.h"

#include <string.h>

#include "alerts/group/group.h"
#include "base/clock.h"
#include "base/err.h"
#include "tests/unit/life_fixture.h"

static void ok(enum command_act act, const char *by)
{
    life_ok(act, by, NULL, NULL);
}

static const struct concern *the(uint64_t id)
{
    return desk_concern(life.desk, id);
}

/* A concern of the topic whose first item has the sketch of this seed. */
static uint64_t concern_of(const char *topic, uint32_t seed)
{
    life.seed = seed - 1;
    life_item(&life, topic);
    return life.id;
}

/* The concern that another item of the seed's sketch is in, from another source. */
static uint64_t copy_of(const char *topic, uint32_t seed)
{
    struct verdict_box box;
    uint64_t id;

    desk_changes_reset(&life.out);
    assert_int_equal(desk_item(life.desk, town_verdict(&box, topic, "330106", seed, 0),
                               &(struct desk_origin){.source = 2}, life.now, &life.out, &id), 0);
    return id;
}

static void name_item(uint32_t seed, uint32_t rest, bool first)
{
    struct verdict_box box;

    life.found = (struct command_found){.items = 1, .first = first, .sources = 1,
                                        .rest_sources = 1, .joint_sources = 2};
    memcpy(life.found.sketches[0], town_verdict(&box, "land", "", seed, 0)->sketch,
           sizeof box.v.sketch);
    memcpy(life.found.rest, town_verdict(&box, "land", "", rest, 0)->sketch, sizeof box.v.sketch);
}

static void the_earliest_due_is_kept(void **state)
{
    (void)state;
    uint64_t early = concern_of("wage-arrears", 1);
    const struct concern *c = the(early);
    int64_t due = c->due, opened = c->opened;

    life.now += 5 * HOUR;
    uint64_t late = concern_of("wage-arrears", 2);
    assert_true(the(late)->due > due);
    life.id = late;
    ok(COMMAND_ACCEPT, "hr-west");
    life.id = early;
    life.other = late;
    ok(COMMAND_MERGE, "office");

    assert_true(c->state == CONCERN_CLOSED && c->outcome == OUTCOME_MERGED && c->merged == late);
    assert_int_equal(c->items, 0);
    for (size_t i = 0; i < c->nclocks; i++)
        assert_true(c->clocks[i].met == life.now);
    c = the(late);
    assert_true(c->due == due && c->opened == opened && c->items == 2);
    for (size_t i = 0; i < c->nclocks; i++) {
        const struct concern_clock *k = &c->clocks[i];
        assert_true(k->act == ACT_ACCEPT ? k->met != 0 : !k->met); /* what was done stays done */
        if (k->act == ACT_REPLY)
            assert_true(k->due == due && k->started == opened);
    }
    const struct event *e = life_event(&life, 0, EVENT_MERGED);
    assert_true(e->concern == early && e->other == late && e->items == 1);
    e = life_event(&life, 1, EVENT_CLOSED);
    assert_true(e->concern == early && e->items == 0);
    e = life_event(&life, 2, EVENT_JOINED);
    assert_true(e->concern == late && e->other == early && e->items == 2 && e->due == due);
    assert_int_equal(e->likeness.by, LIKE_HAND);
    assert_true(life_heard(e, "hr-west") && life_heard(e, "office"));
    assert_int_equal(life.out.nevents, 3);
    assert_int_equal(life_act(&life, COMMAND_REOPEN, "office", NULL, NULL), ERR_REFUSED);
}

/* Its announcements are not made again, and what is announced next is the earlier clock's. */
static void nothing_is_announced_twice(void **state)
{
    (void)state;
    uint64_t early = concern_of("wage-arrears", 1);

    life.now = the(early)->due - HOUR;
    desk_changes_reset(&life.out);
    assert_int_equal(desk_tick(life.desk, life.now, 1000, &life.out), 0);
    uint64_t late = concern_of("wage-arrears", 2);
    life.id = early;
    life.other = late;
    ok(COMMAND_MERGE, "");
    desk_changes_reset(&life.out);
    assert_int_equal(desk_tick(life.desk, life.now, 1000, &life.out), 0);
    assert_int_equal(life.out.nevents, 0);
    life.now += HOUR;
    assert_int_equal(desk_tick(life.desk, life.now, 1000, &life.out), 0);
    const struct event *e = life_event(&life, 0, EVENT_OVERDUE);
    assert_true(e->concern == late && e->act == ACT_REPLY);
}

static void whoever_has_to_do_with_it_is_told(void **state)
{
    (void)state;
    uint64_t wages = concern_of("wage-arrears", 1), flu = concern_of("epidemic", 2);

    life.id = flu;
    life.other = wages;
    ok(COMMAND_MERGE, "office");
    assert_true(life_heard(life_event(&life, 0, EVENT_MERGED), "health"));
    assert_true(life_heard(life_event(&life, 1, EVENT_CLOSED), "health"));
    assert_true(life_heard(life_event(&life, 2, EVENT_JOINED), "hr-west"));
    assert_true(life.out.events[0].seq + 2 == life.out.events[2].seq);
}

static void what_is_like_it_follows(void **state)
{
    (void)state;
    uint64_t first = concern_of("wage-arrears", 1), second = concern_of("wage-arrears", 2);

    life.id = first;
    life.other = second;
    ok(COMMAND_MERGE, "office");
    life.now += HOUR;
    assert_true(copy_of("wage-arrears", 1) == second);
    assert_true(the(first)->updated == life.now && the(second)->items == 3);
    assert_int_equal(life.out.nconcerns, 2); /* both rows are to be written */

    /* split off again: the first one's item, whose copies go with it */
    life.id = second;
    name_item(1, 2, true);
    ok(COMMAND_SPLIT, "office");
    uint64_t third = life.out.events[0].other;
    assert_true(third != first && the(first)->merged == third);
    assert_true(copy_of("wage-arrears", 1) == third);
    assert_true(copy_of("wage-arrears", 2) == second);
    assert_true(the(third)->items == 2 && the(second)->items == 3);

    /* and merged once more, by way of which its copies go */
    life.id = third;
    life.other = second;
    ok(COMMAND_MERGE, "office");
    assert_true(copy_of("wage-arrears", 1) == second);
}

static void what_is_split_off_is_owed_as_before(void **state)
{
    (void)state;
    uint64_t one = concern_of("wage-arrears", 1);

    life_copy(&life);
    life.now += HOUR;
    ok(COMMAND_ACCEPT, "hr-west");
    name_item(7, 1, false);
    ok(COMMAND_SPLIT, "office");
    const struct event *e = life_event(&life, 0, EVENT_SPLIT);
    uint64_t id = e->other;
    assert_true(e->concern == one && e->items == 1 && id == e->seq + 1);
    e = life_event(&life, 1, EVENT_OPENED);
    assert_true(e->concern == id && e->other == one && e->items == 1 && e->seq == id);
    assert_true(life_heard(life_event(&life, 2, EVENT_DISPATCHED), "hr-west"));
    const struct concern *from = the(one), *c = the(id);
    assert_true(c->due == from->due && c->opened == from->opened && c->grade == from->grade);
    assert_true(c->state == CONCERN_OPEN && !c->accepted && c->nclocks == from->nclocks);
    assert_true(from->state == CONCERN_ACCEPTED && from->items == 1);
    assert_true(copy_of("wage-arrears", 7) == id && copy_of("wage-arrears", 1) == one);
    life.id = id;
    ok(COMMAND_ACCEPT, "hr-west");
    ok(COMMAND_ANSWER, "hr-west");
    assert_true(from->state == CONCERN_ACCEPTED);
}

static const struct concern_clock *clock_of(const struct concern *c, enum act act)
{
    for (size_t i = 0; i < c->nclocks; i++)
        if (c->clocks[i].act == act)
            return &c->clocks[i];
    fail_msg("no clock of %s", event_act_name(act));
    return NULL;
}

/* The matter, its units and its clocks are as they went in, whatever became of the other one. */
static void a_merge_of_two_topics_is_undone(void **state)
{
    (void)state;
    uint64_t wages = concern_of("wage-arrears", 1);

    life.now += HOUR;
    uint64_t flu = concern_of("epidemic", 2);
    life.id = flu;
    const struct concern *c = the(flu);
    int64_t due = c->due, info = clock_of(c, ACT_FIRST_INFO)->due;
    life.now += HOUR / 4;
    ok(COMMAND_ACCEPT, "health");
    int64_t accepted = life.now;
    life.now += HOUR;
    life.other = wages;
    ok(COMMAND_MERGE, "office");
    life.now = the(wages)->clocks[0].due + HOUR; /* accept-2h was missed meanwhile */
    assert_int_equal(desk_tick(life.desk, life.now, 1000, &life.out), 0);

    int64_t kept = the(wages)->due;
    life.id = wages;
    name_item(2, 1, false);
    ok(COMMAND_SPLIT, "office");
    uint64_t id = life.out.events[0].other;
    assert_true(life_heard(life_event(&life, 1, EVENT_OPENED), "health"));
    assert_true(life_heard(life_event(&life, 2, EVENT_DISPATCHED), "health"));
    assert_int_equal(life.out.nevents, 3);
    c = the(id);
    assert_string_equal(c->topic, "epidemic");
    assert_string_equal(c->unit, "health");
    assert_true(c->state == CONCERN_ACCEPTED && c->accepted == accepted && c->items == 1);
    assert_true(c->outcome == OUTCOME_NONE && !c->merged && c->due == due);
    assert_true(!clock_of(c, ACT_REPLY)->met && clock_of(c, ACT_REPLY)->stage == STAGE_RUNNING);
    assert_true(!clock_of(c, ACT_FIRST_INFO)->met && clock_of(c, ACT_FIRST_INFO)->due == info);
    assert_string_equal(the(wages)->topic, "wage-arrears");
    assert_true(the(wages)->due == kept && the(wages)->state == CONCERN_OPEN);
    assert_true(the(flu)->merged == id); /* its copies follow */
    assert_true(copy_of("epidemic", 2) == id);
    life.id = id;
    ok(COMMAND_ANSWER, "health");
    assert_true(the(id)->state == CONCERN_CLOSED);
}

static void the_first_item_takes_the_face_along(void **state)
{
    (void)state;
    uint64_t one = concern_of("wage-arrears", 1), other = concern_of("wage-arrears", 5);

    life.id = one;
    life.seed = 1;
    life_copy(&life);
    life.other = other;
    name_item(1, 9, true); /* an item in other words stays */
    ok(COMMAND_MOVE, "office");
    const struct event *e = life_event(&life, 0, EVENT_MOVED);
    assert_true(e->concern == one && e->other == other && e->items == 1);
    e = life_event(&life, 1, EVENT_JOINED);
    assert_true(e->concern == other && e->other == one && e->items == 2);
    assert_true(the(other)->sources == 2 && the(one)->sources == 1);
    assert_true(copy_of("wage-arrears", 9) == one);
    assert_true(copy_of("wage-arrears", 1) != one); /* nothing is left behind */
}

static void refused(enum command_act act, const char *says)
{
    assert_int_not_equal(life_act(&life, act, "office", NULL, NULL), 0);
    if (!strstr(life.reason, says))
        fail_msg("\"%s\" does not say %s", life.reason, says);
}

static int merge_why(const char *why)
{
    return life_do(&life, &(struct command){.act = COMMAND_MERGE, .by = STR("office"),
                                            .other = life.other, .note = str_from(why)});
}

/* The one that was answered is asked again; whatever of the two is due earlier stays so. */
static void merging_into_a_closed_one_reopens_it(void **state)
{
    (void)state;
    uint64_t closed = concern_of("wage-arrears", 1);
    ok(COMMAND_ANSWER, "office");
    uint64_t early = concern_of("wage-arrears", 2);
    int64_t due = the(early)->due, opened = the(closed)->opened;

    life.now += 5 * HOUR;
    life.id = early;
    life.other = closed;
    /* Who only groups does not decide that. */
    assert_int_equal(life_do(&life, &(struct command){.act = COMMAND_MERGE, .grouping = true,
                                                      .other = closed, .note = STR("仍未发放")}),
                     ERR_REFUSED);
    assert_true(the(closed)->state == CONCERN_CLOSED);
    assert_int_equal(merge_why("同一处工地，仍未发放"), 0);
    const struct concern *c = the(closed);
    assert_true(c->state == CONCERN_OPEN && c->outcome == OUTCOME_NONE && !c->reply_url);
    assert_true(c->round == 1 && c->misses == 0 && c->items == 2 && c->opened == opened);
    assert_true(c->due == due && due < life.now + 48 * HOUR); /* not a new one */
    assert_true(the(early)->merged == closed && the(early)->state == CONCERN_CLOSED);
    assert_true(life_event(&life, 0, EVENT_MERGED)->concern == early);
    assert_true(life.out.events[0].noted);
    life_event(&life, 1, EVENT_CLOSED);
    const struct event *e = life_event(&life, 2, EVENT_REOPENED);
    assert_true(e->concern == closed && e->round == 1 && e->due == due);
    assert_true(life_heard(e, "hr-west") && life_heard(e, "office"));
    e = life_event(&life, 3, EVENT_JOINED);
    assert_true(e->concern == closed && e->other == early);
    assert_int_equal(life.out.nevents, 4);

    life.id = concern_of("wage-arrears", 3);
    life.other = early;
    assert_int_equal(merge_why("同一处工地"), ERR_REFUSED);
    assert_non_null(strstr(life.reason, "merge into that"));
}

static int correct(uint64_t id, const char *topic)
{
    desk_changes_reset(&life.out);
    return desk_topic(life.desk, id, str_from(topic), life.now, &life.out);
}

/* Whose topic was another's is the other unit's from then on, and due when it was. */
static void a_corrected_topic_goes_to_its_unit(void **state)
{
    (void)state;
    uint64_t id = concern_of("wage-arrears", 1);
    const struct concern *c = the(id);
    int64_t due = c->due;

    ok(COMMAND_ACCEPT, "hr-west");
    life.now += HOUR;
    assert_int_equal(correct(id, "epidemic"), 0);
    assert_true(c->state == CONCERN_OPEN && !c->accepted && c->due == due);
    assert_string_equal(c->topic, "epidemic");
    assert_string_equal(c->unit, "health");
    assert_true(life_heard(life_event(&life, 0, EVENT_UPDATED), "hr-west"));
    const struct event *e = life_event(&life, 1, EVENT_REASSIGNED);
    assert_string_equal(e->to, "health");
    assert_string_equal(e->topic, "epidemic");
    assert_true(life_heard(e, "hr-west") && life_heard(e, "health") && life_heard(e, "office"));
    assert_int_equal(life.out.nevents, 2);
    assert_int_equal(correct(id, "epidemic"), 0); /* once more */
    assert_int_equal(correct(id, "no-such"), 0);
    assert_int_equal(life.out.nevents, 0);

    uint64_t waits = concern_of("land", 2); /* for its dispatch: nobody loses it */
    assert_int_equal(correct(waits, "epidemic"), 0);
    assert_true(the(waits)->state == CONCERN_FOUND && life.out.nevents == 1);
    assert_string_equal(the(waits)->unit, "health");
    life.id = waits;
    ok(COMMAND_DISMISS, "office");
    assert_int_equal(correct(waits, "land"), 0);
    assert_int_equal(life.out.nevents, 0);
    assert_string_equal(the(waits)->topic, "epidemic");
}

static bool runs(const struct concern *c, const char *rule)
{
    for (size_t i = 0; i < c->nclocks; i++)
        if (!strcmp(c->clocks[i].rule, rule))
            return !c->clocks[i].met;
    return false;
}

/* As the right topic asks for, from the beginning; none is due later for it. */
static void the_clocks_follow_a_corrected_topic(void **state)
{
    (void)state;
    struct rules *rules = &life.town.rules;
    rules->topics[0].no_emergency = true;
    rules->topics[2].deadlines[0] = STR("accept-30min");
    rules->topics[2].deadlines[1] = STR("complaint-15wd");
    uint64_t id = concern_of("wage-arrears", 1);
    const struct concern *c = the(id);
    int64_t due = c->due, accept = clock_of(c, ACT_ACCEPT)->due;

    life.now += HOUR / 4;
    assert_int_equal(correct(id, "land"), 0);
    assert_true(c->due == due); /* fifteen working days are later */
    assert_true(clock_of(c, ACT_ACCEPT)->due == accept - 3 * HOUR / 2);
    assert_true(desk_next(life.desk) == c->opened + HOUR / 4); /* half of it */
    assert_int_equal(correct(id, "wage-arrears"), 0);
    assert_true(clock_of(c, ACT_ACCEPT)->due == accept - 3 * HOUR / 2);

    life.id = id;
    assert_int_equal(life_do(&life, &(struct command){.act = COMMAND_ASSESS, .graded = true,
                                                      .grade = GRADE_MAJOR,
                                                      .note = STR("核实")}), 0);
    assert_false(runs(c, "major-5h"));
    life.now += HOUR;
    assert_int_equal(correct(id, "epidemic"), 0); /* may be one */
    assert_true(runs(c, "major-5h") && runs(c, "major-24h"));
    assert_true(clock_of(c, ACT_FIRST_INFO)->due == life.now + 5 * HOUR && c->due == due);
    assert_int_equal(correct(id, "wage-arrears"), 0);
    assert_false(runs(c, "major-5h") || runs(c, "major-24h"));
}

static void what_cannot_be_is_refused(void **state)
{
    (void)state;
    uint64_t waits = concern_of("land", 1), one = concern_of("wage-arrears", 2);

    refused(COMMAND_MERGE, "no such other concern");
    life.other = one;
    refused(COMMAND_MERGE, "no such other concern");
    life.other = waits;
    refused(COMMAND_MERGE, "merge it into this");
    refused(COMMAND_SPLIT, "one item has to stay");
    life.found.items = 0;
    refused(COMMAND_MOVE, "not of this concern");
    life.id = waits;
    life.other = one;
    ok(COMMAND_MERGE, "office"); /* it waits for nothing any more */
    life.other = concern_of("epidemic", 3);
    ok(COMMAND_ANSWER, "office");
    life.id = one;
    refused(COMMAND_MERGE, "a note reopens it, or answer");
    refused(COMMAND_MOVE, "merge with a note");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        LIFE_TEST(the_earliest_due_is_kept),
        LIFE_TEST(nothing_is_announced_twice),
        LIFE_TEST(whoever_has_to_do_with_it_is_told),
        LIFE_TEST(what_is_like_it_follows),
        LIFE_TEST(what_is_split_off_is_owed_as_before),
        LIFE_TEST(a_merge_of_two_topics_is_undone),
        LIFE_TEST(the_first_item_takes_the_face_along),
        LIFE_TEST(merging_into_a_closed_one_reopens_it),
        LIFE_TEST(a_corrected_topic_goes_to_its_unit),
        LIFE_TEST(the_clocks_follow_a_corrected_topic),
        LIFE_TEST(what_cannot_be_is_refused),
    };

    return cmocka_run_group_tests_name("regroup", tests, NULL, NULL);
}
