/* Ill-formed and hostile feeds: each fault costs only itself, and no megabyte takes long. */
#define _GNU_SOURCE
#include "tests/unit/unit.h"

#include <time.h>

#include "base/buf.h"
#include "base/err.h"
#include "feeds/formats/parse.h"
#include "tests/unit/parsed.h"
#include "tests/unit/text_is.h"

/* Each item of an ill-formed feed but the part at fault is there, and the fault's line is told. */
static void broken_xml(void **state)
{
    (void)state;
    static const char *const titles[] = {"第一条", "第二条 5 < 6", "第三条", "第四条", "第五条",
                                         "第六条", "第七条"};
    struct feed *f = parsed_file("broken.xml", NULL);
    bool unclosed = false;

    assert_int_equal(f->nitems, 7);
    for (size_t i = 0; i < 7; i++)
        text_is(f->items[i].title, titles[i]);
    text_is(f->items[0].url, "http://a.example/1?a=1&b=2");
    text_is(f->items[1].text, "有 空格 … &unknown; 在内");
    text_is(f->items[3].text, "有结尾");
    text_is(f->items[5].text, "没有结束标签");
    for (size_t i = 0; i < f->nproblems; i++)
        unclosed |= f->problems[i].line == 5;
    assert_true(unclosed);
    item_feed_free(f);
}

static void broken_json(void **state)
{
    (void)state;
    struct feed *f = parsed_file("broken.json", NULL);

    assert_int_equal(f->nitems, 3);
    text_is(f->items[0].id, "1");
    text_is(f->items[1].id, "3");
    text_is(f->items[2].id, "4");
    text_is(f->items[2].title, "第四");
    text_is(f->title, "断开的源");
    assert_true(f->nproblems > 0);
    assert_int_equal(f->problems[0].line, 4);
    item_feed_free(f);
}

static void entities_stay_closed(void **state)
{
    (void)state;
    struct feed *f = parsed(STR("<!DOCTYPE r [<!ENTITY a \"xx\">"
                               "<!ENTITY f SYSTEM \"file:///etc/passwd\">]>"
                               "<rss><channel><item><title>t&a;&f;</title></item></channel></rss>"),
                           "", NULL, 0);

    assert_int_equal(f->nitems, 1);
    text_is(f->items[0].title, "t&a;&f;");
    assert_true(f->nproblems > 0);
    item_feed_free(f);
}

/* The next item begins while an element of the last one is still open. */
static void item_in_item(void **state)
{
    (void)state;
    struct feed *f = parsed(STR("<rss><channel><item><title>一<item><title>二</title></item>"
                               "<item><title>三</title></item></channel></rss>"),
                           "", NULL, 0);

    assert_int_equal(f->nitems, 2);
    text_is(f->items[0].title, "二");
    text_is(f->items[1].title, "三");
    item_feed_free(f);
}

/* What each fault costs: only itself. `titles` and `texts` of all items, joined by a bar. */
static void faults(void **state)
{
    (void)state;
    static const struct {
        const char *in, *titles, *texts;
        size_t problems;
    } rows[] = {
        /* well-formed, though not what one expects */
        {"<item><title>一</title><x:item xmlns:x=\"urn:x\"><title>二</title></x:item>"
         "<description>三</description></item>", "一", "三", 0},
        {"<r:item xmlns:r=\"http://purl.org/rss/1.0/\"><r:title>一</r:title></r:item>", "一", "", 0},
        {"<item><title xmlns=\"urn:x\">一</title><title>二</title></item>", "二", "", 0},
        {"<wrap><item><title>一</title></item><title>二</title><item><title>三</title></item></wrap>",
         "一|三", "|", 0},
        {"<item><title>一<![CDATA[ &lt; ]]>&#20108;</title></item>", "一 < 二", "", 0},
        {"<item><标题 名=\"x\"><title>二</title></标题><title>一</title></item>", "一", "", 0},
        {"<item><description><p>一<br/>二</p></description></item>", "", "一\n二", 0},
        {"<!-- <item> --><?x <item> ?><item><title>一</title></item>", "一", "", 0},
        /* ill-formed */
        {"<item><description><p>一</b>二</p>三</description><title>四</title></item>", "四",
         "一二\n三", 1},
        {"<item><description>一</descripton><title>二</title></item>", "二", "一", 1},
        {"<item><title>一</title><author>张小明</autor><description>二</description></item>", "一",
         "二", 1},
        {"<item><pubDate>x</pubdat><dc:creator><title>张小明</title></dc:creator></item>", "", "", 2},
        {"<item><title>一</title><description><![CDATA[<p>二</p></description></item>", "一", "二", 1},
        {"<item><title>一</title><!-- <description>二</description></item>", "一", "二", 1},
        {"<description>一<item><title>二</title></item>", "二", "", 1},
        {"<item><Title>一</title></ITEM><item><title>二<通知>", "一|二<通知>", "|", 3},
        {"<item><enclosure url=http://a.example/1.mp3 x x/><title a=\"1\" a=\"2\">一</title></item>",
         "一", "", 3},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct buf body = BUF_INIT, titles = BUF_INIT, texts = BUF_INIT;
        buf_addf(&body, "<rss><channel>\n%s</channel></rss>", rows[i].in);
        struct feed *f = parsed(buf_str(&body), "", NULL, 0);
        for (size_t k = 0; k < f->nitems; k++) {
            buf_addf(&titles, "%s%.*s", k ? "|" : "", STR_ARG(f->items[k].title));
            buf_addf(&texts, "%s%.*s", k ? "|" : "", STR_ARG(f->items[k].text));
        }
        text_is(buf_str(&titles), rows[i].titles);
        text_is(buf_str(&texts), rows[i].texts);
        assert_int_equal(f->nproblems, rows[i].problems);
        for (size_t k = 0; k < f->nproblems; k++)
            assert_int_equal(f->problems[k].line, 2);
        parsed_without_people(f);
        item_feed_free(f);
        buf_free(&body);
        buf_free(&titles);
        buf_free(&texts);
    }
}

/* Whatever the internal subset holds, it ends where XML 1.0 says. */
static void doctypes(void **state)
{
    (void)state;
    static const char *const rows[] = {
        "<!DOCTYPE rss SYSTEM \"a>b\">", "<!DOCTYPE rss [<!ENTITY a \"]><rss>\">]>",
        "<!DOCTYPE rss [<!-- it's ]> --><!ELEMENT rss ANY>]>", "<!doctype rss>",
        "\n<?xml version=\"1.0\"?><!-- <rss> -->text",
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct buf body = BUF_INIT;
        buf_addf(&body, "%s<rss><channel><item><title>一</title></item></channel></rss>", rows[i]);
        struct feed *f = parsed(buf_str(&body), "", NULL, 0);
        assert_int_equal(f->nitems, 1);
        text_is(f->items[0].title, "一");
        assert_int_equal(f->nproblems, i == 1);
        item_feed_free(f);
        buf_free(&body);
    }
}

static void no_feed(void **state)
{
    (void)state;
    static const char *const bodies[] = {"", "hello", "<html><body>x</body></html>", "{\"a\":1}",
                                         "[1]", "<", "{"};

    for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++) {
        struct feed *f = parsed(str_from(bodies[i]), "", NULL, ERR_SYNTAX);
        assert_int_equal(f->format, FEED_UNKNOWN);
        assert_true(f->nproblems > 0);
        assert_true(f->encoding.n > 0);
        item_feed_free(f);
    }
}

static void limit_of_items(void **state)
{
    (void)state;
    struct str body = STR("<rss><channel><item><title>1</title></item><item><title>2</title></item>"
                          "<item><title>3</title></item><item><title>4</title></item></channel>"
                          "</rss>");
    struct parse_request req = {.body = body, .max_items = 2};
    struct feed *f;

    assert_int_equal(parse_feed(&req, &f), 0);
    assert_int_equal(f->nitems, 2);
    assert_int_equal(f->nproblems, 1);
    item_feed_free(f);
}

/* Hostile bodies of a megabyte, each of a kind that makes some parser quadratic. */
static void hostile(void **state)
{
    (void)state;
    static const struct {
        const char *head, *unit;
    } rows[] = {{"<rss><channel>", "<"}, {"<rss><channel><item><title>", "&"},
                {"<rss><channel>", "<a>"}, {"<rss><channel>", "<item>"},
                {"<rss><channel>", "<item><!-- --><![CDATA[ ]]></b></channel>"},
                {"<rss><channel>", "<a></b></b><c =\">\"'>"}, {"<!DOCTYPE [", "'\"<!--"},
                {"<rss><channel>", "<item><![CDATA[</item>"}, {"<rss><channel>", "<item><!--"},
                {"<rss><channel>", "<a \"'"}, {"<rss><channel><item ", "a=\"1\" "},
                {"<rss><channel><item><description><![CDATA[", "<a \""},
                {"<rss><channel><item><description><![CDATA[", "<p class=author>"},
                {"<rss><channel><item><description><![CDATA[", "<script>"},
                {"{\"items\":[", "{\"id\":"}, {"{\"items\":[", "\""},
                {"<ul id=posts>", "<li class=post>"}, {"<ul id=posts>", "<div><table>"},
                {"<ul id=posts><li class=post ", "a=1 "}, {"<ul id=posts>", "<a></b>"}};

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct buf body = BUF_INIT;
        clock_t start = clock(); /* of processor time, whatever else the machine does */
        buf_add_text(&body, rows[i].head);
        while (body.len < 1 << 20)
            buf_add_text(&body, rows[i].unit);
        struct parse_request req = {.body = buf_str(&body),
                                    .board = rows[i].head[1] == 'u' ? &parsed_board : NULL};
        struct feed *f;
        int err = parse_feed(&req, &f);
        assert_true(err == 0 || err == ERR_SYNTAX);
        item_feed_free(f);
        buf_free(&body);
        double took = (double)(clock() - start) / CLOCKS_PER_SEC;
        if (took > 10) /* linear ones take 0.01 to 0.3 s, under a sanitiser too */
            fail_msg("row %zu took %.1f s", i, took);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(broken_xml),
        cmocka_unit_test(broken_json),
        cmocka_unit_test(entities_stay_closed),
        cmocka_unit_test(item_in_item),
        cmocka_unit_test(faults),
        cmocka_unit_test(doctypes),
        cmocka_unit_test(no_feed),
        cmocka_unit_test(limit_of_items),
        cmocka_unit_test(hostile),
    };
    return cmocka_run_group_tests_name("parse_broken", tests, NULL, NULL);
}
