/* How an address is cut: by us, and the long way through libcurl. */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/err.h"
#include "feeds/fetch/address.h"

static void addresses(void **state)
{
    (void)state;
    static const struct {
        const char *url, *host, *origin, *domain;
    } good[] = {
        {"HTTP://www.News.Example.COM.cn/a#b", "www.news.example.com.cn",
         "http://www.news.example.com.cn:80", "example.com.cn"},
        {"https://sub.changsha.gov.cn", "sub.changsha.gov.cn", "https://sub.changsha.gov.cn:443",
         "changsha.gov.cn"},
        {"http://127.0.0.1:8081/x", "127.0.0.1", "http://127.0.0.1:8081", "127.0.0.1:8081"},
        {"http://2130706433/", "127.0.0.1", "http://127.0.0.1:80", "127.0.0.1:80"},
        {"http://0x7f.1/", "127.0.0.1", "http://127.0.0.1:80", "127.0.0.1:80"},
        {"http://8.8.8.8:99/", "8.8.8.8", "http://8.8.8.8:99", "8.8.8.8"},
        {"http://[::FFFF:127.0.0.1]/", "::ffff:127.0.0.1", "http://[::ffff:127.0.0.1]:80",
         "::ffff:127.0.0.1"},
        {"http://gov.cn/", "gov.cn", "http://gov.cn:80", "gov.cn"},
        {"http://intranet/", "intranet", "http://intranet:80", "intranet"},
        {"http://\xE4\xBE\x8B\xE5\xAD\x90.\xE4\xB8\xAD\xE5\x9B\xBD/", "xn--fsqu00a.xn--fiqs8s",
         "http://xn--fsqu00a.xn--fiqs8s:80", "xn--fsqu00a.xn--fiqs8s"},
    };
    struct address a, b;

    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        assert_int_equal(address_parse(good[i].url, &a), 0);
        assert_string_equal(a.host, good[i].host);
        assert_string_equal(a.origin, good[i].origin);
        assert_string_equal(a.domain, good[i].domain);
        assert_null(strchr(a.url, '#'));
        assert_int_equal(address_parse_again(a.url, address_domain_at(&a), &b), 0);
        assert_string_equal(b.host, good[i].host);
        assert_string_equal(b.domain, good[i].domain);
        address_clear(&b);
        address_clear(&a);
    }
    assert_int_equal(address_parse("file:///etc/passwd", &a), ERR_UNSUPPORTED);
    assert_int_equal(address_parse("gopher://x/", &a), ERR_UNSUPPORTED);
    assert_int_equal(address_parse("http://x:99999/", &a), ERR_SYNTAX);
    assert_int_equal(address_parse("http://[fe80::1%25lo]/", &a), 0);
    address_clear(&a);
    assert_int_equal(address_parse("https://a.cn/x/y?z", &a), 0);
    assert_int_equal(address_join(&a, "../新 w?q=1", &b), 0);
    assert_string_equal(b.url, "https://a.cn/%e6%96%b0%20w?q=1");
    address_clear(&b);
    assert_int_equal(address_join(&a, "//u:p@b.cn/", &b), 0);
    assert_string_equal(b.url, "https://b.cn/");
    address_clear(&b);
    assert_int_equal(address_join(&a, "file:///etc/passwd", &b), ERR_UNSUPPORTED);
    address_clear(&a);
}

/* A fragment sends an address the long way through libcurl; it must come out the same. */
static void both_ways_to_cut_an_address_agree(void **state)
{
    (void)state;
    static const char *const parts[] = {
        "http://", "https://", "a", "b1", "www.", "xn--fiqs8s", "example", ".com", ".cn", ".gov.cn",
        ".", "..", "-", ":80", ":443", ":8080", ":0", ":070", ":", "/", "/./", "/../", "/a.b/", "?",
        "?q=1&r=/../x", "%41", "%e4", "localhost", "127.0.0.1", "1.2", "0x7f", "A", "_", "@", "~",
        "=", ".5", "//", "\\", "[::1]", ";", "+", "feed.xml", "9"};
    unsigned seed = (unsigned)time(NULL);
    int same = 0;

    print_message("seed %u\n", seed);
    for (int round = 0; round < 20000; round++) {
        char text[400], longer[404];
        size_t at = (size_t)snprintf(text, sizeof text, "http%s://", rand_r(&seed) % 2 ? "s" : "");
        struct address a, b;
        for (int n = rand_r(&seed) % 8; n >= 0; n--)
            at += (size_t)snprintf(text + at, sizeof text - at, "%s",
                                   parts[(size_t)rand_r(&seed) % (sizeof parts / sizeof *parts)]);
        snprintf(longer, sizeof longer, "%s#x", text);
        int err = address_parse(text, &a), other = address_parse(longer, &b);
        if (err != other || (!err && (strcmp(a.url, b.url) || strcmp(a.host, b.host) ||
                                      strcmp(a.origin, b.origin) || strcmp(a.domain, b.domain) ||
                                      a.port != b.port || a.https != b.https ||
                                      a.literal != b.literal)))
            fail_msg("%s: %d, %d", text, err, other);
        same += !err;
        address_clear(&a);
        address_clear(&b);
    }
    assert_true(same > 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_ways_to_cut_an_address_agree),
        cmocka_unit_test(addresses),
    };
    return cmocka_run_group_tests_name("address", tests, NULL, NULL);
}
