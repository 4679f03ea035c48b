/* The small rooms under the fetch thread: cache, politeness, schedule, guard, addresses. */
#include "tests/unit/unit.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "feeds/fetch/address.h"
#include "feeds/fetch/cache.h"
#include "feeds/fetch/guard.h"
#include "feeds/fetch/politeness.h"
#include "feeds/fetch/retry_after.h"
#include "feeds/fetch/robots_cache.h"
#include "feeds/schedule/schedule.h"

static void cache_keeps_and_drops(void **state)
{
    (void)state;
    struct cache *c = cache_new(100, free);
    char name[16];

    for (int i = 0; i < 1000; i++) {
        snprintf(name, sizeof name, "n%d", i);
        int *v = malloc(sizeof *v);
        *v = i;
        assert_int_equal(cache_put(c, str_from(name), v, 0, i == 7 ? INT64_MAX : 1000 + i), 0);
    }
    assert_int_equal(cache_count(c), 100);
    assert_int_equal(*(int *)cache_get(c, STR("n999"), 0), 999);
    assert_int_equal(*(int *)cache_get(c, STR("n7"), 99999), 7);
    assert_null(cache_get(c, STR("n5"), 0));
    assert_null(cache_get(c, STR("n999"), 1999));
    cache_until(c, STR("n999"), 5000);
    assert_non_null(cache_get(c, STR("n999"), 1999));
    assert_int_equal(cache_put(c, STR("n999"), calloc(1, sizeof(int)), 0, 9), 0);
    assert_int_equal(*(int *)cache_get(c, STR("n999"), 0), 0);
    cache_free(c);
}

static void one_at_a_time_and_spaced(void **state)
{
    (void)state;
    struct politeness *p = politeness_new(100);
    struct politeness_turn a = {0}, b = {0}, c = {0}, other = {0}, *t;

    assert_int_equal(politeness_due(p), INT64_MAX);
    politeness_wait(p, "x.cn", false, 1000, &a);
    politeness_wait(p, "x.cn", false, 1000, &b);
    politeness_wait(p, "y.cn", false, 1000, &other);
    t = politeness_next(p, 1000);
    struct politeness_turn *u = politeness_next(p, 1000);
    assert_true((t == &a && u == &other) || (t == &other && u == &a));
    assert_null(politeness_next(p, 1000));
    politeness_wait(p, "x.cn", true, 1010, &c);
    assert_int_equal(politeness_due(p), INT64_MAX);
    politeness_done(p, &a, true, 0, 1050);
    assert_int_equal(politeness_due(p), 1150);
    assert_null(politeness_next(p, 1149));
    assert_ptr_equal(politeness_next(p, 1150), &c);
    politeness_done(p, &c, true, 500, 1200);
    assert_null(politeness_next(p, 1699));
    assert_ptr_equal(politeness_next(p, 1700), &b);
    politeness_done(p, &b, true, 0, 1750);
    /* Idle, yet remembered while it rests. */
    politeness_wait(p, "x.cn", false, 1760, &a);
    assert_null(politeness_next(p, 1849));
    assert_ptr_equal(politeness_next(p, 1850), &a);
    /* A turn that asked nothing costs no rest. */
    politeness_done(p, &a, false, 0, 1900);
    politeness_wait(p, "x.cn", false, 1900, &a);
    assert_ptr_equal(politeness_next(p, 1900), &a);
    politeness_free(p);
}

static void thousands_of_domains(void **state)
{
    (void)state;
    enum { N = 5000 };
    struct politeness *p = politeness_new(10);
    struct politeness_turn *turns = calloc(N, sizeof *turns), *t;
    char name[32];
    int given = 0;

    for (int i = 0; i < N; i++) {
        snprintf(name, sizeof name, "d%d.cn", i / 2);
        assert_int_equal(politeness_wait(p, name, false, 0, &turns[i]), 0);
    }
    for (int64_t now = 0; now < 100; now += 5)
        while ((t = politeness_next(p, now))) {
            given++;
            politeness_done(p, t, true, 0, now);
        }
    assert_int_equal(given, N);
    free(turns);
    politeness_free(p);
}

/* A stand-in for the hash of an id: spread as one, and the same at each call. */
static uint32_t hash(uint32_t id)
{
    return (id + 1) * UINT32_C(2654435761);
}

static int take_all(struct schedule *s, int64_t now)
{
    uint32_t id;
    int taken = 0;

    while (schedule_take(s, now, &id))
        taken++;
    return taken;
}

static struct schedule *schedule_of(uint32_t count, int64_t interval, int64_t now)
{
    struct schedule *s = schedule_new(count);

    assert_non_null(s);
    for (uint32_t i = 0; i < count; i++)
        assert_int_equal(schedule_add(s, i, hash(i), interval, now), 0);
    return s;
}

static void first_polls_are_soon_and_spread(void **state)
{
    (void)state;
    struct schedule *s = schedule_of(50, 600000, 1000);

    assert_int_equal(take_all(s, 1000), 0);
    assert_in_range(take_all(s, 1250), 20, 30);
    assert_int_equal(take_all(s, 1500) > 0, 1);
    schedule_free(s);
    s = schedule_of(50, 600000, 1000);
    assert_int_equal(take_all(s, 1500), 50);
    schedule_free(s);
    /* So many that a hundred a second would take longer than their interval: over all of it,
     * evenly. */
    s = schedule_of(100000, 600000, 1000);
    for (int64_t now = 61000; now <= 601000; now += 60000)
        assert_in_range(take_all(s, now), 9500, 10500);
    schedule_free(s);
}

static void a_restart_keeps_due_times(void **state)
{
    (void)state;
    enum { N = 1000, INTERVAL = 5000 };
    struct schedule *s = schedule_of(N, INTERVAL, 1000000);
    int64_t due[N];

    for (uint32_t i = 0; i < N; i++)
        due[i] = schedule_due(s, i);
    schedule_free(s);
    /* Never polled: at the same phase of the interval. */
    s = schedule_of(N, INTERVAL, 1007000);
    for (uint32_t i = 0; i < N; i++)
        assert_int_equal((schedule_due(s, i) - due[i]) % INTERVAL, 0);
    schedule_free(s);
    /* Remembered: those to come as they were, those missed spread anew, and none too far away. */
    s = schedule_new(N);
    for (uint32_t i = 0; i < N; i++)
        assert_int_equal(schedule_restore(s, i, hash(i), due[i], INTERVAL, 1003000), 0);
    assert_int_equal(schedule_restore(s, N, 0, INT64_MAX, INTERVAL, 1003000), 0);
    for (uint32_t i = 0; i < N; i++) {
        if (due[i] > 1003000)
            assert_int_equal(schedule_due(s, i), due[i]);
        else
            assert_int_equal(schedule_due(s, i), due[i] + INTERVAL);
    }
    assert_in_range(schedule_due(s, N), 1003001, 1003000 + INTERVAL);
    schedule_free(s);
}

static void sources_come_and_go(void **state)
{
    (void)state;
    struct schedule *s = schedule_new(0);
    uint32_t id;

    assert_int_equal(schedule_add(s, 500, 7, 1000, 0), 0);
    assert_int_equal(schedule_add(s, 3, 7, 1000, 0), 0);
    assert_int_equal(schedule_due(s, 4), 0);
    schedule_hold(s, 4, 5); /* not there: nothing */
    schedule_soon(s, 70000, 5);
    schedule_at(s, 3, 100);
    assert_int_equal(schedule_add(s, 3, 7, 1000, 5000), 0); /* there: as it was */
    assert_int_equal(schedule_due(s, 3), 100);
    schedule_remove(s, 500);
    schedule_remove(s, 500);
    assert_true(schedule_take(s, 100, &id));
    assert_int_equal(id, 3);
    schedule_remove(s, 3); /* under way */
    schedule_polled(s, 3, 100, 1000);
    assert_false(schedule_next(s, &(int64_t){0}));
    assert_false(schedule_take(s, INT64_MAX, &id));
    /* One that comes back has lost what held it. */
    schedule_add(s, 3, 0, 1000, 0);
    schedule_hold(s, 3, 90000);
    schedule_remove(s, 3);
    schedule_add(s, 3, 0, 1000, 0);
    assert_in_range(schedule_due(s, 3), 1, 1000);
    schedule_free(s);
}

static void intervals_and_pauses(void **state)
{
    (void)state;
    struct schedule *s = schedule_of(1, 600000, 0);
    uint32_t id;
    int64_t low = INT64_MAX, high = 0;

    for (int i = 0; i < 1000; i++) {
        schedule_polled(s, 0, 0, 600000);
        int64_t due = schedule_due(s, 0);
        low = due < low ? due : low;
        high = due > high ? due : high;
    }
    assert_true(low >= 570000 && low < 572000 && high <= 630000 && high > 628000);
    int64_t last = 0;
    for (int failures = 1; failures < 40; failures++) {
        schedule_failed(s, 0, 0, 600000, failures, 0);
        int64_t due = schedule_due(s, 0);
        assert_in_range(due, 48000, 3600000);
        assert_true(failures > 5 || due > last);
        last = due;
    }
    assert_true(last >= 2880000);
    schedule_failed(s, 0, 0, 600000, 1, 7200000);
    assert_true(schedule_due(s, 0) >= 7200000);

    schedule_polled(s, 0, 0, 1000);
    schedule_hold(s, 0, 50000);
    assert_false(schedule_take(s, 49999, &id));
    assert_true(schedule_take(s, 50000, &id));
    assert_int_equal(schedule_due(s, 0), 0);
    schedule_soon(s, 0, 50000); /* under way: nothing */
    assert_false(schedule_take(s, INT64_MAX, &id));
    schedule_hold(s, 0, 90000); /* remembered */
    schedule_polled(s, 0, 50000, 1000);
    assert_int_equal(schedule_due(s, 0), 90000);
    schedule_hold(s, 0, 0);
    schedule_step(s, 40000);
    assert_in_range(schedule_due(s, 0), 10950, 11050);
    schedule_free(s);
}

static bool passes(const struct guard *g, const char *literal)
{
    struct sockaddr_storage a;

    assert_true(address_literal(literal, 80, &a));
    return guard_allows(g, (struct sockaddr *)&a);
}

static void guard_knows_inside_from_outside(void **state)
{
    (void)state;
    static const char *const inside[] = {
        "0.0.0.0",        "10.1.2.3",       "100.64.0.1",      "100.127.255.255", "127.0.0.1",
        "127.255.0.1",    "169.254.169.254", "172.16.0.1",     "172.31.255.255",  "192.168.1.1",
        "192.0.0.8",      "198.18.0.1",     "224.0.0.1",       "239.1.1.1",       "255.255.255.255",
        "::",             "::1",            "::ffff:127.0.0.1", "::ffff:8.8.8.8", "::127.0.0.1",
        "64:ff9b::7f00:1", "64:ff9b:1::1",  "100::1",          "2001::1",         "2001:db8::1",
        "2002:7f00:1::1", "fc00::1",        "fd12:3456::1",    "fe80::1",         "fec0::1",
        "ff02::1",        "4000::1",
    };
    static const char *const outside[] = {
        "1.1.1.1",        "8.8.8.8",        "100.63.255.255", "100.128.0.0", "172.15.255.255",
        "172.32.0.0",     "169.253.0.1",    "223.255.255.255", "126.255.255.255", "128.0.0.1",
        "2400:da00::6666", "2606:4700::1111", "2001:200::1",
    };
    static const char *const allow[] = {"127.0.0.0/8", "fd12::/16", "10.1.2.3", NULL};
    static const char *const bad[] = {"127.0.0.0/33", NULL};
    struct guard *g = guard_new(NULL), *h = guard_new(allow);

    for (size_t i = 0; i < sizeof inside / sizeof *inside; i++)
        if (passes(g, inside[i]))
            fail_msg("passes: %s", inside[i]);
    for (size_t i = 0; i < sizeof outside / sizeof *outside; i++)
        if (!passes(g, outside[i]))
            fail_msg("refused: %s", outside[i]);
    assert_true(passes(h, "127.9.9.9"));
    assert_true(passes(h, "10.1.2.3"));
    assert_false(passes(h, "10.1.2.4"));
    assert_false(passes(h, "::ffff:127.0.0.1"));
    assert_true(passes(h, "fd12:1::1"));
    assert_false(passes(h, "fd13::1"));
    assert_false(guard_allows(h, &(struct sockaddr){.sa_family = AF_UNIX}));
    assert_null(guard_new(bad));
    assert_false(guard_valid("::1/129") || guard_valid("1.2.3/8") || guard_valid(""));
    guard_free(g);
    guard_free(h);
}

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

static void retry_after(void **state)
{
    (void)state;
    assert_int_equal(retry_after_ms(NULL, NULL), 0);
    assert_int_equal(retry_after_ms("120", NULL), 120000);
    assert_int_equal(retry_after_ms("99999999", NULL), CLOCK_DAY);
    assert_int_equal(retry_after_ms("-5", NULL), 0);
    assert_int_equal(retry_after_ms("soon", NULL), 0);
    assert_int_equal(retry_after_ms("Fri, 31 Dec 1999 23:59:59 GMT",
                                    "Fri, 31 Dec 1999 23:59:29 GMT"),
                     30000);
    assert_int_equal(retry_after_ms("Fri, 31 Dec 1999 23:59:59 GMT", NULL), 0);
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
        cmocka_unit_test(cache_keeps_and_drops),
        cmocka_unit_test(one_at_a_time_and_spaced),
        cmocka_unit_test(thousands_of_domains),
        cmocka_unit_test(both_ways_to_cut_an_address_agree),
        cmocka_unit_test(first_polls_are_soon_and_spread),
        cmocka_unit_test(a_restart_keeps_due_times),
        cmocka_unit_test(sources_come_and_go),
        cmocka_unit_test(intervals_and_pauses),
        cmocka_unit_test(guard_knows_inside_from_outside),
        cmocka_unit_test(addresses),
        cmocka_unit_test(robots_are_remembered),
        cmocka_unit_test(robots_of_many_origins),
        cmocka_unit_test(retry_after),
    };
    return cmocka_run_group_tests_name("polite", tests, NULL, NULL);
}
