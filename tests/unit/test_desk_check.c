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
                                .ndeadlines = 2};
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
        town.rules.topics[2] = cases[i].topic;
        town.rules.count = 3;
        desk_check(&town.conf, "rules", problems);
        if (problems_count(problems) != cases[i].problems)
            fail_msg("case %zu: %zu problems", i, problems_count(problems));
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
