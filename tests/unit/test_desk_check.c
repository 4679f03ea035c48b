#define _GNU_SOURCE
#include "tests/unit/unit.h"

#include "base/clock.h"
#include "tests/unit/desk_fixture.h"

static struct rules_topic topic(const char *role, const char *grade, const char *first,
                                const char *second)
{
    return (struct rules_topic){.id = STR("fire"), .role = str_from(role),
                                .grade = str_from(grade),
                                .deadlines = {str_from(first), str_from(second)},
                                .ndeadlines = 2,
                                .file = "fire.yaml", .line = 1, .role_line = 3, .grade_line = 4,
                                .deadlines_line = 5, .deadline_lines = {6, 7}};
}

/* The line of the key that is to be mended. */
static void assert_place(const struct problems *problems, size_t i)
{
    static const struct {
        const char *word;
        int first, last;
    } places[] = {{"职责", 3, 3}, {"级别", 4, 4}, {"不存在", 6, 7}, {"没有答复时限", 5, 5}};
    const char *file, *text;
    int line;

    problems_get(problems, i, &file, &line, &text);
    assert_string_equal(file, "fire.yaml");
    for (size_t k = 0; k < sizeof places / sizeof *places; k++)
        if (strstr(text, places[k].word)) {
            assert_in_range(line, places[k].first, places[k].last);
            return;
        }
    fail_msg("%s", text);
}

static void unanswerable_topics_are_told(void **state)
{
    const struct {
        struct rules_topic topic;
        size_t problems;
    } cases[] = {
        {topic("labour", "major", "accept-2h", "ordinary-48h"), 0},
        {topic("fire", "major", "accept-2h", "ordinary-48h"), 1}, /* no unit has the role */
        {topic("labour", "red", "accept-2h", "ordinary-48h"), 1}, /* no such grade */
        {topic("labour", "major", "nonesuch", "ordinary-48h"), 1},
        {topic("labour", "major", "accept-2h", "major-24h"), 1}, /* no reply clock */
        {topic("fire", "red", "accept-2h", "nonesuch"), 4},
    };
    struct town town;
    (void)state;

    town_open(&town, NULL, CLOCK_DAY);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct problems *problems = problems_new();
        for (size_t k = 0; k < town.rules.count; k++)
            desk_check(town.units, town.deadlines, &town.rules.topics[k], problems);
        desk_check(town.units, town.deadlines, &cases[i].topic, problems);
        if (problems_count(problems) != cases[i].problems)
            fail_msg("case %zu: %zu problems", i, problems_count(problems));
        for (size_t k = 0; k < problems_count(problems); k++)
            assert_place(problems, k);
        problems_free(problems);
    }
    town_close(&town);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(unanswerable_topics_are_told),
    };
    return cmocka_run_group_tests_name("desk_check", tests, NULL, NULL);
}
