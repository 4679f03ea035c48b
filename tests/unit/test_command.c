/* The table of acts and its JSON: what each takes, and what it says of anything else. */
#include "tests/unit/unit.h"

#include <jansson.h>

#include "alerts/command_json.h"
#include "base/err.h"

static int read_it(enum command_act act, const char *json, struct command *c, const char **reason)
{
    static const char *const envelope[] = {"unit", NULL};
    static json_t *object;

    json_decref(object); /* texts are borrowed until the next call */
    object = json ? json_loads(json, 0, NULL) : NULL;
    *c = (struct command){.act = act, .concern = 1};
    *reason = NULL;
    if (!json)
        return 0;
    assert_non_null(object);
    return command_json_read(object, envelope, c, reason);
}

static void names_are_found(void **state)
{
    (void)state;
    for (int i = 0; i < COMMAND_ACTS; i++) {
        const struct command_form *form = command_form((enum command_act)i);
        assert_int_equal(command_find(str_from(form->name)), i);
        assert_true(*form->zh);
        assert_int_equal(form->must & ~form->may, 0);
    }
    assert_int_equal(command_find(STR("delete")), -1);
    assert_int_equal(command_find(STR("")), -1);
}

static void members_are_read(void **state)
{
    struct command c;
    const char *reason;
    (void)state;

    assert_int_equal(read_it(COMMAND_ASSESS, "{\"grade\":\"major\",\"note\":\"核实\",\"unit\":\"x\"}",
                             &c, &reason), 0);
    assert_true(c.graded && c.grade == GRADE_MAJOR && str_is(c.note, "核实"));
    assert_int_equal(c.criteria, 0);
    assert_int_equal(read_it(COMMAND_ASSESS, "{\"grade\":\"major\",\"note\":\"核实\","
                             "\"criteria\":[1,3,32]}", &c, &reason), 0);
    assert_int_equal(c.criteria, 0x80000005);
    assert_int_equal(c.emergency, EMERGENCY_UNSAID);
    assert_int_equal(read_it(COMMAND_ASSESS, "{\"grade\":\"major\",\"note\":\"核实\","
                             "\"emergency\":true}", &c, &reason), 0);
    assert_int_equal(c.emergency, EMERGENCY_YES);
    assert_int_equal(read_it(COMMAND_ASSESS, "{\"grade\":\"major\",\"note\":\"核实\","
                             "\"emergency\":false}", &c, &reason), 0);
    assert_int_equal(c.emergency, EMERGENCY_NO);
    assert_int_equal(read_it(COMMAND_PROGRESS, "{\"url\":\"https://a.example/\","
                             "\"step\":\"briefing\"}", &c, &reason), 0);
    assert_true(c.stepped && c.step == ACT_BRIEFING);
    assert_int_equal(read_it(COMMAND_DISPATCH, "{\"units\":[\"hr\",\"police\"]}", &c, &reason), 0);
    assert_int_equal(c.nunits, 2);
    assert_true(str_is(c.units[1], "police"));
    assert_int_equal(read_it(COMMAND_DISPATCH, "{}", &c, &reason), 0);
    assert_int_equal(read_it(COMMAND_EXTEND, "{\"until\":\"2026-03-02T17:30:00+08:00\","
                             "\"note\":\"检测\"}", &c, &reason), 0);
    assert_int_equal(c.until, 1772443800000);
    assert_int_equal(read_it(COMMAND_DISMISS, "{\"code\":\"old-news\"}", &c, &reason), 0);
    assert_int_equal(c.code, DISMISSAL_OLD_NEWS);
    assert_int_equal(read_it(COMMAND_MOVE, "{\"items\":[\"00112233445566778899aabbccddeeff\"],"
                             "\"other\":\"c7\"}", &c, &reason), 0);
    assert_int_equal(c.nitems, 1);
    assert_int_equal(c.items[0][15], 0xff);
    assert_int_equal(c.other, 7);
    assert_int_equal(read_it(COMMAND_DRAFT, "{\"text\":\"已办结。\"}", &c, &reason), 0);
    assert_true(str_is(c.text, "已办结。"));
    assert_int_equal(read_it(COMMAND_DENY, "{\"draft\":7,\"note\":\"缺少时间\"}", &c, &reason), 0);
    assert_int_equal(c.draft, 7);
    read_it(COMMAND_ACCEPT, NULL, &c, &reason);
}

static void wrong_members_are_told(void **state)
{
    static const struct {
        enum command_act act;
        const char *json, *says;
    } cases[] = {
        {COMMAND_ACCEPT, "{\"url\":\"https://a.example/\"}", "没有 url"},
        {COMMAND_ACCEPT, "{\"author\":\"x\"}", "不认识的成员"},
        {COMMAND_ANSWER, "{}", "缺少公开网址"},
        {COMMAND_ANSWER, "{\"url\":7}", "url 应为"},
        {COMMAND_DECLINE, "{}", "缺少说明"},
        {COMMAND_DECLINE, "{\"note\":\"\"}", "缺少说明"},
        {COMMAND_ASSESS, "{\"grade\":\"huge\",\"note\":\"a\"}", "grade 应为"},
        {COMMAND_ASSESS, "{\"note\":\"a\"}", "缺少级别"},
        {COMMAND_ASSESS, "{\"grade\":\"major\",\"note\":\"a\",\"criteria\":[0]}", "criteria 应为"},
        {COMMAND_ASSESS, "{\"grade\":\"major\",\"note\":\"a\",\"criteria\":[33]}", "criteria 应为"},
        {COMMAND_ASSESS, "{\"grade\":\"major\",\"note\":\"a\",\"criteria\":1}", "criteria 应为"},
        {COMMAND_PROGRESS, "{\"url\":\"https://a.example/\",\"step\":\"reply\"}", "step 应为"},
        {COMMAND_ANSWER, "{\"url\":\"https://a.example/\",\"step\":\"briefing\"}",
         "此操作没有 step"},
        {COMMAND_REMIND, "{\"criteria\":[1]}", "此操作没有标准"},
        {COMMAND_ASSESS, "{\"grade\":\"major\",\"note\":\"a\",\"emergency\":\"yes\"}",
         "emergency 应为"},
        {COMMAND_REMIND, "{\"emergency\":true}", "此操作不定是否突发事件"},
        {COMMAND_REASSIGN, "{\"units\":[]}", "缺少单位"},
        {COMMAND_REASSIGN, "{\"units\":\"a\"}", "units 应为"},
        {COMMAND_EXTEND, "{\"until\":\"tomorrow\",\"note\":\"a\"}", "until 应为"},
        {COMMAND_DISMISS, "{\"code\":\"boring\"}", "原因代码"},
        {COMMAND_MERGE, "{\"other\":\"7\"}", "other 应如"},
        {COMMAND_SPLIT, "{\"items\":[\"xyz\"]}", "items 应为"},
        {COMMAND_SPLIT, "{}", "缺少条目"},
        {COMMAND_DRAFT, "{}", "缺少答复正文"},
        {COMMAND_DRAFT, "{\"text\":7}", "text 应为"},
        {COMMAND_ANSWER, "{\"url\":\"https://a.example/\",\"text\":\"a\"}", "没有正文"},
        {COMMAND_APPROVE, "{\"draft\":-1}", "draft 应为"},
        {COMMAND_APPROVE, "{\"draft\":\"7\"}", "draft 应为"},
        {COMMAND_ACCEPT, "{\"draft\":7}", "没有送审序号"},
    };
    struct command c;
    const char *reason;
    (void)state;

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_true(read_it(cases[i].act, cases[i].json, &c, &reason) < 0);
        assert_non_null(reason);
        if (!strstr(reason, cases[i].says))
            fail_msg("%s: %s", cases[i].json, reason);
    }
    read_it(COMMAND_ACCEPT, NULL, &c, &reason);
}

static void forms_are_shown(void **state)
{
    struct buf b = BUF_INIT;
    (void)state;

    command_json_expected(COMMAND_ANSWER, "unit", &b);
    assert_true(str_is(buf_str(&b), "{\"url\"?,\"scope\"?,\"article\"?,\"note\"?,"
                                    "\"unit\"?}"));
    buf_reset(&b);
    command_json_expected(COMMAND_ACCEPT, NULL, &b);
    assert_true(str_is(buf_str(&b), "{}"));
    buf_free(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_found),
        cmocka_unit_test(members_are_read),
        cmocka_unit_test(wrong_members_are_told),
        cmocka_unit_test(forms_are_shown),
    };
    return cmocka_run_group_tests_name("command", tests, NULL, NULL);
}
