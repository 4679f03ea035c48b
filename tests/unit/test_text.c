/* What is kept of HTML: its text and links, of nobody. */
#include "tests/unit/unit.h"

#include "feeds/people/ident.h"
#include "feeds/people/person.h"
#include "feeds/text/htmltext.h"
#include "feeds/text/link.h"
#include "tests/unit/text_is.h"

static void html_text(void **state)
{
    (void)state;
    static const struct {
        const char *html, *text;
    } rows[] = {
        {"<p>一</p><p>二<br>三</p>", "一\n二\n三"},
        {"a&nbsp;b &amp;&#20320;&#x4F60;&hellip;&bogus;&", "a b &你你…&bogus;&"},
        {"<script>if (a<b) {}</script>后<style>p{}</style>", "后"},
        {"  a \n b\t<b> c</b> ", "a b c"},
        {"第一行\n第二行", "第一行\n第二行"},
        {"5 < 6 && 7 > 3", "5 < 6 && 7 > 3"},
        {"<!-- 作者 -->正文", "正文"},
        {"前<span class=\"post-author\">张<b>三</b></span>后", "前后"},
        {"<div><span class=author>张三</div><p>后</p>", "后"},
        {"前<a href='/u/zhang'>张三</a>后<a href='/a/1'>链</a>", "前后链"},
        {"<img class=avatar src=x.png>文", "文"},
        {"<div class=\"authority-reply\">住建局答复</div>", "住建局答复"},
        {"<div class=\"user-comment\">留言</div>", "留言"},
        {"<a title='>'>x</a>", "x"},
        {"<td>一</td><td>二</td>", "一 二"},
        {"a\xE2\x80\x8B" "b", "ab"}, {"未闭合<", "未闭合<"}, {"未闭合<b", "未闭合"},
        {"&#0;&#x202E;&#128;x", "€x"},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct buf text = BUF_INIT, html = BUF_INIT;
        struct htmltext out = {.text = &text, .html = &html};
        assert_int_equal(htmltext_read(str_from(rows[i].html), &out), 0);
        text_is(buf_str(&text), rows[i].text);
        assert_true(str_find(buf_str(&html), STR("张"), 0) == (size_t)-1);
        buf_free(&text);
        buf_free(&html);
    }
}

/* Links in kept HTML are whole, in double quotes, and name nobody. */
static void html_links(void **state)
{
    (void)state;
    static const struct {
        const char *base, *html, *want;
    } rows[] = {
        {"http://x.example/a/b?q", "<a href=c>1</a>", "<a href=\"http://x.example/a/c\">1</a>"},
        {"http://x.example/a/b", "<img src='../c.png' alt=x>",
         "<img src=\"http://x.example/c.png\" alt=x>"},
        {"http://x.example/a/b", "<a href=\"//y.example/?a=1&amp;b=2\">",
         "<a href=\"http://y.example/?a=1&amp;b=2\">"},
        {"http://x.example/a&b/", "<a href=c>", "<a href=\"http://x.example/a&amp;b/c\">"},
        {"http://x.example/", "<a href='c\" onclick=x'>",
         "<a href=\"http://x.example/c' onclick=x\">"},
        {"http://x.example/", "<a href=\"http://y.example/1\">", "<a href=\"http://y.example/1\">"},
        {"http://x.example/", "<a href=\"#n1\">", "<a href=\"#n1\">"},
        {"http://x.example/", "<a href=\"?uid=7&amp;tid=9\">",
         "<a href=\"http://x.example/?tid=9\">"},
        {"", "<a href=\"c\">", "<a href=\"c\">"},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct buf text = BUF_INIT, html = BUF_INIT;
        struct htmltext out = {.text = &text, .html = &html, .base = str_from(rows[i].base)};
        assert_int_equal(htmltext_read(str_from(rows[i].html), &out), 0);
        text_is(buf_str(&html), rows[i].want);
        buf_free(&text);
        buf_free(&html);
    }
}

/* RFC 3986 §5.4. */
static void links(void **state)
{
    (void)state;
    static const struct {
        const char *ref, *want;
    } rows[] = {
        {"g", "http://a/b/c/g"},     {"./g", "http://a/b/c/g"},   {"g/", "http://a/b/c/g/"},
        {"/g", "http://a/g"},        {"//g", "http://g"},         {"?y", "http://a/b/c/d;p?y"},
        {"g?y", "http://a/b/c/g?y"}, {"#s", "http://a/b/c/d;p?q#s"}, {"", "http://a/b/c/d;p?q"},
        {".", "http://a/b/c/"},      {"..", "http://a/b/"},       {"../g", "http://a/b/g"},
        {"../..", "http://a/"},      {"../../../g", "http://a/g"}, {"/./g", "http://a/g"},
        {"g:h", "g:h"},              {"../../g", "http://a/g"},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct buf out = BUF_INIT;
        assert_int_equal(link_resolve(STR("http://a/b/c/d;p?q"), str_from(rows[i].ref), &out), 0);
        text_is(buf_str(&out), rows[i].want);
        buf_free(&out);
    }
}

static void user_parts(void **state)
{
    (void)state;
    static const struct {
        const char *in, *want;
    } rows[] = {
        {"http://h/t/1?uid=7&page=2&from=x&utm_source=y", "http://h/t/1?page=2"},
        {"http://h/u/zhang/p/1", "http://h/p/1"},
        {"http://h/@zhang/p/1", "http://h/p/1"},
        {"http://h/u/zhang", ""},
        {"http://h/space-uid-77.html", ""},
        {"http://h/home.php?mod=space&uid=77", ""},
        {"http://zhang:pw@h/p", "http://h/p"},
        {"http://h/a;jsessionid=AB12?x=1", "http://h/a?x=1"},
        {"https://weibo.com/1234567890/AbCdE", "https://weibo.com/AbCdE"},
        {"http://h/n/2024/0101/c1-2.html", "http://h/n/2024/0101/c1-2.html"},
        {"http://h/home/news/1.html", "http://h/home/news/1.html"},
        {"http://h/p?share_token=ab&id=5#/u/zhang", "http://h/p?id=5"},
        {"mailto:zhang@h.example", ""},
        {"javascript:alert(1)", ""},
        {"http://#a=b", ""},
        {"http:///p", ""},
        {"http://zhang@/p.png", ""},
        {"rel/x.html", "http://base.example/d/rel/x.html"},
    };
    struct arena *arena = arena_new();

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        text_is(ident_link(arena, STR("http://base.example/d/e"), str_from(rows[i].in)),
                rows[i].want);
    text_is(ident_guid(arena, STR("zhang@mail.example")), "");
    text_is(ident_guid(arena, STR("tag:zhang@mail.example,2023:1")), "");
    text_is(ident_guid(arena, STR("tag:h.example,2023:1")), "tag:h.example,2023:1");
    text_is(ident_guid(arena, STR("http://h/u/zhang/9")), "http://h/9");
    text_is(ident_guid(arena, STR("0a1b-22")), "0a1b-22");
    arena_free(arena);
}

static void person_marks(void **state)
{
    (void)state;
    static const char *const yes[] = {"author", "post-author", "postAuthor", "byline", "h-card",
                                      "vcard", "avatar_small", "user-name", "x userName y", "楼主"};
    static const char *const no[] = {"authority", "user-content", "content", "h-entry", "title",
                                     "authorize", "unit-reply", "post"};

    for (size_t i = 0; i < sizeof yes / sizeof *yes; i++)
        assert_true(person_attribute(STR("class"), str_from(yes[i])));
    for (size_t i = 0; i < sizeof no / sizeof *no; i++)
        assert_false(person_attribute(STR("class"), str_from(no[i])));
    assert_true(person_attribute(STR("rel"), STR("author")));
    assert_true(person_attribute(STR("href"), STR("space-uid-1.html")));
    assert_false(person_attribute(STR("href"), STR("thread-1.html")));
    assert_true(person_label(STR("楼主：张三")));
    assert_false(person_label(STR("楼主反映的停水问题")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(html_text),
        cmocka_unit_test(html_links),
        cmocka_unit_test(links),
        cmocka_unit_test(user_parts),
        cmocka_unit_test(person_marks),
    };
    return cmocka_run_group_tests_name("text", tests, NULL, NULL);
}
