/* What a board's selectors may be, and what they find. */
#define _GNU_SOURCE
#include "tests/unit/unit.h"

#include "base/err.h"
#include "feeds/formats/parse.h"
#include "feeds/pages/selector.h"
#include "tests/unit/parsed.h"
#include "tests/unit/text_is.h"

static void selectors(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int err;
    } rows[] = {{"li.post", 0}, {"#a > .b c:nth-child(2), d[e=\"f\"]", 0}, {"a@href", 0},
                {"a[href^='/x']", 0}, {"xpath:.//a[@class='x']/@href", 0}, {"*", 0}, {"@title", 0},
                {"", ERR_SYNTAX}, {"a >", ERR_SYNTAX}, {"a,", ERR_SYNTAX}, {"a:hover", ERR_SYNTAX},
                {"a[b", ERR_SYNTAX}, {"xpath:.//a[", ERR_SYNTAX}, {"a@", ERR_SYNTAX},
                {":nth-child(0)", ERR_SYNTAX}, {".", ERR_SYNTAX}, {"a + b", ERR_SYNTAX}};

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *problem = NULL;
        assert_int_equal(selector_check(str_from(rows[i].text), &problem), rows[i].err);
        if (rows[i].err)
            assert_non_null(strchr(problem, '('));
    }
}

static void selector_matches(void **state)
{
    (void)state;
    struct str html = STR("<html><body><div class='x'><div class='y'><p>一</p><p id=b>二</p></div>"
                          "</div>"
                          "<div class='y'><p lang=zh>三</p></div></body></html>");
    static const struct {
        const char *selector;
        size_t count;
        const char *first;
    } rows[] = {{"p", 3, "一"}, {".x p", 2, "一"}, {".x > p", 0, NULL}, {".x > .y > p", 2, "一"},
                {"div p:nth-child(2)", 1, "二"}, {"#b", 1, "二"}, {"p[lang]", 1, "三"},
                {"[lang=zh]", 1, "三"}, {"p:last-child", 2, "二"}, {"body > .y p, #b", 2, "二"},
                {"xpath://p[2]", 1, "二"}, {".x .y p[lang]", 0, NULL}};

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct board_spec spec = {.item = str_from(rows[i].selector), .text = {"xpath:.", 7}};
        struct feed *f = parsed(html, "text/html", &spec, rows[i].count ? 0 : ERR_SYNTAX);
        assert_int_equal(f->nitems, rows[i].count);
        if (rows[i].count)
            text_is(f->items[0].text, rows[i].first);
        item_feed_free(f);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(selectors),
        cmocka_unit_test(selector_matches),
    };
    return cmocka_run_group_tests_name("selector", tests, NULL, NULL);
}
