#define _GNU_SOURCE
#include "tests/unit/unit.h"

#include <stdlib.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/file.h"
#include "base/utf8.h"
#include "feeds/formats/parse.h"
#include "feeds/pages/selector.h"

/* People planted in the fixtures: none may come out, in any spelling. */
static const char *const people[] = {"张小明", "李四光明", "zhangxm88", "77001", "77002",
                                     "13800001234", "mail.example", "weibo.example", "avatar"};

static const struct board_spec board = {
    .item = {"ul#posts > li.post", 18}, .title = {"h3 a", 4}, .link = {"h3 a@href", 9},
    .time = {".authi em", 9}, .text = {"div.body", 8}, .reply = {".reply .words", 13},
    .reply_time = {".reply .when", 12}, .reply_unit = {"xpath:.//b[@class='unit']", 25},
};

static int64_t noon(void)
{
    int64_t ms;

    assert_int_equal(clock_parse(STR("2023-07-26T12:00:00+08:00"), &ms), 0);
    return ms;
}

static struct feed *parse(struct str body, const char *mime, const struct board_spec *spec, int err)
{
    struct parse_request req = {.body = body, .mime = str_from(mime), .board = spec,
                                .url = STR("http://bbs.qinghe.example/rss.xml"),
                                .zone_minutes = 480, .now = noon()};
    struct feed *feed;

    assert_int_equal(parse_feed(&req, &feed), err);
    assert_non_null(feed);
    return feed;
}

static struct feed *parse_file(const char *name, const struct board_spec *spec)
{
    struct buf path = BUF_INIT, body = BUF_INIT;

    buf_addf(&path, "%s/%s%c", FEEDS_DATA, name, 0);
    assert_int_equal(file_read(path.data, 1 << 20, &body), 0);
    struct feed *feed = parse(buf_str(&body), "", spec, 0);
    buf_free(&path);
    buf_free(&body);
    return feed;
}

static void same(struct str s, const char *want)
{
    char *got = strndup(s.p ? s.p : "", s.n);

    assert_string_equal(got, want);
    free(got);
}

static void same_time(int64_t ms, const char *want)
{
    char text[CLOCK_TEXT];

    assert_string_equal(clock_format(ms, text), want);
}

static void without_people(const struct feed *feed)
{
    struct buf out = BUF_INIT;

    assert_int_equal(parse_write_json(feed, NULL, NULL, &out), 0);
    assert_true(utf8_valid(buf_str(&out)));
    for (size_t i = 0; i < sizeof people / sizeof *people; i++)
        if (str_find(buf_str(&out), str_from(people[i]), 0) != (size_t)-1)
            fail_msg("%s is in the output", people[i]);
    buf_free(&out);
}

static void rss2(void **state)
{
    (void)state;
    struct feed *f = parse_file("rss2.xml", NULL);

    without_people(f);
    assert_int_equal(f->format, FEED_RSS);
    assert_int_equal(f->nitems, 2);
    assert_int_equal(f->nproblems, 0);
    same(f->title, "清河县民生留言");
    same(f->home_url, "http://bbs.qinghe.example/");
    same(f->feed_url, "http://bbs.qinghe.example/rss.xml");
    same(f->language, "zh-CN");
    same(f->icon, "http://bbs.qinghe.example/logo.png");
    const struct feed_item *it = &f->items[0];
    same(it->id, "http://bbs.qinghe.example/thread/1001");
    same(it->url, "http://bbs.qinghe.example/thread/1001?page=2");
    same(it->title, "工地拖欠三个月工资 & 无人管");
    same(it->summary, "三个月没发工资。");
    same(it->text, "城东工地三个月没发工资 ，请尽快处理。\n转自 ，原页");
    same(it->image, "http://bbs.qinghe.example/pics/1.jpg?w=2");
    same_time(it->published, "2023-07-25T10:30:00+08:00");
    assert_int_equal(it->ntags, 1);
    assert_int_equal(it->nattachments, 1);
    same(it->attachments[0].url, "http://bbs.qinghe.example/files/notice.pdf");
    assert_int_equal(it->attachments[0].bytes, 1234);
    assert_true(str_find(it->html, STR("<b>三个月</b>"), 0) != (size_t)-1);
    assert_true(str_find(it->html, STR("script"), 0) == (size_t)-1);
    same(f->items[1].text, "学校食堂的饭菜有异味。");
    assert_int_equal(f->items[1].id.n, 16); /* its GUID was an e-mail address */
    same_time(f->items[1].published, "2023-07-26T08:00:00+08:00");
    item_feed_free(f);
}

static void rdf(void **state)
{
    (void)state;
    struct feed *f = parse_file("rdf.xml", NULL);

    without_people(f);
    assert_int_equal(f->format, FEED_RDF);
    assert_int_equal(f->nitems, 1);
    same(f->items[0].id, "http://news.qinghe.example/1");
    same(f->items[0].title, "防疫通告");
    same(f->items[0].tags[0], "卫生");
    same_time(f->items[0].published, "2023-07-25T10:30:00+08:00");
    item_feed_free(f);
}

static void atom(void **state)
{
    (void)state;
    struct feed *f = parse_file("atom.xml", NULL);

    without_people(f);
    assert_int_equal(f->format, FEED_ATOM);
    assert_int_equal(f->nitems, 2);
    same(f->title, "清河公告");
    same(f->home_url, "http://gov.qinghe.example/");
    same(f->feed_url, "http://gov.qinghe.example/feeds/atom.xml");
    const struct feed_item *it = &f->items[0];
    same(it->title, "水价 < 三元");
    same(it->url, "http://gov.qinghe.example/feeds/2023/1.html");
    same(it->id, "http://gov.qinghe.example/feeds/2023/1.html");
    same(it->html, "<p>每吨 &lt; 三元 &amp; 不变。</p>");
    same(it->text, "每吨 < 三元 & 不变。");
    same(it->summary, "水价说明。");
    same(it->tags[0], "供水");
    same(it->attachments[0].url, "http://gov.qinghe.example/feeds/2023/1.png");
    same_time(it->modified, "2023-07-26T18:30:00+08:00");
    same(f->items[1].text, "纯文本 <b> 不是标记");
    assert_int_equal(f->items[1].html.n, 0);
    item_feed_free(f);
}

static void json(void **state)
{
    (void)state;
    struct feed *f = parse_file("feed.json", NULL);

    without_people(f);
    assert_int_equal(f->format, FEED_JSON);
    assert_int_equal(f->nitems, 2);
    same(f->items[0].id, "https://bbs.qinghe.example/p/1");
    same(f->items[0].url, "https://bbs.qinghe.example/p/1");
    same(f->items[0].title, "路灯坏了"); /* an override and a NUL were escaped in it */
    same(f->items[0].text, "路灯坏了");
    assert_int_equal(f->items[0].ntags, 2);
    same(f->items[1].id, "2");
    same(f->items[1].text, "第一行\n第二行");
    item_feed_free(f);
}

static void board_page(void **state)
{
    (void)state;
    struct feed *f = parse_file("board.html", &board);

    without_people(f);
    assert_int_equal(f->format, FEED_BOARD);
    assert_int_equal(f->nitems, 2);
    same(f->title, "清河县 - 领导留言板");
    const struct feed_item *it = &f->items[0];
    same(it->title, "小区停水五天");
    same(it->url, "http://board.qinghe.example/list/view.php?tid=88");
    same(it->text, "小区停水五天\n没有通知。\n发帖人电话见");
    same_time(it->published, "2023-07-25T10:30:00+08:00"); /* stated beside the author's name */
    same(it->reply, "已抢修，今日恢复供水。");
    same(it->reply_unit, "清河县水务局");
    same_time(it->reply_time, "2023-07-27T09:00:00+08:00");
    same_time(f->items[1].published, "2023-07-26T10:00:00+08:00"); /* 2小时前 */
    assert_int_equal(f->items[1].reply.n, 0);
    item_feed_free(f);
}

/* A name that a label cut stood in an element that is cut, too: it still counts for its post. */
static void authors_within_authors(void **state)
{
    (void)state;
    struct buf body = BUF_INIT;

    buf_add_text(&body, "<ul id=posts>");
    for (int i = 0; i < 12; i++)
        buf_addf(&body,
                 "<li class=post><h3><a href=/%d>第%d题</a></h3><div class=author><p><b>姓名：</b>"
                 "<i>张小明</i></p></div></li>",
                 i, i);
    struct feed *f = parse(buf_str(&body), "text/html", &board, 0);
    assert_int_equal(f->nitems, 12);
    assert_true(f->few_authors);
    without_people(f);
    item_feed_free(f);
    buf_free(&body);
}

static void charsets(void **state)
{
    (void)state;
    static const struct {
        const char *file, *name;
        bool traditional;
    } rows[] = {{"gbk.xml", "GBK", false}, {"gbk-undeclared.xml", "gb18030", false},
                {"big5.xml", "Big5", true}, {"big5-undeclared.xml", "Big5", true},
                {"utf16le.xml", "UTF-16LE", false}};

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct feed *f = parse_file(rows[i].file, NULL);
        same(f->encoding, rows[i].name);
        assert_int_equal(f->nitems, 1);
        same(f->items[0].title, rows[i].traditional ? "工地拖欠農民工工資，請有關部門處理"
                                                    : "工地拖欠农民工工资，请有关部门处理");
        assert_int_equal(f->nproblems, 0);
        item_feed_free(f);
    }
}

/* Each item of an ill-formed feed but the part at fault is there, and the fault's line is told. */
static void broken_xml(void **state)
{
    (void)state;
    static const char *const titles[] = {"第一条", "第二条 5 < 6", "第三条", "第四条", "第五条",
                                         "第六条", "第七条"};
    struct feed *f = parse_file("broken.xml", NULL);
    bool unclosed = false;

    assert_int_equal(f->nitems, 7);
    for (size_t i = 0; i < 7; i++)
        same(f->items[i].title, titles[i]);
    same(f->items[0].url, "http://a.example/1?a=1&b=2");
    same(f->items[1].text, "有 空格 … &unknown; 在内");
    same(f->items[3].text, "有结尾");
    same(f->items[5].text, "没有结束标签");
    for (size_t i = 0; i < f->nproblems; i++)
        unclosed |= f->problems[i].line == 5;
    assert_true(unclosed);
    item_feed_free(f);
}

/* A feed may be called after its owner. */
static void owned_titles(void **state)
{
    (void)state;
    static const struct {
        const char *title, *want;
    } rows[] = {{"王小明的博客", "博客"},
                {"王小明的微博 - 某网", "微博 - 某网"},
                {"石桥县人民政府的微博", "石桥县人民政府的微博"},
                {"我们的空间", "我们的空间"},
                {"石桥日报", "石桥日报"},
                {"的博客", "的博客"}};

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct buf body = BUF_INIT;
        struct feed *f;
        buf_addf(&body, "<rss><channel><title>%s</title></channel></rss>", rows[i].title);
        struct parse_request req = {.body = buf_str(&body)};
        assert_int_equal(parse_feed(&req, &f), 0);
        same(f->title, rows[i].want);
        item_feed_free(f);
        buf_free(&body);
    }
}

static void broken_json(void **state)
{
    (void)state;
    struct feed *f = parse_file("broken.json", NULL);

    assert_int_equal(f->nitems, 3);
    same(f->items[0].id, "1");
    same(f->items[1].id, "3");
    same(f->items[2].id, "4");
    same(f->items[2].title, "第四");
    same(f->title, "断开的源");
    assert_true(f->nproblems > 0);
    assert_int_equal(f->problems[0].line, 4);
    item_feed_free(f);
}

/* What feed readers write when they save a feed as JSON of their own. */
static void json_entries(void **state)
{
    (void)state;
    struct feed *f =
        parse(STR("{\"title\":\"t\",\"link\":\"http://a.example/\",\"entries\":[{\"id\":\"1\","
                  "\"link\":\"http://a.example/1\",\"title\":\"一\",\"description\":\"二\","
                  "\"published\":\"2023-07-25T00:00:00.000Z\"}]}"),
              "", NULL, 0);

    assert_int_equal(f->nitems, 1);
    same(f->home_url, "http://a.example/");
    same(f->items[0].url, "http://a.example/1");
    same(f->items[0].text, "二");
    same_time(f->items[0].published, "2023-07-25T08:00:00+08:00");
    item_feed_free(f);
}

static void entities_stay_closed(void **state)
{
    (void)state;
    struct feed *f = parse(STR("<!DOCTYPE r [<!ENTITY a \"xx\">"
                               "<!ENTITY f SYSTEM \"file:///etc/passwd\">]>"
                               "<rss><channel><item><title>t&a;&f;</title></item></channel></rss>"),
                           "", NULL, 0);

    assert_int_equal(f->nitems, 1);
    same(f->items[0].title, "t&a;&f;");
    assert_true(f->nproblems > 0);
    item_feed_free(f);
}

/* The next item begins while an element of the last one is still open. */
static void item_in_item(void **state)
{
    (void)state;
    struct feed *f = parse(STR("<rss><channel><item><title>一<item><title>二</title></item>"
                               "<item><title>三</title></item></channel></rss>"),
                           "", NULL, 0);

    assert_int_equal(f->nitems, 2);
    same(f->items[0].title, "二");
    same(f->items[1].title, "三");
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
        struct feed *f = parse(buf_str(&body), "", NULL, 0);
        for (size_t k = 0; k < f->nitems; k++) {
            buf_addf(&titles, "%s%.*s", k ? "|" : "", STR_ARG(f->items[k].title));
            buf_addf(&texts, "%s%.*s", k ? "|" : "", STR_ARG(f->items[k].text));
        }
        same(buf_str(&titles), rows[i].titles);
        same(buf_str(&texts), rows[i].texts);
        assert_int_equal(f->nproblems, rows[i].problems);
        for (size_t k = 0; k < f->nproblems; k++)
            assert_int_equal(f->problems[k].line, 2);
        without_people(f);
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
        struct feed *f = parse(buf_str(&body), "", NULL, 0);
        assert_int_equal(f->nitems, 1);
        same(f->items[0].title, "一");
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
        struct feed *f = parse(str_from(bodies[i]), "", NULL, ERR_SYNTAX);
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
        int64_t start = clock_mono();
        buf_add_text(&body, rows[i].head);
        while (body.len < 1 << 20)
            buf_add_text(&body, rows[i].unit);
        struct parse_request req = {.body = buf_str(&body),
                                    .board = rows[i].head[1] == 'u' ? &board : NULL};
        struct feed *f;
        int err = parse_feed(&req, &f);
        assert_true(err == 0 || err == ERR_SYNTAX);
        item_feed_free(f);
        buf_free(&body);
        if (clock_mono() - start > 10000) /* linear ones take 10 to 300 ms, under a sanitiser too */
            fail_msg("row %zu took %lld ms", i, (long long)(clock_mono() - start));
    }
}

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
        struct feed *f = parse(html, "text/html", &spec, rows[i].count ? 0 : ERR_SYNTAX);
        assert_int_equal(f->nitems, rows[i].count);
        if (rows[i].count)
            same(f->items[0].text, rows[i].first);
        item_feed_free(f);
    }
}

static void upper_t(void *arg, struct buf *text)
{
    ++*(int *)arg;
    for (size_t i = 0; i < text->len; i++)
        if (text->data[i] == 't')
            text->data[i] = 'T';
}

static void mask_sees_texts(void **state)
{
    (void)state;
    struct str body = STR("<rss><channel><title>ft</title><item><title>it</title>"
                          "<link>http://t.example/t</link>"
                          "<description>&lt;i&gt;dt&lt;/i&gt;</description></item></channel>"
                          "</rss>");
    struct feed *f = parse(body, "", NULL, 0);
    struct buf out = BUF_INIT;
    int calls = 0;

    assert_int_equal(parse_write_json(f, upper_t, &calls, &out), 0);
    assert_true(str_find(buf_str(&out), STR("\"title\":\"fT\""), 0) != (size_t)-1);
    assert_true(str_find(buf_str(&out), STR("\"title\":\"iT\""), 0) != (size_t)-1);
    assert_true(str_find(buf_str(&out), STR("<i>dT</i>"), 0) != (size_t)-1);
    assert_true(str_find(buf_str(&out), STR("\"url\":\"http://t.example/t\""), 0) != (size_t)-1);
    assert_int_equal(calls, 5);
    buf_free(&out);
    item_feed_free(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rss2),
        cmocka_unit_test(rdf),
        cmocka_unit_test(atom),
        cmocka_unit_test(json),
        cmocka_unit_test(json_entries),
        cmocka_unit_test(board_page),
        cmocka_unit_test(authors_within_authors),
        cmocka_unit_test(charsets),
        cmocka_unit_test(broken_xml),
        cmocka_unit_test(owned_titles),
        cmocka_unit_test(broken_json),
        cmocka_unit_test(entities_stay_closed),
        cmocka_unit_test(item_in_item),
        cmocka_unit_test(faults),
        cmocka_unit_test(doctypes),
        cmocka_unit_test(no_feed),
        cmocka_unit_test(limit_of_items),
        cmocka_unit_test(hostile),
        cmocka_unit_test(selectors),
        cmocka_unit_test(selector_matches),
        cmocka_unit_test(mask_sees_texts),
    };
    return cmocka_run_group_tests_name("parse", tests, NULL, NULL);
}
