/* Commands through a batch into a file, and what a restart finds there. */
#include "base/clock.h"
#include "base/err.h"
#include "tests/unit/batch_rig.h"
#include "tests/unit/unit.h"

static void notes_and_parties_outlive_a_restart(void **state)
{
    struct batch_rig *t = *state;
    struct command assist = {.act = COMMAND_ASSIST, .by = STR("office"), .units = {STR("health")},
                             .nunits = 1, .note = STR("请联系13800138000核实"), .key = STR("k1")};
    struct concern c;
    struct buf note = BUF_INIT;

    assert_int_equal(batch_rig_do(t, &assist), 0);
    uint64_t seq = t->seq;
    assert_true(seq != 0);
    batch_rig_restart(t);
    assert_int_equal(store_note(t->store, seq, &note), 0);
    assert_true(str_starts(buf_str(&note), STR("请联系")));
    assert_true(str_find(buf_str(&note), STR("13800138000"), 0) == (size_t)-1); /* masked */
    assert_int_equal(store_concern(t->store, t->concern, &c), 0);
    assert_true(c.nparties == 2 && strcmp(c.parties[1].unit, "health") == 0);
    concern_clear(&c);
    /* the same key is the same act, also after the restart */
    assert_int_equal(batch_rig_do(t, &assist), 0);
    assert_true(t->seq == seq);
    assist.key = STR("k2");
    assert_int_equal(batch_rig_do(t, &assist), ERR_REFUSED);
    /* the unit that assists acts after the restart as before */
    struct command part = {.act = COMMAND_ACCEPT, .by = STR("health")};
    assert_int_equal(batch_rig_do(t, &part), 0);
    assert_int_equal(desk_concern(t->desk, t->concern)->state, CONCERN_OPEN);
    buf_free(&note);
}

static void what_was_closed_long_ago_can_be_reopened(void **state)
{
    struct batch_rig *t = *state;
    struct command answer = {.act = COMMAND_ANSWER, .by = STR("labour"), .url = STR(BATCH_RIG_URL)};
    struct command again = {.act = COMMAND_REOPEN, .note = STR("未解决")};

    assert_int_equal(batch_rig_do(t, &answer), 0);
    t->now += 90 * CLOCK_DAY;
    batch_rig_restart(t);
    assert_null(desk_concern(t->desk, t->concern)); /* forgotten */
    assert_int_equal(batch_rig_do(t, &answer), 0);       /* the same answer again: nothing new */
    assert_true(t->seq == 0);
    assert_int_equal(batch_rig_do(t, &again), 0);
    assert_true(t->seq != 0);
    batch_rig_restart(t);
    const struct concern *c = desk_concern(t->desk, t->concern);
    assert_non_null(c);
    assert_true(c->state == CONCERN_OPEN && c->round == 1 && c->misses == 0);
    assert_true(c->due == t->now + 48 * BATCH_RIG_HOUR && desk_next(t->desk) > t->now);
    t->concern = 999;
    assert_int_equal(batch_rig_do(t, &again), ERR_NOTFOUND);
}

/* 不公开: the ground is named, and it is public that it was answered, by whom and on what ground. */
static void an_answer_may_be_withheld_with_its_ground(void **state)
{
    struct batch_rig *t = *state;
    struct command answer = {.act = COMMAND_ANSWER, .by = STR("labour"), .scoped = true,
                             .scope = SCOPE_WITHHELD};
    struct command again = {.act = COMMAND_REOPEN, .note = STR("未解决")};
    struct store_counts counts;
    struct concern c;
    struct event list[64];

    assert_int_equal(batch_rig_do(t, &answer), ERR_INVALID); /* no ground */
    answer.article = SCOPE_ARTICLE_15;
    answer.url = STR(BATCH_RIG_URL);
    assert_int_equal(batch_rig_do(t, &answer), ERR_INVALID); /* what is withheld stands nowhere */
    answer.url = STR_NONE;
    assert_int_equal(batch_rig_do(t, &answer), 0);
    batch_rig_restart(t);
    assert_int_equal(store_concern(t->store, t->concern, &c), 0);
    assert_true(c.state == CONCERN_CLOSED && c.outcome == OUTCOME_ANSWERED && !c.reply_url);
    assert_true(c.scope == SCOPE_WITHHELD && c.article == SCOPE_ARTICLE_15 && c.answered);
    concern_clear(&c);
    int n = store_events_after(t->store, 0, list, 64);
    assert_true(list[n - 2].type == EVENT_ANSWERED &&
                list[n - 2].code == scope_code(SCOPE_WITHHELD, SCOPE_ARTICLE_15));
    assert_string_equal(list[n - 2].by, "labour");

    assert_int_equal(batch_rig_do(t, &again), 0);
    answer = (struct command){.act = COMMAND_ANSWER, .by = STR("labour"), .url = STR(BATCH_RIG_URL),
                              .scoped = true, .scope = SCOPE_SUMMARY};
    answer.article = SCOPE_ARTICLE_14;
    assert_int_equal(batch_rig_do(t, &answer), ERR_INVALID); /* what is published needs no ground */
    answer.article = SCOPE_ARTICLE_NONE;
    assert_int_equal(batch_rig_do(t, &answer), 0);
    assert_int_equal(store_concern(t->store, t->concern, &c), 0);
    assert_true(c.scope == SCOPE_SUMMARY && c.article == SCOPE_ARTICLE_NONE);
    concern_clear(&c);
    assert_int_equal(store_counts(t->store, &counts), 0);
    assert_true(counts.answers[SCOPE_FULL] == 0 && counts.answers[SCOPE_SUMMARY] == 1 &&
                counts.answers[SCOPE_WITHHELD] == 1);
}

int main(void)
{
#define RIG_TEST(f) cmocka_unit_test_setup_teardown(f, batch_rig_set_up, batch_rig_tear_down)
    const struct CMUnitTest tests[] = {
        RIG_TEST(notes_and_parties_outlive_a_restart),
        RIG_TEST(what_was_closed_long_ago_can_be_reopened),
        RIG_TEST(an_answer_may_be_withheld_with_its_ground),
    };
    return cmocka_run_group_tests_name("batch commands", tests, NULL, NULL);
}
