/* Questions by topic, term and day. */
#include "base/err.h"
#include "daemon/views/asked_rows.h"
#include "tests/unit/unit.h"

enum { TODAY = 20000 };

static void add(struct asked_rows *r, const char *topic, const char *term, int64_t day,
                uint64_t concern)
{
    asked_rows_add(r, str_from(topic), str_from(term), day, concern);
}

static void test_days_come_and_go(void **state)
{
    struct asked_rows *r = asked_rows_new();
    struct asked_row out[4];

    (void)state;
    assert_non_null(r);
    for (int i = 0; i < 5; i++)
        add(r, "elderly-care", "高龄津贴", TODAY - ASKED_DAYS + 1, 10);
    add(r, "elderly-care", "高龄津贴", TODAY, 11);
    add(r, "elderly-care", "高龄津贴", TODAY - ASKED_WEEK, 0); /* earlier than the last one */
    add(r, "elderly-care", "高龄津贴", TODAY - ASKED_DAYS, 9); /* too early by now */
    add(r, "health", "高龄津贴", TODAY, 0); /* another topic's */
    assert_int_equal(asked_rows_read(r, TODAY, 2, out, 4), 1);
    assert_int_equal(out[0].count, 7);
    assert_int_equal(out[0].week, 1);
    assert_string_equal(out[0].topic, "elderly-care");
    assert_string_equal(out[0].term, "高龄津贴");
    assert_int_equal(asked_rows_read(r, TODAY + 1, 2, out, 4), 1);
    assert_int_equal(out[0].count, 2);
    add(r, "elderly-care", "高龄津贴", TODAY + 1, 12);
    assert_int_equal(asked_rows_read(r, TODAY + 1, 1, out, 4), 2);
    assert_int_equal(out[0].count, 3);
    assert_int_equal(asked_rows_read(r, TODAY + ASKED_DAYS + 1, 1, out, 4), 0);
    asked_rows_free(r);
}

static void test_the_most_asked_come_first(void **state)
{
    struct asked_rows *r = asked_rows_new();
    struct asked_row out[2];
    static const struct {
        const char *term;
        int n;
    } terms[] = {{"医保报销", 3}, {"入学条件", 5}, {"公积金提取", 4}};

    (void)state;
    for (size_t i = 0; i < 3; i++)
        for (int k = 0; k < terms[i].n; k++)
            add(r, "t", terms[i].term, TODAY, 0);
    assert_int_equal(asked_rows_read(r, TODAY, 1, out, 2), 2);
    assert_string_equal(out[0].term, "入学条件");
    assert_string_equal(out[1].term, "公积金提取");
    assert_int_equal(asked_rows_read(r, TODAY, 5, out, 2), 1);
    asked_rows_free(r);
}

static void test_the_latest_concerns_are_named_once(void **state)
{
    static const uint64_t came[] = {1, 2, 1, 3, 3, 4};
    struct asked_rows *r = asked_rows_new();
    struct asked_row out[1];

    (void)state;
    for (size_t i = 0; i < sizeof came / sizeof *came; i++)
        add(r, "t", "x", TODAY, came[i]);
    assert_int_equal(asked_rows_read(r, TODAY, 1, out, 1), 1);
    assert_int_equal(out[0].concerns[0], 4);
    assert_int_equal(out[0].concerns[1], 3);
    assert_int_equal(out[0].concerns[2], 1);
    asked_rows_free(r);
}

static void test_rows_are_bounded_and_old_ones_give_way(void **state)
{
    struct asked_rows *r = asked_rows_new();
    struct asked_row out[1];
    char term[32];

    (void)state;
    for (int i = 0; i < ASKED_ROWS + 10; i++) {
        snprintf(term, sizeof term, "t%d", i);
        add(r, "t", term, TODAY, 0);
    }
    add(r, "t", "new", TODAY, 0);
    add(r, "t", "new", TODAY, 0);
    assert_int_equal(asked_rows_read(r, TODAY, 2, out, 1), 0);
    for (int i = 0; i < 2; i++)
        add(r, "t", "new", TODAY + ASKED_DAYS, 0);
    assert_int_equal(asked_rows_read(r, TODAY + ASKED_DAYS, 1, out, 1), 1);
    assert_string_equal(out[0].term, "new");
    assert_int_equal(out[0].count, 2);
    asked_rows_free(r);
}

static void test_long_terms_are_cut_between_characters(void **state)
{
    struct asked_rows *r = asked_rows_new();
    struct asked_row out[1];
    char term[3 * 40 + 1] = "";

    (void)state;
    for (int i = 0; i < 40; i++)
        memcpy(term + (size_t)3 * (size_t)i, "字", 4);
    add(r, "t", term, TODAY, 0);
    add(r, "t", "", TODAY, 0); /* of no term */
    assert_int_equal(asked_rows_read(r, TODAY, 1, out, 1), 1);
    assert_int_equal(strlen(out[0].term), 63);
    asked_rows_free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_days_come_and_go),
        cmocka_unit_test(test_the_most_asked_come_first),
        cmocka_unit_test(test_the_latest_concerns_are_named_once),
        cmocka_unit_test(test_rows_are_bounded_and_old_ones_give_way),
        cmocka_unit_test(test_long_terms_are_cut_between_characters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
