/* Checked YAML, and what is told of it. */
#include "tests/unit/unit.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/conf.h"
#include "base/err.h"
#include "base/problems.h"
#include "base/utf8.h"

static const char *const colours[] = {"red", "green", NULL};
static const struct conf_key inner[] = {
    {"id", CONF_SLUG, true, NULL, NULL, NULL, 0, 0, NULL},
    {"every", CONF_DURATION, false, NULL, NULL, NULL, 1000, 60000, NULL},
    {0},
};
static const struct conf_key entry = {NULL, CONF_MAP, false, inner, NULL, NULL, 0, 0, NULL};
static const struct conf_key table[] = {
    {"name", CONF_TEXT, true, NULL, NULL, NULL, 0, 0, NULL},
    {"count", CONF_INT, false, NULL, NULL, NULL, 1, 9, NULL},
    {"on", CONF_BOOL, false, NULL, NULL, NULL, 0, 0, NULL},
    {"colour", CONF_CHOICE, false, NULL, NULL, colours, 0, 0, NULL},
    {"day", CONF_DATE, false, NULL, NULL, NULL, 0, 0, NULL},
    {"link", CONF_URL, false, NULL, NULL, NULL, 0, 0, NULL},
    {"list", CONF_LIST, false, NULL, &entry, NULL, 0, 0, NULL},
    {0},
};

static void conf_reads_a_good_file(void **state)
{
    (void)state;
    struct problems *p = problems_new();
    struct conf_doc *doc = conf_parse("a.yaml",
                                      STR("name: 青石镇\ncount: 9\non: true\ncolour: green\n"
                                          "day: 2024-02-29\nlink: https://x.example/a\nlist:\n"
                                          "  - {id: one, every: 5s}\n  - id: two\n"),
                                      table, p);
    const struct conf_node *root = conf_root(doc), *list = conf_get(root, "list");

    assert_int_equal(problems_count(p), 0);
    assert_true(str_is(conf_text(conf_get(root, "name")), "青石镇"));
    assert_int_equal(conf_int(conf_get(root, "count"), 0), 9);
    assert_true(conf_bool(conf_get(root, "on"), false));
    assert_int_equal(conf_int(conf_get(root, "day"), 0), clock_days(2024, 2, 29));
    assert_int_equal(conf_count(list), 2);
    assert_int_equal(conf_int(conf_get(conf_at(list, 0), "every"), 0), 5000);
    assert_int_equal(conf_line(conf_at(list, 1)), 9);
    assert_int_equal(conf_int(conf_get(conf_at(list, 1), "every"), 7), 7);
    conf_free(doc);
    problems_free(p);
}

static void conf_tells_every_problem_with_its_line(void **state)
{
    (void)state;
    static const struct {
        int line;
        const char *part;
    } expect[] = {
        {1, "缺少键 “name”"}, {1, "did you mean count"}, {2, "whole number, 1 to 9"},
        {3, "true or false"}, {4, "red, green"},         {5, "YYYY-MM-DD"},
        {6, "https://"},      {8, "缺少键 “id”"},        {8, "duration"},
        {9, "first on line 2"},
    };
    struct problems *p = problems_new();
    struct conf_doc *doc =
        conf_parse("b.yaml",
                   STR("coumt: 3\ncount: 10\non: \"true\"\ncolour: blue\nday: 2023-02-29\n"
                       "link: ftp://x\nlist:\n  - {every: 5}\ncount: 2\n"),
                   table, p);

    problems_sort(p);
    assert_non_null(doc);
    assert_int_equal(problems_count(p), sizeof expect / sizeof *expect);
    for (size_t i = 0; i < sizeof expect / sizeof *expect; i++) {
        const char *file, *text;
        int line;
        bool found = false;
        for (size_t j = 0; j < problems_count(p); j++) {
            problems_get(p, j, &file, &line, &text);
            found = found || (line == expect[i].line && strstr(text, expect[i].part));
        }
        if (!found)
            fail_msg("no problem on line %d with: %s", expect[i].line, expect[i].part);
    }
    conf_free(doc);
    problems_free(p);
}

static void conf_cuts_no_character(void **state)
{
    static const char *const wrong[] = {
        "name: [an, id]\n", "name: {zh: x}\n",
        "name: a\ncount: 一二三四五六七八九十一二三四五六七八九十一二三四五六七八九十\n",
        "name: a\nx一二三四五六七八九十一二三四五六七八九十一二三四五六七八九十: 1\n",
    };

    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct problems *p = problems_new();
        const char *file, *text;
        int line;
        conf_free(conf_parse("d.yaml", str_from(wrong[i]), table, p));
        assert_int_equal(problems_count(p), 1);
        problems_get(p, 0, &file, &line, &text);
        if (!utf8_valid(str_from(text)))
            fail_msg("%s", text);
        problems_free(p);
    }
}

static void conf_refuses_what_it_cannot_read(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "", "a: [", "- 1\n- 2\n", "x: &a 1\nname: *a\n", "name: \xff\n", "name: {a: {b}}}",
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct problems *p = problems_new();
        conf_free(conf_parse("c.yaml", str_from(bad[i]), table, p));
        assert_true(problems_count(p) > 0);
        problems_free(p);
    }
}

/* Warnings are no problems, are said once, and stand in their place among them. */
static void problems_and_warnings_are_told_apart(void **state)
{
    struct problems *p = problems_new();
    const char *file, *text;
    char *printed = NULL;
    size_t size = 0;
    int line;
    FILE *to = open_memstream(&printed, &size);

    (void)state;
    problems_warn(p, "a", 2, "二 %d", 2);
    problems_warn(p, "a", 2, "二 %d", 2);
    assert_int_equal(problems_count(p), 0);
    problems_add(p, "a", 3, "三");
    problems_add(p, "a", 1, "一");
    problems_add(p, "b", 0, "全");
    assert_int_equal(problems_count(p), 3);
    assert_int_equal(problems_warnings(p), 1);
    problems_sort(p);
    problems_get_warning(p, 0, &file, &line, &text);
    assert_true(line == 2 && !strcmp(file, "a") && !strcmp(text, "二 2"));
    for (int i = 0; i < 1100; i++)
        problems_warn(p, "c", i + 1, "多");
    assert_int_equal(problems_warnings(p), 1101);
    problems_print(p, to);
    fclose(to);
    assert_ptr_equal(strstr(printed, "huiying: a:1: 一\nhuiying: a:2: 提醒 (warning): 二 2\n"
                                     "huiying: a:3: 三\nhuiying: b: 全\nhuiying: c:1: "), printed);
    assert_non_null(strstr(printed, "(101 more)"));
    free(printed);
    problems_free(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(conf_reads_a_good_file),
        cmocka_unit_test(conf_tells_every_problem_with_its_line),
        cmocka_unit_test(conf_cuts_no_character),
        cmocka_unit_test(conf_refuses_what_it_cannot_read),
        cmocka_unit_test(problems_and_warnings_are_told_apart),
    };
    return cmocka_run_group_tests_name("conf", tests, NULL, NULL);
}
