/* Article pages: title and paragraphs, of fixtures and, where there are, of real pages. */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/file.h"
#include "base/utf8.h"
#include "feeds/formats/parse.h"
#include "feeds/text/htmltext.h"

static const char *const fixtures[] = {"notice-table", "portal", "gbk",   "div-br",
                                       "wechat",       "comments", "short", "sections", "form"};

static struct feed *page(struct str body, int want)
{
    struct parse_request req = {.body = body, .url = STR("https://news.shiqiao.example/a/1.html"),
                                .zone_minutes = 480};
    struct feed *f;

    assert_int_equal(clock_parse(STR("2023-07-26T12:00:00+08:00"), &req.now), 0);
    assert_int_equal(parse_page(&req, &f), want);
    return f;
}

static void read_data(const char *folder, const char *name, const char *suffix, struct buf *out)
{
    char path[4096];

    snprintf(path, sizeof path, "%s/%s%s", folder, name, suffix);
    buf_reset(out);
    if (file_read(path, 1 << 23, out))
        fail_msg("cannot read %s", path);
}

static void finds_the_text(void **state)
{
    struct buf body = BUF_INIT, want = BUF_INIT, got = BUF_INIT;

    (void)state;
    for (size_t i = 0; i < sizeof fixtures / sizeof *fixtures; i++) {
        read_data(ARTICLES, fixtures[i], ".html", &body);
        read_data(ARTICLES, fixtures[i], ".txt", &want);
        struct feed *f = page(buf_str(&body), 0);
        buf_reset(&got);
        assert_int_equal(f->nitems, 1);
        buf_addf(&got, "%.*s\n%.*s\n", STR_ARG(f->items[0].title), STR_ARG(f->items[0].text));
        if (!str_eq(buf_str(&got), buf_str(&want)))
            fail_msg("%s: %.*s", fixtures[i], STR_ARG(buf_str(&got)));
        assert_int_equal(f->format, FEED_ARTICLE);
        assert_true(str_is(f->items[0].url, "https://news.shiqiao.example/a/1.html"));
        assert_true(str_find(f->items[0].html, STR("canary"), 0) == (size_t)-1);
        assert_true(str_find(f->items[0].html, STR("金雀名"), 0) == (size_t)-1);
        item_feed_free(f);
    }
    buf_free(&body);
    buf_free(&want);
    buf_free(&got);
}

static void finds_the_date(void **state)
{
    static const struct {
        const char *name, *date;
    } rows[] = {{"notice-table", "2023-07-25T09:30:00+08:00"},
                {"portal", "2023-07-25T10:30:00+08:00"},
                {"gbk", "2023-07-21T08:00:00+08:00"},
                {"wechat", "2023-07-25T18:00:00+08:00"},
                {"sections", "2023-07-24T08:00:00+08:00"}};
    struct buf body = BUF_INIT;
    char text[CLOCK_TEXT];

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        read_data(ARTICLES, rows[i].name, ".html", &body);
        struct feed *f = page(buf_str(&body), 0);
        assert_string_equal(clock_format(f->items[0].published, text), rows[i].date);
        item_feed_free(f);
    }
    buf_free(&body);
}

static void refuses_what_is_no_article(void **state)
{
    static const char *const pages[] = {
        "", "<html></html>", "<p>登录</p><form><input name=a>用户名，密码。请输入，谢谢，再见。</form>",
        "<ul><li><a href=1>要闻，本地，教育，医疗，交通，环保，住房，就业。</a></li></ul>"};
    struct buf body = BUF_INIT;

    (void)state;
    read_data(ARTICLES, "list-only", ".html", &body);
    item_feed_free(page(buf_str(&body), ERR_SYNTAX));
    for (size_t i = 0; i < sizeof pages / sizeof *pages; i++)
        item_feed_free(page(str_from(pages[i]), ERR_SYNTAX));
    buf_free(&body);
}

/* Code points without white space. */
static size_t points(struct str s, uint32_t *out)
{
    size_t n = 0;

    for (size_t at = 0; at < s.n;) {
        uint32_t cp = utf8_next(s, &at);
        if (cp > ' ' && cp != 0x3000 && cp != 0xA0)
            out[n++] = cp;
    }
    return n;
}

/* 2 * longest common subsequence / both lengths. */
static double similarity(struct str a, struct str b)
{
    uint32_t *x = calloc(a.n + 1, sizeof *x), *y = calloc(b.n + 1, sizeof *y);
    size_t n = points(a, x), m = points(b, y);
    uint32_t *row = calloc(m + 1, sizeof *row);

    for (size_t i = 0; i < n; i++)
        for (size_t j = 0, diagonal = 0; j < m; j++) {
            uint32_t kept = row[j + 1];
            if (x[i] == y[j])
                row[j + 1] = (uint32_t)diagonal + 1;
            else if (row[j] > row[j + 1])
                row[j + 1] = row[j];
            diagonal = kept;
        }
    double out = 2.0 * row[m] / (double)(n + m);
    free(x);
    free(y);
    free(row);
    return out;
}

static void real_pages(void **state)
{
    /* What is expected of the second holds its by-line's date, share links, editor's line and a
     * poll, which are not wanted here. */
    static const struct {
        const char *name;
        double least;
    } rows[] = {{"gmw", 0.97}, {"qq", 0.93}, {"youth", 0.97}};
    const char *data = getenv("HUIYING_TEST_DATA");
    struct buf body = BUF_INIT, want = BUF_INIT;
    char folder[4096];

    (void)state;
    if (!data) {
        print_message("HUIYING_TEST_DATA is not set: real article pages are left out\n");
        skip();
    }
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        snprintf(folder, sizeof folder, "%s/articles/%s", data, rows[i].name);
        read_data(folder, "source", ".html", &body);
        read_data(folder, "expected", ".html", &want);
        struct feed *f = page(buf_str(&body), 0);
        struct str plain = htmltext_plain(f->arena, buf_str(&want));
        double alike = similarity(f->items[0].text, plain);
        print_message("%s: %.4f\n", rows[i].name, alike);
        if (alike < rows[i].least)
            fail_msg("%s is only %.4f alike", rows[i].name, alike);
        item_feed_free(f);
    }
    buf_free(&body);
    buf_free(&want);
}

/* Many elements, deep ones, huge attributes: an end, and no quadratic walk on the way to it. */
static void survives_hostile_pages(void **state)
{
    static const struct {
        const char *head, *again, *tail;
        size_t times;
    } rows[] = {
        {"<p>", "<div>", "字，字，字。", 200000},
        {"<div ", "a='1' ", ">正文，正文，正文。</div>", 100000},
        {"", "<p class='", "'>", 300000},
        {"<table>", "<tr><td>标题<td>来信人", "</table>", 100000},
        {"<b>", "<span>姓名：</span>", "甲", 100000},
        {"", "<a href=x>，</a><br>", "", 400000},
        {"<div class='", "comment ", "'>文，文，文。", 500000},
    };
    struct buf body = BUF_INIT;

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct parse_request req = {.zone_minutes = 480, .now = 1690344000000};
        struct feed *f = NULL;
        buf_reset(&body);
        buf_add_text(&body, rows[i].head);
        for (size_t k = 0; k < rows[i].times; k++)
            buf_add_text(&body, rows[i].again);
        buf_add_text(&body, rows[i].tail);
        req.body = buf_str(&body);
        int err = parse_page(&req, &f);
        assert_true(err == 0 || err == ERR_SYNTAX);
        item_feed_free(f);
    }
    buf_free(&body);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_the_text),
        cmocka_unit_test(finds_the_date),
        cmocka_unit_test(refuses_what_is_no_article),
        cmocka_unit_test(real_pages),
        cmocka_unit_test(survives_hostile_pages),
    };
    parse_init();
    return cmocka_run_group_tests_name("extract", tests, NULL, NULL);
}
