#define _GNU_SOURCE
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "alerts/desk/outbox.h"
#include "alerts/units/routes.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/file.h"
#include "tests/unit/desk_fixture.h"
#include "tests/unit/scratch.h"

#define TOWN                                                                                       \
    "coordinator: office\n"                                                                        \
    "units:\n"                                                                                     \
    "  - {id: office, name: {zh: 区政务公开办}}\n"                                                 \
    "  - {id: hr, name: {zh: 区人社局}, parent: office, roles: [labour], duty: {hours: "           \
    "\"08:30-17:30\", deputy: night}}\n"                                                           \
    "  - {id: hr-west, name: {zh: 西湖分局}, parent: hr, roles: [labour], region: \"330106\"}\n"   \
    "  - {id: finance, name: {zh: 区财政局}, parent: office}\n"                                    \
    "  - {id: night, name: {zh: 值班室}, parent: office}\n"
#define ROUTES                                                                                     \
    "routes:\n"                                                                                    \
    "  - {grade: major, units: [office, hr]}\n"                                                    \
    "  - {region: \"330100\", units: [night]}\n"                                                   \
    "  - {topic: wage-arrears, grade: larger, units: [hr, finance]}\n"                             \
    "  - {topic: wage-arrears, region: \"330106\", units: [hr-west]}\n"                            \
    "  - {topic: [wage-arrears, epidemic], region: \"330106003\", units: [finance, hr-west]}\n"

static char folder[SCRATCH_PATH];

static void put(const char *name, const char *text)
{
    char path[SCRATCH_PATH + 32];

    snprintf(path, sizeof path, "%s/%s", folder, name);
    if (text)
        assert_int_equal(file_replace(path, str_from(text), 0600), 0);
    else
        unlink(path);
}

static struct units *load(const char *units, const char *routes, struct problems *problems)
{
    char path[SCRATCH_PATH + 32];

    put("units.yaml", units);
    put("routes.yaml", routes);
    snprintf(path, sizeof path, "%s/units.yaml", folder);
    return units_load(path, problems);
}

static void check_way(const struct units *units, const char *topic, const char *region,
                      enum grade grade, enum routes_by by, const char *expected)
{
    struct routes_way way;
    char names[200] = "";

    routes_decide(units, &(struct routes_case){str_from(topic), STR("labour"), str_from(region),
                                               grade}, &way);
    for (size_t i = 0; i < way.count; i++) {
        size_t n = strlen(names);
        snprintf(names + n, sizeof names - n, "%s%s", i ? " " : "", units->list[way.units[i]].id);
    }
    if (strcmp(names, expected) || way.by != by)
        fail_msg("%s at '%s', grade %d: %s by %d", topic, region, grade, names, way.by);
}

static void check_all(const struct units *u)
{
    check_way(u, "wage-arrears", "", GRADE_ORDINARY, ROUTES_BY_ROLE, "hr");
    check_way(u, "wage-arrears", "", GRADE_LARGER, ROUTES_BY_ROUTE, "hr finance");
    check_way(u, "wage-arrears", "", GRADE_GRAVE, ROUTES_BY_ROUTE, "hr finance"); /* topic first */
    check_way(u, "wage-arrears", "330106", GRADE_GRAVE, ROUTES_BY_ROUTE, "hr-west"); /* place */
    check_way(u, "wage-arrears", "330106003001", GRADE_ORDINARY, ROUTES_BY_ROUTE,
              "finance hr-west");
    check_way(u, "wage-arrears", "330105", GRADE_ORDINARY, ROUTES_BY_ROUTE, "night");
    check_way(u, "water", "330105", GRADE_MAJOR, ROUTES_BY_ROUTE, "night"); /* place before grade */
    check_way(u, "water", "330200", GRADE_MAJOR, ROUTES_BY_ROUTE, "office hr");
    check_way(u, "water", "330200", GRADE_LARGER, ROUTES_BY_ROLE, "hr");
    check_way(u, "epidemic", "330106003", GRADE_ORDINARY, ROUTES_BY_ROUTE, "finance hr-west");
}

static void the_most_specific_route_wins(void **state)
{
    struct problems *problems = problems_new();
    struct units *u = load(TOWN ROUTES, NULL, problems);
    (void)state;

    problems_print(problems, stderr);
    assert_non_null(u);
    check_all(u);
    assert_false(routes_cover(u, STR("wage-arrears")));
    units_free(u);
    u = load(TOWN, ROUTES "  - {topic: fire, units: [hr]}\n", problems); /* a file of their own */
    assert_non_null(u);
    check_all(u);
    assert_true(routes_cover(u, STR("fire")) && !routes_cover(u, STR("water")));
    units_free(u);
    u = load("coordinator: a\nunits: [{id: a, name: {zh: 甲办}}]\n", NULL, problems);
    check_way(u, "water", "330106", GRADE_GRAVE, ROUTES_LAST_RESORT, "a");
    units_free(u);
    problems_free(problems);
}

static void wrong_trees_are_told(void **state)
{
    static const struct {
        const char *units, *routes, *file;
        int line;
    } wrong[] = {
        {TOWN "routes:\n  - {units: [nobody]}\n", NULL, "units.yaml", 9},
        {TOWN "routes:\n  - {units: [hr, hr]}\n", NULL, "units.yaml", 9},
        {TOWN "routes:\n  - {units: []}\n", NULL, "units.yaml", 9},
        {TOWN "routes:\n  - {region: \"33\", units: [hr]}\n", NULL, "units.yaml", 9},
        {TOWN "routes:\n  - {grade: red, units: [hr]}\n", NULL, "units.yaml", 9},
        {TOWN, "routes:\n  - {units: [hr]}\n  - {topic: a, units: [no]}\n", "routes.yaml", 3},
        {"coordinator: a\nunits:\n  - {id: a, name: {zh: 甲}, duty: {deputy: a}}\n", NULL,
         "units.yaml", 3},
        {"coordinator: a\nunits:\n  - {id: a, name: {zh: 甲}, duty: {deputy: b}}\n", NULL,
         "units.yaml", 3},
        {"coordinator: a\nunits:\n  - {id: a, name: {zh: 甲}}\n  - {id: b, name: {zh: 乙}, duty: "
         "{hours: \"17:30-08:30\", deputy: a}}\n", NULL, "units.yaml", 4},
        {"coordinator: a\nunits:\n  - {id: a, name: {zh: 甲}}\n  - {id: b, name: {zh: 乙}, parent: "
         "b}\n", NULL, "units.yaml", 4},
    };
    (void)state;

    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct problems *problems = problems_new();
        const char *file, *text;
        int line;
        assert_null(load(wrong[i].units, wrong[i].routes, problems));
        assert_int_equal(problems_count(problems), 1);
        problems_get(problems, 0, &file, &line, &text);
        if (line != wrong[i].line || !strstr(file, wrong[i].file))
            fail_msg("case %zu: %s:%d: %s", i, file, line, text);
        problems_free(problems);
    }
}

struct told {
    char line[400];
};

static void tell(void *arg, const struct routes_candidate *c)
{
    struct told *t = arg;
    size_t n = strlen(t->line);

    snprintf(t->line + n, sizeof t->line - n, "%s%s", n ? " " : "", routes_fate_name(c->fate));
}

static void every_candidate_is_explained(void **state)
{
    struct problems *problems = problems_new();
    struct units *u = load(TOWN ROUTES, NULL, problems);
    struct told t = {""};
    (void)state;

    routes_explain(u, &(struct routes_case){STR("wage-arrears"), STR("labour"), STR("330106"),
                                            GRADE_LARGER}, tell, &t);
    assert_string_equal(t.line, "higher-grade less-specific less-specific wins other-place "
                                "not-asked not-asked not-asked");
    *t.line = '\0';
    routes_explain(u, &(struct routes_case){STR("water"), STR("labour"), STR("330200"),
                                            GRADE_ORDINARY}, tell, &t);
    assert_string_equal(t.line, "higher-grade other-place other-topic other-topic other-topic "
                                "wins other-place not-asked");
    *t.line = '\0';
    routes_explain(u, &(struct routes_case){STR("water"), STR("fire"), STR(""), GRADE_ORDINARY},
                   tell, &t);
    assert_string_equal(t.line, "higher-grade other-place other-topic other-topic other-topic "
                                "wins");
    units_free(u);
    problems_free(problems);
}

static int64_t instant(const char *text)
{
    int64_t ms;

    assert_int_equal(clock_parse(str_from(text), &ms), 0);
    return ms;
}

static void the_deputy_hears_outside_the_hours(void **state)
{
    static const struct {
        const char *at;
        bool deputy;
    } rows[] = {
        {"2026-03-02T08:29:59+08:00", true},   {"2026-03-02T08:30:00+08:00", false},
        {"2026-03-02T17:29:59+08:00", false},  {"2026-03-02T17:30:00+08:00", true},
        {"2026-03-01T10:00:00+08:00", true},   /* Sunday */
        {"2026-02-28T10:00:00+08:00", false},  /* Saturday, made up */
        {"2026-02-16T10:00:00+08:00", true},   /* Monday of Spring Festival */
    };
    struct town town;
    struct problems *problems = problems_new();
    struct units *u = load(TOWN, NULL, problems);
    (void)state;

    town_open(&town, TOWN, CLOCK_DAY);
    int hr = units_find(u, STR("hr")), night = units_find(u, STR("night"));
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct calendar *calendar = town.deadlines->calendar;
        int64_t at = instant(rows[i].at);
        struct changes out = {0};
        struct verdict_box box;
        uint64_t concern;
        assert_int_equal(duty_deputy(u, hr, calendar, at), rows[i].deputy ? night : -1);
        assert_int_equal(duty_deputy(u, night, calendar, at), -1);
        /* the receiver follows, the due time does not */
        struct desk *desk = desk_new(&town.conf, 0);
        assert_int_equal(desk_item(desk, town_verdict(&box, "wage-arrears", "", 1, 0),
                                   &(struct desk_origin){.source = 1}, at, &out, &concern), 0);
        assert_int_equal(out.events[1].naudience, rows[i].deputy ? 2 : 1);
        assert_string_equal(out.events[1].audience[0].unit, "hr");
        if (rows[i].deputy)
            assert_string_equal(out.events[1].audience[1].unit, "night");
        assert_true(out.events[1].due == at + 48 * HOUR);
        desk_free(desk);
        desk_changes_free(&out);
    }
    town_close(&town);
    units_free(u);
    problems_free(problems);
}

/* 签收 at night, by who is on duty: as itself, while it is on duty, and nothing more. */
static void the_deputy_accepts_outside_the_hours(void **state)
{
    static const struct {
        const char *by, *at;
        enum command_act act;
        int err;
    } rows[] = {
        {"night", "2026-03-02T17:29:00+08:00", COMMAND_ACCEPT, ERR_REFUSED},
        {"finance", "2026-03-02T18:00:00+08:00", COMMAND_ACCEPT, ERR_REFUSED},
        {"night", "2026-03-02T18:00:00+08:00", COMMAND_DECLINE, ERR_REFUSED},
        {"night", "2026-03-02T18:00:00+08:00", COMMAND_ANSWER, ERR_REFUSED},
        {"night", "2026-03-02T18:00:00+08:00", COMMAND_ACCEPT, 0},
        {"night", "2026-03-02T18:01:00+08:00", COMMAND_ACCEPT, 0}, /* it was done */
        {"hr", "2026-03-03T09:00:00+08:00", COMMAND_ACCEPT, 0},
    };
    struct town town;
    struct changes out = {0};
    struct verdict_box box;
    uint64_t concern;
    (void)state;

    town_open(&town, TOWN, CLOCK_DAY);
    struct desk *desk = desk_new(&town.conf, 0);
    assert_int_equal(desk_item(desk, town_verdict(&box, "wage-arrears", "", 1, 0),
                               &(struct desk_origin){.source = 1},
                               instant("2026-03-02T17:00:00+08:00"), &out, &concern), 0);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct command c = {.act = rows[i].act, .concern = concern, .by = str_from(rows[i].by),
                            .url = rows[i].act == COMMAND_ANSWER ? STR("https://example.gov.cn/1")
                                                                 : STR_NONE,
                            .note = rows[i].act == COMMAND_DECLINE ? STR("非本单位职责") : STR_NONE};
        const char *reason;
        desk_changes_reset(&out);
        if (desk_command(desk, &c, instant(rows[i].at), &out, &reason) != rows[i].err)
            fail_msg("row %zu: %s", i, reason ? reason : "done");
        if (rows[i].err) /* because of who asks, not of what */
            assert_non_null(strstr(reason, "may)"));
        assert_int_equal(out.nevents, i == 4);
        if (i != 4)
            continue;
        assert_int_equal(out.events[0].type, EVENT_ACCEPTED);
        assert_string_equal(out.events[0].by, "night");
        assert_string_equal(out.events[0].unit, "hr");
    }
    desk_free(desk);
    desk_changes_free(&out);
    town_close(&town);
}

static void a_route_of_several_units_is_dispatched_to_all(void **state)
{
    struct town town;
    struct changes out = {0};
    struct verdict_box box;
    uint64_t concern;
    (void)state;

    town_open(&town, TOWN "routes:\n  - {topic: wage-arrears, units: [hr, finance, night]}\n",
              CLOCK_DAY);
    struct desk *desk = desk_new(&town.conf, 0);
    assert_int_equal(desk_item(desk, town_verdict(&box, "wage-arrears", "", 1, 0),
                               &(struct desk_origin){.source = 1}, town_morning(), &out, &concern),
                     0);
    const struct concern *c = desk_concern(desk, concern);
    assert_string_equal(c->unit, "hr");
    assert_int_equal(c->nparties, 3);
    assert_true(c->parties[0].lead && !c->parties[1].lead && !c->parties[2].lead);
    assert_string_equal(c->parties[1].unit, "finance");
    assert_int_equal(out.nevents, 4);
    assert_int_equal(out.events[3].type, EVENT_ASSISTED);
    assert_string_equal(out.events[3].to, "night");
    assert_int_equal(out.events[1].naudience, 3); /* all hear that it is dispatched */
    desk_free(desk);
    desk_changes_free(&out);
    town_close(&town);
}

static void act(struct desk *desk, enum command_act what, uint64_t concern, int64_t now,
                struct changes *out)
{
    struct command c = {.act = what, .concern = concern, .by = STR("office"), .note = STR("核实")};
    const char *reason = "";

    if (what == COMMAND_ASSESS) {
        c.graded = true;
        c.grade = GRADE_MAJOR;
    }
    desk_changes_reset(out);
    if (desk_command(desk, &c, now, out, &reason))
        fail_msg("%s: %s", command_form(what)->name, reason);
}

/* 研判 decides the grade, its clocks and, by the routes, the units. */
static void a_grade_that_is_decided_is_routed(void **state)
{
    struct town town;
    struct changes out = {0};
    struct verdict_box box;
    uint64_t concern;
    int64_t now = town_morning();
    (void)state;

    town_open(&town, TOWN "routes:\n  - {topic: wage-arrears, grade: major, units: [finance, "
                          "night]}\n", CLOCK_DAY);
    town.rules.topics[0].assess = true;
    struct desk *desk = desk_new(&town.conf, 0);
    assert_int_equal(desk_item(desk, town_verdict(&box, "wage-arrears", "", 1, 0),
                               &(struct desk_origin){.source = 1}, now, &out, &concern), 0);
    const struct concern *c = desk_concern(desk, concern);
    assert_string_equal(c->unit, "hr");
    assert_true(c->state == CONCERN_FOUND && c->nclocks == 2 && !c->nparties);
    act(desk, COMMAND_ASSESS, concern, now + HOUR, &out);
    assert_true(c->grade == GRADE_MAJOR && c->nclocks == 4);
    assert_false(c->clocks[2].provisional);
    assert_true(c->clocks[2].due == now + 6 * HOUR); /* 5 h from the decision */
    act(desk, COMMAND_DISPATCH, concern, now + HOUR, &out);
    assert_string_equal(c->unit, "finance");
    assert_int_equal(out.events[1].type, EVENT_ASSISTED);
    assert_string_equal(out.events[1].to, "night");
    assert_true(c->due == now + 48 * HOUR);
    desk_free(desk);
    desk_changes_free(&out);
    town_close(&town);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_most_specific_route_wins),
        cmocka_unit_test(wrong_trees_are_told),
        cmocka_unit_test(every_candidate_is_explained),
        cmocka_unit_test(the_deputy_hears_outside_the_hours),
        cmocka_unit_test(the_deputy_accepts_outside_the_hours),
        cmocka_unit_test(a_route_of_several_units_is_dispatched_to_all),
        cmocka_unit_test(a_grade_that_is_decided_is_routed),
    };
    if (scratch_folder(folder, "routes"))
        return 99;
    int failed = cmocka_run_group_tests_name("routes", tests, NULL, NULL);
    return scratch_remove(folder) ? 99 : failed;
}
