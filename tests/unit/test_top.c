#include "tests/unit/unit.h"

#include <stdio.h>

#include "base/utf8.h"
#include "daemon/cli/top_screen.h"

enum { ROWS = 60 };

static json_t *status(void)
{
    return json_pack("{s:s, s:i, s:{s:s}, s:{s:s, s:i, s:i, s:i}, s:{s:i, s:i, s:i}, s:{s:i, s:i}}",
                     "now", "2026-01-02T03:04:05+08:00", "clock_rate", 60, "place", "name",
                     "很长很长很长的镇名\033[31m\r\n", "store", "state", "here", "open", 60, "overdue",
                     2, "items", 12345, "sources", "healthy", 7, "failing", 1, "waiting", 0, "bus",
                     "receivers", 3, "units_offline", 0);
}

static void make_rows(struct top_row *rows)
{
    for (int i = 0; i < ROWS; i++)
        rows[i] = (struct top_row){
            json_pack("{s:s, s:s, s:{s:s}, s:{s:s}, s:{s:s}, s:{s:s, s:i}}", "id", "c123",
                      "grade_zh", "特别重大", "topic", "name", "食品药品\033]0;x\007安全", "unit", "name",
                      "某某市市场监督管理局某某分局", "region", "name", "某某省某某市某某区某某街道", "next",
                      "act_zh", "首次\n答复", "seconds_left", i * 100000 - 200000),
            1000};
}

static void free_rows(struct top_row *rows)
{
    for (int i = 0; i < ROWS; i++)
        json_decref(rows[i].concern);
}

/* Lines and their greatest width, with what the screen itself may send taken out; fails on any
 * other control character. */
static void take_apart(struct str out, int *lines, int *widest)
{
    struct buf line = BUF_INIT;

    *lines = 1;
    *widest = 0;
    for (size_t i = 0; i < out.n; i++) {
        if (out.p[i] == '\n') {
            ++*lines;
            buf_reset(&line);
        } else if (out.p[i] == '\033') {
            assert_true(i + 2 < out.n && out.p[i + 1] == '[');
            for (i += 2; i < out.n && (out.p[i] == ';' || (out.p[i] >= '0' && out.p[i] <= '9'));)
                i++;
            assert_true(i < out.n && strchr("mHJK", out.p[i]) && out.p[i]);
        } else {
            assert_true((unsigned char)out.p[i] >= 0x20 && out.p[i] != 0x7F);
            buf_add_char(&line, out.p[i]);
        }
        int width = utf8_width(buf_str(&line));
        *widest = width > *widest ? width : *widest;
    }
    buf_free(&line);
}

static void test_every_size_is_kept(void **state)
{
    (void)state;
    struct top_row rows[ROWS];
    json_t *about = status();

    make_rows(rows);
    for (int height = 1; height < 50; height += 3) {
        for (int width = 1; width < 180; width += 7) {
            for (int odd = 0; odd < 2; odd++) {
                const struct top_screen s = {width, height, true, odd, odd ? 1000 : 0};
                const struct top_view v = {about, 1000, rows, odd ? 0 : ROWS, 1.5,
                                           odd ? "没有应答" : NULL, 5000};
                struct buf out = BUF_INIT;
                int lines, widest;
                top_screen_draw(&out, &s, &v);
                assert_true(utf8_valid(buf_str(&out)));
                take_apart(buf_str(&out), &lines, &widest);
                assert_int_equal(lines, height);
                assert_true(widest <= width);
                buf_free(&out);
            }
        }
    }
    free_rows(rows);
    json_decref(about);
}

static void test_without_a_terminal_everything_is_there_once(void **state)
{
    (void)state;
    struct top_row rows[ROWS];
    json_t *about = status();
    const struct top_screen s = {0};
    struct buf out = BUF_INIT;
    int lines, widest;

    make_rows(rows);
    top_screen_draw(&out, &s, &(struct top_view){about, 1000, rows, ROWS, -1, NULL, 1000});
    assert_true(str_find(buf_str(&out), STR("\033"), 0) == (size_t)-1);
    assert_true(str_find(buf_str(&out), STR("intake"), 0) == (size_t)-1);
    take_apart(buf_str(&out), &lines, &widest);
    assert_int_equal(lines, 3 + 1 + ROWS + 1); /* heads, titles, rows, the end */
    buf_free(&out);
    free_rows(rows);
    json_decref(about);
}

static void test_a_drill_is_named_first(void **state)
{
    (void)state;
    json_t *about = status();
    const struct top_screen s = {0};
    struct buf out = BUF_INIT;

    top_screen_draw(&out, &s, &(struct top_view){about, 1000, NULL, 0, -1, NULL, 1000});
    assert_true(str_find(buf_str(&out), STR("演练"), 0) == (size_t)-1);
    buf_reset(&out);
    json_object_set_new(about, "drill", json_pack("{s:i}", "speed", 60));
    top_screen_draw(&out, &s, &(struct top_view){about, 1000, NULL, 0, -1, NULL, 1000});
    assert_true(str_starts(buf_str(&out), STR("【演练】回应")));
    assert_true(str_find(buf_str(&out), STR("演示"), 0) == (size_t)-1);
    buf_free(&out);
    json_decref(about);
}

static void test_countdowns_run_at_the_daemons_rate(void **state)
{
    (void)state;
    const struct top_row row = {json_pack("{s:{s:i}}", "next", "seconds_left", 90), 1000};
    const struct top_row none = {json_pack("{s:n}", "next"), 1000};
    int64_t left;

    assert_true(top_screen_left(&row, 1000, 1, &left));
    assert_int_equal(left, 90);
    assert_true(top_screen_left(&row, 31000, 1, &left));
    assert_int_equal(left, 60);
    assert_true(top_screen_left(&row, 3000, 60, &left));
    assert_int_equal(left, -30);
    assert_false(top_screen_left(&none, 1000, 1, &left));
    json_decref(row.concern);
    json_decref(none.concern);
}

static void test_scrolling_ends_with_the_last_screenful(void **state)
{
    (void)state;
    struct top_row rows[ROWS];
    json_t *about = status();
    struct buf out = BUF_INIT;

    make_rows(rows);
    json_object_set_new(rows[ROWS - 1].concern, "id", json_string("clast"));
    const struct top_screen s = {80, 24, true, false, 100000};
    assert_int_equal(top_screen_room(&s, ROWS), 18);
    top_screen_draw(&out, &s, &(struct top_view){about, 1000, rows, ROWS, -1, NULL, 1000});
    assert_true(str_find(buf_str(&out), STR("clast"), 0) != (size_t)-1);
    assert_true(str_find(buf_str(&out), STR("43–60 / 60"), 0) != (size_t)-1);
    buf_free(&out);
    free_rows(rows);
    json_decref(about);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_size_is_kept),
        cmocka_unit_test(test_without_a_terminal_everything_is_there_once),
        cmocka_unit_test(test_a_drill_is_named_first),
        cmocka_unit_test(test_countdowns_run_at_the_daemons_rate),
        cmocka_unit_test(test_scrolling_ends_with_the_last_screenful),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
