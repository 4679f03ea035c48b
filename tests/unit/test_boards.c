/* Boards by the shipped presets: what the engines print, read without anybody's name. */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "base/clock.h"
#include "base/file.h"
#include "feeds/formats/parse.h"
#include "feeds/pages/trial.h"
#include "feeds/people/people.h"
#include "feeds/source/preset.h"
#include "feeds/source/source.h"
#include "tests/unit/text_is.h"

static struct source *source_by(const char *yaml)
{
    struct problems *problems = problems_new();
    struct source *s = NULL;

    if (source_load_text("source.yaml", str_from(yaml), &s, problems)) {
        problems_print(problems, stderr);
        fail_msg("does not load: %s", yaml);
    }
    problems_free(problems);
    return s;
}

static struct source *preset(const char *name)
{
    char yaml[512];

    snprintf(yaml, sizeof yaml,
             "id: b\nname: 留言板\nurl: https://bbs.shiqiao.example/list\nkind: board\npreset: %s\n",
             name);
    return source_by(yaml);
}

static void read_page(const char *name, struct buf *body)
{
    char path[4096];

    snprintf(path, sizeof path, "%s/%s.html", BOARDS, name);
    buf_reset(body);
    assert_int_equal(file_read(path, 1 << 22, body), 0);
}

static struct parse_request request_of(const struct source *s, struct str body)
{
    struct parse_request req = {.body = body, .url = str_from(s->url), .board = source_board(s),
                                .zone_minutes = s->zone_minutes};

    assert_int_equal(clock_parse(STR("2023-07-26T12:00:00+08:00"), &req.now), 0);
    return req;
}

/* No name may be in what leaves, whatever the field. */
static void no_canary(const struct feed *f)
{
    struct buf out = BUF_INIT;

    assert_int_equal(parse_write_json(f, NULL, NULL, &out), 0);
    if (str_find(buf_str(&out), STR("canary"), 0) != (size_t)-1 ||
        str_find(buf_str(&out), STR("金雀名"), 0) != (size_t)-1 ||
        str_find(buf_str(&out), STR("660"), 0) != (size_t)-1 ||
        str_find(buf_str(&out), STR("13900009999"), 0) != (size_t)-1)
        fail_msg("a name is left: %.*s", STR_ARG(buf_str(&out)));
    buf_free(&out);
}

static struct feed *board(const char *name, const char *page)
{
    struct source *s = preset(name);
    struct buf body = BUF_INIT;
    struct feed *f;

    read_page(page, &body);
    struct parse_request req = request_of(s, buf_str(&body));
    if (parse_feed(&req, &f))
        fail_msg("%s by %s: %.*s", page, name, STR_ARG(f->problems[0].text));
    no_canary(f);
    buf_free(&body);
    free(s);
    return f;
}

static struct feed *letter(const char *name, const char *page)
{
    struct source *s = preset(name);
    struct buf body = BUF_INIT;
    struct feed *f;

    read_page(page, &body);
    struct parse_request req = request_of(s, buf_str(&body));
    assert_int_equal(parse_page(&req, &f), 0);
    assert_int_equal(f->nitems, 1);
    no_canary(f);
    buf_free(&body);
    free(s);
    return f;
}

static void at(int64_t ms, const char *want)
{
    char text[CLOCK_TEXT];

    assert_string_equal(clock_format(ms, text), want);
}

static void lists(void **state)
{
    static const struct {
        const char *preset, *page;
        size_t count;
        const char *title, *url, *time, *next;
    } rows[] = {
        {"discuz-x", "discuz-list", 5, "桥头小学门口积水半个月没人管",
         "https://bbs.shiqiao.example/forum.php?mod=viewthread&tid=8801&extra=page%3D1",
         "2023-07-25T08:12:00+08:00",
         "https://bbs.shiqiao.example/forum.php?mod=forumdisplay&fid=37&page=2"},
        {"discuz-x", "discuz-list-gbk", 5, "桥头小学门口积水半个月没人管",
         "https://bbs.shiqiao.example/forum.php?mod=viewthread&tid=8801&extra=page%3D1",
         "2023-07-25T08:12:00+08:00",
         "https://bbs.shiqiao.example/forum.php?mod=forumdisplay&fid=37&page=2"},
        {"discuz-x", "discuz-touch", 5, "桥头小学门口积水半个月没人管",
         "https://bbs.shiqiao.example/forum.php?mod=viewthread&tid=8801",
         "2023-07-25T08:12:00+08:00",
         "https://bbs.shiqiao.example/forum.php?mod=forumdisplay&fid=37&page=2"},
        {"mailbox", "mailbox-list", 3, "关于青山路夜间施工噪音扰民的投诉",
         "https://bbs.shiqiao.example/lxx/show.aspx?id=301", "2023-07-24T00:00:00+08:00",
         "https://bbs.shiqiao.example/list?page=2"},
        {"message-board", "message-board", 2, "农村道路破损何时维修",
         "https://bbs.shiqiao.example/threads/content?tid=501", "2023-07-22T09:10:00+08:00",
         "https://bbs.shiqiao.example/threads/list?page=2"},
        {"phpwind", "phpwind-list-gbk", 2, "河边垃圾堆了一周",
         "https://bbs.shiqiao.example/read.php?tid=611&ds=1", "2023-07-23T00:00:00+08:00",
         "https://bbs.shiqiao.example/thread.php?fid=8&page=2"},
        {"news-list", "news-list", 2, "关于开展自建房安全排查的通告",
         "https://bbs.shiqiao.example/202307/t20230725_1.html", "2023-07-25T00:00:00+08:00",
         "https://bbs.shiqiao.example/index_1.html"},
        {"wordpress", "wordpress", 1, "老街改造听取居民意见", "https://wp.shiqiao.example/71.html",
         "2023-07-25T10:30:00+08:00", "https://wp.shiqiao.example/page/2"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct feed *f = board(rows[i].preset, rows[i].page);
        if (f->nitems != rows[i].count)
            fail_msg("%s: %zu items", rows[i].page, f->nitems);
        text_is(f->items[0].title, rows[i].title);
        text_is(f->items[0].url, rows[i].url);
        at(f->items[0].published, rows[i].time);
        text_is(f->next_url, rows[i].next);
        for (size_t k = 0; k < f->nitems; k++)
            assert_true(f->items[k].title.n && f->items[k].url.n && f->items[k].published);
        assert_false(f->few_authors);
        item_feed_free(f);
    }
}

static void replies(void **state)
{
    (void)state;
    struct feed *f = board("message-board", "message-board");

    text_is(f->items[0].reply, "该路段已列入今年养护计划，九月底前完工。");
    text_is(f->items[0].reply_unit, "柳湾镇人民政府");
    at(f->items[0].reply_time, "2023-07-24T16:00:00+08:00");
    text_is(f->items[0].reply_url, "https://bbs.shiqiao.example/threads/content?tid=501");
    assert_int_equal(f->items[1].reply.n, 0);
    item_feed_free(f);

    f = letter("mailbox", "mailbox-letter-gbk");
    text_is(f->encoding, "GBK");
    text_is(f->items[0].title, "关于青山路夜间施工噪音扰民的投诉");
    text_is(f->items[0].text, "青山路二号工地每天施工到凌晨两点，周围居民无法休息。\n希望尽快处理。");
    at(f->items[0].published, "2023-07-24T22:15:00+08:00");
    text_is(f->items[0].reply, "经现场核查，已责令施工单位停止夜间施工，感谢您的来信。");
    text_is(f->items[0].reply_unit, "县住房和城乡建设局");
    at(f->items[0].reply_time, "2023-07-26T09:00:00+08:00");
    text_is(f->items[0].reply_url, "https://bbs.shiqiao.example/list");
    item_feed_free(f);
}

static void threads(void **state)
{
    (void)state;
    struct feed *f = letter("discuz-x", "discuz-thread");

    text_is(f->items[0].title, "桥头小学门口积水半个月没人管");
    text_is(f->items[0].text, "学校门口的积水已经半个月了。\n孩子上学只能蹚水过去，请排水部门来看看。");
    at(f->items[0].published, "2023-07-25T08:12:33+08:00");
    item_feed_free(f);
}

static void one_author(void **state)
{
    (void)state;
    struct feed *f = board("discuz-x", "discuz-one-author");

    assert_int_equal(f->nitems, 6);
    assert_true(f->few_authors);
    item_feed_free(f);
}

/* A name in an author's part that is itself cut: its note goes with it. */
static void notes_go_with_what_is_cut(void **state)
{
    static const char page[] =
        "<div class=author><table><tr><td>姓名</td><td>金雀名</td></tr></table></div>"
        "<ul><li class=p><b>路灯</b></li></ul>";
    struct board_spec spec = {.item = STR("li.p"), .title = STR("b")};
    struct parse_request req = {.body = str_from(page), .board = &spec, .now = 1690344000000};
    struct feed *f;

    (void)state;
    assert_int_equal(parse_feed(&req, &f), 0);
    assert_false(f->few_authors);
    no_canary(f);
    item_feed_free(f);
}

/* A heading in a cell of the column that it names: both go, and the walk goes on. */
static void headings_in_their_own_columns(void **state)
{
    (void)state;
    struct source *s = source_by("id: b\nname: 留言板\nurl: https://b.example/\nkind: board\n"
                                 "select: {item: tr, title: td}\n");
    struct parse_request req = request_of(s, STR("<table><tr><th>编号</th><th>来信人<x><tr><th>编号</th>"
                                                 "<th>来信人</th></tr></x></th></tr>"
                                                 "<tr><td>路灯不亮</td><td>张小明</td></tr></table>"));
    struct feed *f;

    assert_int_equal(parse_feed(&req, &f), 0);
    for (size_t i = 0; i < f->nitems; i++)
        assert_int_equal(str_find(f->items[i].html, STR("张小明"), 0), (size_t)-1);
    item_feed_free(f);
    free(s);
}

static void names_that_tell_apart(void **state)
{
    static const char *const do_tell[] = {"张小明", "zhang_xm88", "网友5581", "清风徐来", "于洋"};
    static const char *const do_not[] = {"", "匿名", "网友", "热心市民", "张**", "李先生", "王某某",
                                         "县住建局", "石桥日报", "游客", "匿名用户", "柳湾村民"};

    (void)state;
    for (size_t i = 0; i < sizeof do_tell / sizeof *do_tell; i++)
        if (!people_tells_apart(str_from(do_tell[i])))
            fail_msg("%s does not tell", do_tell[i]);
    for (size_t i = 0; i < sizeof do_not / sizeof *do_not; i++)
        if (people_tells_apart(str_from(do_not[i])))
            fail_msg("%s tells", do_not[i]);
}

/* Columns and lines that only their label gives away; what stands beside them stays. */
static void labelled_people(void **state)
{
    static const struct {
        const char *html, *text;
    } rows[] = {
        {"<table><tr><td>姓名</td><td>金雀名</td></tr><tr><td>内容</td><td>路灯不亮。</td></tr></table>",
         "路灯不亮。"},
        {"<table><tr><th>留言人</th><th>标题</th><th>时间</th></tr><tr><td>金雀名</td><td>路灯"
         "</td><td>2023-07-25</td></tr></table>",
         "路灯"},
        {"<p><b>联系人：</b>金雀名，住桥头</p><p>路灯不亮。</p>", "路灯不亮。"},
        {"<p><strong>来信人</strong>：金雀名<br>路灯不亮。</p>", "路灯不亮。"},
        {"<dl><dt>昵 称</dt><dd>金雀名</dd><dt>问题</dt><dd>路灯不亮。</dd></dl>", "路灯不亮。"},
        {"<div><label>网友：</label><em>金雀名</em><p>路灯不亮。</p></div>", "路灯不亮。"},
    };
    struct board_spec spec = {.item = STR("xpath://body"), .title = STR("xpath:."),
                              .text = STR("xpath:.")};

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct parse_request req = {.body = str_from(rows[i].html), .board = &spec,
                                    .now = 1690344000000};
        struct feed *f;
        assert_int_equal(parse_feed(&req, &f), 0);
        no_canary(f);
        if (str_find(f->items[0].text, str_from(rows[i].text), 0) == (size_t)-1)
            fail_msg("%s: %.*s", rows[i].html, STR_ARG(f->items[0].text));
        item_feed_free(f);
    }
}

static void presets_are_overridden(void **state)
{
    (void)state;
    struct source *s = source_by("id: b\nname: 版\nurl: https://bbs.shiqiao.example/f\nkind: board\n"
                                 "preset: discuz-x\npages: 3\nselect: {item: li.own}\n"
                                 "detail: {reply: .official}\n");
    const struct board_spec *spec = source_board(s);

    assert_true(str_is(spec->item, "li.own"));
    assert_true(str_starts(spec->title, STR("a.xst")));
    assert_true(str_is(spec->detail_reply, ".official"));
    assert_true(spec->detail_text.n > 0);
    assert_int_equal(s->extras->pages, 3);
    free(s);
}

static void trials_show_both(void **state)
{
    struct source *s = preset("message-board");
    struct buf body = BUF_INIT, out = BUF_INIT;

    (void)state;
    read_page("message-board", &body);
    struct parse_request req = request_of(s, buf_str(&body));
    assert_int_equal(trial_write(&req, false, NULL, NULL, &out), 0);
    assert_true(str_find(buf_str(&out), STR("canary"), 0) == (size_t)-1);
    json_t *root = json_loadb(out.data, out.len, 0, NULL);
    assert_non_null(root);
    const json_t *second = json_array_get(json_object_get(root, "items"), 1);
    assert_int_equal(json_array_size(json_object_get(root, "items")), 2);
    assert_true(json_is_true(json_object_get(second, "kept")));
    assert_int_equal(json_integer_value(json_object_get(second, "line")), 5);
    assert_non_null(strstr(json_string_value(json_object_get(second, "shown")), "延长十二路公交"));
    assert_string_equal(json_string_value(json_array_get(json_object_get(second, "missing"), 0)),
                        "reply");
    json_decref(root);
    buf_free(&body);
    buf_free(&out);
    free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lists),
        cmocka_unit_test(replies),
        cmocka_unit_test(threads),
        cmocka_unit_test(one_author),
        cmocka_unit_test(notes_go_with_what_is_cut),
        cmocka_unit_test(headings_in_their_own_columns),
        cmocka_unit_test(names_that_tell_apart),
        cmocka_unit_test(labelled_people),
        cmocka_unit_test(presets_are_overridden),
        cmocka_unit_test(trials_show_both),
    };
    parse_init();
    preset_set_folder(PRESETS);
    return cmocka_run_group_tests_name("boards", tests, NULL, NULL);
}
