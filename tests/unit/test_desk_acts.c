/* What time and units do to a concern at the desk. */
#include "tests/unit/desk_rig.h"

#include "base/clock.h"
#include "base/err.h"

static struct desk_rig *const rig = &desk_rig;

static void reminds_then_escalates_once(void **state)
{
    int64_t now = town_morning();
    (void)state;

    desk_rig_item("wage-arrears", "330106", 1, 0, now);
    assert_true(desk_next(rig->desk) == now + HOUR);
    desk_rig_tick(now + HOUR - 1);
    assert_int_equal(rig->changes.nevents, 0);
    desk_rig_tick(now + HOUR);
    assert_int_equal(rig->changes.nevents, 1);
    desk_rig_check_event(0, EVENT_REMINDED, ACT_ACCEPT, 50, "hr-west:3 office:1");
    assert_true(rig->changes.events[0].due == now + 2 * HOUR);
    assert_true(desk_next(rig->desk) == now + 2 * HOUR / 5 * 4);
    desk_rig_tick(now + HOUR);
    assert_int_equal(rig->changes.nevents, 0);
    desk_rig_tick(now - HOUR); /* the clock steps back: nothing is told again */
    assert_int_equal(rig->changes.nevents, 0);
    desk_rig_tick(now + 2 * HOUR / 5 * 4);
    desk_rig_check_event(0, EVENT_REMINDED, ACT_ACCEPT, 80, "hr-west:4 office:2");
    desk_rig_tick(now + 2 * HOUR);
    assert_int_equal(rig->changes.nevents, 2);
    desk_rig_check_event(0, EVENT_OVERDUE, ACT_ACCEPT, 0, "hr-west:5 office:3");
    desk_rig_check_event(1, EVENT_ESCALATED, ACT_ACCEPT, 0, "hr-west:6 office:4 hr:1");
    assert_true(rig->changes.events[1].after == 1);
    assert_string_equal(rig->changes.events[1].to, "hr");
    /* between 80 % and 100 % of the reply clock: the newest reminder, which is late, and the other
     * one as skipped; a day after the missed 签收 its second 督办, one level up */
    desk_rig_tick(now + 40 * HOUR);
    assert_int_equal(rig->changes.nevents, 2);
    desk_rig_check_event(0, EVENT_REMINDED, ACT_REPLY, 80, "hr-west:7 office:5");
    assert_int_equal(rig->changes.events[0].code, EVENT_SKIPPED_HALF);
    assert_int_equal(rig->changes.events[0].before, 40 * 3600 - 48 * 3600 / 5 * 4);
    struct buf json = BUF_INIT;
    char reached[CLOCK_TEXT];
    assert_int_equal(event_write_json(&rig->changes.events[0], "e", 0, STR_NONE, &json), 0);
    buf_add_char(&json, '\0');
    assert_non_null(strstr(json.data, ",\"percent\":80,\"skipped\":[50],\"reached\":\""));
    assert_non_null(strstr(json.data, clock_format(now + 48 * HOUR / 5 * 4, reached)));
    buf_free(&json);
    desk_rig_check_event(1, EVENT_ESCALATED, ACT_ACCEPT, 0, "hr-west:8 office:6 city:1");
    assert_true(rig->changes.events[1].after == 2);
    assert_string_equal(rig->changes.events[1].to, "city");
    desk_rig_tick(now + 40 * HOUR); /* nothing refires */
    assert_int_equal(rig->changes.nevents, 0);
    desk_rig_tick(now + 30 * 24 * HOUR);
    assert_int_equal(rig->changes.events[0].code, 0);
    desk_rig_check_event(0, EVENT_OVERDUE, ACT_REPLY, 0, "hr-west:9 office:7");
    desk_rig_check_event(1, EVENT_ESCALATED, ACT_REPLY, 0, "hr-west:10 office:8 hr:2");
    desk_rig_check_event(2, EVENT_ESCALATED, ACT_REPLY, 0, "hr-west:11 office:9 city:2");
    /* the top */
    desk_rig_check_event(3, EVENT_ESCALATED, ACT_ACCEPT, 0, "hr-west:12 office:10 city:3");
    desk_rig_check_event(4, EVENT_ESCALATED, ACT_REPLY, 0, "hr-west:13 office:11 city:4");
    assert_int_equal(rig->changes.nevents, 5);
    assert_true(desk_next(rig->desk) == INT64_MAX);
}

static void after_days_down_no_stale_reminders(void **state)
{
    int64_t now = town_morning();
    size_t told = 0;
    (void)state;

    for (uint32_t i = 0; i < 50; i++)
        desk_rig_item("wage-arrears", "", 100 + i, 0, now);
    desk_changes_reset(&rig->changes);
    while (desk_next(rig->desk) <= now + 3 * CLOCK_DAY) {
        size_t before = rig->changes.nevents;
        assert_int_equal(desk_tick(rig->desk, now + 3 * CLOCK_DAY, 7, &rig->changes), 0);
        assert_true(rig->changes.nevents > before && rig->changes.nevents - before <= 7);
    }
    /* of each clock OVERDUE, and 督办 at once and a day later */
    assert_int_equal(rig->changes.nevents, 50 * 2 * 3);
    assert_int_equal(rig->changes.nconcerns, 50);
    for (size_t i = 0; i < rig->changes.nevents; i++) {
        assert_true(rig->changes.events[i].type == EVENT_ESCALATED ||
                    rig->changes.events[i].type == EVENT_OVERDUE);
        told += rig->changes.events[i].type == EVENT_OVERDUE;
        if (rig->changes.events[i].type == EVENT_OVERDUE) /* which reminders came to nothing */
            assert_int_equal(rig->changes.events[i].code, EVENT_SKIPPED_HALF | EVENT_SKIPPED_MOST);
    }
    assert_int_equal(told, 50 * 2);
    /* a limit below what one stage needs still gets on */
    desk_rig_item("wage-arrears", "", 1, 0, now);
    desk_changes_reset(&rig->changes);
    assert_int_equal(desk_tick(rig->desk, now + 3 * CLOCK_DAY, 1, &rig->changes), 0);
    assert_int_equal(rig->changes.nevents, 2);
}

static void accepts(void **state)
{
    int64_t now = town_morning();
    uint64_t c = desk_rig_item("wage-arrears", "330106", 1, 0, now);
    uint64_t late = desk_rig_item("wage-arrears", "330105", 2, 0, now);
    (void)state;

    assert_int_equal(desk_rig_command(COMMAND_ACCEPT, 99, "hr-west", "", now), ERR_NOTFOUND);
    /* the parent */
    assert_int_equal(desk_rig_command(COMMAND_ACCEPT, c, "hr", "", now), ERR_REFUSED);
    assert_int_equal(desk_rig_command(COMMAND_ACCEPT, c, "nobody", "", now), ERR_REFUSED);
    assert_int_equal(desk_rig_command(COMMAND_ACCEPT, c, "hr-west", "", now + 2 * HOUR), 0);
    assert_int_equal(rig->changes.nevents, 1);
    desk_rig_check_event(0, EVENT_ACCEPTED, ACT_ACCEPT, 0, "hr-west:3 office:1");
    assert_false(rig->changes.events[0].late); /* the due instant itself is in time */
    assert_int_equal(desk_concern(rig->desk, c)->state, CONCERN_ACCEPTED);
    assert_int_equal(desk_rig_command(COMMAND_ACCEPT, c, "hr-west", "", now + HOUR), 0);
    assert_int_equal(rig->changes.nevents, 0);
    assert_int_equal(rig->changes.nconcerns, 0);
    assert_int_equal(desk_rig_command(COMMAND_ACCEPT, late, "office", "", now + 2 * HOUR + 1), 0);
    assert_true(rig->changes.events[0].late);
    assert_true(desk_next(rig->desk) == now + 24 * HOUR); /* only the reply clocks run on */
    /* a topic without an accept clock: nothing to be late for */
    uint64_t plain = desk_rig_item("epidemic", "", 3, 0, now);
    assert_int_equal(desk_rig_command(COMMAND_ACCEPT, plain, "", "", now + 90 * CLOCK_DAY), 0);
    desk_rig_check_event(0, EVENT_ACCEPTED, ACT_NONE, 0, "health:3 office:3");
    assert_false(rig->changes.events[0].late);
}

#define URL "https://www.example.gov.cn/hf/1.html"

static void answers_and_closes(void **state)
{
    int64_t now = town_morning();
    uint64_t c = desk_rig_item("wage-arrears", "330106", 1, 0, now);
    uint64_t late = desk_rig_item("epidemic", "", 2, 0, now);
    (void)state;

    assert_int_equal(desk_rig_command(COMMAND_ANSWER, c, "hr-west", "", now), ERR_INVALID);
    assert_int_equal(desk_rig_command(COMMAND_ANSWER, c, "hr-west", "ftp://x.cn/", now),
                     ERR_INVALID);
    assert_int_equal(desk_rig_command(COMMAND_ANSWER, c, "health", URL, now), ERR_REFUSED);
    assert_int_equal(desk_rig_command(COMMAND_ANSWER, c, "hr-west", URL, now + HOUR), 0);
    assert_int_equal(rig->changes.nevents, 2);
    desk_rig_check_event(0, EVENT_ANSWERED, ACT_REPLY, 0, "hr-west:3 office:1");
    desk_rig_check_event(1, EVENT_CLOSED, ACT_NONE, 0, "hr-west:4 office:2");
    assert_false(rig->changes.events[0].late);
    const struct concern *closed = desk_concern(rig->desk, c);
    assert_int_equal(closed->state, CONCERN_CLOSED);
    assert_string_equal(closed->reply_url, URL);
    assert_true(closed->clocks[0].met == now + HOUR && closed->clocks[1].met == now + HOUR);
    assert_int_equal(desk_rig_command(COMMAND_ANSWER, c, "hr-west", URL, now + HOUR), 0);
    assert_int_equal(rig->changes.nevents, 0);
    assert_int_equal(desk_rig_command(COMMAND_ANSWER, c, "hr-west", URL "?b", now + HOUR),
                     ERR_REFUSED);
    assert_int_equal(desk_rig_command(COMMAND_ACCEPT, c, "hr-west", "", now + HOUR), ERR_REFUSED);
    /* late by the original due time, whatever was announced */
    int64_t due = desk_concern(rig->desk, late)->due;
    desk_rig_tick(due + 1);
    /* 5 h, 24 h and 研判 were missed long ago: three levels each; its parent is the coordinating
     * unit, whose own act 研判 is; and the other one's effect is told */
    assert_int_equal(rig->changes.nevents, 15);
    desk_rig_check_event(13, EVENT_OVERDUE, ACT_REPLY, 0, "health:11 office:16");
    desk_rig_check_event(14, EVENT_ESCALATED, ACT_REPLY, 0, "health:12 office:17");
    assert_int_equal(desk_rig_command(COMMAND_ANSWER, late, "office", URL, due + 1), 0);
    assert_true(rig->changes.events[0].late);
    assert_true(desk_next(rig->desk) == due + 1 + 72 * HOUR);
    /* a late reprint joins the answered matter and does not raise it again */
    assert_true(desk_rig_item("epidemic", "", 2, 1, due + 2) == late);
    desk_rig_tick(due + 400 * CLOCK_DAY);
    assert_int_equal(rig->changes.nevents, 0);
    assert_null(desk_concern(rig->desk, c)); /* no copy can join any more: forgotten */
    assert_true(desk_rig_item("epidemic", "", 2, 0, due + 400 * CLOCK_DAY) > late);
}

static void prefers_the_open_concern(void **state)
{
    int64_t now = town_morning();
    uint64_t closed = desk_rig_item("wage-arrears", "330105", 1, 0, now);
    uint64_t open = desk_rig_item("wage-arrears", "330106", 1, 2, now);
    (void)state;

    assert_true(desk_rig_item("wage-arrears", "330100", 1, 0, now) == closed); /* the nearer copy */
    assert_int_equal(desk_rig_command(COMMAND_ANSWER, closed, "", URL, now), 0);
    assert_true(desk_rig_item("wage-arrears", "330100", 1, 0, now) == open);
}

static void reload_keeps_running_clocks(void **state)
{
    int64_t now = town_morning();
    uint64_t c = desk_rig_item("wage-arrears", "330106", 1, 0, now);
    const struct command to_new = {.act = COMMAND_REASSIGN, .concern = c, .nunits = 1,
                                   .units = {STR("new")}, .note = STR("机构调整")};
    const char *reason;
    struct town other;
    (void)state;

    town_open(&other, "coordinator: new\nunits: [{id: new, name: {zh: 新办}, roles: [labour]}]\n",
              DESK_RIG_WINDOW);
    other.rules.count = 1;
    desk_reconfigure(rig->desk, &other.conf);
    desk_rig_tick(now + HOUR);
    desk_rig_check_event(0, EVENT_REMINDED, ACT_ACCEPT, 50, "new:1");
    assert_true(desk_concern(rig->desk, c)->due == now + 48 * HOUR);
    assert_true(desk_rig_item("wage-arrears", "330106", 1, 0, now) == c);
    desk_rig_check_event(0, EVENT_JOINED, ACT_NONE, 0, "new:2"); /* its unit is gone */
    desk_rig_item("wage-arrears", "330106", 7, 0, now);
    desk_rig_check_event(0, EVENT_OPENED, ACT_NONE, 0, "new:3");
    /* another one leads then: who led is nobody's to tell, whose number stays where it was */
    desk_changes_reset(&rig->changes);
    assert_int_equal(desk_command(rig->desk, &to_new, now + HOUR, &rig->changes, &reason), 0);
    desk_rig_check_event(0, EVENT_REASSIGNED, ACT_NONE, 0, "new:5");
    desk_free(rig->desk);
    rig->desk = NULL;
    town_close(&other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        DESK_RIG_TEST(reminds_then_escalates_once),
        DESK_RIG_TEST(after_days_down_no_stale_reminders),
        DESK_RIG_TEST(accepts),
        DESK_RIG_TEST(answers_and_closes),
        DESK_RIG_TEST(prefers_the_open_concern),
        DESK_RIG_TEST(reload_keeps_running_clocks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
