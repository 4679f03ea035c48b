#include "tests/unit/unit.h"

#include "alerts/units/place.h"
#include "classifiers/mask/mask.h"
#include "tests/unit/units_text.h"

/* This program tests the tree, not the masker: eleven digits stand for a person's number. */
void mask_text(char *text, size_t n)
{
    for (size_t i = 0; i + 11 <= n; i++)
        if (strspn(text + i, "0123456789") >= 11)
            memset(text + i, '*', 11);
}

static const char town[] =
    "coordinator: office\n"
    "units:\n"
    "  - {id: office, name: {zh: 区政务公开办, en: Office}}\n"
    "  - {id: labour, name: {zh: 区人社局}, parent: office, roles: [labour]}\n"
    "  - {id: labour-west, name: {zh: 西湖分局}, parent: labour, roles: [labour, water], region: "
    "\"330106\"}\n"
    "  - {id: labour-street, name: {zh: 北山街道人社所}, parent: labour-west, roles: [labour], "
    "region: \"330106002000\"}\n"
    "  - {id: health, name: {zh: 市卫健委}, roles: [health], region: \"330100\"}\n"
    "  - {id: health-2, name: {zh: 市疾控中心}, roles: [health], region: \"330100\"}\n";

static int line_of(const struct problems *problems, size_t i)
{
    const char *file, *text;
    int line;

    problems_get(problems, i, &file, &line, &text);
    return line;
}

static void approvers_are_other_units(void **state)
{
    static const char wrong[] =
        "coordinator: office\n"
        "units:\n"
        "  - {id: office, name: {zh: 区政务公开办}, approver: labour}\n"
        "  - {id: labour, name: {zh: 区人社局}, approver: labour}\n"
        "  - {id: health, name: {zh: 区卫健局}, approver: nobody}\n";
    struct problems *problems = problems_new();
    (void)state;

    assert_null(units_text(wrong, problems));
    assert_int_equal(problems_count(problems), 2);
    assert_int_equal(line_of(problems, 0), 4);
    assert_int_equal(line_of(problems, 1), 5);
    problems_free(problems);
    problems = problems_new();
    struct units *units = units_text("coordinator: office\n"
                               "units:\n"
                               "  - {id: office, name: {zh: 区政务公开办}}\n"
                               "  - {id: labour, name: {zh: 区人社局}, approver: office}\n",
                               problems);
    assert_non_null(units);
    assert_int_equal(units->list[0].approver, -1);
    assert_int_equal(units->list[1].approver, 0);
    units_free(units);
    problems_free(problems);
}

static void check_route(const struct units *units, const char *role, const char *place,
                        const char *unit, bool last)
{
    bool last_resort;
    int at = units_route(units, str_from(role), str_from(place), &last_resort);

    if (strcmp(units->list[at].id, unit) != 0 || last_resort != last)
        fail_msg("%s at '%s' goes to %s", role, place, units->list[at].id);
}

static void routes_by_place(void **state)
{
    struct problems *problems = problems_new();
    struct units *units = units_text(town, problems);
    (void)state;

    assert_non_null(units);
    assert_string_equal(units->list[units->coordinator].id, "office");
    assert_int_equal(units->list[units_find(units, STR("labour-west"))].parent,
                     units_find(units, STR("labour")));
    assert_int_equal(units_find(units, STR("labou")), -1);
    assert_int_equal(units_find(units, STR("")), -1);
    check_route(units, "labour", "", "labour", false);
    check_route(units, "labour", "330106", "labour-west", false);
    check_route(units, "labour", "330106001", "labour-west", false);
    check_route(units, "labour", "330106002003", "labour-street", false);
    check_route(units, "labour", "330105", "labour", false);
    check_route(units, "health", "330106002", "health", false); /* file order of equals */
    check_route(units, "health", "330200", "office", true);
    check_route(units, "health", "", "health", false);
    check_route(units, "water", "", "labour-west", false);
    check_route(units, "water", "330105", "office", true);
    check_route(units, "fire", "330106", "office", true);
    assert_true(units_has_role(units, STR("water")));
    assert_false(units_has_role(units, STR("fire")));
    units_free(units);
    problems_free(problems);
}

static void bodies_outside_are_known_by_their_channels(void **state)
{
    struct problems *problems = problems_new();
    struct units *units = units_text(
        "coordinator: a\nunits: [{id: a, name: {zh: 甲}}]\noutside:\n"
        "  - {id: power, name: {zh: 供电公司, en: Power}, channel: \"https://power.example.cn/12\"}\n"
        "  - {id: rail, name: {zh: 铁路}, channel: \"https://rail.example.cn/\"}\n", problems);
    (void)state;

    assert_non_null(units);
    assert_int_equal(units->noutside, 2);
    assert_string_equal(outside_find(units, STR("https://power.example.cn/12"))->id, "power");
    assert_string_equal(outside_find(units, STR("https://rail.example.cn/"))->name_zh, "铁路");
    assert_null(outside_find(units, STR("https://power.example.cn/1")));
    assert_null(outside_find(units, STR("")));
    units_free(units);
    problems_free(problems);
}

static void wrong_trees_are_told(void **state)
{
    static const struct {
        const char *text;
        size_t problems;
        int line;
    } wrong[] = {
        {"units: [{id: a, name: {zh: 甲}}]\n", 1, 1},
        {"coordinator: a\nunits: [{id: a, name: {zh: 甲}}]\noutside:\n"
         "  - {id: p, name: {zh: 电}, channel: \"ftp://p.cn\"}\n", 1, 4},
        {"coordinator: a\nunits: [{id: a, name: {zh: 甲}}]\noutside:\n  - {id: p, name: {zh: 电}}\n",
         1, 4},
        {"coordinator: a\nunits: [{id: a, name: {zh: 甲}}]\noutside:\n"
         "  - {id: p, name: {zh: 电}, channel: \"https://p.cn/1\"}\n"
         "  - {id: p, name: {zh: 路}, channel: \"https://p.cn/1\"}\n", 2, 5},
        {"coordinator: b\nunits: [{id: a, name: {zh: 甲}}]\n", 1, 1},
        {"coordinator: a\nunits: [{id: a, name: {en: A}}]\n", 1, 2},
        {"coordinator: a\nunits:\n  - {id: a, name: {zh: 甲}}\n  - {id: a, name: {zh: 乙}}\n", 1, 4},
        {"coordinator: a\nunits:\n  - {id: a, name: {zh: 甲}}\n  - {id: b, name: {zh: 甲}}\n", 1, 4},
        {"coordinator: a\nunits:\n  - {id: a, name: {zh: 甲}, parent: x}\n", 1, 3},
        {"coordinator: a\nunits:\n  - {id: a, name: {zh: 甲}, parent: a}\n", 1, 3},
        {"coordinator: a\nunits:\n  - {id: a, name: {zh: 甲}, parent: c}\n"
         "  - {id: b, name: {zh: 乙}, parent: a}\n  - {id: c, name: {zh: 丙}, parent: b}\n"
         "  - {id: d, name: {zh: 丁}, parent: c}\n", 3, 3},
        {"coordinator: a\nunits:\n  - {id: a, name: {zh: 甲}, region: \"33\"}\n", 1, 3},
        {"coordinator: a\nunits:\n  - {id: a, name: {zh: 删帖办公室}}\n", 1, 3},
        {"coordinator: a\nunits:\n  - {id: a, name: {zh: 值班 13812345678}}\n", 1, 3},
        {"coordinator: a\nunits:\n  - {id: a, name: {zh: 甲}, role: [x]}\n", 1, 3},
    };
    (void)state;

    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct problems *problems = problems_new();
        const char *file, *text;
        int line;
        assert_null(units_text(wrong[i].text, problems));
        problems_sort(problems);
        problems_get(problems, 0, &file, &line, &text);
        if (problems_count(problems) != wrong[i].problems || line != wrong[i].line)
            fail_msg("case %zu: %zu problems, line %d: %s", i, problems_count(problems), line,
                     text);
        problems_free(problems);
    }
}

static void every_problem_at_once(void **state)
{
    struct problems *problems = problems_new();
    (void)state;

    assert_null(units_text("coordinator: z\nunits:\n  - {id: a, name: {zh: 甲}, parent: x}\n"
                     "  - {id: a, name: {zh: 甲}}\n  - {id: b, name: {en: B}, roles: [Ä]}\n",
                     problems));
    assert_int_equal(problems_count(problems), 6);
    problems_free(problems);
}

static void places(void **state)
{
    (void)state;
    assert_true(str_is(place_stem(STR("330100")), "3301"));
    assert_true(str_is(place_stem(STR("330000")), "33"));
    assert_true(str_is(place_stem(STR("330105003000")), "330105003"));
    assert_true(str_is(place_stem(STR("330105000000")), "330105"));
    assert_true(str_is(place_stem(STR("330110")), "330110"));
    assert_true(place_within(STR("330105003"), STR("330100")));
    assert_false(place_within(STR("330100"), STR("330105")));
    assert_true(place_compatible(STR("330100"), STR("330105")));
    assert_false(place_compatible(STR("330106"), STR("330105")));
    assert_true(place_compatible(STR("330106"), STR("")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(approvers_are_other_units),
        cmocka_unit_test(routes_by_place),
        cmocka_unit_test(bodies_outside_are_known_by_their_channels),
        cmocka_unit_test(wrong_trees_are_told),
        cmocka_unit_test(every_problem_at_once),
        cmocka_unit_test(places),
    };
    return cmocka_run_group_tests_name("units", tests, NULL, NULL);
}
