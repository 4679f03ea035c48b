/* What a robots.txt allows, and how long it is remembered. */
#include "tests/unit/unit.h"

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/buf.h"
#include "feeds/fetch/address.h"
#include "feeds/fetch/robots.h"
#include "feeds/fetch/robots_cache.h"

#define H "http://foo.bar"

static const struct {
    const char *text, *agent, *url;
    bool allowed;
} cases[] = {
    /* Nothing said. */
    {"", "huiying", H "/", true},
    {"User-agent: *\nDisallow:\n", "huiying", H "/x", true},
    /* Groups. */
    {"user-agent: FooBot\ndisallow: /\n", "FooBot", H "/x/y", false},
    {"user-agent: FooBot\ndisallow: /\n", "BarBot", H "/x/y", true},
    {"allow: /foo/bar/\n\nuser-agent: FooBot\ndisallow: /\n", "FooBot", H "/foo/bar/", false},
    {"disallow: /\nuser-agent: FooBot\nallow: /\n", "BarBot", H "/x", true},
    {"user-agent: A\nuser-agent: FooBot\ndisallow: /x\n", "FooBot", H "/x", false},
    {"user-agent: A\ndisallow: /a\nuser-agent: B\ndisallow: /b\nuser-agent: A\ndisallow: /c\n", "A",
     H "/c", false},
    {"user-agent: A\ndisallow: /a\nuser-agent: B\ndisallow: /b\nuser-agent: A\ndisallow: /c\n", "A",
     H "/b", true},
    {"user-agent: *\ndisallow: /\nuser-agent: FooBot\nallow: /\n", "FooBot", H "/x", true},
    {"user-agent: FooBot\n\nuser-agent: *\ndisallow: /\n", "FooBot", H "/x", false},
    {"user-agent: *\ndisallow: /\nuser-agent: FooBot\n", "FooBot", H "/x", true},
    {"user-agent: BarBot\nSitemap: http://foo.bar/s\nuser-agent: *\ndisallow: /\n", "BarBot",
     H "/x", false},
    {"user-agent: BarBot\ncrawl-delay: 5\nuser-agent: *\ndisallow: /\n", "BarBot", H "/x", false},
    /* Agents: case, versions, words after. */
    {"USER-AGENT: huiYING\nDISALLOW: /\n", "HUIying", H "/x", false},
    {"user-agent: huiying/0.1\ndisallow: /\n", "huiying", H "/x", false},
    {"user-agent: huiying\ndisallow: /\n", "huiying/9.9 (+x)", H "/x", false},
    {"user-agent: huiying-news\ndisallow: /\n", "huiying", H "/x", true},
    {"user-agent: huiy\ndisallow: /\n", "huiying", H "/x", true},
    {"user-agent: *-bot\ndisallow: /\n", "huiying", H "/x", true},
    {"user-agent: * bots\ndisallow: /\n", "huiying", H "/x", false},
    /* Lines. */
    {"\xEF\xBB\xBFUser-agent: *\r\nDisallow: /x # never\r\n", "a", H "/x", false},
    {"User-agent: *\rDisallow: /x\r", "a", H "/x", false},
    {"User-agent : *\n  Disallow  :  /x  \n", "a", H "/x", false},
    {"user-agent *\ndisallow /\n", "a", H "/x", false},
    {"foo: FooBot\nbar: /\n", "FooBot", H "/x", true},
    {"useragent: *\ndissallow: /x\n", "a", H "/x", false},
    {"<html><body>not found</body></html>", "a", H "/x", true},
    /* Longest match, ties to allow. */
    {"user-agent: a\ndisallow: /x/page.html\nallow: /x/\n", "a", H "/x/page.html", false},
    {"user-agent: a\nallow: /x/page.html\ndisallow: /x/\n", "a", H "/x/page.html", true},
    {"user-agent: a\ndisallow: /x\nallow: /x\n", "a", H "/x/", true},
    {"user-agent: a\ndisallow: /\nallow: /p\n", "a", H "/page", true},
    {"user-agent: a\ndisallow: /folder\nallow: /folder/\n", "a", H "/folder", false},
    {"user-agent: a\nallow: /page\ndisallow: /*.htm\n", "a", H "/page.htm", false},
    {"user-agent: a\nallow: /$\ndisallow: /\n", "a", H "/", true},
    {"user-agent: a\nallow: /$\ndisallow: /\n", "a", H "/page.html", false},
    {"user-agent: a\nallow: /$\ndisallow: /\n", "a", H, true},
    {"user-agent: a\ndisallow: /\n", "a", H "?q=1", false},
    /* Paths are case-sensitive, the query counts, the fragment does not. */
    {"user-agent: a\ndisallow: /X/\n", "a", H "/x/y", true},
    {"user-agent: a\ndisallow: /*?b=1$\n", "a", H "/x?b=1#top", false},
    {"user-agent: a\ndisallow: /x\n", "a", "/x/y", false},
    {"user-agent: a\ndisallow: /x\n", "a", "//foo.bar/x", false},
    {"user-agent: a\ndisallow: /bar\n", "a", H "/u?to=http://foo/bar", true},
    /* Wildcards. */
    {"user-agent: a\ndisallow: /fish*.php\n", "a", H "/fishheads/catfish.php?p=1", false},
    {"user-agent: a\ndisallow: /fish*.php\n", "a", H "/Fish.PHP", true},
    {"user-agent: a\ndisallow: /*.php$\n", "a", H "/a.php5", true},
    {"user-agent: a\ndisallow: /*.php$\n", "a", H "/a.php.php", false},
    {"user-agent: a\ndisallow: *.gif\n", "a", H "/b.gif", false},
    {"user-agent: a\ndisallow: /a**b***c\n", "a", H "/aXbYc", false},
    {"user-agent: a\ndisallow: /a*b*b$\n", "a", H "/ab", true},
    {"user-agent: a\ndisallow: /x*$\n", "a", H "/xyz", false},
    {"user-agent: a\ndisallow: /$x\n", "a", H "/$x", false},
    /* Octets (RFC 9309 table 1) and special characters. */
    {"user-agent: a\ndisallow: /foo/bar?baz=https://foo.bar\n", "a",
     H "/foo/bar?baz=https%3A%2F%2Ffoo.bar", false},
    {"user-agent: a\ndisallow: /foo/\xE3\x83\x84\n", "a", H "/foo/%E3%83%84", false},
    {"user-agent: a\ndisallow: /foo/%e3%83%84\n", "a", H "/foo/\xE3\x83\x84", false},
    {"user-agent: a\ndisallow: /foo/bar/%62%61%7A\n", "a", H "/foo/bar/baz", false},
    {"user-agent: a\ndisallow: /foo/bar/baz\n", "a", H "/foo/bar/%62%61%7A", false},
    {"user-agent: a\ndisallow: /a%2Fb\n", "a", H "/a/b", true},
    {"user-agent: a\ndisallow: /f-%2A.html\n", "a", H "/f-*.html", false},
    {"user-agent: a\ndisallow: /f-%2A.html\n", "a", H "/f-x.html", true},
    {"user-agent: a\ndisallow: /f-%24\n", "a", H "/f-$", false},
    /* robots.txt itself (§2.2.2). */
    {"user-agent: *\ndisallow: /\n", "a", H "/robots.txt", true},
};

static void decides(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct buf small = BUF_INIT;
        struct str agent = str_from(cases[i].agent), url = str_from(cases[i].url);
        if (robots_allowed(str_from(cases[i].text), agent, url, NULL) != cases[i].allowed)
            fail_msg("case %zu: %s for %s", i, cases[i].text, cases[i].url);
        assert_int_equal(robots_reduce(str_from(cases[i].text), agent, &small), 0);
        if (robots_allowed(buf_str(&small), agent, url, NULL) != cases[i].allowed)
            fail_msg("case %zu reduced: %.*s", i, STR_ARG(buf_str(&small)));
        buf_free(&small);
    }
}

static void reads_crawl_delay(void **state)
{
    (void)state;
    double delay;

    robots_allowed(STR("user-agent: *\ncrawl-delay: 7\n"), STR("a"), STR("/"), &delay);
    assert_true(delay == 7);
    robots_allowed(STR("user-agent: b\ncrawl-delay: 7\n"), STR("a"), STR("/"), &delay);
    assert_true(delay == -1);
    robots_allowed(STR("user-agent: a\ncrawl-delay: .5\nuser-agent: a\ncrawl-delay: x\n"), STR("a"),
                   STR("/"), &delay);
    assert_true(delay == 0.5);
}

static void reads_512_kib(void **state)
{
    (void)state;
    struct buf text = BUF_INIT;

    buf_add_text(&text, "user-agent: *\n");
    while (text.len < 510 * 1024)
        buf_add_text(&text, "# a line of nothing at all\n");
    buf_add_text(&text, "disallow: /early\n");
    while (text.len < 512 * 1024 - 12)
        buf_add_text(&text, "\n");
    /* The limit falls within this line, which as "disallow: /" would close everything. */
    buf_add_text(&text, "disallow: /cut\ndisallow: /late\n");
    assert_false(robots_allowed(buf_str(&text), STR("a"), STR("/early"), NULL));
    assert_true(robots_allowed(buf_str(&text), STR("a"), STR("/late"), NULL));
    assert_true(robots_allowed(buf_str(&text), STR("a"), STR("/x"), NULL));
    buf_free(&text);
}

/* Wildcards that make a backtracking matcher run for hours. */
static void stays_linear(void **state)
{
    (void)state;
    struct buf text = BUF_INIT, url = BUF_INIT;
    clock_t begun = clock(); /* of processor time, whatever else the machine does */

    buf_add_text(&text, "user-agent: *\ndisallow: /");
    while (text.len < 400 * 1024)
        buf_add_text(&text, "*a");
    buf_add_text(&text, "*b$\n");
    buf_add_text(&url, "/");
    while (url.len < 300 * 1024)
        buf_add_text(&url, "a");
    assert_true(robots_allowed(buf_str(&text), STR("x"), buf_str(&url), NULL));
    assert_true((clock() - begun) / CLOCKS_PER_SEC < 5);
    buf_free(&text);
    buf_free(&url);
}

static void robots_are_remembered(void **state)
{
    (void)state;
    struct robots_cache *c = robots_cache_new("huiying");
    const int64_t day = 24 * 3600000;
    struct address a;
    int64_t delay;

    assert_int_equal(address_parse("http://a.cn/x/feed", &a), 0);
    assert_int_equal(robots_cache_check(c, &a, 0, &delay), ROBOTS_ASK);
    robots_cache_unreachable(c, a.origin, 0);
    assert_int_equal(robots_cache_check(c, &a, 59999, &delay), ROBOTS_UNREACHABLE);
    assert_int_equal(robots_cache_check(c, &a, 60000, &delay), ROBOTS_ASK);
    robots_cache_text(c, a.origin, STR("user-agent: *\ncrawl-delay: 2\ndisallow: /x\n"), 0, 60000);
    assert_int_equal(robots_cache_check(c, &a, day, &delay), ROBOTS_DISALLOW);
    assert_int_equal(delay, 2000);
    assert_int_equal(robots_cache_check(c, &a, day + 60000, &delay), ROBOTS_ASK);
    /* Out of reach: the last text is still obeyed, and asked for again in a minute. */
    robots_cache_unreachable(c, a.origin, day + 60000);
    assert_int_equal(robots_cache_check(c, &a, day + 60001, &delay), ROBOTS_DISALLOW);
    assert_int_equal(robots_cache_check(c, &a, day + 120000, &delay), ROBOTS_ASK);
    robots_cache_absent(c, a.origin, day + 120000);
    assert_int_equal(robots_cache_check(c, &a, day + 120001, &delay), ROBOTS_ALLOW);
    /* Fresh as long as the server says, from ten minutes to a day. */
    static const struct {
        int64_t cached, fresh;
    } cases[] = {{0, 86400000}, {3600000, 3600000}, {1, 600000}, {INT64_MAX, 86400000}};
    int64_t now = 10 * day;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++, now += 2 * day) {
        robots_cache_text(c, a.origin, STR("user-agent: *\ndisallow: /x\n"), cases[i].cached, now);
        assert_int_equal(robots_cache_check(c, &a, now + cases[i].fresh - 1, &delay),
                         ROBOTS_DISALLOW);
        assert_int_equal(robots_cache_check(c, &a, now + cases[i].fresh, &delay), ROBOTS_ASK);
    }
    /* Out of reach for ever, the last word holds. */
    for (int i = 0; i < 60; i++, now += day) {
        robots_cache_unreachable(c, a.origin, now);
        assert_int_equal(robots_cache_check(c, &a, now, &delay), ROBOTS_DISALLOW);
    }
    robots_cache_free(c);
    /* Out of reach from the first: closed for 30 days, then as if there were none. */
    c = robots_cache_new("huiying");
    for (int64_t d = 0; d < 40; d++) {
        robots_cache_unreachable(c, a.origin, d * day);
        assert_int_equal(robots_cache_check(c, &a, d * day, &delay),
                         d < 30 ? ROBOTS_UNREACHABLE : ROBOTS_ALLOW);
    }
    address_clear(&a);
    robots_cache_free(c);
}

/* What they hold is bounded, and a long robots.txt does not push short ones out. */
static void robots_of_many_origins(void **state)
{
    (void)state;
    enum { SHORT = 100000, LONG = 2000, RULES = 100 };
    struct robots_cache *c = robots_cache_new("huiying");
    struct buf text = BUF_INIT;
    char url[64];
    struct address a;
    int64_t delay;
    size_t kept = 0;

    buf_add_text(&text, "user-agent: *\n");
    for (int i = 0; i < RULES; i++)
        buf_addf(&text, "disallow: /a-rather-long-path-of-some-%d\n", i);
    size_t before = mallinfo2().uordblks;
    for (int i = 0; i < SHORT + LONG; i++) {
        snprintf(url, sizeof url, "http://h%d.example.cn/x", i);
        assert_int_equal(address_parse(url, &a), 0);
        struct str said = i < SHORT ? STR("user-agent: *\ndisallow: /x\n") : buf_str(&text);
        assert_int_equal(robots_cache_text(c, a.origin, said, 0, i), 0);
        assert_int_equal(robots_cache_check(c, &a, i, &delay),
                         i < SHORT ? ROBOTS_DISALLOW : ROBOTS_ALLOW);
        address_clear(&a);
    }
    size_t used = mallinfo2().uordblks - before;
    for (int i = 0; i < SHORT; i += 1000) {
        snprintf(url, sizeof url, "http://h%d.example.cn/x", i);
        assert_int_equal(address_parse(url, &a), 0);
        kept += robots_cache_check(c, &a, SHORT + LONG, &delay) == ROBOTS_DISALLOW;
        address_clear(&a);
    }
    assert_int_equal(kept, SHORT / 1000);
    print_message("%d origins: %zu bytes each\n", SHORT, used / SHORT);
    assert_true(used < 64 * 1024 * 1024 || !before);
    buf_free(&text);
    robots_cache_free(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(decides),
        cmocka_unit_test(reads_crawl_delay),
        cmocka_unit_test(reads_512_kib),
        cmocka_unit_test(stays_linear),
        cmocka_unit_test(robots_are_remembered),
        cmocka_unit_test(robots_of_many_origins),
    };
    return cmocka_run_group_tests_name("robots", tests, NULL, NULL);
}
