#define _GNU_SOURCE
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/err.h"
#include "feeds/source/preset.h"
#include "feeds/source/source.h"

static const struct conf_key entry = {.forms = CONF_MAP, .keys = source_keys};
static const struct conf_key root[] = {
    {.name = "sources", .forms = CONF_LIST, .element = &entry},
    {0},
};

static struct problems *problems;

static int load(const char *yaml, struct sources *out)
{
    problems = problems_new();
    struct conf_doc *doc = conf_parse("huiying.yaml", str_from(yaml), root, problems);
    assert_non_null(doc);
    int err = source_load(conf_get(conf_root(doc), "sources"), out, problems);
    conf_free(doc);
    return err;
}

/* Exactly one problem, on this line, that says this. */
static void one_problem(const char *yaml, int line, const char *says)
{
    struct sources sources;
    const char *file, *text = "";
    int at = 0;

    load(yaml, &sources);
    if (problems_count(problems) != 1) {
        problems_print(problems, stderr);
        fail_msg("%zu problems in %s", problems_count(problems), yaml);
    }
    problems_get(problems, 0, &file, &at, &text);
    assert_int_equal(at, line);
    if (!strstr(text, says))
        fail_msg("“%s” does not say “%s”", text, says);
    problems_free(problems);
    source_free(&sources);
}

static void loads(void **state)
{
    (void)state;
    struct sources s;

    assert_int_equal(load("sources:\n"
                          "- id: daily\n  name: 青石日报\n  url: https://news.example.org/rss.xml\n"
                          "  kind: news\n"
                          "- id: board\n  name: 留言板\n  url: http://127.0.0.1:8/bbs/board?id=3\n"
                          "  kind: board\n  interval: 30s\n  since: 7d\n  zone: -03:30\n"
                          "  region: 430102001\n"
                          "  select:\n    item: li.post\n    title: a.title\n    link: a@href\n"
                          "    reply_unit: .unit\n",
                          &s),
                     0);
    problems_free(problems);
    assert_int_equal(s.count, 2);
    assert_string_equal(s.list[0].id, "daily");
    assert_int_equal(s.list[0].kind, SOURCE_NEWS);
    assert_int_equal(s.list[0].interval, 600000);
    assert_int_equal(s.list[0].since, 48 * 3600000);
    assert_int_equal(s.list[0].zone_minutes, 480);
    assert_null(s.list[0].region);
    assert_null(source_board(&s.list[0]));
    assert_int_equal(s.list[1].kind, SOURCE_BOARD);
    assert_int_equal(s.list[1].interval, 30000);
    assert_int_equal(s.list[1].zone_minutes, -210);
    assert_string_equal(s.list[1].region, "430102001");
    assert_true(str_is(s.list[1].extras->board.link, "a@href"));
    assert_true(str_is(s.list[1].extras->board.reply_unit, ".unit"));
    assert_string_equal(source_kind_name(s.list[1].kind), "board");
    source_free(&s);
    assert_int_equal(s.count, 0);
}

#define ONE(more) "sources:\n- id: a\n  name: 甲\n  kind: news\n  url: http://a.example/\n" more

static void reports(void **state)
{
    (void)state;
    one_problem(ONE("- id: a\n  name: 乙\n  kind: news\n  url: http://b.example/\n"), 6, "第 2 行");
    one_problem(ONE("- id: b\n  name: 乙\n  kind: news\n  url: HTTP://b.example\n"), 9, "http");
    one_problem(ONE("- id: b\n  name: 乙\n  kind: news\n  url: http://A.Example:80\n"), 9,
                "duplicate url");
    one_problem(ONE("  zone: +25:00\n"), 6, "zone");
    one_problem(ONE("  zone: 上海\n"), 6, "zone");
    one_problem(ONE("  region: 4301\n"), 6, "region");
    one_problem(ONE("  interval: 5s\n"), 6, "10s");
    one_problem(ONE("  interval: 8d\n"), 6, "7d");
    one_problem(ONE("  author: x\n"), 6, "author");
    one_problem(ONE("  select: {item: li}\n"), 6, "title");
    one_problem(ONE("  select: {item: 'li[', title: a}\n"), 6, "select.item");
    one_problem("sources:\n- id: a\n  name: 甲\n  kind: board\n  url: http://a.example/\n", 2,
                "select");
    one_problem("sources:\n- id: a\n  name: 甲\n  kind: blog\n  url: http://a.example/\n", 4,
                "kind");
    one_problem("sources:\n- id: a\n  name: 甲\n  kind: news\n  url: https://weibo.com/u/123\n", 5,
                "person");
    one_problem("sources:\n- id: a\n  name: 甲\n  kind: news\n  url: ftp://a.example/\n", 5, "http");
}

static void reports_of_the_new_keys(void **state)
{
    (void)state;
    one_problem(ONE("  headers: {Cookie: a=b}\n"), 6, "log-in");
    one_problem(ONE("  headers: {Authorization: Bearer x}\n"), 6, "log-in");
    one_problem(ONE("  headers: {X-Api-Key: x}\n"), 6, "log-in");
    one_problem(ONE("  headers: {user-agent: Mozilla/5.0}\n"), 6, "hides who asks");
    one_problem(ONE("  headers: {From: a}\n"), 6, "hides who asks");
    one_problem(ONE("  headers: {Referer: 'http://a.example/'}\n"), 6, "hides who asks");
    one_problem(ONE("  headers: {X-Forwarded-For: 1.2.3.4}\n"), 6, "hides who asks");
    one_problem(ONE("  headers: {X-Real-IP: 1.2.3.4}\n"), 6, "hides who asks");
    one_problem(ONE("  headers: {Sec-Fetch-Mode: navigate}\n"), 6, "hides who asks");
    one_problem(ONE("  headers: {Host: b.example}\n"), 6, "by the program");
    one_problem(ONE("  headers: {'A B': x}\n"), 6, "header");
    one_problem(ONE("  headers: {Accept-Language: \"zh\\r\\nCookie: a\"}\n"), 6, "one line");
    one_problem(ONE("  proxy: http://u:p@127.0.0.1:3128\n"), 6, "log-in");
    one_problem(ONE("  proxy: socks4://127.0.0.1:1080\n"), 6, "socks5h");
    one_problem(ONE("  proxy: http://127.0.0.1:3128/path\n"), 6, "socks5h");
    one_problem(ONE("  preset: no-such\n"), 6, "discuz-x");
    one_problem(ONE("  preset: ../boards/discuz-x\n"), 6, "preset");
    one_problem(ONE("  pages: 21\n"), 6, "20");
    one_problem(ONE("  pages: 2\n"), 6, "select.next");
    one_problem(ONE("  detail: {author: .name}\n"), 6, "author");
    one_problem(ONE("  interval_least: 2h\n  interval_most: 1h\n"), 6, "interval_most");
    one_problem(ONE("  interval: 5m\n  interval_least: 10m\n"), 6, "between");
}

static void interval_of(const char *keys, int64_t least, int64_t first, int64_t most)
{
    struct sources s;
    char yaml[512];

    snprintf(yaml, sizeof yaml, "%s%s", ONE(""), keys);
    assert_int_equal(load(yaml, &s), 0);
    problems_free(problems);
    if (s.list[0].least != least || s.list[0].interval != first || s.list[0].most != most)
        fail_msg("%s: %lld %lld %lld", keys, (long long)s.list[0].least,
                 (long long)s.list[0].interval, (long long)s.list[0].most);
    source_free(&s);
}

static void bounds_of_intervals(void **state)
{
    enum { MINUTE = 60000, HOUR = 60 * MINUTE, DAY = 24 * HOUR };

    (void)state;
    interval_of("", 5 * MINUTE, 10 * MINUTE, DAY);
    interval_of("  interval: 2m\n", 2 * MINUTE, 2 * MINUTE, 2 * MINUTE);
    interval_of("  interval_least: 1m\n", MINUTE, 10 * MINUTE, DAY);
    interval_of("  interval_least: 2h\n", 2 * HOUR, 2 * HOUR, DAY);
    interval_of("  interval_least: 2d\n", 2 * DAY, 2 * DAY, 2 * DAY);
    interval_of("  interval_most: 3m\n", 3 * MINUTE, 3 * MINUTE, 3 * MINUTE);
    interval_of("  interval: 2d\n  interval_least: 1h\n", HOUR, 2 * DAY, 2 * DAY);
    interval_of("  interval: 2m\n  interval_most: 1h\n", 2 * MINUTE, 2 * MINUTE, HOUR);
}

/* Written, read and written again: the same text, and all that was said. */
static void writes_back(void **state)
{
    static const char yaml[] =
        "id: board\nname: '留言板 \"一\"'\nurl: https://bbs.example.org/f?a=1&b=2\nkind: board\n"
        "interval: 90s\ninterval_least: 1m\ninterval_most: 7d\nsince: 36h\nzone: -03:30\n"
        "region: '430102'\ncategory: 论坛/本地\nfull_text: true\npreset: discuz-x\n"
        "select: {item: 'li[data-x=\"1\"]'}\npages: 4\n"
        "headers: {Accept-Language: 'zh-CN, zh;q=0.9', Accept: text/html}\n"
        "proxy: socks5h://proxy.example:1080\n";
    struct source *first = NULL, *second = NULL;
    struct buf one = BUF_INIT, two = BUF_INIT;

    (void)state;
    problems = problems_new();
    assert_int_equal(source_load_text("one", str_from(yaml), &first, problems), 0);
    assert_int_equal(source_write(first, &one), 0);
    if (source_load_text("two", buf_str(&one), &second, problems)) {
        problems_print(problems, stderr);
        fail_msg("%.*s", STR_ARG(buf_str(&one)));
    }
    assert_int_equal(source_write(second, &two), 0);
    assert_true(str_eq(buf_str(&one), buf_str(&two)));
    assert_string_equal(second->name, "留言板 \"一\"");
    assert_int_equal(second->interval, 90000);
    assert_int_equal(second->least, 60000);
    assert_int_equal(second->most, 7 * INT64_C(86400000));
    assert_int_equal(second->since, 36 * INT64_C(3600000));
    assert_int_equal(second->zone_minutes, -210);
    assert_string_equal(second->region, "430102");
    assert_string_equal(second->category, "论坛/本地");
    assert_true(second->full_text);
    assert_true(str_is(second->extras->board.item, "li[data-x=\"1\"]"));
    assert_true(str_starts(second->extras->board.title, STR("a.xst")));
    assert_true(second->extras->board.detail_text.n > 0);
    assert_int_equal(second->extras->pages, 4);
    assert_string_equal(second->extras->headers[0], "Accept-Language: zh-CN, zh;q=0.9");
    assert_string_equal(second->extras->headers[1], "Accept: text/html");
    assert_null(second->extras->headers[2]);
    assert_string_equal(second->extras->proxy, "socks5h://proxy.example:1080");
    free(first);
    free(second);
    assert_int_equal(source_load_text("bad", STR("id: x\nkind: news\n"), &first, problems),
                     ERR_SYNTAX);
    assert_null(first);
    assert_int_equal(source_load_file("/nonexistent.yaml", &first, problems), ERR_SYNTAX);
    assert_null(first);
    problems_free(problems);
    buf_free(&one);
    buf_free(&two);
}

static const char *const people[] = {
    "https://weibo.com/u/1234567890",
    "https://www.weibo.com/rmrb",
    "https://m.weibo.cn/profile/123",
    "https://user.qzone.qq.com/12345",
    "https://space.bilibili.com/123/dynamic",
    "https://www.zhihu.com/people/someone",
    "https://twitter.com/someone",
    "https://mastodon.example/@someone.rss",
    "https://mastodon.example/users/someone.rss",
    "https://www.tiktok.com/@someone",
    "https://bbs.example.com/space-uid-10086.html",
    "https://bbs.example.com/?10086&mod=space",
    "https://bbs.example.com/home.php?mod=space&uid=10086",
    "https://bbs.example.com/home.php?uid=10086",
    "https://bbs.example.com/forum.php?mod=viewthread&tid=1&authorid=7",
    "https://bbs.example.com/memberlist.php?mode=viewprofile&u=2",
    "https://bbs.example.com/member.php?u=2",
    "https://bbs.example.com/profile.php?id=3",
    "https://bbs.example.com/user/3",
    "https://bbs.example.com/u/3",
    "https://bbs.example.com/space/3/blog",
    "https://bbs.example.com/u-3.html",
    "https://bbs.example.com/%75ser/3",
    "https://bbs.example.com/USER/3",
    "https://bbs.example.com/%40someone",
    "https://bbs.example.com/%7Esomeone/feed",
    "https://news.example.com/author/wang/feed/",
    "https://rsshub.example/weibo/user/123",
    "https://tieba.baidu.com/home/main?un=someone",
    "https://www.xiaohongshu.com/user/profile/5f",
    "https://www.douyin.com/user/MS4wLjAB",
    "https://someone:secret@news.example.com/rss",
};

static const char *const searches[] = {
    "https://s.weibo.com/weibo?q=x",
    "https://weixin.sogou.com/weixin?type=1&query=x",
    "https://news.google.com/rss/search?q=%E8%AE%A8%E8%96%AA",
    "https://www.bing.com/news/search?q=x&format=rss",
    "https://www.baidu.com/s?wd=x",
    "https://www.so.com/s?q=x",
    "https://bbs.example.com/search.php?searchid=12",
    "https://bbs.example.com/search?word=x",
    "https://bbs.example.com/search/x.rss",
    "https://tieba.baidu.com/f/search/res?qw=x&kw=y",
    "https://blog.example.com/?s=x&feed=rss2",
    "https://bbs.example.com/list?%6Beyword=x",
    "https://rsshub.example/weibo/keyword/x",
};

static const char *const publishers[] = {
    "http://www.people.com.cn/rss/politics.xml",
    "https://bbs.example.com/forum-12-1.html",
    "https://bbs.example.com/bbs/board?id=3",
    "https://bbs.example.com/forum.php?mod=rss&fid=2",
    "https://liuyan.people.com.cn/threads/list?fid=539",
    "https://www.gov.cn/zhengce/index.htm",
    "http://www.example.gov.cn/index.php?s=/Home/Index",
    "https://tieba.baidu.com/f?kw=%E9%95%BF%E6%B2%99",
    "https://news.example.com/feed/?uid=",
    "https://news.example.com/research/people/rss",
    "https://news.example.com/user-guide.xml",
    "https://news.example.com/space/rss.xml",
    "https://news.example.com/a/u",
    "http://feeds.feedburner.com/blogspot/MKuf",
    "http://127.0.0.1:8420/feed.xml",
    "http://[2001:db8::1]:80/@",
    "https://phpbb.example.org/feed.php?f=2",
    "https://discourse.example.org/c/roads/5.rss",
    "https://www.example.com/page?a=1&b=mail@example.com",
};

static void refuses(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof people / sizeof *people; i++)
        if (!source_refusal(str_from(people[i])))
            fail_msg("passes: %s", people[i]);
    for (size_t i = 0; i < sizeof searches / sizeof *searches; i++) {
        const char *reason = source_refusal(str_from(searches[i]));
        if (!reason || !strstr(reason, "word-search"))
            fail_msg("passes as no search: %s", searches[i]);
    }
    for (size_t i = 0; i < sizeof publishers / sizeof *publishers; i++)
        if (source_refusal(str_from(publishers[i])))
            fail_msg("refused: %s", publishers[i]);
}

/* tests/data/addresses.tsv: a sort, a tab, an address. */
static void refuses_as_listed(void **state)
{
    (void)state;
    static const struct {
        const char *sort, *says;
    } sorts[] = {{"person", "(looks like one person's"}, {"search", "word-search"}, {"-", NULL}};
    FILE *f = fopen(TESTS_DATA "/addresses.tsv", "re");
    char *line = NULL;
    size_t size = 0, counts[3] = {0}, wrong = 0;
    ssize_t got;

    assert_non_null(f);
    while ((got = getline(&line, &size, f)) > 0) {
        line[got - 1] = '\0';
        char *tab = strchr(line, '\t');
        size_t i = 0;
        if (line[0] == '#')
            continue;
        assert_non_null(tab);
        *tab = '\0';
        while (i < 3 && strcmp(sorts[i].sort, line) != 0)
            i++;
        assert_true(i < 3);
        counts[i]++;
        const char *reason = source_refusal(str_from(tab + 1));
        bool fits = sorts[i].says ? reason && (strstr(reason, sorts[i].says) ||
                                               strstr(reason, "log-in"))
                                  : !reason;
        if (!fits)
            print_error("%s: %s %s\n", line, tab + 1, reason ? reason : "passes");
        wrong += !fits;
    }
    free(line);
    fclose(f);
    assert_true(counts[0] >= 60 && counts[1] >= 20 && counts[2] >= 60);
    assert_int_equal(wrong, 0);
}

static void many_load_fast(void **state)
{
    (void)state;
    struct buf yaml = BUF_INIT;
    struct sources s;

    buf_add_text(&yaml, "sources:\n");
    for (int i = 0; i < 5000; i++)
        buf_addf(&yaml, "- {id: s%d, name: 源, kind: news, url: 'http://h%d.example/'}\n", i, i);
    buf_add_char(&yaml, '\0');
    assert_int_equal(load(yaml.data, &s), 0);
    assert_int_equal(s.count, 5000);
    problems_free(problems);
    source_free(&s);
    buf_free(&yaml);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(loads),
        cmocka_unit_test(reports),
        cmocka_unit_test(refuses),
        cmocka_unit_test(refuses_as_listed),
        cmocka_unit_test(reports_of_the_new_keys),
        cmocka_unit_test(bounds_of_intervals),
        cmocka_unit_test(writes_back),
        cmocka_unit_test(many_load_fast),
    };
    preset_set_folder(PRESETS);
    return cmocka_run_group_tests_name("source", tests, NULL, NULL);
}
