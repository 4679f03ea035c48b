/* Each kind of feed becomes the same items, without its people. */
#define _GNU_SOURCE
#include "tests/unit/unit.h"

#include "base/buf.h"
#include "feeds/formats/parse.h"
#include "tests/unit/parsed.h"
#include "tests/unit/text_is.h"

static void rss2(void **state)
{
    (void)state;
    struct feed *f = parsed_file("rss2.xml", NULL);

    parsed_without_people(f);
    assert_int_equal(f->format, FEED_RSS);
    assert_int_equal(f->nitems, 2);
    assert_int_equal(f->nproblems, 0);
    text_is(f->title, "清河县民生留言");
    text_is(f->home_url, "http://bbs.qinghe.example/");
    text_is(f->feed_url, "http://bbs.qinghe.example/rss.xml");
    text_is(f->language, "zh-CN");
    text_is(f->icon, "http://bbs.qinghe.example/logo.png");
    const struct feed_item *it = &f->items[0];
    text_is(it->id, "http://bbs.qinghe.example/thread/1001");
    text_is(it->url, "http://bbs.qinghe.example/thread/1001?page=2");
    text_is(it->title, "工地拖欠三个月工资 & 无人管");
    text_is(it->summary, "三个月没发工资。");
    text_is(it->text, "城东工地三个月没发工资 ，请尽快处理。\n转自 ，原页");
    text_is(it->image, "http://bbs.qinghe.example/pics/1.jpg?w=2");
    parsed_time(it->published, "2023-07-25T10:30:00+08:00");
    assert_false(it->loose);
    assert_int_equal(it->ntags, 1);
    assert_int_equal(it->nattachments, 1);
    text_is(it->attachments[0].url, "http://bbs.qinghe.example/files/notice.pdf");
    assert_int_equal(it->attachments[0].bytes, 1234);
    assert_true(str_find(it->html, STR("<b>三个月</b>"), 0) != (size_t)-1);
    assert_true(str_find(it->html, STR("script"), 0) == (size_t)-1);
    text_is(f->items[1].text, "学校食堂的饭菜有异味。");
    assert_int_equal(f->items[1].id.n, 16); /* its GUID was an e-mail address */
    parsed_time(f->items[1].published, "2023-07-26T08:00:00+08:00");
    item_feed_free(f);
}

static void rdf(void **state)
{
    (void)state;
    struct feed *f = parsed_file("rdf.xml", NULL);

    parsed_without_people(f);
    assert_int_equal(f->format, FEED_RDF);
    assert_int_equal(f->nitems, 1);
    text_is(f->items[0].id, "http://news.qinghe.example/1");
    text_is(f->items[0].title, "防疫通告");
    text_is(f->items[0].tags[0], "卫生");
    parsed_time(f->items[0].published, "2023-07-25T10:30:00+08:00");
    item_feed_free(f);
}

static void atom(void **state)
{
    (void)state;
    struct feed *f = parsed_file("atom.xml", NULL);

    parsed_without_people(f);
    assert_int_equal(f->format, FEED_ATOM);
    assert_int_equal(f->nitems, 2);
    text_is(f->title, "清河公告");
    text_is(f->home_url, "http://gov.qinghe.example/");
    text_is(f->feed_url, "http://gov.qinghe.example/feeds/atom.xml");
    const struct feed_item *it = &f->items[0];
    text_is(it->title, "水价 < 三元");
    text_is(it->url, "http://gov.qinghe.example/feeds/2023/1.html");
    text_is(it->id, "http://gov.qinghe.example/feeds/2023/1.html");
    text_is(it->html, "<p>每吨 &lt; 三元 &amp; 不变。</p>");
    text_is(it->text, "每吨 < 三元 & 不变。");
    text_is(it->summary, "水价说明。");
    text_is(it->tags[0], "供水");
    text_is(it->attachments[0].url, "http://gov.qinghe.example/feeds/2023/1.png");
    parsed_time(it->modified, "2023-07-26T18:30:00+08:00");
    text_is(f->items[1].text, "纯文本 <b> 不是标记");
    assert_int_equal(f->items[1].html.n, 0);
    item_feed_free(f);
}

static void json(void **state)
{
    (void)state;
    struct feed *f = parsed_file("feed.json", NULL);

    parsed_without_people(f);
    assert_int_equal(f->format, FEED_JSON);
    assert_int_equal(f->nitems, 2);
    text_is(f->items[0].id, "https://bbs.qinghe.example/p/1");
    text_is(f->items[0].url, "https://bbs.qinghe.example/p/1");
    text_is(f->items[0].title, "路灯坏了"); /* an override and a NUL were escaped in it */
    text_is(f->items[0].text, "路灯坏了");
    assert_int_equal(f->items[0].ntags, 2);
    text_is(f->items[1].id, "2");
    text_is(f->items[1].text, "第一行\n第二行");
    item_feed_free(f);
}

static void board_page(void **state)
{
    (void)state;
    struct feed *f = parsed_file("board.html", &parsed_board);

    parsed_without_people(f);
    assert_int_equal(f->format, FEED_BOARD);
    assert_int_equal(f->nitems, 2);
    text_is(f->title, "清河县 - 领导留言板");
    const struct feed_item *it = &f->items[0];
    text_is(it->title, "小区停水五天");
    text_is(it->url, "http://board.qinghe.example/list/view.php?tid=88");
    text_is(it->text, "小区停水五天\n没有通知。\n发帖人电话见");
    parsed_time(it->published, "2023-07-25T10:30:00+08:00"); /* stated beside the author's name */
    text_is(it->reply, "已抢修，今日恢复供水。");
    text_is(it->reply_unit, "清河县水务局");
    parsed_time(it->reply_time, "2023-07-27T09:00:00+08:00");
    parsed_time(f->items[1].published, "2023-07-26T10:00:00+08:00"); /* 2小时前 */
    assert_true(f->items[1].loose);
    assert_false(it->loose);
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
    struct feed *f = parsed(buf_str(&body), "text/html", &parsed_board, 0);
    assert_int_equal(f->nitems, 12);
    assert_true(f->few_authors);
    parsed_without_people(f);
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
        struct feed *f = parsed_file(rows[i].file, NULL);
        text_is(f->encoding, rows[i].name);
        assert_int_equal(f->nitems, 1);
        text_is(f->items[0].title, rows[i].traditional ? "工地拖欠農民工工資，請有關部門處理"
                                                    : "工地拖欠农民工工资，请有关部门处理");
        assert_int_equal(f->nproblems, 0);
        item_feed_free(f);
    }
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
        text_is(f->title, rows[i].want);
        item_feed_free(f);
        buf_free(&body);
    }
}

/* What feed readers write when they save a feed as JSON of their own. */
static void json_entries(void **state)
{
    (void)state;
    struct feed *f =
        parsed(STR("{\"title\":\"t\",\"link\":\"http://a.example/\",\"entries\":[{\"id\":\"1\","
                  "\"link\":\"http://a.example/1\",\"title\":\"一\",\"description\":\"二\","
                  "\"published\":\"2023-07-25T00:00:00.000Z\"}]}"),
              "", NULL, 0);

    assert_int_equal(f->nitems, 1);
    text_is(f->home_url, "http://a.example/");
    text_is(f->items[0].url, "http://a.example/1");
    text_is(f->items[0].text, "二");
    parsed_time(f->items[0].published, "2023-07-25T08:00:00+08:00");
    item_feed_free(f);
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
    struct feed *f = parsed(body, "", NULL, 0);
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
        cmocka_unit_test(owned_titles),
        cmocka_unit_test(mask_sees_texts),
    };
    return cmocka_run_group_tests_name("parse", tests, NULL, NULL);
}
