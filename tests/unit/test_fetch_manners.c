/* Whom the fetch thread asks, and how: robots.txt, public addresses, names, each domain in turn. */
#define _GNU_SOURCE
#include "tests/unit/unit.h"

#include <stdio.h>

#include "tests/helpers/names.h"
#include "tests/unit/fetch_stage.h"

static void obeys_robots(void **state)
{
    (void)state;
    static const struct peer_answer page = {200, NULL, {"x", 1}, NULL, PEER_PLAIN};
    static const struct {
        struct peer_answer answer;
        enum fetch_outcome a, b; /* of /open/a and /closed/b */
        size_t pages;
    } cases[] = {
        {{200, NULL, {"user-agent: *\ndisallow: /closed\n", 32}, NULL, PEER_PLAIN}, FETCH_BODY,
         FETCH_DISALLOWED, 1},
        {{200, NULL, {"user-agent: huiying\ndisallow: /\n", 32}, NULL, PEER_PLAIN},
         FETCH_DISALLOWED, FETCH_DISALLOWED, 0},
        {{404, NULL, {NULL, 0}, NULL, PEER_PLAIN}, FETCH_BODY, FETCH_BODY, 2},
        {{403, NULL, {NULL, 0}, NULL, PEER_PLAIN}, FETCH_BODY, FETCH_BODY, 2},
        {{503, NULL, {NULL, 0}, NULL, PEER_PLAIN}, FETCH_DISALLOWED, FETCH_DISALLOWED, 0},
        {{200, NULL, {NULL, 0}, NULL, PEER_HANG_UP}, FETCH_DISALLOWED, FETCH_DISALLOWED, 0},
        {{302, "Location: file:///etc/passwd\r\n", {NULL, 0}, NULL, PEER_PLAIN}, FETCH_DISALLOWED,
         FETCH_DISALLOWED, 0},
        {{302, "Location: /moved.txt\r\n", {NULL, 0}, NULL, PEER_PLAIN}, FETCH_DISALLOWED,
         FETCH_DISALLOWED, 0},
        {{302, "Location: /robots.txt\r\n", {NULL, 0}, NULL, PEER_PLAIN}, FETCH_BODY, FETCH_BODY,
         2},
    };
    static const struct peer_answer moved = {
        200, NULL, {"user-agent: huiying\ndisallow: /\n", 32}, NULL, PEER_PLAIN};

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct stage s;
        stage_open(&s);
        s.conf.robots = true;
        peer_script(s.peer, "/robots.txt", &cases[i].answer, 1);
        peer_script(s.peer, "/moved.txt", &moved, 1);
        peer_script(s.peer, "/open/a", &page, 1);
        peer_script(s.peer, "/closed/b", &page, 1);
        stage_source(&s, peer_url(s.peer, "/open/a"), 3600000);
        stage_source(&s, peer_url(s.peer, "/closed/b"), 3600000);
        stage_start(&s, NULL, 4);
        for (int n = 0; n < 2; n++) {
            struct fetched *f = stage_take(&s);
            assert_int_equal(f->outcome, f->source ? cases[i].b : cases[i].a);
            fetch_fetched_free(f);
        }
        bool loops = i + 1 == sizeof cases / sizeof *cases;
        assert_int_equal(peer_count(s.peer, "/robots.txt"), loops ? 6 : 1);
        assert_int_equal(peer_count(s.peer, "/open/a") + peer_count(s.peer, "/closed/b"),
                         cases[i].pages);
        stage_close(&s);
    }
}

static void guards_addresses(void **state)
{
    (void)state;
    static const char *const hosts[] = {"127.0.0.1", "[::ffff:127.0.0.1]", "localhost", "0",
                                        "[::1]"};

    for (size_t i = 0; i < sizeof hosts / sizeof *hosts; i++) {
        struct stage s;
        char *url;
        stage_open(&s);
        s.conf.allow = NULL;
        s.conf.robots = i % 2;
        assert_true(asprintf(&url, "http://%s:%d/feed", hosts[i], peer_port(s.peer)) > 0);
        stage_source(&s, url, 3600000);
        stage_start(&s, NULL, 4);
        assert_int_equal(stage_outcome(&s, "public"), FETCH_REFUSED);
        assert_int_equal(peer_connections(s.peer), 0);
        stage_close(&s);
    }
}

static void resolves_names(void **state)
{
    (void)state;
    static const struct names_record records[] = {
        {"news.example.cn", {"127.0.0.1"}},
        {"inside.example.com", {"10.0.0.1", "192.168.1.1"}},
        {"mixed.example.org", {"10.0.0.1", "127.0.0.1"}},
        /* Nothing listens on the port there, so the next one is tried. */
        {"two.example.net", {"127.0.0.2", "127.0.0.1"}},
    };
    static const struct {
        const char *host;
        enum fetch_outcome outcome;
    } cases[] = {
        {"news.example.cn", FETCH_BODY},     {"inside.example.com", FETCH_REFUSED},
        {"mixed.example.org", FETCH_BODY},   {"two.example.net", FETCH_BODY},
        {"nowhere.example.edu", FETCH_FAILED},
    };
    static const struct peer_answer page = {200, NULL, {"x", 1}, NULL, PEER_PLAIN};
    struct names *names = names_start(records, sizeof records / sizeof *records);
    struct stage s;
    char *url;

    stage_open(&s);
    s.conf.dns_servers = names_server(names);
    s.conf.robots = true;
    peer_script(s.peer, "/feed", &page, 1);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_true(asprintf(&url, "http://%s:%d/feed", cases[i].host, peer_port(s.peer)) > 0);
        stage_source(&s, url, 3600000);
    }
    stage_start(&s, NULL, 8);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct fetched *f = stage_take(&s);
        if (f->outcome != cases[f->source].outcome)
            fail_msg("%s: %s", cases[f->source].host, fetch_outcome_name(f->outcome));
        fetch_fetched_free(f);
    }
    char host[64];
    bool named = false;
    snprintf(host, sizeof host, "Host: news.example.cn:%d\r\n", peer_port(s.peer));
    for (size_t i = 0; i < peer_count(s.peer, NULL); i++)
        named |= strstr(peer_request(s.peer, i, NULL, NULL), host) != NULL;
    assert_true(named);
    /* A and AAAA of each name, once: the robots.txt and its page share the answer. */
    assert_in_range(names_asked(names), 9, 10);
    stage_close(&s);
    names_stop(names);
}

static void polite_to_a_domain(void **state)
{
    (void)state;
    static const struct peer_answer page = {200, NULL, {"x", 1}, NULL, PEER_PLAIN};
    enum { SPACING = 60, N = 4 };
    struct stage s;
    char path[N][16];
    int64_t begun, ended, last = 0;

    stage_open(&s);
    s.conf.domain_spacing = SPACING;
    s.conf.robots = true;
    for (int i = 0; i < N; i++) {
        snprintf(path[i], sizeof path[i], "/f%d", i);
        peer_script(s.peer, path[i], &page, 1);
        stage_source(&s, peer_url(s.peer, path[i]), 3600000);
    }
    stage_start(&s, NULL, N);
    for (int i = 0; i < N; i++)
        assert_int_equal(stage_outcome(&s, NULL), FETCH_BODY);
    assert_int_equal(peer_count(s.peer, NULL), N + 1);
    for (size_t i = 0; i < N + 1; i++) {
        assert_non_null(peer_request(s.peer, i, &begun, &ended));
        /* The clocks are cut to whole ms at both ends. */
        assert_true(begun - last >= SPACING - 2);
        last = begun;
    }
    stage_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(obeys_robots),
        cmocka_unit_test(guards_addresses),
        cmocka_unit_test(resolves_names),
        cmocka_unit_test(polite_to_a_domain),
    };
    return cmocka_run_group_tests_name("fetch_manners", tests, NULL, NULL);
}
