/* Which addresses may be fetched from, as numbers and as publishers write them. */
#include "tests/unit/unit.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>

#include "base/err.h"
#include "feeds/fetch/address.h"
#include "feeds/fetch/guard.h"

static bool allows(const struct guard *g, const char *text, uint16_t port)
{
    struct sockaddr_storage at = {0};
    struct sockaddr_in *v4 = (void *)&at;
    struct sockaddr_in6 *v6 = (void *)&at;

    if (inet_pton(AF_INET, text, &v4->sin_addr) == 1) {
        v4->sin_family = AF_INET;
        v4->sin_port = htons(port);
    } else {
        assert_int_equal(inet_pton(AF_INET6, text, &v6->sin6_addr), 1);
        v6->sin6_family = AF_INET6;
        v6->sin6_port = htons(port);
    }
    return guard_allows(g, (struct sockaddr *)&at);
}

/* First and last of each block, and its neighbours outside where those are public. */
static const char *const refused[] = {
    "0.0.0.0", "0.255.255.255", "10.0.0.0", "10.255.255.255", "100.64.0.0", "100.127.255.255",
    "127.0.0.1", "127.255.255.254", "169.254.0.1", "169.254.169.254", "172.16.0.0",
    "172.31.255.255", "192.0.0.8", "192.0.0.170", "192.0.2.1", "192.88.99.1", "192.168.0.1",
    "192.168.255.255", "198.18.0.1", "198.19.255.255", "198.51.100.7", "203.0.113.255",
    "224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255", "::", "::1",
    "::ffff:127.0.0.1", "::ffff:8.8.8.8", "::127.0.0.1", "::ffff:0:127.0.0.1", "64:ff9b::7f00:1",
    "64:ff9b::a9fe:a9fe", "64:ff9b:1::1", "100::1", "2001::1",
    "2001:0:4136:e378:8000:63bf:3fff:fdd2",
    "2001:10::1", "2001:20::1", "2001:1ff:ffff::1", "2001:db8::1", "2002:7f00:1::1",
    "2002:a9fe:a9fe::", "2002:0808:0808::1", "3fff::1", "3fff:fff:ffff::1", "4000::1", "5f00::1",
    "8000::1", "fc00::1", "fd00:ec2::254", "fe80::1", "febf::1", "fec0::1", "ff02::1", "ff0e::1",
};

static const char *const open_addresses[] = {
    "1.0.0.0", "1.1.1.1", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0",
    "126.255.255.255", "128.0.0.1", "169.253.255.255", "169.255.0.1", "172.15.255.255",
    "172.32.0.0", "191.255.255.255", "192.0.1.1", "192.0.3.1", "192.88.98.255", "192.88.100.0",
    "192.167.255.255", "192.169.0.0", "198.17.255.255", "198.20.0.0", "198.51.99.255",
    "198.51.101.0", "203.0.112.255", "203.0.114.0", "223.255.255.255", "2001:200::1",
    "2001:da8::1", "2001:db7:ffff::1", "2001:db9::1", "2003::1", "2400:da00::6666", "3ffe::1",
    "240e::1", "2606:4700::1111", "8.8.8.8",
};

static void blocks(void **state)
{
    (void)state;
    struct guard *g = guard_new(NULL);

    assert_non_null(g);
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
        if (allows(g, refused[i], 80))
            fail_msg("passes: %s", refused[i]);
    for (size_t i = 0; i < sizeof open_addresses / sizeof *open_addresses; i++)
        if (!allows(g, open_addresses[i], 80))
            fail_msg("refused: %s", open_addresses[i]);
    assert_false(guard_allows(g, &(struct sockaddr){.sa_family = AF_UNIX}));
    guard_free(g);
}

static void allow_list(void **state)
{
    (void)state;
    static const char *const allow[] = {"10.1.2.0/23", "fd00:1::/33", "192.168.7.9", NULL};
    static const char *const bad[][2] = {{"10.1", NULL}, {"10.0.0.0/33", NULL}, {"x", NULL},
                                         {"fd00::/129", NULL}, {"", NULL}, {"1.2.3.4/", NULL}};
    struct guard *g = guard_new(allow);

    assert_true(allows(g, "10.1.2.0", 80) && allows(g, "10.1.3.255", 80));
    assert_false(allows(g, "10.1.1.255", 80) || allows(g, "10.1.4.0", 80));
    assert_true(allows(g, "fd00:1::1", 80) && allows(g, "fd00:1:7fff::1", 80));
    assert_false(allows(g, "fd00:1:8000::1", 80) || allows(g, "fd00:2::1", 80));
    assert_true(allows(g, "192.168.7.9", 80));
    assert_false(allows(g, "192.168.7.8", 80) || allows(g, "::ffff:192.168.7.9", 80));
    guard_free(g);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_null(guard_new(bad[i]));
        assert_false(guard_valid(bad[i][0]));
    }
}

/* What this program serves is closed to it under every name, although everything is allowed. */
static void own_services(void **state)
{
    (void)state;
    static const char *const allow[] = {"0.0.0.0/0", "::/0", NULL};
    static const char *const own[] = {"127.0.0.1:8420", "tcp://*:8421", "tcp://[::1]:8422",
                                      "10.9.8.7:80", "some-name:8423", "0.0.0.0:8424",
                                      "[::]:8425", NULL};
    static const struct {
        const char *address;
        uint16_t port;
        bool allowed;
    } rows[] = {
        {"127.0.0.1", 8420, false}, {"::ffff:127.0.0.1", 8420, false}, {"0.0.0.0", 8420, false},
        {"::ffff:0.0.0.0", 8420, false}, {"127.0.0.2", 8420, true}, {"127.0.0.1", 8419, true},
        {"127.0.0.1", 8421, false}, {"127.9.9.9", 8421, false}, {"::1", 8421, false},
        {"::", 8421, false}, {"::ffff:127.0.0.1", 8421, false}, {"8.8.8.8", 8421, true},
        {"::1", 8422, false}, {"::", 8422, false}, {"127.0.0.1", 8422, true},
        {"10.9.8.7", 80, false}, {"::ffff:10.9.8.7", 80, false}, {"10.9.8.7", 81, true},
        {"127.0.0.1", 8423, false}, {"127.0.0.1", 8424, false}, {"::1", 8425, false},
    };
    static const char *const bad[][2] = {{"127.0.0.1", NULL}, {"127.0.0.1:0", NULL},
                                         {"127.0.0.1:65536", NULL}, {"tcp://", NULL}};
    struct guard *g = guard_new(allow);

    assert_int_equal(guard_close(g, own), 0);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (allows(g, rows[i].address, rows[i].port) != rows[i].allowed)
            fail_msg("%s port %u", rows[i].address, rows[i].port);
    guard_free(g);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        g = guard_new(NULL);
        assert_int_equal(guard_close(g, bad[i]), ERR_INVALID);
        guard_free(g);
    }
}

/* Every spelling that some resolver reads as an address is read so here, before the guard looks;
 * what is left is a name, which no name server will hold. */
static void spellings(void **state)
{
    (void)state;
    static const char *const loops[] = {
        "127.0.0.1", "127.1", "127.0.1", "2130706433", "0x7f000001", "0x7f.0.0.1", "0x7F.1",
        "017700000001", "0177.0.0.1", "0177.0.0.01", "127.0.0.1.", "0", "0.0.0.0", "0x0",
        "00000177.1", "[::1]", "[::ffff:127.0.0.1]", "[0:0:0:0:0:ffff:7f00:1]",
        "[::ffff:7f00:0001]", "[64:ff9b::127.0.0.1]", "[2002:7f00:1::]", "0xA9FEA9FE",
        "0251.0376.0251.0376", "169.16689662", "10.65535", "%31%32%37.0.0.1", "127%2e0.0.1",
        "\xef\xbc\x91\xef\xbc\x92\xef\xbc\x97.0.0.1",
        "127\xe3\x80\x82""0\xe3\x80\x82""0\xe3\x80\x82""1",
        "\xe2\x91\xa0\xe2\x91\xa1\xe2\x91\xa6.0.0.1",
    };
    struct guard *g = guard_new(NULL);

    for (size_t i = 0; i < sizeof loops / sizeof *loops; i++) {
        char url[128];
        struct address a;
        struct sockaddr_storage at;
        snprintf(url, sizeof url, "http://%s/feed", loops[i]);
        if (address_parse(url, &a))
            continue; /* no address at all is as good */
        if (!address_literal(a.host, a.port, &at))
            fail_msg("taken for a name: %s as %s", loops[i], a.host);
        if (guard_allows(g, (struct sockaddr *)&at))
            fail_msg("passes: %s as %s", loops[i], a.host);
        address_clear(&a);
    }
    guard_free(g);
}

static void web_addresses(void **state)
{
    static const char *const allow[] = {"10.1.0.0/16", NULL};
    static const struct {
        const char *url;
        bool may;
    } each[] = {
        {"https://www.example.cn/1", true},    {"http://8.8.8.8/", true},
        {"https://10.1.2.3/kefu", true},       {"https://10.2.2.3/kefu", false},
        {"http://localhost:8080/", false},     {"http://[::1]/", false},
        {"http://0x7f000001/", false},         {"http://[240e::1]/", true},
        {"http://192.168.1.1.example.cn/", true}, {"no address", true},
    };
    struct guard *g = guard_new(allow);
    (void)state;

    for (size_t i = 0; i < sizeof each / sizeof *each; i++)
        if (guard_allows_url(g, str_from(each[i].url)) != each[i].may)
            fail_msg("%s", each[i].url);
    guard_free(g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blocks),
        cmocka_unit_test(allow_list),
        cmocka_unit_test(own_services),
        cmocka_unit_test(spellings),
        cmocka_unit_test(web_addresses),
    };
    return cmocka_run_group_tests_name("guard", tests, NULL, NULL);
}
