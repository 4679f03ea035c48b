/* 承诺兑现: what a published reply promised by a date is followed until it is kept, whatever becomes of
 * the concern. */
#include "tests/unit/unit.h"

#include "alerts/deadlines/clocks.h"
#include "base/clock.h"
#include "base/err.h"
#include "tests/unit/life_fixture.h"

static size_t promised(const struct concern *c)
{
    size_t n = 0;

    for (size_t i = 0; i < c->nclocks; i++)
        n += c->clocks[i].act == ACT_PROMISE && !c->clocks[i].met;
    return n;
}

static void promise(int64_t due)
{
    struct verdict_promise one = {.due = due};

    desk_changes_reset(&life.out);
    assert_int_equal(desk_promise(life.desk, life.id, &one, 1, life.now, life.now, &life.out), 0);
    assert_int_equal(life.out.nevents, 1);
    assert_int_equal(life.out.events[0].type, EVENT_PROMISED);
}

/* What was promised is done: its status. */
static int keep(const char *by)
{
    return life_do(&life, &(struct command){.act = COMMAND_PROGRESS, .by = str_from(by),
                                            .stepped = true, .step = ACT_PROMISE,
                                            .url = STR("https://www.example.gov.cn/hf/4.html")});
}

static void answered_with_promises(void)
{
    life_item(&life, "wage-arrears");
    life_ok(COMMAND_ACCEPT, "hr-west", NULL, NULL);
    assert_int_equal(keep("hr-west"), ERR_REFUSED); /* nothing is promised */
    life_ok(COMMAND_ANSWER, "hr-west", NULL, NULL);
    promise(life.now + 60 * CLOCK_DAY);
    promise(life.now + 90 * CLOCK_DAY);
}

/* Rows of older versions may have more of them than are followed now. */
static void more_promises_than_now_leave_room_for_acts(void **state)
{
    static const enum act acts[] = {ACT_ACCEPT, ACT_FIRST_INFO, ACT_BRIEFING, ACT_ASSESS};
    struct concern c = {.due = 1000}, from = {.due = 1000};
    (void)state;

    for (size_t kept = 0; kept < 2; kept++) {
        c.nclocks = 0;
        for (size_t i = 0; i < 4; i++) {
            c.clocks[c.nclocks++] = (struct concern_clock){
                .rule = "promise", .act = ACT_PROMISE, .started = 1, .due = 500 + (int64_t)i,
                .met = kept && !i ? 400 : 0};
            c.clocks[c.nclocks++] = (struct concern_clock){
                .act = acts[i], .started = 1, .due = 100, .met = i == 1 ? 50 : 0};
            snprintf(c.clocks[c.nclocks - 1].rule, sizeof c.clocks[0].rule, "r%zu", i);
        }
        from.clocks[0] = (struct concern_clock){
            .rule = "reply", .act = ACT_REPLY, .started = 1, .due = 900};
        from.clocks[1] = (struct concern_clock){
            .rule = "promise", .act = ACT_PROMISE, .started = 2, .due = 450};
        from.nclocks = 2;
        clocks_join(&c, &from);
        assert_non_null(clocks_running(&c, ACT_REPLY));
        for (size_t i = 0; i < 4; i++)
            assert_non_null(clocks_find(&c, acts[i]));
        assert_int_equal(promised(&c), 3);
        clocks_join_promises(&c, &from, 10); /* due before the others: the last one gives way */
        assert_int_equal(promised(&c), 3);
        assert_int_equal(clocks_running(&c, ACT_PROMISE)->due, 450);
        assert_non_null(clocks_find(&c, ACT_FIRST_INFO));
    }
}

static void it_outlives_its_round(void **state)
{
    static const enum command_act again[] = {COMMAND_RETURN, COMMAND_REOPEN};
    (void)state;

    answered_with_promises();
    for (size_t i = 0; i < 2; i++) {
        life_ok(again[i], "office", NULL, NULL);
        assert_int_equal(life_concern(&life)->round, i + 1);
        assert_int_equal(promised(life_concern(&life)), 2);
        assert_non_null(clocks_running(life_concern(&life), ACT_REPLY));
        life_ok(COMMAND_PROGRESS, "hr-west", NULL, NULL); /* interim: keeps none */
        assert_int_equal(promised(life_concern(&life)), 2);
        life_ok(COMMAND_ANSWER, "hr-west", NULL, NULL); /* it says nothing of them */
        assert_int_equal(promised(life_concern(&life)), 2);
    }
    life_ok(COMMAND_REOPEN, "office", NULL, NULL);
    life.now += 61 * CLOCK_DAY;
    assert_int_equal(keep("hr-west"), 0);
    const struct event *e = life_event(&life, 0, EVENT_PROMISE_KEPT);
    assert_true(e->late && e->act == ACT_PROMISE);
    assert_int_equal(life_concern(&life)->state, CONCERN_OPEN);
    assert_int_equal(promised(life_concern(&life)), 1);
    life_ok(COMMAND_DISMISS, "office", NULL, NULL);
    assert_int_equal(promised(life_concern(&life)), 1);
    life_ok(COMMAND_PROGRESS, "hr-west", NULL, NULL);
    assert_int_equal(promised(life_concern(&life)), 0);
}

static void it_is_counted_down_while_the_concern_is_open(void **state)
{
    size_t reminded = 0, overdue = 0;
    (void)state;

    answered_with_promises();
    int64_t until = life.now + 95 * CLOCK_DAY;
    life_ok(COMMAND_REOPEN, "office", NULL, NULL);
    while (desk_next(life.desk) <= until) {
        desk_changes_reset(&life.out);
        assert_int_equal(desk_tick(life.desk, desk_next(life.desk), 64, &life.out), 0);
        for (size_t i = 0; i < life.out.nevents; i++) {
            reminded += life.out.events[i].type == EVENT_REMINDED &&
                        life.out.events[i].act == ACT_PROMISE;
            overdue += life.out.events[i].type == EVENT_OVERDUE &&
                       life.out.events[i].act == ACT_PROMISE;
        }
    }
    assert_int_equal(reminded, 4);
    assert_int_equal(overdue, 2);
}

static void a_merge_takes_it_along(void **state)
{
    (void)state;

    life_item(&life, "wage-arrears");
    uint64_t into = life.id;
    answered_with_promises();
    life_ok(COMMAND_REOPEN, "office", NULL, NULL);
    life.other = into;
    life_ok(COMMAND_MERGE, "office", NULL, NULL);
    assert_int_equal(promised(life_concern(&life)), 0);
    assert_int_equal(promised(desk_concern(life.desk, into)), 2);
    /* undone: it goes back with the concern that it is of */
    struct concern back = *life_concern(&life), from = *desk_concern(life.desk, into);
    clocks_part(&back, &from);
    clocks_part_promises(&back, &from);
    assert_int_equal(promised(&back), 2);
    assert_int_equal(promised(&from), 0);
    assert_non_null(clocks_running(&from, ACT_REPLY));
}

static void each_act_has_room_beside_it(void **state)
{
    int64_t now = town_morning(), day = CLOCK_DAY;
    const struct deadlines *d = life.town.deadlines;
    const struct rules *rules = life.town.conf.rules;
    struct concern c = {.id = 1, .opened = now, .kind = SOURCE_BOARD,
                        .request = REQUEST_COMPLAINT, .topic = "wage-arrears"};
    (void)state;

    clocks_start(&c, d, rules, now, true);
    clocks_regrade(&c, d, rules, GRADE_GRAVE, now);
    clocks_meet(&c, ACT_NONE, now + HOUR);
    assert_true(clocks_promise(&c, now + 40 * day, now));
    assert_false(clocks_promise(&c, now + 40 * day, now));
    assert_true(clocks_promise(&c, now + 60 * day, now));
    assert_true(clocks_promise(&c, now + 80 * day, now));
    assert_false(clocks_promise(&c, now + 90 * day, now)); /* those due first */
    assert_true(clocks_promise(&c, now + 50 * day, now));
    assert_int_equal(promised(&c), CLOCKS_PROMISES);
    clocks_start(&c, d, rules, now + 3 * day, true);
    assert_int_equal(promised(&c), CLOCKS_PROMISES);
    assert_true(clocks_running(&c, ACT_PROMISE)->due == now + 40 * day);
    assert_non_null(clocks_running(&c, ACT_REPLY));
    assert_non_null(clocks_running(&c, ACT_BRIEFING));
    assert_non_null(clocks_running(&c, ACT_FIRST_INFO));
    assert_true(c.due == clocks_find(&c, ACT_REPLY)->due && c.due > now + 3 * day);
    /* where rules of the town's own have taken all places, the one due last gives way */
    while (c.nclocks < CLOCKS_MAX)
        c.clocks[c.nclocks++] = (struct concern_clock){
            .rule = "own", .act = ACT_ACCEPT, .started = now, .due = now + 9 * day};
    for (size_t i = 0; i < c.nclocks; i++)
        if (c.clocks[i].act == ACT_BRIEFING)
            memcpy(c.clocks[i].rule, "another", sizeof "another");
    clocks_regrade(&c, d, rules, GRADE_GRAVE, now + 4 * day);
    assert_true(promised(&c) == CLOCKS_PROMISES - 1 && c.nclocks == CLOCKS_MAX);
    assert_true(clocks_running(&c, ACT_PROMISE)->due == now + 40 * day);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(more_promises_than_now_leave_room_for_acts),
        LIFE_TEST(it_outlives_its_round),
        LIFE_TEST(it_is_counted_down_while_the_concern_is_open),
        LIFE_TEST(a_merge_takes_it_along),
        LIFE_TEST(each_act_has_room_beside_it),
    };
    return cmocka_run_group_tests_name("promised", tests, NULL, NULL);
}
