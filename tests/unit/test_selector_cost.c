/* What selectors may cost: one that would walk a page again and again ends, or does not compile. */
#include "tests/unit/unit.h"

#include "base/err.h"
#include "feeds/formats/parse.h"
#include "feeds/pages/selector.h"

/* A selector that would walk the page once for each element ends with a problem, not an hour later.
 */
static void costly_selectors_end(void **state)
{
    static const char *const texts[] = {"xpath://*[count(.//*) > 1000]/b", ".a .a .a .a .a .a b",
                                        "div:nth-child(90000) b", "xpath://i[contains(., '字')]"};
    struct buf body = BUF_INIT;

    (void)state;
    for (int i = 0; i < 60000; i++)
        buf_add_text(&body, "<div class='a x'><i>字</i></div>");
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct board_spec spec = {
            .item = STR("div"), .title = STR("i"), .text = str_from(texts[i])};
        struct parse_request req = {.body = buf_str(&body), .board = &spec, .now = 1690344000000};
        struct feed *f;
        int err = parse_feed(&req, &f);
        assert_true(err == 0 || err == ERR_SYNTAX);
        item_feed_free(f);
    }
    buf_free(&body);
}

static void costly_xpath_does_not_compile(void **state)
{
    static const char *const dear[] = {"xpath:", "xpath://*//*//*", "xpath://*[count(//*) > 5]",
                                       "xpath://a/following::b", "xpath:.//p//a"};
    static const char *const fair[] = {"xpath://tr[.//a][not(.//tr)]", "xpath://a | //b/text()",
                                       "xpath:.//a[contains(@href,'//')]", "xpath:(//table)[2]/tr"};
    const char *problem;

    (void)state;
    for (size_t i = 0; i < sizeof dear / sizeof *dear; i++)
        if (selector_check(str_from(dear[i]), &problem) == 0)
            fail_msg("%s compiles", dear[i]);
    for (size_t i = 0; i < sizeof fair / sizeof *fair; i++)
        if (selector_check(str_from(fair[i]), &problem))
            fail_msg("%s: %s", fair[i], problem);
    assert_int_equal(selector_check(STR("#post_1 .t_f a[data_x=y_z]"), &problem), 0);
}

static void budget_is_shared(void **state)
{
    struct board_spec spec = {.item = STR("div"), .title = STR("i"), .text = STR("xpath://b/i")};
    struct buf body = BUF_INIT;
    struct feed *f;
    bool told = false;

    (void)state;
    for (int i = 0; i < 9000; i++)
        buf_add_text(&body, "<div><i>字</i></div>");
    struct parse_request req = {.body = buf_str(&body), .board = &spec, .now = 1690344000000};
    assert_int_equal(parse_feed(&req, &f), 0);
    for (size_t i = 0; i < f->nproblems; i++)
        told |= str_find(f->problems[i].text, STR("cost too much"), 0) != (size_t)-1;
    assert_true(told);
    item_feed_free(f);
    buf_free(&body);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(costly_selectors_end),
        cmocka_unit_test(costly_xpath_does_not_compile),
        cmocka_unit_test(budget_is_shared),
    };
    parse_init();
    return cmocka_run_group_tests_name("selector_cost", tests, NULL, NULL);
}
