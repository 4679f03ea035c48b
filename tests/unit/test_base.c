#include "tests/unit/unit.h"

#include "base/clock.h"
#include "base/err.h"

static void clock_round_trip(void **state)
{
    (void)state;
    int64_t ms;
    char text[CLOCK_TEXT];

    assert_int_equal(clock_parse(STR("2024-02-29T23:59:59+08:00"), &ms), 0);
    assert_string_equal(clock_format(ms, text), "2024-02-29T23:59:59+08:00");
    assert_int_equal(clock_parse(STR("2023-02-29T00:00:00Z"), &ms), ERR_SYNTAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(clock_round_trip),
    };
    return cmocka_run_group_tests_name("base", tests, NULL, NULL);
}
