#define _GNU_SOURCE
#include "tests/unit/unit.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "alerts/deadlines/deadline.h"
#include "base/clock.h"
#include "base/file.h"
#include "tests/unit/scratch.h"

static char rules_file[4096], calendars[4096];

static struct deadlines *load_shipped(void)
{
    struct problems *problems = problems_new();
    struct deadlines *d = deadline_load(rules_file, calendars, problems);

    problems_print(problems, stderr);
    problems_free(problems);
    assert_non_null(d);
    return d;
}

static void every_id_and_its_due(void **state)
{
    static const struct {
        const char *id, *from, *due, *clock, *act, *basis;
        bool provisional;
    } rows[] = {
        {"major-5h", "2025-12-31T21:30:00+08:00", "2026-01-01T02:30:00+08:00", "wall",
         "first-info", "国办发〔2016〕80号", false},
        {"major-24h", "2024-02-28T08:00:00+08:00", "2024-02-29T08:00:00+08:00", "wall",
         "briefing", "国办发〔2016〕61号", false},
        {"ordinary-48h", "2020-01-24T10:00:00+08:00", "2020-01-26T10:00:00+08:00", "wall",
         "reply", "国办发〔2016〕61号", false},
        {"enquiry-2wd", "2026-04-30T23:50:00+08:00", "2026-05-07T17:30:00+08:00", "workday",
         "reply", "12345", false},
        {"enquiry-3wd", "2026-01-01T00:00:00+08:00", "2026-01-06T17:30:00+08:00", "workday",
         "reply", "留言板", false},
        {"suggestion-5wd", "2020-01-20T09:00:00+08:00", "2020-02-04T17:30:00+08:00", "workday",
         "reply", "留言板", false},
        {"suggestion-10wd", "2026-03-02T09:00:00+08:00", "2026-03-16T17:30:00+08:00", "workday",
         "reply", "广东", false},
        {"complaint-15wd", "2025-12-15T18:00:00+08:00", "2026-01-06T17:30:00+08:00", "workday",
         "reply", "广东", false},
        {"investigation-20wd", "2026-12-15T09:00:00+08:00", "2027-01-13T17:30:00+08:00",
         "workday", "reply", "调查", true},
        {"investigation-30wd", "2025-09-15T09:00:00+08:00", "2025-10-31T17:30:00+08:00",
         "workday", "reply", "复杂", false},
        {"accept-30min", "2026-02-17T23:45:00+08:00", "2026-02-18T00:15:00+08:00", "wall",
         "accept", "签收", false},
        {"accept-2h", "2026-03-02T09:00:00+08:00", "2026-03-02T11:00:00+08:00", "wall", "accept",
         "签收", false},
        {"accept-1wd", "2026-02-13T17:31:00+08:00", "2026-02-14T17:30:00+08:00", "workday",
         "accept", "签收", false},
        {"assess-30min", "2026-03-02T23:40:00+08:00", "2026-03-03T00:10:00+08:00", "wall",
         "assess", "研判", false},
    };
    struct deadlines *d = load_shipped();
    (void)state;

    assert_int_equal(d->count, sizeof rows / sizeof *rows);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct deadline_rule *rule = deadline_find(d, str_from(rows[i].id));
        struct buf out = BUF_INIT;
        int64_t from;
        json_error_t error;
        assert_non_null(rule);
        assert_int_equal(clock_parse(str_from(rows[i].from), &from), 0);
        assert_int_equal(deadline_write_json(d, rule, from, &out), 0);
        json_t *row = json_loadb(out.data, out.len, JSON_REJECT_DUPLICATES, &error);
        assert_non_null(row);
        assert_int_equal(json_object_size(row), 7);
        assert_string_equal(json_string_value(json_object_get(row, "rule")), rows[i].id);
        assert_string_equal(json_string_value(json_object_get(row, "from")), rows[i].from);
        if (strcmp(json_string_value(json_object_get(row, "due")), rows[i].due) != 0)
            fail_msg("%s: due %s, expected %s", rows[i].id,
                     json_string_value(json_object_get(row, "due")), rows[i].due);
        assert_string_equal(json_string_value(json_object_get(row, "clock")), rows[i].clock);
        assert_string_equal(json_string_value(json_object_get(row, "act")), rows[i].act);
        assert_non_null(strstr(json_string_value(json_object_get(row, "basis")), rows[i].basis));
        assert_int_equal(json_is_true(json_object_get(row, "provisional")), rows[i].provisional);
        json_decref(row);
        buf_free(&out);
    }
    assert_null(deadline_find(d, STR("ordinary-48")));
    assert_null(deadline_find(d, STR("")));
    deadline_free(d);
}

static size_t problems_in(const char *text, int *line)
{
    char path[SCRATCH_PATH];
    struct problems *problems = problems_new();
    const char *file, *what;
    size_t n;

    assert_int_equal(scratch_file(path, "deadlines", text), 0);
    struct deadlines *d = deadline_load(path, calendars, problems);
    n = problems_count(problems);
    assert_int_equal(d == NULL, n > 0);
    *line = 0;
    if (n)
        problems_get(problems, 0, &file, line, &what);
    deadline_free(d);
    problems_free(problems);
    unlink(path);
    return n;
}

#define RULE(fields) "rules:\n  - {id: a-1, act: reply, basis: x, " fields "}\n"

static void wrong_rules_are_told(void **state)
{
    int line;
    (void)state;

    assert_int_equal(problems_in(RULE("clock: wall, within: 2h"), &line), 0);
    assert_int_equal(problems_in(RULE("clock: wall, days: 2"), &line), 1);
    assert_int_equal(line, 2);
    assert_int_equal(problems_in(RULE("clock: workday, within: 2h"), &line), 1);
    assert_int_equal(problems_in(RULE("clock: workday, days: 2, within: 2h"), &line), 1);
    assert_int_equal(problems_in(RULE("clock: workday, days: 0"), &line), 1);
    assert_int_equal(problems_in(RULE("clock: moon, days: 2"), &line), 1);
    assert_int_equal(
        problems_in(RULE("clock: wall, within: 2h") "  - {id: a-1, act: reply, basis: x, clock: "
                                                    "workday, days: 1}\n",
                    &line),
        1);
    assert_int_equal(line, 3);
    assert_int_equal(problems_in("office_close: \"25:00\"\nrules: []\n", &line), 1);
    assert_int_equal(line, 1);
    assert_int_equal(problems_in("rules:\n  - {id: a-1, clock: wall, within: 2h}\n", &line), 2);
}

static void what_reopens_is_told_or_usual(void **state)
{
    struct deadlines *d = load_shipped();
    const struct deadline_reopen *r = &d->reopen;
    int line;
    (void)state;

    assert_true(r->answers == 5 && r->percent == 60 && r->survey_within == 30 * CLOCK_DAY);
    assert_true(r->items == 3 && r->sources == 2 && r->posts_within == 30 * CLOCK_DAY);
    deadline_free(d);
#define REOPEN(text) RULE("clock: wall, within: 2h") "reopen:\n" text
    assert_int_equal(problems_in(REOPEN("  survey: {answers: 0}\n"), &line), 0);
    assert_int_equal(problems_in(REOPEN("  posts: {items: 0}\n"), &line), 0);
    assert_int_equal(problems_in(REOPEN("  survey: {answers: 5, not_yet: 101}\n"), &line), 1);
    assert_int_equal(line, 4);
    assert_int_equal(problems_in(REOPEN("  survey: {not_yet: 50}\n"), &line), 1);
    assert_int_equal(problems_in(REOPEN("  survey: {answers: 5}\n"
                                        "  posts: {items: 2, sources: 3}\n"), &line), 1);
    assert_int_equal(line, 5);
    assert_int_equal(problems_in(REOPEN("  posts: {items: 9, sources: 9}\n"), &line), 1);
    assert_int_equal(problems_in(REOPEN("  votes: {items: 9}\n"), &line), 1);
}

static void office_close_is_configured(void **state)
{
    static const char rule[] = "office_close: \"18:05\"\n" RULE("clock: workday, days: 1");
    char path[SCRATCH_PATH];
    struct problems *problems = problems_new();
    int64_t from;
    char text[CLOCK_TEXT];
    (void)state;

    assert_int_equal(scratch_file(path, "deadlines", rule), 0);
    struct deadlines *d = deadline_load(path, calendars, problems);
    assert_non_null(d);
    assert_int_equal(clock_parse(STR("2026-03-02T20:00:00+08:00"), &from), 0);
    assert_string_equal(clock_format(deadline_due(d, &d->list[0], from, NULL), text),
                        "2026-03-03T18:05:00+08:00");
    deadline_free(d);
    problems_free(problems);
    unlink(path);
}

int main(void)
{
    const char *source = getenv("srcdir");
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_id_and_its_due),
        cmocka_unit_test(wrong_rules_are_told),
        cmocka_unit_test(what_reopens_is_told_or_usual),
        cmocka_unit_test(office_close_is_configured),
    };

    snprintf(rules_file, sizeof rules_file, "%s/rules/deadlines.yaml", source ? source : ".");
    snprintf(calendars, sizeof calendars, "%s/rules/calendars", source ? source : ".");
    return cmocka_run_group_tests_name("deadline", tests, NULL, NULL);
}
