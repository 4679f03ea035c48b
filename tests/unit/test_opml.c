/* Lists of feeds read and written, and the feeds that a page names. */
#define _GNU_SOURCE
#include "tests/unit/unit.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/err.h"
#include "base/file.h"
#include "base/utf8.h"
#include "feeds/formats/discover.h"
#include "feeds/formats/opml.h"
#include "feeds/source/source.h"

#define LIT(s) {s, sizeof(s) - 1}
#define OPML(outlines)                                                                             \
    "<opml version=\"2.0\"><head><title>t</title></head><body>" outlines "</body></opml>"

static struct opml *read_list(const char *in, int err)
{
    struct opml *list;

    assert_int_equal(opml_read(str_from(in), STR_NONE, STR_NONE, &list), err);
    assert_non_null(list);
    return list;
}

/* "title|url|home|category;" of every feed. */
static void told(const struct opml *list, struct buf *out)
{
    for (size_t i = 0; i < list->nfeeds; i++)
        buf_addf(out, "%.*s|%.*s|%.*s|%.*s;", STR_ARG(list->feeds[i].title),
                 STR_ARG(list->feeds[i].url), STR_ARG(list->feeds[i].home),
                 STR_ARG(list->feeds[i].category));
    buf_add_char(out, 0);
}

static void lists(void **state)
{
    (void)state;
    static const struct {
        const char *in, *want;
        size_t problems;
    } rows[] = {
        {OPML("<outline text=\"甲\" title=\"甲报\" type=\"rss\" xmlUrl=\"http://a.example/f\" "
              "htmlUrl=\"http://a.example/\"/>"),
         "甲报|http://a.example/f|http://a.example/|;", 0},
        {OPML("<outline text=\"新闻\"><outline text=\"地方\"><outline text=\"a\" "
              "xmlUrl=\"https://a.example/f?x=1&amp;y=2\"/></outline><outline text=\"b\" "
              "xmlUrl=\"http://b.example/f\"/></outline><outline text=\"c\" "
              "xmlUrl=\"http://c.example/f\"/>"),
         "a|https://a.example/f?x=1&y=2||新闻/地方;b|http://b.example/f||新闻;c|http://c.example/"
         "f||;",
         0},
        {OPML("<outline text=\"a\" category=\"/乙/丙, /丁\" xmlUrl=\"http://a.example/f\"/>"),
         "a|http://a.example/f||乙/丙,丁;", 0},
        {OPML("<outline text=\"乙\"><outline text=\"a\" category=\"/乙,/丁/戊\" "
              "xmlUrl=\"http://a.example/f\"/></outline>"),
         "a|http://a.example/f||乙,丁/戊;", 0},
        {OPML(
             "<outline text=\"教育/科技, 其他\"><outline text=\"a\" xmlUrl=\"http://a.example/f\"/>"
             "</outline>"),
         "a|http://a.example/f||教育／科技， 其他;", 0},
        {OPML("<outline TEXT=\"a\" XMLURL=\" feed://a.example/f \"/><outline text=\"b\" "
              "xmlurl=\"feed:https://b.example/f g\"/>"),
         "a|http://a.example/f||;b|https://b.example/f%20g||;", 0},
        {OPML("<outline text=\"&lt;b&gt;a&lt;/b&gt;&#10;b\" xmlUrl=\"http://a.example/f\"/>"),
         "a b|http://a.example/f||;", 0},
        {OPML("<outline type=\"atom\" text=\"a\" url=\"http://a.example/f\"/><outline "
              "type=\"link\" "
              "text=\"b\" url=\"http://b.example/\"/><outline text=\"只是字\"/>"),
         "a|http://a.example/f||;", 0},
        {OPML("<outline type=\"rss\" text=\"a\"/>"), "", 1},
        {OPML("<outline type=\"include\" text=\"a\" url=\"http://a.example/l.opml\"/>"), "", 1},
        {OPML("<outline text=\"a\" xmlUrl=\"http://a.example/f\"/><outline text=\"b\" "
              "xmlUrl=\"http://a.example/f\"/>"),
         "a|http://a.example/f||;", 1},
        {OPML("<outline text=\"a\" xmlUrl=\"ftp://a.example/f\"/><outline text=\"b\" "
              "xmlUrl=\"javascript:1\"/><outline text=\"b\" xmlUrl=\"/f\"/>"),
         "", 1},
        {OPML("<outline text=\"a\" xmlUrl=\"https://weibo.com/u/1234567890\"/>"), "", 1},
        {OPML("<outline text=\"a\" xmlUrl=\"https://a.example/@zhang/feed\"/>"), "", 1},
        {OPML("<outline text=\"a\" xmlUrl=\"http://zhang:pw@a.example/f\"/>"), "", 1},
        {OPML("<outline text=\"a\" xmlUrl=\"http://a.example/rss?q=%E6%8B%86%E8%BF%81\"/>"), "", 1},
        {OPML("<outline text=\"a\" htmlUrl=\"http://a.example/u/zhang/\" "
              "xmlUrl=\"http://a.example/f\"/>"),
         "a|http://a.example/f||;", 0},
        /* ill-formed */
        {OPML("<outline text=\"a & b\" xmlUrl=\"http://a.example/f?x&y=1\"/>"),
         "a & b|http://a.example/f?x&y=1||;", 1},
        {OPML("<outline text=\"f\"><outline text=\"a\" xmlUrl=\"http://a.example/f\">"
              "<outline text=\"b\" xmlUrl=\"http://b.example/f\"></outline>"),
         "a|http://a.example/f||f;b|http://b.example/f||f;", 1},
        {OPML("<outline text=\"a\" xmlUrl=\"http://a.example/f\"/></outline></outline>"
              "<outline text=\"b\" xmlUrl=\"http://b.example/f\"/>"),
         "a|http://a.example/f||;b|http://b.example/f||;", 1},
        {OPML("<outline text=\"a\" xmlUrl=\"http://a.example/f\"/><outline text=\"x < y\" "
              "xmlUrl=\"http://x.example/f\"/><outline text=\"b\" xmlUrl=\"http://b.example/f\"/>"),
         "a|http://a.example/f||;x < y|http://x.example/f||;b|http://b.example/f||;", 1},
        {OPML("<outline text=a xmlUrl=http://a.example/f />"), "a|http://a.example/f||;", 1},
        {"<opml><head/><body/><outline text=\"a\" xmlUrl=\"http://a.example/f\"/></opml>",
         "a|http://a.example/f||;", 1},
        {"junk<?xml version=\"1.0\"?><OPML><BODY><OUTLINE TEXT=\"a\" "
         "XMLURL=\"http://a.example/f\"/>",
         "a|http://a.example/f||;", 1},
        {"<!DOCTYPE opml [<!ENTITY e \"x\">]><opml><body><outline text=\"&e;\" "
         "xmlUrl=\"http://a.example/f\"/></body></opml>",
         "&e;|http://a.example/f||;", 2},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct buf got = BUF_INIT;
        struct opml *list = read_list(rows[i].in, 0);
        told(list, &got);
        assert_string_equal(got.data, rows[i].want);
        if (list->nproblems != rows[i].problems)
            fail_msg("row %zu has %zu problems: %.*s", i, list->nproblems,
                     STR_ARG(list->nproblems ? list->problems[0].text : STR("")));
        for (size_t k = 0; k < list->nproblems; k++)
            assert_int_equal(list->problems[k].line, 1);
        buf_free(&got);
        opml_free(list);
    }
}

static void no_lists(void **state)
{
    (void)state;
    static const struct {
        const char *in;
        int line;
    } rows[] = {{"", 1}, {"words", 1}, {"{}", 1}, {"\n<haha/>", 2}, {"<rss><channel/></rss>", 1},
                {"<?xml version=\"1.0\"?>\n\n<html><body><outline "
                 "xmlUrl=\"http://a.example/f\"/>", 3}};

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct opml *list = read_list(rows[i].in, ERR_SYNTAX);
        assert_int_equal(list->nfeeds, 0);
        assert_int_equal(list->nproblems, 1);
        assert_int_equal(list->problems[0].line, rows[i].line);
        opml_free(list);
    }
}

/* A person's address is refused with the reason that sources give, and is not quoted. */
static void refusals(void **state)
{
    (void)state;
    struct buf out = BUF_INIT;
    struct opml *list = read_list("<opml><head><ownerName>张三</ownerName>"
                                  "<ownerEmail>zhang@a.example</ownerEmail></head>\n<body>\n"
                                  "<outline text=\"某报\" xmlUrl=\"http://a.example/f\"/>\n"
                                  "<outline text=\"x\" xmlUrl=\"https://weibo.com/zhangsan\"/>\n"
                                  "</body></opml>", 0);

    assert_int_equal(list->nfeeds, 1);
    assert_int_equal(list->refused, 1);
    assert_int_equal(opml_write_json(list, NULL, NULL, &out), 0);
    buf_add_char(&out, 0);
    assert_string_equal(out.data,
                        "{\"feeds\":[{\"title\":\"某报\",\"url\":\"http://a.example/f\","
                        "\"home\":\"\","
                        "\"category\":\"\"}],\"duplicates\":0,\"refused\":1,"
                        "\"problems\":[{\"line\":4,\"text\":"
                        "\"像个人主页或单个用户的时间线，信源只能是媒体、部门或公共版块 (looks like one person's page "
                        "or time-line; a source is a publisher or a public board)\"}]}");
    buf_free(&out);
    opml_free(list);
}

/* Depth, size and number end in a problem, not in more of them. */
static void bounds(void **state)
{
    (void)state;
    struct buf in = BUF_INIT;

    buf_add_text(&in, "<opml><body>");
    for (int i = 0; i < 200000; i++)
        buf_add_text(&in, "<outline text=\"a\">");
    buf_add_text(&in, "<outline text=\"b\" xmlUrl=\"http://b.example/f\"/>");
    buf_add_char(&in, 0);
    struct opml *list = read_list(in.data, 0);
    assert_int_equal(list->nfeeds, 1);
    assert_int_equal(list->nproblems, 2);
    opml_free(list);

    buf_reset(&in);
    buf_add_text(&in, "<opml><body>");
    for (int i = 0; i < OPML_FEEDS + 5; i++)
        buf_addf(&in, "<outline xmlUrl=\"http://a.example/%d\"/>", i);
    buf_add_char(&in, 0);
    list = read_list(in.data, 0);
    assert_int_equal(list->nfeeds, OPML_FEEDS);
    assert_true(str_is(list->feeds[OPML_FEEDS - 1].url, "http://a.example/199999"));
    assert_int_equal(list->nproblems, 2);
    opml_free(list);
    buf_free(&in);
}

static void written(void **state)
{
    (void)state;
    static const struct opml_feed feeds[] = {
        {LIT("乙"), LIT("http://b.example/f"), LIT("http://b.example/"), LIT("新闻/地方,x/y,z")},
        {LIT("a<&\">\tb"), LIT("http://a.example/f?x=1&y=2"), {NULL, 0}, LIT("新闻")},
        {{NULL, 0}, LIT("http://c.example/f"), {NULL, 0}, {NULL, 0}},
        {LIT("丁"), LIT("http://d.example/f"), {NULL, 0}, LIT("新闻/地方/村")},
        {LIT("戊"), LIT("http://e.example/f"), {NULL, 0}, LIT("新闻网")},
    };
    struct buf out = BUF_INIT, got = BUF_INIT;

    assert_int_equal(opml_write(STR("信源 & 其他"), feeds, 5, &out), 0);
    buf_add_char(&out, 0);
    assert_string_equal(out.data,
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<opml version=\"2.0\">\n  <head>\n"
        "    <title>信源 &amp; 其他</title>\n  </head>\n  <body>\n"
        "    <outline type=\"rss\" text=\"http://c.example/f\" xmlUrl=\"http://c.example/f\"/>\n"
        "    <outline text=\"新闻\">\n"
        "      <outline type=\"rss\" text=\"a&lt;&amp;&quot;&gt;&#9;b\" "
        "title=\"a&lt;&amp;&quot;&gt;&#9;b\""
        " xmlUrl=\"http://a.example/f?x=1&amp;y=2\"/>\n"
        "      <outline text=\"地方\">\n"
        "        <outline type=\"rss\" text=\"乙\" title=\"乙\" xmlUrl=\"http://b.example/f\""
        " htmlUrl=\"http://b.example/\" category=\"/x/y,/z\"/>\n"
        "        <outline text=\"村\">\n"
        "          <outline type=\"rss\" text=\"丁\" title=\"丁\" xmlUrl=\"http://d.example/f\"/>\n"
        "        </outline>\n      </outline>\n    </outline>\n"
        "    <outline text=\"新闻网\">\n"
        "      <outline type=\"rss\" text=\"戊\" title=\"戊\" xmlUrl=\"http://e.example/f\"/>\n"
        "    </outline>\n  </body>\n</opml>\n");
    struct opml *list = read_list(out.data, 0);
    told(list, &got);
    assert_string_equal(got.data,
                        "http://c.example/f|http://c.example/f||;a<&\"> "
                        "b|http://a.example/f?x=1&y=2||新闻;"
                        "乙|http://b.example/f|http://b.example/|新闻/地方,x/y,z;"
                        "丁|http://d.example/f||新闻/地方/村;戊|http://e.example/f||新闻网;");
    assert_int_equal(list->nproblems, 0);
    opml_free(list);
    buf_free(&out);
    buf_free(&got);
}

/* What is read and written again reads the same, whatever it was. */
static void round_trip(struct str body, struct opml *list)
{
    struct buf out = BUF_INIT, a = BUF_INIT, b = BUF_INIT;
    struct opml *again;

    assert_true(body.n > 0);
    assert_int_equal(opml_write(STR("t"), list->feeds, list->nfeeds, &out), 0);
    assert_true(utf8_valid(buf_str(&out)));
    assert_int_equal(opml_read(buf_str(&out), STR_NONE, STR_NONE, &again), 0);
    assert_int_equal(again->nproblems, 0);
    assert_int_equal(again->nfeeds, list->nfeeds);
    buf_reset(&out);
    assert_int_equal(opml_write(STR("t"), again->feeds, again->nfeeds, &out), 0);
    told(again, &a);
    opml_free(again);
    assert_int_equal(opml_read(buf_str(&out), STR_NONE, STR_NONE, &again), 0);
    told(again, &b);
    assert_string_equal(a.data, b.data);
    opml_free(again);
    buf_free(&out);
    buf_free(&a);
    buf_free(&b);
}

/* Other people's 36 lists, good and bad: each is read, or refused with a reason. */
static void other_lists(void **state)
{
    (void)state;
    const char *root = getenv("HUIYING_TEST_DATA");
    char path[4096];
    size_t n = 0, empty = 0, feeds = 0;
    struct dirent *e;

    if (!root) {
        puts("SKIP: HUIYING_TEST_DATA is not set");
        skip();
    }
    snprintf(path, sizeof path, "%s/opml", root);
    DIR *dir = opendir(path);
    assert_non_null(dir);
    while ((e = readdir(dir))) {
        struct buf body = BUF_INIT;
        struct opml *list;
        if (e->d_name[0] == '.')
            continue;
        snprintf(path, sizeof path, "%s/opml/%.200s", root, e->d_name);
        assert_int_equal(file_read(path, 1 << 20, &body), 0);
        int err = opml_read(buf_str(&body), STR_NONE, STR_NONE, &list);
        bool lists_feeds = str_find(buf_str(&body), STR("type=\"rss\""), 0) != (size_t)-1;
        if (err != (strcmp(e->d_name, "missingOpml.opml") == 0 ? ERR_SYNTAX : 0))
            fail_msg("%s gives %s", e->d_name, err_name(err));
        if (lists_feeds && !list->nfeeds && !list->nproblems)
            fail_msg("%s gives neither a feed nor a reason", e->d_name);
        assert_true(err == 0 || (list->nproblems && list->problems[0].line));
        if (!err)
            round_trip(buf_str(&body), list);
        feeds += list->nfeeds;
        empty += !list->nfeeds;
        n++;
        opml_free(list);
        buf_free(&body);
    }
    closedir(dir);
    print_message("%zu lists, %zu feeds, %zu lists of other things\n", n, feeds, empty);
    assert_int_equal(n, 36);
    assert_int_equal(feeds, 20);
}

static void discovered(void **state)
{
    (void)state;
    static const struct {
        const char *page, *url, *want;
    } rows[] = {
        {"<html><head><link rel=\"alternate\" type=\"application/rss+xml\" title=\"最新 &amp; 要闻\" "
         "href=\"/rss?a=1&amp;b=2\"><LINK REL='home alternate' TYPE='application/atom+xml; "
         "charset=utf-8' "
         "HREF='atom.xml'>", "http://a.example/x/y.html",
         "[{\"url\":\"http://a.example/rss?a=1&b=2\",\"title\":\"最新 & 要闻\","
         "\"type\":\"application/rss+xml\"},"
         "{\"url\":\"http://a.example/x/atom.xml\",\"title\":\"\","
         "\"type\":\"application/atom+xml; charset=utf-8\"}]"},
        {"<base href=\"http://b.example/q/\"><base href=\"http://c.example/\">"
         "<link rel=alternate type=application/feed+json href=f.json>", "http://a.example/",
         "[{\"url\":\"http://b.example/q/f.json\",\"title\":\"\","
         "\"type\":\"application/feed+json\"}]"},
        {"<base href=\"sub/\"><link rel=alternate type=text/xml href=f#x><link rel=feed href=f>"
         "<link rel=feed href=g>", "http://a.example/",
         "[{\"url\":\"http://a.example/sub/f\",\"title\":\"\",\"type\":\"text/xml\"},"
         "{\"url\":\"http://a.example/sub/g\",\"title\":\"\",\"type\":\"\"}]"},
        /* what is no feed, no web address, or a person's */
        {"<!-- <link rel=alternate type=application/rss+xml href=/1> --><script>'<link "
         "rel=alternate "
         "type=application/rss+xml href=/2>'</script><link rel=\"alternate stylesheet\" "
         "type=application/rss+xml href=/3><link rel=alternate hreflang=en href=/en>"
         "<link rel=alternate type=application/rss+xml><link rel=alternate "
         "type=application/rss+xml "
         "href=\"javascript:x\"><link rel=alternate type=application/rss+xml "
         "href=\"/u/zhang/feed\">",
         "http://a.example/", "[]"},
        /* the second choice, and only when there is no first */
        {"<a href=/news>x</a><a href=\"/rss/local.xml\"><b>地方</b></a><a title='论坛' "
         "href='/forum.php?mod=rss&amp;fid=2'>y</a><a href='/authors/zhang/feed'>z</a>",
         "http://a.example/",
         "[{\"url\":\"http://a.example/rss/local.xml\",\"title\":\"地方\",\"type\":\"\"},"
         "{\"url\":\"http://a.example/forum.php?mod=rss&fid=2\",\"title\":\"论坛\",\"type\":\"\"}]"},
        {"<a href=/rss.xml>x</a><link rel=alternate type=application/rss+xml href=/2>",
         "http://a.example/",
         "[{\"url\":\"http://a.example/2\",\"title\":\"\",\"type\":\"application/rss+xml\"}]"},
        /* a feed is its own */
        {"<rss><channel><title>自己</title><item><title>a</title></item><item/></channel></rss>",
         "http://a.example/f", "[{\"url\":\"http://a.example/f\",\"title\":\"自己\",\"type\":\"\"}]"},
        {"{\"feed_url\":\"http://a.example/g\",\"title\":\"自己\",\"items\":[]}", "",
         "[{\"url\":\"http://a.example/g\",\"title\":\"自己\",\"type\":\"\"}]"},
        {"", "http://a.example/", "[]"}, {"<", "", "[]"}, {"<link rel=alternate type=text/xml "
         "href=f>", "", "[]"},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct discovery *found;
        struct buf out = BUF_INIT, want = BUF_INIT;
        assert_int_equal(discover_feeds(str_from(rows[i].page), STR_NONE, str_from(rows[i].url),
                                        &found), 0);
        assert_int_equal(discover_write_json(found, NULL, NULL, &out), 0);
        buf_add_char(&out, 0);
        buf_addf(&want, "{\"feeds\":%s,\"refused\":[", rows[i].want);
        if (strstr(rows[i].page, "zhang"))
            buf_addf(&want, "{\"count\":1,\"text\":\"%s\"}",
                     source_refusal(STR("http://a.example/u/zhang/feed")));
        buf_addf(&want, "]}%c", 0);
        assert_string_equal(out.data, want.data);
        buf_free(&out);
        buf_free(&want);
        discover_free(found);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lists), cmocka_unit_test(no_lists), cmocka_unit_test(refusals),
        cmocka_unit_test(bounds), cmocka_unit_test(written), cmocka_unit_test(other_lists),
        cmocka_unit_test(discovered),
    };
    return cmocka_run_group_tests_name("opml", tests, NULL, NULL);
}
