/* How hot a concern grows, what that proposes, and what an answer did. */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "alerts/heat/heat.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/file.h"
#include "tests/unit/life_fixture.h"
#include "tests/unit/scratch.h"

enum { SEED = 77 };
static struct heat_rules levels;

static int open_life(void **state)
{
    (void)state;
    levels = (struct heat_rules){.half_life = 6 * HOUR};
    levels.levels[GRADE_LARGER] = (struct heat_level){.items = 4, .sources = 3};
    levels.ncriteria[GRADE_LARGER] = 3;
    levels.levels[GRADE_MAJOR] = (struct heat_level){.items = 8, .rate = 2 * HEAT_RATE_UNIT};
    life_open(&life);
    life.town.conf.heat = &levels;
    life_clear(&life);
    return 0;
}

/* A copy of the same matter from this source. */
static void item(const char *topic, uint64_t source, const char *grade)
{
    struct verdict_box box;
    struct verdict *v = town_verdict(&box, topic, "330106", SEED, 0);

    box.tag.grade = str_from(grade);
    desk_changes_reset(&life.out);
    assert_int_equal(desk_item(life.desk, v, &(struct desk_origin){.source = source}, life.now,
                               &life.out, &life.id), 0);
    assert_true(life.id != 0);
}

static const struct event *proposal(void)
{
    const struct event *found = NULL;

    for (size_t i = 0; i < life.out.nevents; i++)
        if (life.out.events[i].type == EVENT_PROPOSED) {
            assert_null(found);
            found = &life.out.events[i];
        }
    return found;
}

static void rates_decay(void **state)
{
    (void)state;
    struct heat h = {0};
    int64_t now = town_morning();

    for (int i = 0; i < 200; i++) /* four an hour, until it is steady */
        heat_arrive(&h, 6 * HOUR, now += HOUR / 4);
    assert_in_range(h.rate, 3900, 4300);
    assert_in_range(heat_rate(&h, 6 * HOUR, now + 6 * HOUR), h.rate / 2 - 1, h.rate / 2 + 1);
    assert_int_equal(heat_rate(&h, 6 * HOUR, now - 10 * CLOCK_DAY), h.rate);
    assert_int_equal(heat_rate(&h, 6 * HOUR, now + 30 * CLOCK_DAY), 0);
}

static void a_clock_step_inflates_nothing(void **state)
{
    (void)state;
    struct heat stepped = {0}, steady = {0};
    int64_t now = town_morning();

    for (int i = 0; i < 100; i++, now += HOUR) {
        heat_arrive(&steady, 6 * HOUR, now);
        heat_arrive(&stepped, 6 * HOUR, i < 50 ? now : now - 10 * CLOCK_DAY);
    }
    assert_in_range(stepped.rate, 900, 1200);
    assert_true(stepped.rate <= steady.rate + 100);
    now -= 10 * CLOCK_DAY; /* and what came before the step stands before what came after it */
    assert_in_range(heat_count(&stepped, now - 48 * HOUR, now + HOUR), 46, 56);
    for (int i = 0; i < 10; i++) /* to and fro */
        heat_arrive(&stepped, 6 * HOUR, now + (i % 2 ? 10 * CLOCK_DAY : 0));
    assert_true(stepped.rate < 2500);
}

static void a_level_proposes_once(void **state)
{
    (void)state;
    for (uint64_t i = 1; i <= 3; i++, life.now += HOUR) {
        item("wage-arrears", i, "ordinary");
        assert_null(proposal());
    }
    item("wage-arrears", 1, "ordinary");
    const struct event *e = proposal();
    assert_non_null(e);
    assert_true(e->grade == GRADE_LARGER && e->code == PROPOSAL_HEAT && e->items == 4);
    assert_int_equal(e->before, 3); /* sources */
    assert_int_equal(e->after, 1);  /* an hour */
    assert_true(life_heard(e, "office") && life_heard(e, "hr-west"));
    assert_int_equal(life_concern(&life)->grade, GRADE_LARGER); /* until it is assessed */
    for (int i = 0; i < 3; i++, life.now += 3 * HOUR) {
        item("wage-arrears", 4, "ordinary");
        assert_null(proposal());
    }
    int proposals = 0;
    for (int i = 0; i < 40; i++) { /* its items are enough long since: it waits for the rate */
        item("wage-arrears", 4, "ordinary");
        proposals += proposal() != NULL;
        assert_true(!proposal() || proposal()->grade == GRADE_MAJOR);
    }
    assert_int_equal(proposals, 1);
    assert_int_equal(life_concern(&life)->proposed, GRADE_MAJOR);
}

/* 研判 has the last word: what was proposed is not proposed again, also after a restart. */
static void criteria_are_ticked_by_number(void **state)
{
    struct command c = {.act = COMMAND_ASSESS, .graded = true, .grade = GRADE_LARGER,
                        .by = STR("office"), .note = STR("核实"), .criteria = 5};
    struct buf out = BUF_INIT;
    (void)state;

    item("wage-arrears", 1, "ordinary");
    assert_int_equal(life_do(&life, &c), 0);
    assert_int_equal(life.out.events[0].before, 5);
    assert_int_equal(event_write_json(&life.out.events[0], "e", 0, STR_NONE, &out), 0);
    buf_add_char(&out, '\0');
    assert_non_null(strstr(out.data, ",\"criteria\":[1,3]"));
    buf_free(&out);
    c.criteria = 8; /* there are three */
    assert_int_equal(life_do(&life, &c), ERR_INVALID);
    assert_non_null(strstr(life.reason, "没有所选的标准"));
    c.grade = GRADE_MAJOR; /* which has none */
    c.criteria = 1;
    assert_int_equal(life_do(&life, &c), ERR_INVALID);
    assert_int_equal(life_concern(&life)->grade, GRADE_LARGER);
    c.criteria = 0;
    assert_int_equal(life_do(&life, &c), 0);
    assert_int_equal(life.out.events[0].before, 0);
}

static void the_decision_stands(void **state)
{
    (void)state;
    struct concern kept;

    for (uint64_t i = 1; i <= 4; i++)
        item("wage-arrears", i, "ordinary");
    assert_non_null(proposal());
    assert_int_equal(life_do(&life, &(struct command){.act = COMMAND_ASSESS, .graded = true,
                                                      .by = STR("office"), .note = STR("核实"),
                                                      .grade = GRADE_ORDINARY}), 0);
    item("wage-arrears", 5, "ordinary");
    assert_null(proposal());
    assert_int_equal(concern_copy(&kept, life_concern(&life)), 0);
    struct desk *again = desk_new(&life.town.conf, desk_head(life.desk));
    assert_non_null(again);
    assert_int_equal(desk_restore_concern(again, &kept), 0);
    concern_clear(&kept);
    desk_free(life.desk);
    life.desk = again;
    item("wage-arrears", 5, "ordinary");
    assert_null(proposal());
    assert_int_equal(life_concern(&life)->grade, GRADE_ORDINARY);
    item("wage-arrears", 5, "grave"); /* a rule asks for more than was looked at */
    const struct event *e = proposal();
    assert_non_null(e);
    assert_true(e->grade == GRADE_GRAVE && e->code == PROPOSAL_RULE && !e->before && !e->after);
    assert_int_equal(life_concern(&life)->grade, GRADE_ORDINARY);
}

static void a_rule_proposes_at_the_opening(void **state)
{
    (void)state;
    item("wage-arrears", 1, "major");
    const struct event *e = proposal();
    assert_non_null(e);
    assert_true(e->grade == GRADE_MAJOR && e->code == PROPOSAL_RULE);
    life_clear(&life);
    item("epidemic", 1, "major"); /* which is what its topic is without any condition */
    assert_null(proposal());
}

static const struct event *effect_by(int64_t now)
{
    life.now = now;
    desk_changes_reset(&life.out);
    assert_int_equal(desk_tick(life.desk, now, 1000, &life.out), 0);
    for (size_t i = 0; i < life.out.nevents; i++)
        if (life.out.events[i].type == EVENT_EFFECT)
            return &life.out.events[i];
    return NULL;
}

static void an_answer_has_an_effect(void **state)
{
    (void)state;
    item("wage-arrears", 1, "ordinary"); /* more than 72 h before the answer */
    life.now += 10 * HOUR;
    for (int i = 0; i < 6; i++, life.now += 12 * HOUR)
        item("wage-arrears", 1, "ordinary");
    int64_t answered = life.now;
    assert_int_equal(life_act(&life, COMMAND_ANSWER, "office", NULL, NULL), 0);
    uint64_t id = life.id;
    for (int i = 0; i < 2; i++) {
        life.now += 20 * HOUR;
        item("wage-arrears", 1, "ordinary"); /* a late reprint joins what is closed */
        assert_int_equal(life.id, id);
    }
    assert_null(effect_by(answered + 72 * HOUR - 1));
    assert_true(desk_next(life.desk) == answered + 72 * HOUR);
    const struct event *e = effect_by(answered + 72 * HOUR);
    assert_non_null(e);
    assert_int_equal(e->before, 6);
    assert_int_equal(e->after, 2);
    assert_int_equal(e->concern, id);
    assert_true(life_heard(e, "hr-west") && life_heard(e, "office"));
    assert_null(effect_by(answered + 80 * HOUR));
    assert_true(desk_next(life.desk) == INT64_MAX);
}

/* Nothing ran for a while: the closed concern is kept until its effect was told; or for long, and
 * then nobody asks any more. */
static void a_late_effect_is_told_once(void **state)
{
    (void)state;
    item("wage-arrears", 1, "ordinary");
    assert_int_equal(life_act(&life, COMMAND_ANSWER, "office", NULL, NULL), 0);
    const struct event *e = effect_by(life.now + 30 * CLOCK_DAY);
    assert_non_null(e);
    assert_true(e->before == 1 && e->after == 0);
    assert_null(effect_by(life.now + CLOCK_DAY));
    assert_null(desk_concern(life.desk, life.id));
    life_clear(&life);
    item("wage-arrears", 1, "ordinary");
    assert_int_equal(life_act(&life, COMMAND_ANSWER, "office", NULL, NULL), 0);
    assert_null(effect_by(life.now + 40 * CLOCK_DAY));
    assert_true(desk_next(life.desk) == INT64_MAX);
}

/* A new item each, of other matters. */
static int arrivals(struct desk *d, unsigned n, int64_t now, struct event *burst)
{
    static uint32_t seed = 1000;
    struct verdict_box box;
    int bursts = 0;

    for (unsigned i = 0; i < n; i++) {
        desk_changes_reset(&life.out);
        assert_int_equal(desk_item(d, town_verdict(&box, "epidemic", "", ++seed, 0),
                                   &(struct desk_origin){.source = 1}, now, &life.out, &life.id),
                         0);
        for (size_t k = 0; k < life.out.nevents; k++)
            if (life.out.events[k].type == EVENT_BURST) {
                *burst = life.out.events[k];
                bursts++;
            }
    }
    return bursts;
}

/* One of its terms, in a topic that comes as ever, is told by the rules' own word. */
static void a_surge_of_a_term_is_told(void **state)
{
    struct verdict_hit hits[] = {{.term = STR("发热门诊")}, {.term = STR("核酸")},
                                 {.term = STR("核酸")}};
    struct verdict_box box;
    struct buf json = BUF_INIT;
    const struct event *e = NULL;
    uint32_t seed = 500000;
    (void)state;

    for (int h = 0; h < 4 * 168 + 2; h++, life.now += HOUR)
        for (int i = 0; i < 12; i++) {
            struct verdict *v = town_verdict(&box, "epidemic", "", ++seed, 0);
            bool other = (h < 4 * 168) == (i == 0);
            box.tag.hits = other ? hits + 1 : hits;
            box.tag.nhits = other ? 2 : 1;
            desk_changes_reset(&life.out);
            assert_int_equal(desk_item(life.desk, v, &(struct desk_origin){.source = 1}, life.now,
                                       &life.out, &life.id), 0);
            for (size_t k = 0; k < life.out.nevents; k++)
                if (life.out.events[k].type == EVENT_BURST) {
                    assert_true(e == NULL && h >= 4 * 168);
                    e = &life.out.events[k];
                    assert_string_equal(e->topic, "epidemic");
                    assert_true(e->rules == event_term_code(STR("核酸")));
                    assert_true(e->after >= 2 * e->before && e->items >= 1 && !e->concern);
                    assert_int_equal(event_write_json(e, "e", 0, STR_NONE, &json), 0);
                }
        }
    assert_non_null(e);
    assert_true(str_find(buf_str(&json), STR("\"topic\":\"epidemic\",\"term\":\""), 0) !=
                (size_t)-1);
    assert_true(str_find(buf_str(&json), STR("核酸"), 0) == (size_t)-1); /* events hold no words */
    buf_free(&json);
}

/* The hours are learned, and kept by the store's rows over a restart. */
static void a_surge_of_a_topic_is_told(void **state)
{
    struct desk *again = desk_new(&life.town.conf, 0);
    struct event burst;
    size_t n;
    (void)state;

    for (int h = 0; h < 4 * 168; h++, life.now += HOUR) {
        assert_int_equal(arrivals(life.desk, 4, life.now, &burst), 0);
        const struct burst_row *rows = desk_arrivals(life.desk, &n);
        assert_int_equal(n, 2);
        for (size_t i = 0; i < n; i++)
            assert_int_equal(desk_restore_arrivals(again, &rows[i], life.now), 0);
        desk_arrivals(life.desk, &n);
        assert_int_equal(n, 0); /* once only */
    }
    struct burst_row later = {"epidemic", life.now / HOUR + 1000, 9};
    assert_int_equal(desk_restore_arrivals(again, &later, life.now), 0); /* a clock that was off */
    struct desk *both[] = {life.desk, again};
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(arrivals(both[i], 13, life.now, &burst), 0);
        assert_int_equal(arrivals(both[i], 13, life.now + HOUR, &burst), 1);
        assert_string_equal(burst.topic, "epidemic");
        assert_true(burst.before == 8 && burst.after >= 18 && burst.concern == 0);
        assert_true(life_heard(&burst, "office") && burst.naudience == 1);
        assert_int_equal(arrivals(both[i], 13, life.now + 2 * HOUR, &burst), 0);
    }
    desk_free(again);
}

static struct heat_rules *load(const char *text, size_t problems_expected)
{
    char path[SCRATCH_PATH];
    struct problems *problems = problems_new();

    assert_int_equal(scratch_file(path, "grades", text), 0);
    struct heat_rules *r = heat_load(path, problems);
    unlink(path);
    assert_int_equal(problems_count(problems), problems_expected);
    problems_free(problems);
    return r;
}

static void grades_are_read(void **state)
{
    (void)state;
    const char *source = getenv("srcdir");
    struct problems *problems = problems_new();
    char path[4096];

    snprintf(path, sizeof path, "%s/rules/grades.yaml", source ? source : ".");
    struct heat_rules *r = heat_load(path, problems);
    problems_print(problems, stderr);
    assert_non_null(r);
    problems_free(problems);
    for (int g = GRADE_ORDINARY; g <= GRADE_GRAVE; g++)
        assert_true(r->ncriteria[g] > 0);
    for (int g = GRADE_LARGER; g < GRADE_GRAVE; g++) { /* each level asks for more */
        assert_true(r->levels[g].items < r->levels[g + 1].items);
        assert_true(r->levels[g].sources < r->levels[g + 1].sources);
        assert_true(r->levels[g].rate < r->levels[g + 1].rate);
    }
    assert_int_equal(heat_grade(r, 1, 1, 100), GRADE_ORDINARY);
    assert_int_equal(heat_grade(r, 1000, 100, 999999), GRADE_GRAVE);
    heat_free(r);
    r = load("grades:\n  - grade: larger\n    heat: {items: 5}\n", 0);
    assert_int_equal(heat_grade(r, 5, 1, 0), GRADE_LARGER);
    assert_int_equal(heat_grade(r, 4, 9, 9000), GRADE_ORDINARY);
    heat_free(r);
    assert_null(load("grades:\n  - grade: ordinary\n    heat: {items: 5}\n", 1));
    assert_null(load("grades:\n  - grade: major\n  - grade: major\n", 1));
    assert_null(load("grades:\n  - grade: huge\n    heat: {item: 5}\n", 2));
    assert_null(load("grades:\n  - grade: larger\n    criteria: [{text: a}]\n", 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rates_decay),
        cmocka_unit_test(a_clock_step_inflates_nothing),
        cmocka_unit_test_setup_teardown(a_level_proposes_once, open_life, life_tear_down),
        cmocka_unit_test_setup_teardown(criteria_are_ticked_by_number, open_life, life_tear_down),
        cmocka_unit_test_setup_teardown(the_decision_stands, open_life, life_tear_down),
        cmocka_unit_test_setup_teardown(a_rule_proposes_at_the_opening, open_life, life_tear_down),
        cmocka_unit_test_setup_teardown(an_answer_has_an_effect, open_life, life_tear_down),
        cmocka_unit_test_setup_teardown(a_late_effect_is_told_once, open_life, life_tear_down),
        cmocka_unit_test_setup_teardown(a_surge_of_a_topic_is_told, open_life, life_tear_down),
        cmocka_unit_test_setup_teardown(a_surge_of_a_term_is_told, open_life, life_tear_down),
        cmocka_unit_test(grades_are_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
